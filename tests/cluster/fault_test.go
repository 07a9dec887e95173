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
			m.runsUnder(t, withFault("short"), program.Valid)
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
			lines := strings.Split(strings.TrimSpace(result.Stderr), "\n")
			allocations, err := strconv.Atoi(lines[len(lines)-1])
			if err != nil {
				t.Fatal(err, result)
			}
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

func (s situation) findsNoMemory(t *testing.T, n *tally, at int) {
	m := faulty(t, s.machine(t))
	m.write(t, m.ini, m.INI())
	before := inodes(t, m)
	command := append(withFault("calloc", fmt.Sprintf("N=%d", at)), m.binary, "--config", m.ini)
	result, err := program.Run(time.Minute, command...)
	if err != nil {
		t.Fatal(err)
	}
	n.takes(t, m, disturbed{Result: result, call: "calloc"})
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

func TestOtherCodeInTheProcessCanDoNothingElse(t *testing.T) {
	t.Parallel()
	scratch := t.TempDir()
	file := filepath.Join(scratch, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const killed = "bad system call"
	for _, row := range []struct{ act, path, end string }{
		{"execute", "/bin/true", killed},
		{"fork", "", killed},
		{"trace", "", killed},
		{"signal", "", killed},
		{"map-code", "", killed},
		{"make-code", "", killed},
		{"mount", scratch, killed},
		{"become-dumpable", "", killed},
		{"listen", "", killed},
		{"read", file, "permission denied"},
		{"list", scratch, "permission denied"},
		{"write", file, "permission denied"},
		{"create", scratch + "/new", "permission denied"},
		{"make-directory", scratch + "/new", "permission denied"},
		{"link", scratch + "/new", "permission denied"},
		{"remove", file, "permission denied"},
	} {
		t.Run(row.act, func(t *testing.T) {
			t.Parallel()
			m := faulty(t, newMachine(t, ecdsaCluster(t)))
			m.write(t, m.ini, m.INI())
			command := append(withFault(row.act, "PATH="+row.path), m.binary, "--config", m.ini)
			result, err := program.Run(time.Minute, command...)
			if err != nil {
				t.Fatal(err)
			}
			if result.End() != row.end {
				t.Errorf("%s %s: want %q, got %q: %v", row.act, row.path, row.end, result.End(), result)
			}
		})
	}
}

func TestTheActsOfOtherCodeWouldSucceedWithoutTheSandbox(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	for _, act := range []string{"execute", "fork", "map-code", "make-code", "become-dumpable", "listen", "read", "list", "write", "create", "link", "remove"} {
		t.Run(act, func(t *testing.T) {
			t.Parallel()
			scratch := t.TempDir()
			path := map[string]string{"execute": "/bin/true", "list": scratch, "create": scratch + "/new", "link": scratch + "/new"}[act]
			if path == "" {
				path = filepath.Join(scratch, "file")
			}
			m := faulty(t, newMachine(t, ecdsaCluster(t)))
			m.write(t, filepath.Join(scratch, "file"), "")
			m.write(t, m.ini, m.INI())
			command := append([]string{"strace", "-D", "-q", "-o", "/dev/null", "-e", "inject=prctl:error=EINVAL:when=3",
				"-e", "inject=landlock_create_ruleset:error=ENOSYS"}, withFault(act, "PATH="+path)...)
			result, err := program.Run(time.Minute, append(command, m.binary, "--config", m.ini)...)
			if err != nil {
				t.Fatal(err)
			}
			if succeeded := 200; result.Status != succeeded && !(act == "execute" && result.Status == 0) {
				t.Errorf("%s %s: want success, got %q: %v", act, path, result.End(), result)
			}
		})
	}
}

func TestAnOldKernelWithoutASandboxIsNoError(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m := newMachine(t, ecdsaCluster(t))
	command := []string{"strace", "-D", "-q", "-o", "/dev/null", "-e", "inject=prctl:error=EINVAL:when=3",
		"-e", "inject=landlock_create_ruleset:error=ENOSYS"}
	result := m.runsUnder(t, command, program.Valid, "--verbose")
	contains(t, "stderr", result.Stderr, "going on without seccomp: Invalid argument", "going on without Landlock: Function not implemented")
	checkFiles(t, m)
}
