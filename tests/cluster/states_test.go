// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/tls"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/states"
)

func TestEveryStateOfTheDiskEndsAsTheTableSays(t *testing.T) {
	t.Parallel()
	requires(t, root())
	for _, name := range []string{"openssl", "nsenter", "chattr"} {
		requires(t, tool(name))
	}
	for _, s := range states.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, manyCluster(t))
			d := &disk{m, &states.Place{Dir: filepath.Dir(m.ini), Node: m.Name, Server: m.cluster.Server, CA: m.CA}}
			t.Cleanup(d.place.Close)
			if err := d.place.Bring(s); errors.Is(err, errors.ErrUnsupported) {
				requires(t, err)
			} else if err != nil {
				t.Fatal(err)
			}
			d.check(t, s)
			d.firstRun(t, s)
			if s.Action == states.Refused {
				d.afterRepair(t, s)
			}
			d.lastRun(t, s)
		})
	}
}

// disk is a machine whose disk is in a state of the table.
type disk struct {
	*machine
	place *states.Place
}

func (d *disk) run(t *testing.T, status int, args ...string) program.Result {
	t.Helper()
	return d.runsUnder(t, d.place.Command(), status, args...)
}

func (d *disk) files(t *testing.T) states.Files {
	t.Helper()
	files, err := d.place.Files()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (d *disk) hasRequests(t *testing.T, when string, want int) {
	t.Helper()
	if got := len(d.requests(t)); got != want {
		t.Errorf("%s: %d CertificateSigningRequests for %s, want %d", when, got, d.Name, want)
	}
}

func (d *disk) check(t *testing.T, s states.State) {
	before := d.files(t)
	result := d.run(t, s.Check(), "--check")
	if !s.PassesCheck {
		contains(t, "--check", result.Stdout+result.Stderr, s.Says)
	}
	if s.Check() == program.Pending && s.Action != states.Refused {
		verdict := map[states.Action]string{states.Repaired: "repair, no request", states.NewCertificate: "a bootstrap is needed"}
		contains(t, "--check", result.Stdout, verdict[s.Action])
	}
	if changed := difference(before, d.files(t)); len(changed) > 0 {
		t.Errorf("--check has changed %v", changed)
	}
}

func (d *disk) firstRun(t *testing.T, s states.State) {
	before := d.files(t)
	result := d.run(t, s.Status())
	after := d.files(t)
	nothingIsLost(t, s, before, after)
	for _, pattern := range s.Kept {
		if len(after.Match(pattern)) != 1 {
			t.Errorf("there are %d files %s among %v", len(after.Match(pattern)), pattern, slices.Sorted(maps.Keys(after)))
		}
	}
	first, _ := s.RequestsAfter()
	d.hasRequests(t, "the first run", first)
	switch s.Action {
	case states.Nothing:
		contains(t, "stderr", result.Stderr, "already valid")
		for _, name := range difference(before, after) {
			if !fitsAny(name, s.Loses) {
				t.Errorf("%s was changed, and there was nothing to do", name)
			}
		}
	case states.Refused:
		contains(t, "stderr", result.Stderr, s.Says)
		d.run(t, s.Status())
		if changed := difference(after, d.files(t)); len(changed) > 0 {
			t.Errorf("a second run that is refused has changed %v", changed)
		}
		d.hasRequests(t, "a second run that is refused", first)
	}
}

func (d *disk) afterRepair(t *testing.T, s states.State) {
	if err := d.place.Do(s.Repair); err != nil {
		t.Fatal(err)
	}
	before := d.files(t)
	result := d.run(t, program.Valid)
	nothingIsLost(t, s, before, d.files(t))
	outcome := map[states.Action]string{states.Nothing: "already valid", states.Repaired: "files repaired", states.NewCertificate: "files written"}
	contains(t, "stderr after the repair", result.Stderr, outcome[s.Then])
}

func (d *disk) lastRun(t *testing.T, s states.State) {
	result := d.run(t, program.Valid)
	contains(t, "stderr of the last run", result.Stderr, "already valid")
	_, last := s.RequestsAfter()
	d.hasRequests(t, "the last run", last)

	contains(t, "kubelet.conf", d.read(t, d.place.Path(states.Kubeconfig)), d.currentLink())
	pem := d.pem(t)
	if _, err := tls.X509KeyPair([]byte(pem), []byte(pem)); err != nil {
		t.Errorf("certificate and key do not belong together: %v", err)
	}
	argv := d.place.Command("openssl", "verify", "-purpose", "sslclient", "-CAfile", d.CA)
	if s.NotYet {
		argv = append(argv, "-no_check_time")
	}
	verified, err := program.Run(time.Minute, append(argv, d.currentLink())...)
	if err != nil || verified.Status != 0 {
		t.Errorf("openssl verify: %v %v", err, verified)
	}
}

// pem is what the link leads to.
func (d *disk) pem(t *testing.T) string {
	t.Helper()
	target, err := os.Readlink(d.place.Outside(d.currentLink()))
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(d.CertDir, target)
	}
	return d.read(t, d.place.Outside(target))
}

// nothingIsLost wants all that was in a file to be in one still.
func nothingIsLost(t *testing.T, s states.State, before, after states.Files) {
	t.Helper()
	for _, name := range after.Lacks(before) {
		if !fitsAny(name, s.Loses) {
			t.Errorf("what was in %s is in none of %v", name, slices.Sorted(maps.Keys(after)))
		}
	}
}

// difference lists the names whose content is not the same in both, or that only one of them has.
func difference(a, b states.Files) []string {
	names := map[string]bool{}
	for name, content := range a {
		if now, ok := b[name]; !ok || now != content {
			names[name] = true
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func fitsAny(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		fits, err := filepath.Match(pattern, name)
		return err == nil && fits
	})
}
