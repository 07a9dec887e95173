// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/power"
	"kubelet-bootstrap/tests/cluster/program"
)

// Flash has no disk whose writes could be logged: here the kernel itself emulates the cuts, and all is one guest's work. Each round is of
// another node.
type flash struct {
	*node
	of       string // the node's name, without the round
	cut      int    // runs whose power failed
	mended   int
	bad      []string
	leftErr  error
	said     string
	statuses map[int]int // how the runs ended whose power failed
}

// within so many headers of UBI the power fails; meanwhile others write, so that it may be at any moment of the run.
const within = 24

func (f *flash) answer(m message) (string, error) {
	f.Node = fmt.Sprintf("%s-%d", f.of, m.number("state"))
	switch m.about {
	case "round":
		config := f.config
		config.Name, config.Servers = f.Node, []string{f.atHost()}
		return config.INI() + "\n", nil
	case "said":
		f.said = string(m.body)
		return "", nil
	}
	tree, err := unpacked(m.body)
	if err != nil {
		return "", err
	}
	if m.about == "left" {
		if m.number("cut") == 1 {
			f.cut++
			f.statuses[m.number("status")]++
		}
		f.leftErr = f.isLeft(tree, m.number("status"))
		return "", nil
	}
	f.mended++
	if err := errors.Join(f.leftErr, f.isMended(tree, m.number("status"))); err != nil {
		f.bad = append(f.bad, fmt.Sprintf("round %d: %v", m.number("state"), err))
	}
	return "", nil
}

// isLeft wants all in place when the run had ended with success, or when there is a kubelet.conf, which comes last.
func (f *flash) isLeft(tree power.Tree, status int) error {
	if _, ok := tree[kubeconfig]; ok || status == program.Valid {
		if err := f.isInPlace(tree); err != nil {
			return fmt.Errorf("after a run that ended with %d: %w", status, err)
		}
	}
	return onlyOurs(tree, true)
}

func (f *flash) isMended(tree power.Tree, status int) error {
	if status != program.Valid {
		return fmt.Errorf("the next run ends with %d: %s", status, f.said)
	}
	mine, err := f.asks()
	if err == nil && len(mine) != 1 {
		err = fmt.Errorf("the node has %d requests", len(mine))
	}
	return errors.Join(err, f.isGood(tree))
}

// cuts lets the power fail in so many runs, of the binary, with one sync lost where it is not 0, and all where it is -1.
func cuts(t *testing.T, rounds int, binary string, lost int) *flash {
	t.Helper()
	f := &flash{node: newNode(t, "ubiattach", "ubimkvol"), statuses: map[int]int{}}
	f.of = f.Node
	f.Servers = []string{f.atHost()}
	if binary == "" {
		binary = f.binary
	}
	desk, err := openDesk(f.answer)
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	g := guest{dir: f.dir, binary: binary, task: "ubifs", limit: guestLimit, settings: map[string]string{
		"desk": desk.Address, "rounds": strconv.Itoa(rounds), "within": strconv.Itoa(within), "modules": "", "overlay": "", "fault": "",
	}}
	if lost != 0 {
		g.settings["fault"] = strconv.Itoa(lost)
	}
	begin := time.Now()
	console, err := g.run()
	if err != nil || f.mended != rounds {
		t.Fatalf("%d of %d rounds came to an end: %v\n%s", f.mended, rounds, err, console)
	}
	say("POWER fs=ubifs run=fresh lost=%d rounds=%d cut=%d statuses=%v bad=%d seconds=%.1f",
		lost, rounds, f.cut, f.statuses, len(f.bad), time.Since(begin).Seconds())
	return f
}

func TestTheNextRunMendsWhatAPowerCutLeavesOfFlash(t *testing.T) {
	t.Parallel()
	rounds := within
	if full() {
		rounds = 12 * within
	}
	f := cuts(t, rounds, "", 0)
	if f.cut < rounds/8 || len(f.bad) > 0 {
		t.Errorf("in %d of %d rounds the power failed, %d are bad: %q", f.cut, rounds, len(f.bad), f.bad)
	}
}

func TestALostSyncIsFoundOnFlash(t *testing.T) {
	t.Parallel()
	if f := cuts(t, within, faulty(t), -1); len(f.bad) == 0 {
		t.Errorf("none of %d rounds is bad; in %d the power failed", f.mended, f.cut)
	}
}
