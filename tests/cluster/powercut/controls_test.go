// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"kubelet-bootstrap/tests/cluster/disklog"
	"kubelet-bootstrap/tests/cluster/repo"
)

// Here the tests themselves are tested: a program that does not sync what it has to, and a disk that is not told to, have to be found.

// syncs are all fsync calls of a fresh run, in their order, and what makes good the loss of one on ext4, where the next to be synced, any
// file or folder, takes with it whatever was done to the names on the file system before; empty: nothing does, and the loss is found.
var syncs = []struct{ of, madeGoodBy string }{
	{"the folder that got cert-dir's parent", "the sync of the key: the request waits for that"},
	{"the folder that got cert-dir", "the same"},
	{"the folder that got kubelet.conf's", "the same"},
	{"the key", ""},
	{"cert-dir with the key", ""},
	{"the pem", ""},
	{"cert-dir with the pem", "the sync with the link, of the same folder; names reach the disk in their order"},
	{"cert-dir with the link", "the sync of kubelet.conf, before that gets its name"},
	{"kubelet.conf", ""},
	{"the folder with kubelet.conf", ""},
}

var struck = regexp.MustCompile(`struck ([0-9]+)`)

// faulty is the program whose syncs can get lost.
func faulty(t *testing.T) string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(root, "build", "faulty", "kubelet-bootstrap")
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("this test needs `make faulty`: %v", err)
	}
	return binary
}

func TestTheControlsKnowEverySyncOfAFreshRun(t *testing.T) {
	n := newNode(t)
	n.prepare(t, func() error {
		result, err := n.run(n.config, "env", "KUBELET_BOOTSTRAP_FAULT=sync", "KUBELET_BOOTSTRAP_FAULT_N=0", faulty(t))
		if err != nil {
			return err
		}
		if found := struck.FindStringSubmatch(result.Stderr); found == nil || found[1] != strconv.Itoa(len(syncs)) {
			err = fmt.Errorf("want %d calls of fsync, got: %v", len(syncs), result)
		}
		return err
	})
}

func TestALostSyncIsFound(t *testing.T) {
	for i, sync := range syncs {
		if lost := i + 1; full() || lost == 5 || lost == 6 || lost == 10 {
			t.Run(sync.of, func(t *testing.T) {
				t.Parallel()
				r := losesSync(t, ext4, lost)
				if isFound := len(r.bad) > 0; isFound != (sync.madeGoodBy == "") {
					t.Errorf("%d of %d states are bad; it is made good by: %q", len(r.bad), r.checked, sync.madeGoodBy)
					r.tell(t)
				}
			})
		}
	}
}

// What is not made good on ext4 is not on the others.
func TestFullALostSyncIsFoundOnOtherFileSystems(t *testing.T) {
	for _, f := range []FileSystem{xfs, btrfs} {
		for i, sync := range syncs {
			if sync.madeGoodBy == "" {
				t.Run(f.Name+" "+sync.of, func(t *testing.T) {
					t.Parallel()
					if r := losesSync(t, f, i+1); len(r.bad) == 0 {
						t.Errorf("none of %d states is bad", r.checked)
					}
				})
			}
		}
	}
}

// losesSync records a run without one sync, and mends its states.
func losesSync(t *testing.T, f FileSystem, lost int) *replayed {
	t.Helper()
	n := newNode(t, f.tools()...)
	recorded := n.record(t, f, func(r *Run) { r.Binary, r.LostSync = faulty(t), lost })
	if found := struck.FindStringSubmatch(recorded.Said); found == nil || found[1] != "1" {
		t.Fatalf("no sync was lost:\n%s", recorded.Said)
	}
	r := n.control(f, recorded)
	r.here(t)
	say("POWER control fsync=%d fs=%s states=%d bad=%d", lost, f.Name, r.checked, len(r.bad))
	return r
}

// control ends with the first bad state, where it is not to be counted how many there are.
func (n *node) control(f FileSystem, recorded *Recorded) *replayed {
	r := n.replay(f, recorded, disklog.Choice{Random: 4, Torn: 4})
	r.fsck = false // another repair may follow, and is none of its matter
	if !full() {
		r.enough = 1
	}
	return r
}

func TestADiskThatIsNotToldToFlushIsFound(t *testing.T) {
	n := newNode(t, ext4NoBarrier.tools()...)
	r := n.control(ext4NoBarrier, n.record(t, ext4NoBarrier, func(*Run) {}))
	r.here(t)
	say("POWER control nobarrier fs=%s states=%d bad=%d", ext4NoBarrier.Name, r.checked, len(r.bad))
	if len(r.bad) == 0 {
		t.Errorf("none of %d states is bad", r.checked)
	}
}
