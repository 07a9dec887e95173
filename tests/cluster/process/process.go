// SPDX-License-Identifier: Apache-2.0

// Package process runs a program in the background with its output in a log file, and makes sure that it does not outlive
// whoever started it.
package process

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Process is a running program. It is killed by the kernel when the starting program dies in any way.
type Process struct {
	Name string
	Log  string // path of the file that takes stdout and stderr
	Pid  int

	done chan struct{}
	err  error
}

// Start runs path with args and writes its output to log.
func Start(log, path string, args ...string) (*Process, error) {
	return start(syscall.SysProcAttr{}, log, path, args)
}

// StartApart does the same in a PID and a mount namespace of its own: when the program ends, the kernel ends all that it
// started, however that has daemonized itself, and takes back what was mounted. It needs root.
func StartApart(log, path string, args ...string) (*Process, error) {
	return start(syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS}, log, path, args)
}

func start(attr syscall.SysProcAttr, log, path string, args []string) (*Process, error) {
	name := filepath.Base(path)
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	defer out.Close()

	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	attr.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr = &attr

	p := &Process{Name: name, Log: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The death signal is tied to the thread that forks, so this thread stays until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	p.Pid = cmd.Process.Pid
	return p, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the program to end, and kills it when it has not done so within the grace. It returns when the program is gone.
func (p *Process) Stop(grace time.Duration) {
	if p == nil {
		return
	}
	select {
	case <-p.done: // the PID may be another's by now
		return
	default:
	}
	_ = syscall.Kill(p.Pid, syscall.SIGTERM) // an error means that it has ended already
	select {
	case <-p.done:
		return
	case <-time.After(grace):
	}
	_ = syscall.Kill(p.Pid, syscall.SIGKILL)
	<-p.done
}

// WaitFor calls ready until it says yes. It fails at once when the program ends, with the end of its log.
func (p *Process) WaitFor(limit time.Duration, what string, ready func() bool) error {
	deadline := time.Now().Add(limit)
	for !ready() {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended (%v) before %s; its log %s ends with:\n%s", p.Name, p.err, what, p.Log, Tail(p.Log, 15))
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: no sign of %s after %v; its log %s ends with:\n%s", p.Name, what, limit, p.Log, Tail(p.Log, 15))
		}
	}
	return nil
}

// LogHas tells whether the program has written text by now.
func (p *Process) LogHas(text string) bool {
	log, err := os.ReadFile(p.Log)
	return err == nil && bytes.Contains(log, []byte(text))
}

// Tail is the end of a text file, for an error message.
func Tail(path string, lines int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
