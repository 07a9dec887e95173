// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// Here the network fails: at every byte of a run in this file, by what a server says or leaves unsaid in the others of that name.
// The default is a sample of the bytes. All of them, with as many runs at a time as there is memory for, since stalled ones only wait:
//
//	KUBELET_BOOTSTRAP_TORTURE=1 go test -count=1 -parallel=24 -timeout=0 -run AtAnyByte .

// slack is what a run may take beyond its deadline on a busy computer.
const slack = 20 * time.Second

// brief is the deadline of a run that cannot succeed, and yet has to come as far as a conversation, on a busy computer, too.
const brief = 6 * time.Second

var briefly = brief.String()

// samplesPerStream is how many offsets of each stream are tried by default, and of a fault that takes its time.
const samplesPerStream, slowSamplesPerStream = 24, 8

func TestAConnectionMayBeResetAtAnyByte(t *testing.T) {
	t.Parallel()
	mayFailAtAnyByte(t, faults.Reset, samplesPerStream, "20s", program.Valid)
}

func TestAConnectionMayBeClosedAtAnyByte(t *testing.T) {
	t.Parallel()
	mayFailAtAnyByte(t, faults.Close, samplesPerStream, "20s", program.Valid)
}

func TestAConnectionMayTrickleFromAnyByteOn(t *testing.T) {
	t.Parallel()
	mayFailAtAnyByte(t, faults.Trickle, slowSamplesPerStream, "20s", program.Valid)
}

// Nobody can tell a stalled connection from a slow one before its time is up.
func TestAConnectionMayStallAtAnyByte(t *testing.T) {
	t.Parallel()
	mayFailAtAnyByte(t, faults.Stall, slowSamplesPerStream, "2s", program.Valid, program.Unavailable, program.Pending)
}

// A bit in the length of a record makes the program wait for bytes that do not come.
func TestABitMayBeWrongInAnyByte(t *testing.T) {
	t.Parallel()
	mayFailAtAnyByte(t, faults.Flip, samplesPerStream, "2s", program.Valid, program.Unavailable, program.Pending, program.NotTrusted)
}

// mayFailAtAnyByte lets the first connection of a run fail at each byte of both streams.
func mayFailAtAnyByte(t *testing.T, kind faults.Kind, samples int64, deadline string, statuses ...int) {
	requires(t, tool("openssl"))
	lengths := streamLengths(t)
	n := newTally()
	start := time.Now()
	t.Run("at", func(t *testing.T) {
		for _, direction := range []faults.Direction{faults.ToServer, faults.ToClient} {
			for _, offset := range offsets(lengths[direction], samples) {
				fault := faults.Fault{Kind: kind, Direction: direction, Offset: offset}
				n.point(t, fault.String(), func(t *testing.T) { failsOnce(t, n, fault, deadline, statuses) })
			}
		}
	})
	t.Logf("%v: streams of %d and %d bytes, %v", kind, lengths[faults.ToServer], lengths[faults.ToClient],
		time.Since(start).Round(time.Second))
	n.report(t)
}

// offsets are all from 0 to the length, or a sample with both ends in it.
func offsets(length, samples int64) []int64 {
	step := max(1, length/samples)
	if torture() {
		step = 1
	}
	var all []int64
	for at := int64(0); at < length; at += step {
		all = append(all, at)
	}
	return append(all, length)
}

// failsOnce disturbs one run, and lets one more finish its work where that is left.
func failsOnce(t *testing.T, n *tally, fault faults.Fault, deadline string, statuses []int) {
	m, proxy := proxiedMachine(t, fault)
	m.Deadline = deadline
	result := m.endsWith(t, statuses...)
	run := disturbed{Result: result}
	if proxy.Reached() {
		run.call = fault.String()
	}
	n.takes(t, m, run)
	if result.Status == program.Valid {
		aFreshMachine.isGood(t, m)
		return
	}
	contains(t, "stderr", result.Stderr, m.blame(result.Status))
	aFreshMachine.heals(t, m)
}

// proxiedMachine is one that finds its API server behind a proxy.
func proxiedMachine(t *testing.T, fault faults.Fault) (*machine, *faults.Proxy) {
	t.Helper()
	m := newMachine(t, manyCluster(t))
	proxy, err := faults.NewProxy(strings.TrimPrefix(m.cluster.Server, "https://"), fault)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	m.moveTo(proxy.URL())
	return m, proxy
}

// moveTo gives the machine's cluster another address.
func (m *machine) moveTo(url string) {
	moved, controlPlane := *m.cluster, *m.cluster.ControlPlane
	controlPlane.Server = url
	moved.ControlPlane = &controlPlane
	m.cluster, m.Servers = &moved, []string{url}
}

// endsWith runs the program, which has to end with one of the statuses within its deadline.
func (m *machine) endsWith(t *testing.T, statuses ...int) program.Result {
	t.Helper()
	m.write(t, m.ini, m.INI())
	deadline, err := time.ParseDuration(m.Deadline)
	if err != nil {
		t.Fatal(err)
	}
	result, err := program.Run(deadline+slack, m.binary, "--config", m.ini)
	if err != nil {
		t.Fatal(err)
	}
	if secret := m.secret(t); strings.Contains(result.Stdout+result.Stderr, secret) {
		t.Errorf("the token's secret is shown: %v", result)
	}
	for _, status := range statuses {
		if result.Status == status {
			return result
		}
	}
	t.Fatalf("want an exit status of %v, got: %v", statuses, result)
	return result
}

// blame is what the message has to name: the request that stands, or the server.
func (m *machine) blame(status int) string {
	if status == program.Pending {
		return "stands, and the next run resumes it"
	}
	return fmt.Sprintf("cannot request a certificate at %s: ", m.Servers[0])
}

var streams struct {
	sync.Mutex
	lengths [2]int64
}

// streamLengths are how many bytes a run sends and receives, at most: signatures and certificates vary by some bytes.
func streamLengths(t *testing.T) [2]int64 {
	t.Helper()
	streams.Lock()
	defer streams.Unlock()
	if streams.lengths[0] == 0 {
		for range 5 {
			m, proxy := proxiedMachine(t, faults.Fault{})
			m.runs(t, program.Valid)
			proxy.Close() // the last bytes have passed
			for _, direction := range []faults.Direction{faults.ToServer, faults.ToClient} {
				streams.lengths[direction] = max(streams.lengths[direction], proxy.Carried(direction))
			}
		}
	}
	return streams.lengths
}
