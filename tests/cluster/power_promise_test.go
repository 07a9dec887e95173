// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/power"
)

// Files of a machine, as they lie in a state of its disk.
const (
	pkiInState      = "var/lib/kubelet/pki"
	linkInState     = pkiInState + "/kubelet-client-current.pem"
	keyInState      = pkiInState + "/kubelet-client.key.tmp"
	kubeconfInState = "etc/kubernetes/kubelet.conf"
)

// On their way to another name these may be anything.
var temporaries = []string{".kubelet-bootstrap.tmp", "kubelet-client-updated.pem"}

const brokenShown = 10 // the others are counted: where one sync is missing there are hundreds

// checkPromises holds every state, before anything mends it, against the order that src/install.h promises.
func (r *recording) checkPromises(t *testing.T) {
	t.Helper()
	wholes := map[string][]string{} // path to what a program could read there
	for _, state := range r.states {
		if state.Whole {
			for path, entry := range state.Tree {
				wholes[path] = append(wholes[path], entry.Content)
			}
		}
	}
	r.made.Add(int32(len(r.states)))
	for i, state := range r.states {
		if err := errors.Join(r.isWhole(state, wholes), r.isInOrder(state)); err != nil {
			if r.broken.Add(1) > brokenShown {
				t.Fail()
				continue
			}
			t.Errorf("state %d: %v; %s:\n%s", i, err, shownState(state), shownFiles(state))
		}
	}
}

// isWhole wants every name but a temporary one to have a content that it once had in full.
func (r *recording) isWhole(state power.State, wholes map[string][]string) error {
	for path, entry := range state.Tree {
		if !slices.Contains(temporaries, filepath.Base(path)) && !slices.Contains(wholes[path], entry.Content) {
			return fmt.Errorf("%s is not whole", path)
		}
	}
	return nil
}

// isInOrder wants what comes later to be there only with what comes before: the key before the request, the certificate before the
// link, the link before kubelet.conf, all of it before the key's file is removed and the run says that it has done its work.
func (r *recording) isInOrder(state power.State) error {
	_, hasKey := state.Tree[keyInState]
	kubeconf, hasKubeconf := state.Tree[kubeconfInState]
	_, hadKubeconf := r.before[kubeconfInState]
	linked := r.isLinked(state)
	if state.Tree[linkInState] != r.before[linkInState] && linked != nil {
		return fmt.Errorf("the link is there, but %w", linked)
	}
	if hasKubeconf && !hadKubeconf && linked != nil {
		return fmt.Errorf("kubelet.conf is there, but %w", linked)
	}
	if state.Done || r.sends && r.stands(state) && !hasKey {
		if linked != nil {
			return fmt.Errorf("the key is not there, or the run has ended, but %w", linked)
		}
		if !strings.Contains(kubeconf.Content, r.currentLink()+"\n") {
			return errors.New("the key is not there, or the run has ended, but kubelet.conf is not there, or another")
		}
	}
	return nil
}

// isLinked wants the link to lead to a certificate for the recorded request and its key.
func (r *recording) isLinked(state power.State) error {
	target, err := filepath.Rel(r.top, state.Tree[linkInState].Content)
	if err != nil {
		return errors.New("no link is there")
	}
	pem := []byte(state.Tree[target].Content)
	pair, err := tls.X509KeyPair(pem, pem)
	if err != nil {
		return fmt.Errorf("the link leads to %s: %w", target, err)
	}
	if string(pair.Leaf.RawSubjectPublicKeyInfo) != r.key {
		return fmt.Errorf("the link leads to %s, which is another certificate", target)
	}
	return nil
}

func shownState(state power.State) string {
	return fmt.Sprintf("after %d operations (request sent: %t, run ended: %t), lost: [%s]", state.After, state.Sent, state.Done, state.Lost)
}

func shownFiles(state power.State) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(state.Tree)) {
		entry := state.Tree[path]
		switch {
		case entry.Mode.IsDir():
			fmt.Fprintf(&b, "  %s/\n", path)
		case entry.Mode.Type() == fs.ModeSymlink:
			fmt.Fprintf(&b, "  %s -> %s\n", path, filepath.Base(entry.Content))
		default:
			fmt.Fprintf(&b, "  %s, %d bytes, %d of them NUL\n", path, len(entry.Content), strings.Count(entry.Content, "\x00"))
		}
	}
	return b.String()
}
