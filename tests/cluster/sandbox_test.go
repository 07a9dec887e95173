// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// What is left to a process once it has read its configuration. The acts are those of tests/faults/faults.c.

func TestOtherCodeInTheProcessCanDoNothingElse(t *testing.T) {
	t.Parallel()
	requires(t, landlock())
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
		{"call-service", "", killed},
		{"listen-to-all", "", killed},
		{"change-routes", "", killed},
		{"send-raw", "", killed},
		{"type", "", killed},
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
	for _, act := range []string{"execute", "fork", "map-code", "make-code", "become-dumpable", "listen",
		"signal", "call-service", "listen-to-all", "change-routes", "send-raw", "read", "list", "write", "create", "make-directory", "link", "remove"} {
		t.Run(act, func(t *testing.T) {
			t.Parallel()
			scratch := t.TempDir()
			path := map[string]string{"execute": "/bin/true", "list": scratch, "create": scratch + "/new", "link": scratch + "/new",
				"make-directory": scratch + "/new"}[act]
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

func TestTheProcessIsLockedInBeforeItTalksToAnybody(t *testing.T) {
	t.Parallel()
	requires(t, landlock())
	requires(t, tool("strace"))
	m := newMachine(t, ecdsaCluster(t))
	log := filepath.Join(t.TempDir(), "strace")
	m.runsUnder(t, []string{"strace", "-o", log}, program.Valid)
	before, _, found := strings.Cut(m.read(t, log), "\nsocket(")
	if !found {
		t.Fatal("no socket was opened")
	}
	contains(t, "what came before the first socket", before,
		"prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)", "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)",
		"prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,",
		"landlock_restrict_self(")
	for line := range strings.Lines(before) {
		if (strings.HasPrefix(line, "prctl(") || strings.HasPrefix(line, "landlock_restrict_self(")) && !strings.HasSuffix(line, " = 0\n") {
			t.Errorf("it failed: %s", line)
		}
	}
}

// landlock says whether the kernel has it.
func landlock() error {
	const createRuleset, queryVersion = 444, 1
	if version, _, errno := syscall.Syscall(createRuleset, 0, 0, queryVersion); errno != 0 || int(version) < 1 {
		return fmt.Errorf("this test needs Landlock: %w", errno)
	}
	return nil
}
