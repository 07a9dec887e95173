// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

func TestASecondRunOpensNoSocketAndWritesNothing(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.runs(t, program.Valid)
	before := inodes(t, m)
	runsQuietly(t, m, program.Valid)
	if after := inodes(t, m); after != before {
		t.Errorf("files before:\n%s\nfiles after:\n%s", before, after)
	}
	m.onlyRequest(t)
}

func TestCheckTellsTheVerdictAndTouchesNothing(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	result := runsQuietly(t, m, program.Pending, "--check")
	if strings.TrimSpace(result.Stdout) == "" {
		t.Error("--check prints no verdict that a bootstrap is needed")
	}
	nothingWritten(t, m)

	m.runs(t, program.Valid)
	result = runsQuietly(t, m, program.Valid, "--check")
	contains(t, "the verdict", result.Stdout, m.Name)

	m.Deadline = "soon"
	result = runsQuietly(t, m, program.Misconfigured, "--check")
	contains(t, "stderr", result.Stderr, m.ini+":", "deadline", `"soon"`)
}

// runsQuietly runs the program under strace and wants no system call that talks to a network or changes a disk.
func runsQuietly(t *testing.T, m *machine, status int, args ...string) program.Result {
	t.Helper()
	requires(t, tool("strace"))
	log := filepath.Join(t.TempDir(), "strace")
	result := m.runsUnder(t, []string{"strace", "-f", "-qq", "-o", log}, status, args...)
	calls := strings.Split(strings.TrimSpace(m.read(t, log)), "\n")
	for _, call := range calls {
		if loud.MatchString(call) {
			t.Errorf("system call: %s", call)
		}
	}
	t.Logf("%d system calls, %v under strace", len(calls), result.Took)
	return result
}

// loud are system calls that open a network or change a disk. A write is only one to stdout or stderr.
var loud = regexp.MustCompile(`^\d+\s+(` +
	`(socket|connect|bind|send|sendto|sendmsg|sendmmsg)\(` +
	`|(open|openat|openat2|creat)\(.*(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)` +
	`|(rename|renameat|renameat2|unlink|unlinkat|rmdir|mkdir|mkdirat|mknod|mknodat|link|linkat|symlink|symlinkat)\(` +
	`|(fsync|fdatasync|sync|syncfs|truncate|ftruncate|fallocate|chmod|fchmod|fchmodat|chown|fchown|fchownat|lchown|utimensat)\(` +
	`|(write|writev|pwrite64|pwritev|sendfile|copy_file_range)\(([03-9]|[1-9]\d))`)

func TestTheExpressionForLoudSystemCallsKnowsThem(t *testing.T) {
	for call, want := range map[string]bool{
		`12  socket(AF_INET, SOCK_STREAM, 0) = 3`:                               true,
		`12  openat(3, "a", O_WRONLY|O_CREAT|O_CLOEXEC, 0600) = 4`:              true,
		`12  renameat(3, "a", 3, "b") = 0`:                                      true,
		`12  fsync(3) = 0`:                                                      true,
		`12  write(4, "x", 1) = 1`:                                              true,
		`12  write(2, "x", 1) = 1`:                                              false,
		`12  openat(AT_FDCWD, "/etc/x", O_RDONLY|O_CLOEXEC) = 3`:                false,
		`12  openat(AT_FDCWD, "/", O_RDONLY|O_PATH|O_DIRECTORY|O_CLOEXEC) = 3`:  false,
		`12  readlinkat(3, "kubelet-client-current.pem", "/x", 4096) = 2`:       false,
		`12  flock(3, LOCK_EX) = 0`:                                             false,
		`12  prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0`:                     false,
		`12  execve("/x/kubelet-bootstrap", ["kubelet-bootstrap"], 0x7ffe) = 0`: false,
	} {
		if got := loud.MatchString(call); got != want {
			t.Errorf("%s: loud is %v", call, got)
		}
	}
}

// inodes lists the machine's files with all that a write would change.
func inodes(t *testing.T, m *machine) string {
	t.Helper()
	requires(t, tool("find"))
	dir := filepath.Dir(m.ini)
	result, err := program.Run(time.Minute, "find", filepath.Join(dir, "etc"), filepath.Join(dir, "var"), "-printf", `%p %i %M %s %T@ %C@ %l\n`)
	if err != nil || result.Status != 0 {
		t.Fatal(err, result)
	}
	return result.Stdout
}
