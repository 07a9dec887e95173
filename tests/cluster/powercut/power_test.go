// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"kubelet-bootstrap/tests/cluster/disklog"
	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/states"
)

// kinds are what a run may find.
var kinds = map[string]func(t *testing.T, n *node){
	"fresh":   func(*testing.T, *node) {},
	"resumed": func(t *testing.T, n *node) { n.prepare(t, n.wasInterrupted) },
	// A new certificate is asked for, and what is damaged set aside.
	"damaged": func(t *testing.T, n *node) { n.isIn(t, "the pem is damaged, and so is kubelet.conf") },
	// No certificate is asked for.
	"broken": func(t *testing.T, n *node) {
		n.isIn(t, "the pem is empty, an older one is good, kubelet.conf is missing")
	},
}

// isIn brings the disk into a state of the table.
func (n *node) isIn(t *testing.T, name string) {
	t.Helper()
	for _, s := range states.All() {
		if s.Name == name {
			n.requests, _ = s.RequestsAfter()
			n.prepare(t, func() error {
				place := &states.Place{Dir: Top, Node: n.Node, Server: n.Server, CA: n.ControlPlane.CA}
				defer place.Close()
				return place.Bring(s)
			})
			return
		}
	}
	t.Fatalf("no state is %q", name)
}

// wasInterrupted leaves a key and a request that was approved since.
func (n *node) wasInterrupted() error {
	n.asked = true
	config := n.config
	config.Token, config.Deadline = n.unapprovedToken, "2s"
	for range 30 { // a busy machine may not come as far; the next run goes on from there
		result, err := n.run(config, n.binary)
		if err != nil {
			return err
		}
		mine, err := n.asks()
		if err != nil {
			return err
		}
		if result.Status == program.Pending && len(mine) == 1 {
			_, err := n.Kubectl("certificate", "approve", mine[0].Name)
			return err
		}
	}
	return errors.New("no request came to stand")
}

// sweep is a file system, a kind of run, and how many states of it are mended at most; 0: all.
type sweep struct {
	FileSystem
	kind  string
	noise bool
	most  int
}

// Without a bound one has 100 to 500 states, with noise some thousands. A state takes a twentieth of a second here, and a second in a
// guest.
func sweeps() []sweep {
	if !full() {
		return []sweep{
			{ext4, "fresh", false, 150}, {ext4, "resumed", true, 100}, {ext4, "damaged", false, 100},
			{xfs, "fresh", false, 100}, {btrfs, "fresh", false, 100}, {f2fs, "fresh", false, 30},
		}
	}
	var all []sweep
	for _, f := range []FileSystem{ext4, ext4Writeback, xfs, btrfs, overlay, f2fs} {
		quiet, noisy := 0, 500
		if f.guestOnly {
			quiet, noisy = 100, 50
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			all = append(all, sweep{f, kind, false, quiet}, sweep{f, kind, true, noisy})
		}
	}
	return all
}

func (s sweep) String() string {
	return fmt.Sprintf("fs=%s run=%s noise=%s", s.Name, s.kind, map[bool]string{true: "yes", false: "no"}[s.noise])
}

func TestTheNextRunMendsWhateverAPowerCutLeavesOfARealFileSystem(t *testing.T) {
	for _, s := range sweeps() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			n := newNode(t, s.tools()...)
			kinds[s.kind](t, n)
			recorded := n.record(t, s.FileSystem, func(r *Run) { r.Noise = s.noise })
			r := n.replay(s.FileSystem, recorded, disklog.Choice{Random: 4, Torn: 4, Most: s.most})
			if s.guestOnly {
				r.inGuest(t)
			} else {
				r.here(t)
			}
			sent := 0
			for _, state := range r.states {
				sent += 1 - r.rank(state)
			}
			say("POWER %v states=%d bad=%d sent=%d seconds=%.1f", s, r.checked, len(r.bad), sent, r.took.Seconds())
			if r.checked < 10 || len(r.bad) > 0 {
				t.Errorf("%d of %d states are bad", len(r.bad), r.checked)
				r.tell(t)
			}
		})
	}
}

// say goes to the output as it is, for a person and for scripts.
func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }
