// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// A signal ends a run on the spot, wherever it is: with 75, or with 0 once all is in place.

func TestAFreshRunMayBeStoppedAtAnySystemCall(t *testing.T) {
	t.Parallel()
	mayBeStoppedAtAnySystemCall(t, aFreshMachine)
}

func TestARunOverAnExpiredCertificateMayBeStoppedAtAnySystemCall(t *testing.T) {
	t.Parallel()
	mayBeStoppedAtAnySystemCall(t, anExpiredMachine)
}

func mayBeStoppedAtAnySystemCall(t *testing.T, s situation) {
	requires(t, tool("strace"))
	requires(t, tool("openssl"))
	calls := s.systemCalls(t)
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}
	n := newTally()
	catches := false
	t.Run("at", func(t *testing.T) {
		for i, call := range calls {
			catches = catches || call.name == "rt_sigaction" && call.ordinal > 1+len(signals) // the first is for SIGPIPE
			signal, caught := signals[i%len(signals)], catches
			if inSample(i, len(signals)+1) { // else it would always be the same signal
				n.point(t, fmt.Sprintf("%v-%v", call, signal), func(t *testing.T) { s.isStopped(t, n, call, signal, caught) })
			}
		}
	})
	n.report(t)
}

func (s situation) isStopped(t *testing.T, n *tally, call systemCall, signal syscall.Signal, caught bool) {
	m := s.machine(t)
	m.Deadline = "1h"
	run := m.disturb(t, fmt.Sprintf("%s:signal=%d:when=%d", call.name, signal, call.ordinal), 20*time.Second)
	n.takes(t, m, run)
	switch {
	case run.Status == program.Valid: // the signal came after the commit point, or there was no such call this time
		m.runs(t, program.Valid, "--check")
	case run.Status == program.Pending:
		contains(t, "stderr", run.Stderr, "kubelet-bootstrap: stopped; ")
	case caught || run.Signal != signal:
		t.Errorf("want exit status 75 or 0, got: %v", run.Result)
	}
	s.heals(t, m)
}

func TestASignalEndsAnyWait(t *testing.T) {
	t.Parallel()
	requires(t, tool("timeout"))
	requires(t, tool("flock"))
	for name, row := range map[string]struct {
		prepare func(t *testing.T, m *machine)
		before  func(m *machine) []string
	}{
		"for approval": {prepare: func(t *testing.T, m *machine) { m.Token = m.cluster.unapprovedToken }},
		"for an answer": {prepare: func(t *testing.T, m *machine) {
			m.Servers = []string{"https://" + silentServer(t)}
		}},
		"for the next attempt": {prepare: func(t *testing.T, m *machine) { m.Servers = []string{"https://127.0.0.1:1"} }},
		"for the lock": {
			prepare: func(t *testing.T, m *machine) { m.write(t, m.CertDir+"/.keep", "") },
			before:  func(m *machine) []string { return []string{"flock", m.CertDir} },
		},
	} {
		for _, signal := range []string{"TERM", "INT"} {
			t.Run(name+" "+signal, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, ecdsaCluster(t))
				row.prepare(t, m)
				m.Deadline = "1h"
				command := []string{"timeout", "--preserve-status", "--signal=" + signal, "3s"}
				if row.before != nil {
					command = append(row.before(m), command...)
				}
				result := m.runsUnder(t, command, program.Pending)
				contains(t, "stderr", result.Stderr, "kubelet-bootstrap: stopped; ")
				t.Logf("it ended %v after the signal", (result.Took - 3*time.Second).Round(time.Millisecond))
			})
		}
	}
}

// silentServer is the address of one that takes connections and never says a word.
func silentServer(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the kernel takes connections without us
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}
