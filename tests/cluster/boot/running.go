// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Running is a guest that is switched on.
type Running struct {
	limit   time.Duration
	until   string
	console *stamped
	monitor *monitor
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
}

// start starts QEMU. Processors stand still until the cable is as it should be.
func (m machine) start(limit time.Duration, b Boot, args []string) (*Running, error) {
	monitor, theirs, err := newMonitor()
	if err != nil {
		return nil, err
	}
	r := &Running{limit: limit, until: b.Until, monitor: monitor, done: make(chan struct{})}
	r.ctx, r.cancel = context.WithTimeout(context.Background(), limit)
	r.console = &stamped{start: time.Now(), until: b.Until, seen: r.cancel}
	control := []string{"-S", "-chardev", "socket,id=monitor,fd=3", "-mon", "chardev=monitor,mode=control"}
	cmd := exec.CommandContext(r.ctx, m.qemu, slices.Concat(m.kind, every, args, control)...)
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stdout, cmd.Stderr = r.console, r.console
	started := make(chan error)
	go func() {
		defer lockThread()()
		err := cmd.Start()
		theirs.Close()
		started <- err
		if err == nil {
			r.err = cmd.Wait()
		}
		close(r.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	if err := r.switchOn(b.Unplugged); err != nil {
		r.cancel()
		_, ended := r.Wait()
		return nil, errors.Join(err, ended, errors.New(r.console.String()))
	}
	return r, nil
}

func (r *Running) switchOn(unplugged bool) error {
	if err := r.monitor.do("qmp_capabilities", nil); err != nil {
		return err
	}
	if unplugged {
		if err := r.Plug(false); err != nil {
			return err
		}
	}
	return r.monitor.do("cont", nil)
}

// Plug puts the network cable in or takes it out.
func (r *Running) Plug(in bool) error {
	return r.monitor.do("set_link", map[string]any{"name": "net", "up": in})
}

// SwitchOff presses the power button until the guest is off, for there is a time in each boot when nobody looks at it, and returns what
// Wait does.
func (r *Running) SwitchOff() (console string, err error) {
	for {
		pressed := r.monitor.do("system_powerdown", nil)
		select {
		case <-r.done:
			return r.Wait()
		case <-time.After(5 * time.Second):
		}
		if pressed != nil {
			return r.console.String(), pressed
		}
	}
}

// Kill takes the guest away, unless it is off.
func (r *Running) Kill() {
	r.cancel()
	<-r.done
}

// WaitFor returns when ready says yes, which is asked once a second: to ask may cost more than the guest does. It fails when the guest is off
// before that, or the limit is over.
func (r *Running) WaitFor(what string, ready func() bool) error {
	return r.waitFor(what, time.Second, ready)
}

func (r *Running) waitFor(what string, pause time.Duration, ready func() bool) error {
	for !ready() {
		select {
		case <-r.done:
			return fmt.Errorf("the guest has ended (%v) before %s; its console:\n%s", r.err, what, r.console)
		case <-r.ctx.Done():
			return fmt.Errorf("no sign of %s after %v; the console:\n%s", what, r.limit, r.console)
		case <-time.After(pause):
		}
	}
	return nil
}

// WaitForText is that for a text on the console.
func (r *Running) WaitForText(text string) error {
	shown := func() bool { return strings.Contains(r.console.String(), text) }
	return r.waitFor(fmt.Sprintf("%q on the console", text), 100*time.Millisecond, shown)
}

// Wait returns what the console showed when the guest is off.
func (r *Running) Wait() (console string, err error) {
	<-r.done
	defer r.cancel()
	r.monitor.conn.Close()
	console = r.console.String()
	if r.until != "" && strings.Contains(console, r.until) {
		return console, nil
	}
	if r.ctx.Err() != nil {
		return console, fmt.Errorf("the guest is not off after %v", r.limit)
	}
	return console, r.err
}
