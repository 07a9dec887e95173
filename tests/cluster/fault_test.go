// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
)

// Here the program has faults of its own: tests/faults/faults.c stands in front of some functions of the C and the crypto library.

// faulty makes the machine run that program.
func faulty(t *testing.T, m *machine) *machine {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	m.binary = filepath.Join(root, "build", "faulty", "kubelet-bootstrap")
	if _, err := os.Stat(m.binary); err != nil {
		requires(t, fmt.Errorf("this test needs `make faulty`: %w", err))
	}
	return m
}

// withFault is the command that goes in front.
func withFault(fault string, settings ...string) []string {
	command := []string{"env", "KUBELET_BOOTSTRAP_FAULT=" + fault}
	for _, setting := range settings {
		command = append(command, "KUBELET_BOOTSTRAP_FAULT_"+setting)
	}
	return command
}

func TestReadsAndWritesMayTakeOneByteAtATime(t *testing.T) {
	t.Parallel()
	requires(t, tool("openssl"))
	for name, s := range map[string]situation{
		"fresh": aFreshMachine, "resumed": anApprovedMachine, "expired": anExpiredMachine, "repair": aBrokenMachine,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := faulty(t, s.machine(t))
			if n := struck(m.runsUnder(t, withFault("short"), program.Valid)); n < 20 {
				t.Errorf("%d reads and writes were short", n)
			}
			s.isGood(t, m)
			m.onlyRequest(t)
		})
	}
}

// A full arena is an error of its own, 70; where the server's certificates have filled it, it is the server's doing, 76.
func TestAnyAllocationOfTheCryptoLibraryMayFail(t *testing.T) {
	t.Parallel()
	requires(t, tool("openssl"))
	for name, s := range map[string]situation{"fresh": aFreshMachine, "resumed": anApprovedMachine, "repair": aBrokenMachine, "valid": aValidMachine} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := faulty(t, s.machine(t)).runsUnder(t, withFault("calloc", "N=0"), program.Valid)
			allocations := struck(result)
			n := newTally()
			t.Run("at", func(t *testing.T) {
				for i := 1; i <= allocations; i++ {
					if inSample(i, 101) {
						n.point(t, fmt.Sprintf("%d-of-%d", i, allocations), func(t *testing.T) { s.findsNoMemory(t, n, i) })
					}
				}
			})
			n.report(t)
		})
	}
}

// struck is how often the fault came, as faults.c says.
func struck(result program.Result) int {
	lines := strings.Split(strings.TrimSpace(result.Stderr), "\n")
	n, _ := strconv.Atoi(strings.TrimPrefix(lines[len(lines)-1], "struck ")) // 0: it did not say
	return n
}

func (s situation) findsNoMemory(t *testing.T, n *tally, at int) {
	m := faulty(t, s.machine(t))
	m.write(t, m.ini, m.INI())
	before := inodes(t, m)
	command := append(withFault("calloc", fmt.Sprintf("N=%d", at)), m.binary, "--config", m.ini)
	result, err := program.Run(time.Minute, command...)
	if err != nil {
		t.Fatal(err)
	}
	run := disturbed{Result: result}
	if struck(result) == 1 {
		run.call = "calloc"
	}
	n.takes(t, m, run)
	if secret := m.secret(t); strings.Contains(result.Stdout+result.Stderr, secret) {
		t.Errorf("the token's secret is shown: %v", result)
	}
	if !slices.Contains([]int{program.Valid, program.Internal, program.NotTrusted}, result.Status) {
		t.Errorf("want exit status 0, 70 or 76, got: %v", result)
	}
	if result.Status != program.Valid {
		contains(t, "stderr", result.Stderr, "memory")
	}
	if after := inodes(t, m); s.isValid && after != before {
		t.Errorf("files before:\n%s\nfiles after:\n%s", before, after)
	}
	s.heals(t, m)
}
