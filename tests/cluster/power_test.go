// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-bootstrap/tests/cluster/power"
	"kubelet-bootstrap/tests/cluster/program"
)

// Here the power fails: what a run does to the disk is recorded, every state in which a cut could leave a disk that loses what was
// not synced is made from that (package power), and the next run has to mend it. power_promise_test.go holds each state itself
// against what src/install.h promises.

func TestAFreshRunMayLoseThePowerAtAnyMoment(t *testing.T) {
	t.Parallel()
	mayLoseThePowerAtAnyMoment(t, aFreshMachine)
}

func TestAResumedRunMayLoseThePowerAtAnyMoment(t *testing.T) {
	t.Parallel()
	mayLoseThePowerAtAnyMoment(t, anApprovedMachine)
}

func TestARunOverAnExpiredCertificateMayLoseThePowerAtAnyMoment(t *testing.T) {
	t.Parallel()
	mayLoseThePowerAtAnyMoment(t, anExpiredMachine)
}

func TestARunOverADamagedCertificateMayLoseThePowerAtAnyMoment(t *testing.T) {
	t.Parallel()
	mayLoseThePowerAtAnyMoment(t, aDamagedMachine)
}

func TestARepairMayLoseThePowerAtAnyMoment(t *testing.T) {
	t.Parallel()
	mayLoseThePowerAtAnyMoment(t, aBrokenMachine)
}

// A state is mended under the name of a node whose request the cluster knows, one after the other; so several nodes share the states.
const (
	nodesOfPower  = 4
	statesOfPower = 64 // that are mended at most, of each situation: a program that syncs too little has thousands
)

// outcomes counts states.
type outcomes struct{ made, broken, mended, failed atomic.Int32 }

func mayLoseThePowerAtAnyMoment(t *testing.T, s situation) {
	requires(t, tool("strace"))
	requires(t, tool("openssl"))
	begin := time.Now()
	var n outcomes
	t.Run("of", func(t *testing.T) {
		for node := range nodesOfPower {
			t.Run(fmt.Sprintf("node-%d", node), func(t *testing.T) {
				t.Parallel()
				m := s.machine(t)
				r := &recording{machine: m, situation: s, outcomes: &n, asked: len(m.requests(t)) > 0, keys: map[string]bool{}}
				r.record(t)
				if node == 0 {
					r.checkPromises(t)
				}
				r.mendsAll(t, node, nodesOfPower, r.isCutAgain)
				r.checkRequests(t)
			})
		}
	})
	t.Logf("made %d states, %d of them break a promise; tried to mend %d, failed %d; %v", n.made.Load(), n.broken.Load(), n.mended.Load(),
		n.failed.Load(), time.Since(begin).Round(time.Millisecond))
}

// recording is a run that went well, and what would be on the disk had it not.
type recording struct {
	*machine
	*outcomes
	situation situation
	top       string
	before    power.Tree
	states    []power.State
	asked     bool            // its request was there before the run
	sends     bool            // it asked the API server
	request   string          // name of the CertificateSigningRequest
	key       string          // the public one in it
	keys      map[string]bool // those of all certificates that were ever in use
}

// record runs the program over what is on the machine's disk.
func (r *recording) record(t *testing.T) {
	t.Helper()
	var err error
	r.write(t, r.ini, r.INI())
	r.top = filepath.Dir(r.ini)
	if r.before, err = power.Snapshot(r.top); err != nil {
		t.Fatal(err)
	}
	ops, err := power.Record(r.top, time.Minute, r.binary, "--config", r.ini)
	if err != nil {
		t.Fatal(err)
	}
	if r.states, err = power.States(r.before, ops); err != nil {
		t.Fatal(err)
	}
	r.checkModel(t)
	r.sends = slices.ContainsFunc(ops, func(op power.Op) bool { return op.Kind == power.Send })
	if key := r.usedKey(t); key != r.key {
		r.key, r.request = key, r.requestWith(t, key)
	}
}

// requestWith is the name of the machine's request with the key.
func (r *recording) requestWith(t *testing.T, key string) string {
	t.Helper()
	for _, csr := range r.requests(t) {
		if string(parseRequest(t, csr).RawSubjectPublicKeyInfo) == key {
			return csr.Name
		}
	}
	t.Fatal("there is no request for the key of the certificate")
	return ""
}

// checkModel wants the model to end where the run has ended.
func (r *recording) checkModel(t *testing.T) {
	t.Helper()
	after, err := power.Snapshot(r.top)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range r.states {
		if state.Done && state.Whole && reflect.DeepEqual(withoutPermissions(state.Tree), withoutPermissions(after)) {
			return
		}
	}
	t.Fatalf("no state is as the disk is after the run:\n%v", after)
}

// withoutPermissions: they depend on the umask.
func withoutPermissions(tree power.Tree) power.Tree {
	plain := power.Tree{}
	for path, entry := range tree {
		plain[path] = power.Entry{Mode: entry.Mode & fs.ModeType, Content: entry.Content}
	}
	return plain
}

func (r *recording) usedKey(t *testing.T) string {
	t.Helper()
	key := string(r.certificate(t).RawSubjectPublicKeyInfo)
	r.keys[key] = true
	return key
}

// stands: the cluster knew of the request when the power failed.
func (r *recording) stands(state power.State) bool { return r.asked || state.Sent }

// order is which states the node mends. Those come first for which the request must still be as the recorded run left it.
func (r *recording) order(node, nodes int) []int {
	chosen := rand.New(rand.NewPCG(1, 2)).Perm(len(r.states)) // the same for each node, and each time
	if !torture() {
		chosen = chosen[:min(len(chosen), statesOfPower)]
	}
	var first, then []int
	for n, i := range chosen {
		switch {
		case n%nodes != node:
		case r.stands(r.states[i]):
			first = append(first, i)
		default:
			then = append(then, i)
		}
	}
	return append(first, then...)
}

// mendsAll mends the node's share of the states, and does more with each.
func (r *recording) mendsAll(t *testing.T, node, nodes int, more func(*testing.T, power.State)) {
	for _, i := range r.order(node, nodes) {
		t.Run(fmt.Sprintf("state-%d", i), func(t *testing.T) {
			r.mends(t, r.states[i])
			more(t, r.states[i])
		})
	}
}

// lay brings the machine and the cluster to where the cut has left them.
func (r *recording) lay(t *testing.T, state power.State) {
	t.Helper()
	if err := state.Tree.Lay(r.top); err != nil {
		t.Fatal(err)
	}
	if !r.stands(state) {
		requests := r.cluster.kube.CertificatesV1().CertificateSigningRequests()
		if err := requests.Delete(context.Background(), r.request, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			t.Fatal(err)
		}
	}
}

// mends wants one run over what the cut has left to make a good node, with the request that was there already.
func (r *recording) mends(t *testing.T, state power.State) {
	r.mended.Add(1)
	defer func() {
		if t.Failed() {
			r.failed.Add(1)
			t.Logf("%s; there were:\n%s", shownState(state), shownFiles(state))
		}
	}()
	r.lay(t, state)
	r.Deadline = "10s"
	result := r.runs(t, program.Valid)
	r.situation.isGood(t, r.machine)
	if key := r.usedKey(t); r.stands(state) && key != r.key {
		t.Error("a second request was made, with a new key")
	}
	if state.Done {
		contains(t, "what was said over a disk that a run had left with success", result.Stderr, "already valid")
	}
}

// isCutAgain is for the torture: it records the run that mends the state, and mends what a cut in that one could leave.
func (r *recording) isCutAgain(t *testing.T, state power.State) {
	if !torture() {
		return
	}
	r.lay(t, state)
	again := *r
	again.asked = r.stands(state)
	again.record(t)
	again.checkPromises(t)
	again.mendsAll(t, 0, 1, func(*testing.T, power.State) {})
}

// checkRequests wants one request for each key that came to be used, and no others.
func (r *recording) checkRequests(t *testing.T) {
	t.Helper()
	found := map[string]bool{}
	for _, csr := range r.requests(t) {
		key := string(parseRequest(t, csr).RawSubjectPublicKeyInfo)
		if found[key] || !r.keys[key] {
			t.Errorf("%s was made in vain", csr.Name)
		}
		found[key] = true
	}
}
