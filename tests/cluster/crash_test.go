// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

func TestAFreshRunMayBeKilledAtAnySystemCall(t *testing.T) {
	t.Parallel()
	mayBeKilledAtAnySystemCall(t, aFreshMachine)
}

func TestAResumedRunMayBeKilledAtAnySystemCall(t *testing.T) {
	t.Parallel()
	mayBeKilledAtAnySystemCall(t, anApprovedMachine)
}

func TestARunOverAnExpiredCertificateMayBeKilledAtAnySystemCall(t *testing.T) {
	t.Parallel()
	mayBeKilledAtAnySystemCall(t, anExpiredMachine)
}

func TestARepairMayBeKilledAtAnySystemCall(t *testing.T) {
	t.Parallel()
	mayBeKilledAtAnySystemCall(t, aBrokenMachine)
}

// mayBeKilledAtAnySystemCall kills one run at each of its calls, before the kernel does anything about it. The state after the last
// call is that before the end of the process, which is a call too.
func mayBeKilledAtAnySystemCall(t *testing.T, s situation) {
	requires(t, tool("strace"))
	requires(t, tool("openssl"))
	calls := s.systemCalls(t)
	n := newTally()
	t.Run("at", func(t *testing.T) {
		for _, call := range calls {
			n.point(t, call.String(), func(t *testing.T) {
				m := s.machine(t)
				run := m.disturb(t, fmt.Sprintf("%s:signal=KILL:when=%d", call.name, call.ordinal), time.Minute)
				n.takes(t, m, run)
				if killed := run.call != ""; killed != (run.Status == -1) || !killed && run.Status != program.Valid {
					t.Errorf("not killed at %q: %v", run.call, run.Result)
				}
				s.heals(t, m)
			})
		}
	})
	n.report(t)
}
