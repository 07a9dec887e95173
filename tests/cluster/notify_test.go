// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// What a service manager that has set NOTIFY_SOCKET is told.

// manager takes what a service says.
type manager struct {
	address string // for NOTIFY_SOCKET
	socket  *net.UnixConn
}

func newManager(t *testing.T, address string) *manager {
	t.Helper()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return &manager{address, socket}
}

func (s *manager) command() []string { return []string{"env", "NOTIFY_SOCKET=" + s.address} }

// next is the next message, "" when there is none within the time.
func (s *manager) next(t *testing.T, limit time.Duration) string {
	t.Helper()
	if err := s.socket.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	var message [4096]byte
	n, err := s.socket.Read(message[:])
	if err != nil {
		return ""
	}
	return string(message[:n])
}

// rest is all that has been said by now: the program has ended.
func (s *manager) rest(t *testing.T) []string {
	t.Helper()
	var all []string
	for {
		message := s.next(t, 100*time.Millisecond)
		if message == "" {
			return all
		}
		all = append(all, message)
	}
}

func TestTheServiceManagerFollowsARunThatWaits(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(t *testing.T) string{
		"at a path":             func(t *testing.T) string { return filepath.Join(t.TempDir(), "notify") },
		"at an abstract socket": func(t *testing.T) string { return "@kubelet-bootstrap-test-" + strings.ReplaceAll(t.Name(), "/", "-") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newManager(t, address(t))
			m := newMachine(t, ecdsaCluster(t))
			isNotApproved("100s")(m)
			m.write(t, m.ini, m.INI())
			ended := make(chan program.Result)
			go func() {
				result, err := program.Run(2*time.Minute, append(s.command(), m.binary, "--config", m.ini, "--quiet")...)
				result.Stderr += fmt.Sprint(err)
				ended <- result
			}()
			messages := []string{s.next(t, time.Minute)}
			var waiting []string
			for waiting == nil && messages[len(messages)-1] != "" {
				messages = append(messages, s.next(t, time.Minute))
				waiting = standingRequest.FindStringSubmatch(messages[len(messages)-1])
			}
			if waiting == nil {
				t.Fatalf("no word of the request that waits: %q; %v", messages, <-ended)
			}
			approve(t, m.cluster, waiting[1])
			if result := <-ended; result.Status != program.Valid {
				t.Fatal(result)
			}
			messages = append(messages, s.rest(t)...)
			t.Logf("%q", messages)
			isToldTheDeadline(t, messages, 100*time.Second)
			end := messages[len(messages)-2:]
			contains(t, "the last status", end[0], "STATUS="+m.Name+": certificate valid until ")
			if end[1] != "READY=1" || slices.Index(messages, "READY=1") != len(messages)-1 {
				t.Errorf("want READY=1 once and last, got %q", messages)
			}
			if strings.Contains(strings.Join(messages, "\n"), m.secret(t)) {
				t.Error("the token's secret is told")
			}
		})
	}
}

// isToldTheDeadline wants the first message to give the run its whole time, and some more to end in.
func isToldTheDeadline(t *testing.T, messages []string, deadline time.Duration) {
	t.Helper()
	if len(messages) == 0 {
		t.Fatal("nothing was told")
	}
	text, found := strings.CutPrefix(messages[0], "EXTEND_TIMEOUT_USEC=")
	us, err := strconv.ParseInt(text, 10, 64)
	least := (deadline + 5*time.Second).Microseconds()
	if !found || err != nil || us < least || us > least+time.Minute.Microseconds() {
		t.Errorf("a run of %v begins with %q", deadline, messages[0])
	}
}

func TestTheServiceManagerIsToldWhyARunFailed(t *testing.T) {
	t.Parallel()
	s := newManager(t, filepath.Join(t.TempDir(), "notify"))
	m := newMachine(t, ecdsaCluster(t))
	m.Token = "abcdef.0123456789abcdef"
	m.Deadline = briefly
	result := m.runsUnder(t, s.command(), program.Refused)
	messages := s.rest(t)
	isToldTheDeadline(t, messages, brief)
	lines := strings.Split(strings.TrimSpace(result.Stderr), "\n")
	want := "STATUS=" + strings.TrimPrefix(lines[len(lines)-1], "kubelet-bootstrap: ")
	if got := messages[len(messages)-1]; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if slices.Contains(messages, "READY=1") {
		t.Errorf("it claims to be ready: %q", messages)
	}
}

func TestARunWithoutADeadlineHasAllTheTimeThatAManagerCanGive(t *testing.T) {
	t.Parallel()
	s := newManager(t, filepath.Join(t.TempDir(), "notify"))
	m := newMachine(t, ecdsaCluster(t))
	m.Deadline = "0"
	m.runsUnder(t, s.command(), program.Valid)
	messages := s.rest(t)
	if len(messages) != 3 || messages[2] != "READY=1" {
		t.Fatalf("it was told %q", messages)
	}
	us, err := strconv.ParseInt(strings.TrimPrefix(messages[0], "EXTEND_TIMEOUT_USEC="), 10, 64)
	if century := int64(100 * 366 * 24 * 3600 * 1000000); err != nil || us < century {
		t.Errorf("a run without end begins with %q", messages[0])
	}
}

func TestANodeThatIsValidIsReadyAtOnce(t *testing.T) {
	t.Parallel()
	s := newManager(t, filepath.Join(t.TempDir(), "notify"))
	m := aValidMachine.machine(t)
	m.runsUnder(t, s.command(), program.Valid)
	if messages := s.rest(t); len(messages) != 3 || messages[2] != "READY=1" {
		t.Errorf("it was told %q", messages)
	}
	m.runsUnder(t, s.command(), program.Valid, "--check")
	if messages := s.rest(t); len(messages) > 0 {
		t.Errorf("--check told %q", messages)
	}
}

func TestNothingIsToldToAnAddressOfAnotherKind(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m := aValidMachine.machine(t)
	for _, address := range []string{"", "vsock:2:1234", "relative/path", "/" + strings.Repeat("x", 107), "@" + strings.Repeat("x", 107)} {
		log := filepath.Join(t.TempDir(), "strace")
		m.runsUnder(t, []string{"strace", "-o", log, "env", "NOTIFY_SOCKET=" + address}, program.Valid)
		if calls := m.read(t, log); socketCall.MatchString(calls) || !strings.Contains(calls, "exit_group(0)") {
			t.Errorf("%q: a socket was opened, or the test saw no run:\n%s", address, calls)
		}
	}
}

var socketCall = regexp.MustCompile(`(?m)^(socket|connect|sendto|sendmsg)\(`)

func TestAManagerThatDoesNotListenIsNoError(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	newManager(t, closed).socket.Close()
	full := newManager(t, filepath.Join(t.TempDir(), "full"))
	fill(t, full.address)
	for _, address := range []string{"/nowhere/at/all", closed, full.address, "/" + strings.Repeat("x", 106)} {
		m := newMachine(t, ecdsaCluster(t))
		result := m.runsUnder(t, []string{"env", "NOTIFY_SOCKET=" + address}, program.Valid)
		if strings.Count(result.Stderr, "\n") != 1 {
			t.Errorf("%s: want the outcome only, got %s", address, result.Stderr)
		}
	}
}

// fill sends to the socket until it takes no more.
func fill(t *testing.T, path string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	for err == nil {
		err = syscall.Sendto(fd, []byte("x"), 0, &syscall.SockaddrUnix{Name: path})
	}
	if err != syscall.EAGAIN {
		t.Fatal(err)
	}
}
