// SPDX-License-Identifier: Apache-2.0

// Package systemd boots the real systemd of this machine, side by side with whatever else runs on it: as process 1 of namespaces of its
// own, on a root in memory, in a control group of its own. /usr and the network are the machine's, so that a unit can start the program
// under test and that reaches a control plane on 127.0.0.1.
package systemd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kubelet-bootstrap/tests/cluster/process"
)

// System is a running systemd with its journal.
type System struct {
	Dir string // scratch folder

	group   string
	process *process.Process
}

// Missing says in words what this machine lacks to boot one; nothing is missing when it returns nil.
func Missing() error {
	if os.Geteuid() != 0 {
		return errors.New("a systemd needs root")
	}
	kinds, err := os.ReadFile("/proc/filesystems")
	if err != nil || !strings.Contains(string(kinds), "\tcgroup2\n") {
		return fmt.Errorf("a systemd needs control groups, version 2: the kernel has none (%v)", err)
	}
	for _, program := range []string{"/usr/lib/systemd/systemd", "systemctl", "journalctl", "nsenter", "setpriv", "unshare", "pivot_root"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("a systemd needs %s: %w", program, err)
		}
	}
	return nil
}

// Boot returns when systemd has started all of its own. The files and folders named are seen inside under their own names; nothing else
// of this machine but /usr is.
func Boot(paths ...string) (*System, error) {
	if err := Missing(); err != nil {
		return nil, err
	}
	process.AllowWatches()
	dir, err := os.MkdirTemp("", "kb-systemd-")
	if err != nil {
		return nil, err
	}
	// The name is a new one: it holds the folder's.
	s := &System{Dir: dir, group: fmt.Sprintf("%s%s-%d", groupPrefix, filepath.Base(dir), os.Getpid())}
	if err := s.boot(paths); err != nil {
		return nil, fmt.Errorf("cannot boot systemd: %w", errors.Join(err, s.Stop()))
	}
	return s, nil
}

func (s *System) boot(paths []string) error {
	if err := os.Mkdir(filepath.Join(s.Dir, "root"), 0o755); err != nil {
		return err
	}
	for name, text := range etc {
		path := filepath.Join(s.Dir, "etc", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			return err
		}
	}
	_ = s.removeGroups() // those of runs that were killed; without control groups the boot fails and says so
	args := slices.Concat([]string{"-c", initScript, "init", s.Dir, s.group}, paths)
	var err error
	if s.process, err = process.StartApart(filepath.Join(s.Dir, "init.log"), "/bin/sh", args...); err != nil {
		return err
	}
	var state string
	err = s.process.WaitFor(90*time.Second, "a system that is up", func() bool {
		if name, _ := os.ReadFile(s.inside("comm")); string(name) != "systemd\n" {
			return false // it is a shell yet, with this machine's root, and another systemd would answer
		}
		state, _ = s.Run("systemctl", "is-system-running")
		state = strings.TrimSpace(state)
		return state == "running" || state == "degraded"
	})
	if err == nil && state == "degraded" {
		failed, _ := s.Run("systemctl", "--failed", "--plain", "--no-legend")
		err = fmt.Errorf("a unit of its own has failed: %s", failed)
	}
	return err
}

// inside is a file below the folder of process 1 in /proc.
func (s *System) inside(name string) string {
	return filepath.Join("/proc", strconv.Itoa(s.process.Pid), name)
}

// Root is the folder through which the system's files are seen from outside.
func (s *System) Root() string { return s.inside("root") }

// Run runs a command inside, as root, and returns all that it prints. An error holds that, too.
func (s *System) Run(command ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	enter := []string{"--target", strconv.Itoa(s.process.Pid), "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--"}
	cmd := exec.CommandContext(ctx, "nsenter", append(enter, command...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin", "SYSTEMD_PAGER="}
	cmd.WaitDelay = time.Second // nsenter can be killed; its child ends with the system
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(out))
	}
	return string(out), err
}

// Install gives systemd a unit file, or a drop-in (UNIT.d/NAME.conf).
func (s *System) Install(unit, text string) error {
	path := filepath.Join(s.Root(), "etc/systemd/system", unit)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		return err
	}
	_, err := s.Run("systemctl", "daemon-reload")
	return err
}

// Show is one property of a unit, as systemctl prints it.
func (s *System) Show(unit, property string) (string, error) {
	value, err := s.Run("systemctl", "show", "--value", "--property="+property, unit)
	return strings.TrimSuffix(value, "\n"), err
}

// Entry is a line in the journal.
type Entry struct {
	Priority string `json:"PRIORITY"` // as in syslog(3): "3" is an error
	Message  string `json:"MESSAGE"`
	// Who has written it: "stdout" is a service's standard output or standard error, "journal" systemd itself.
	Transport string `json:"_TRANSPORT"`
}

// Journal is what the journal holds of a unit, in order. All that a service has written until it ended is there.
func (s *System) Journal(unit string) ([]Entry, error) {
	if _, err := s.Run("journalctl", "--sync"); err != nil {
		return nil, err
	}
	out, err := s.Run("journalctl", "--unit="+unit, "--output=json", "--quiet")
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for lines := json.NewDecoder(strings.NewReader(out)); lines.More(); {
		var entry Entry
		if err := lines.Decode(&entry); err != nil {
			return nil, fmt.Errorf("cannot read the journal: %w\n%s", err, out)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// Stop ends systemd and all that it has started, and removes the control group and the scratch folder. An error says what is left.
// It may be called again.
func (s *System) Stop() error {
	if _, err := os.Stat(s.Dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.process.Stop(0)
	err := s.removeGroups()
	for range 20 { // a group counts its processes for a moment after they have ended
		if err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
		err = s.removeGroups()
	}
	return errors.Join(err, os.RemoveAll(s.Dir))
}

func (s *System) removeGroups() error {
	cmd := exec.Command("unshare", "--mount", "/bin/sh", "-c", removeScript, "remove", filepath.Join(s.Dir, "root"), s.group)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot remove the control group %s: %w: %s", s.group, err, bytes.TrimSpace(out))
	}
	return nil
}
