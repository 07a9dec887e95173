// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/disklog"
	"kubelet-bootstrap/tests/cluster/power"
	"kubelet-bootstrap/tests/cluster/program"
)

// replayed is a recorded run whose states are mended.
type replayed struct {
	*node
	*Recorded
	fs      FileSystem
	states  []disklog.State // those come first for which the request is as the recorded run has left it
	fsck    bool
	enough  int // so many bad ones end it; 0: none do
	checked int
	bad     []string // what is wrong, one for each state that is bad
	took    time.Duration
}

// replay is for the states of a recorded run.
func (n *node) replay(f FileSystem, recorded *Recorded, choice disklog.Choice) *replayed {
	r := &replayed{node: n, Recorded: recorded, fs: f, states: recorded.States(choice), fsck: full()}
	slices.SortStableFunc(r.states, func(a, b disklog.State) int { return cmp.Compare(r.rank(a), r.rank(b)) })
	return r
}

func (r *replayed) rank(s disklog.State) int {
	if r.stands(s) {
		return 0
	}
	return 1
}

// stands: the cluster knows of the request.
func (r *replayed) stands(s disklog.State) bool { return r.asked || s.Sent }

// judge is to be called once for each state, in their order.
func (r *replayed) judge(s disklog.State, err error) (enough bool) {
	r.checked++
	if err != nil {
		r.bad = append(r.bad, fmt.Sprintf("%s: %v", s.What, err))
	}
	return r.enough > 0 && len(r.bad) >= r.enough
}

// isLeft brings the cluster to where it was when the power failed, and holds what is on the disk against what was promised by then.
func (r *replayed) isLeft(s disklog.State, tree power.Tree) error {
	if !r.stands(s) {
		if err := r.forget(); err != nil {
			return err
		}
	}
	return left(tree, r.before, r.After, s.Done)
}

// nextRun is what came of the run that found a state.
type nextRun struct {
	check, status int // exit statuses, of --check before it and of itself
	tree          power.Tree
	said          string
}

// isMended wants a good node after the next run, with the request that was there already, or the only one.
func (r *replayed) isMended(s disklog.State, next nextRun) error {
	var errs []error
	if s.Done && next.check != program.Valid {
		errs = append(errs, fmt.Errorf("the run had ended with success, and --check ends with %d", next.check))
	}
	if next.status != program.Valid {
		return errors.Join(append(errs, fmt.Errorf("the next run ends with %d: %s", next.status, next.said))...)
	}
	errs = append(errs, r.isGood(next.tree))
	mine, err := r.asks()
	if err != nil || len(mine) != r.requests {
		return errors.Join(append(errs, fmt.Errorf("the node has %d requests, must have %d (%v)", len(mine), r.requests, err))...)
	}
	if r.requests == 0 {
		return errors.Join(errs...)
	}
	request, err := parsed(mine[0])
	if err != nil {
		return err
	}
	if key, err := keyOf(next.tree); err != nil || key != string(request.RawSubjectPublicKeyInfo) {
		errs = append(errs, fmt.Errorf("the certificate is not for the node's request (%v)", err))
	}
	return errors.Join(errs...)
}

// here mends the states on this machine, with its kernel.
func (r *replayed) here(t *testing.T) {
	t.Helper()
	begin, image := time.Now(), filepath.Join(r.dir, "state")
	replay, err := r.Replay(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer replay.Close()
	err = Apart(func() error {
		for _, s := range r.states {
			if err := replay.Write(s, image); err != nil {
				return err
			}
			err := r.fs.mounted(image, func() error { return r.mend(s) })
			if errors.Is(err, errStillMounted) {
				return err
			}
			if err == nil && r.fsck {
				err = r.fs.checked(image)
			}
			if r.judge(s, err) {
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.took = time.Since(begin)
}

func (r *replayed) mend(s disklog.State) error {
	tree, err := power.Snapshot(Top)
	if err != nil {
		return err
	}
	leftErr := r.isLeft(s, tree)
	check := program.Result{}
	if s.Done {
		if check, err = r.run(r.config, r.binary, "--check"); err != nil {
			return err
		}
	}
	result, err := r.run(r.config, r.binary)
	if err != nil {
		return err
	}
	if tree, err = power.Snapshot(Top); err != nil {
		return err
	}
	return errors.Join(leftErr, r.isMended(s, nextRun{check.Status, result.Status, tree, result.Stderr}))
}

// inGuest mends them in a guest, with the kernel that has left them.
func (r *replayed) inGuest(t *testing.T) {
	t.Helper()
	begin := time.Now()
	disk, err := r.allStates()
	if err != nil {
		t.Fatal(err)
	}
	desk, err := openDesk(r.hears())
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	config := r.config
	config.Servers = []string{r.atHost()}
	r.Servers = append(r.Servers, config.Servers...)
	g := guest{dir: r.dir, binary: r.binary, task: "mend", ini: config.INI() + "\n", limit: guestLimit,
		settings: r.fs.settings(r.fs.replayOptions), disk: []string{"-drive", "if=virtio,format=raw,cache=unsafe,file=" + disk}}
	g.settings["desk"], g.settings["states"] = desk.Address, strconv.Itoa(len(r.states))
	g.settings["size"] = strconv.FormatInt(r.Size, 10)
	console, err := g.run()
	if err != nil || r.checked != len(r.states) {
		t.Fatalf("%d of %d states were mended: %v\n%s", r.checked, len(r.states), err, console)
	}
	r.took = time.Since(begin)
	if r.fsck {
		r.checkAll(t, disk)
	}
}

// checkAll holds the file systems' own tool against every state that was mended.
func (r *replayed) checkAll(t *testing.T, disk string) {
	t.Helper()
	all, err := os.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	for i, s := range r.states {
		image := filepath.Join(r.dir, "state")
		out, err := os.Create(image)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(disklog.CopySparse(out, all, 0, int64(i)*r.Size, r.Size), out.Close()); err != nil {
			t.Fatal(err)
		}
		if err := r.fs.checked(image); err != nil {
			r.bad = append(r.bad, fmt.Sprintf("%s: %v", s.What, err))
		}
	}
}

// hears takes what a guest tells of one state after the other.
func (r *replayed) hears() func(m message) (string, error) {
	var leftErr error
	var said string
	return func(m message) (string, error) {
		s := r.states[m.number("state")]
		switch m.about {
		case "said":
			said = string(m.body)
			return "", nil
		case "unmountable":
			r.judge(s, errUnmountable)
			return "", nil
		}
		tree, err := unpacked(m.body)
		if err != nil {
			return "", err
		}
		if m.about == "left" {
			leftErr = r.isLeft(s, tree)
		} else {
			r.judge(s, errors.Join(leftErr, r.isMended(s, nextRun{m.number("check"), m.number("status"), tree, said})))
		}
		return "", nil
	}
}

// allStates makes one image of all states, one behind the other.
func (r *replayed) allStates() (string, error) {
	replay, err := r.Replay(r.dir)
	if err != nil {
		return "", err
	}
	defer replay.Close()
	disk, err := os.Create(filepath.Join(r.dir, "states"))
	if err != nil {
		return "", err
	}
	defer disk.Close()
	for i, s := range r.states {
		if err := replay.Put(s, disk, int64(i)*r.Size); err != nil {
			return "", err
		}
	}
	return disk.Name(), nil
}

// tell shows the first of the bad states.
func (r *replayed) tell(t *testing.T) {
	t.Helper()
	const shown = 5
	for _, bad := range r.bad[:min(len(r.bad), shown)] {
		t.Log(bad)
	}
}
