// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/disklog"
)

// The power fails while a whole system boots for the first time, and comes back: that boot leads to a node.

// How many states are booted. A boot as far as kubelet takes most of a minute.
const statesBooted = 8

func TestFullAPowerCutInTheFirstBootIsMendedByTheNext(t *testing.T) {
	t.Parallel()
	n := newNode(t, "dracut")
	log, base := filepath.Join(n.dir, "log"), filepath.Join(n.dir, "base")
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	relay, err := disklog.NewRelay(fmt.Sprintf("127.0.0.1:%d", n.Port), log)
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	_, port, _ := strings.Cut(relay.Address(), ":")
	n.config.Servers = []string{fmt.Sprintf("https://%s:%s", Host, port)}
	initramfsWays["dracut"].give(t, n)
	if err := copySparse(n.Disk.Path, base); err != nil {
		t.Fatal(err)
	}
	recording := n.isCutOff(t, log, base, relay)

	states := chosen(recording)
	asked := 0
	for i, state := range states {
		if err := recording.Write(state, n.Disk.Path); err != nil {
			t.Fatal(err)
		}
		if state.Sent {
			asked++
		} else {
			n.forgets(t)
		}
		_, _ = n.Kubectl("delete", "node", n.name) // that of the boot before, if it came as far
		n.becomesANode(t, n.boot)
		t.Logf("POWER boot state=%d sent=%t what=%q node=registered", i+1, state.Sent, state.What)
	}
	if asked == 0 || asked == len(states) {
		t.Errorf("of %d states %d come after the request, want some before and some after it", len(states), asked)
	}
}

// isCutOff boots the node once, and gives what its disk was given from the start of our script until shortly after its end.
func (n *node) isCutOff(t *testing.T, log, base string, relay *disklog.Relay) *disklog.Recording {
	t.Helper()
	info, err := os.Stat(base)
	if err != nil {
		t.Fatal(err)
	}
	b := n.boot
	b.Log = log
	r, err := n.Start(bootLimit, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Kill)
	var length [2]int64
	for i, text := range []string{"BOOT begin", "REPORT booted"} {
		shows(t, r, text)
		logged, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}
		length[i] = logged.Size()
	}
	if console, err := r.Wait(); err != nil || !strings.Contains(console, "REPORT check 0") {
		t.Fatalf("the boot that is recorded went wrong: %v\n%s", err, console)
	}
	recording, err := disklog.FromLog(base, info.Size(), log)
	if err != nil {
		t.Fatal(err)
	}
	recording.Begin = recording.EntriesAt(length[0])
	recording.Sent = relay.Sent(recording)
	recording.Entries = recording.Entries[:recording.EntriesAt(length[1])]
	return recording
}

// chosen are some of the states, from the first to the last, those first in which the cluster has the request.
func chosen(recording *disklog.Recording) []disklog.State {
	all := recording.States(disklog.Choice{Random: 2, Torn: 2})
	var states []disklog.State
	for i := range min(statesBooted, len(all)) {
		states = append(states, all[i*len(all)/statesBooted])
	}
	slices.SortStableFunc(states, func(a, b disklog.State) int {
		rank := map[bool]int{true: 0, false: 1}
		return cmp.Compare(rank[a.Sent], rank[b.Sent])
	})
	return states
}

// forgets removes the node's requests from the cluster.
func (n *node) forgets(t *testing.T) {
	t.Helper()
	for _, name := range n.requestNames(t) {
		if _, err := n.Kubectl("delete", "csr", name); err != nil {
			t.Fatal(err)
		}
	}
}
