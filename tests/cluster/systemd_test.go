// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/systemd"
)

// The program as a service of the real systemd, as it is on a node.

const (
	bootstrapUnit = "kubelet-bootstrap.service"
	kubeletUnit   = "kubelet.service"
)

// boots starts a systemd that sees the machine's disk and has the program as a service, with these lines in its section [Service].
func (m *machine) boots(t *testing.T, service ...string) *systemd.System {
	t.Helper()
	requires(t, systemd.Missing())
	m.write(t, m.ini, m.INI())
	s, err := systemd.Boot(filepath.Dir(m.ini), m.binary, m.CA)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	lines := append([]string{"[Service]", "ExecStart=" + m.binary + " --config " + m.ini}, service...)
	m.installs(t, s, bootstrapUnit, lines...)
	return s
}

func (m *machine) installs(t *testing.T, s *systemd.System, unit string, lines ...string) {
	t.Helper()
	if err := s.Install(unit, strings.Join(lines, "\n")+"\n"); err != nil {
		t.Fatal(err)
	}
}

// commands runs systemctl, which has to succeed.
func commands(t *testing.T, s *systemd.System, args ...string) {
	t.Helper()
	if _, err := s.Run(append([]string{"systemctl"}, args...)...); err != nil {
		journal, _ := s.Run("journalctl", "--unit="+bootstrapUnit)
		t.Fatalf("%v\n%s", err, journal)
	}
}

// shows checks properties of a unit, given as pairs of name and value.
func shows(t *testing.T, s *systemd.System, unit string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if value, err := s.Show(unit, pairs[i]); err != nil || value != pairs[i+1] {
			t.Errorf("%s: %s is %q, want %q (%v)", unit, pairs[i], value, pairs[i+1], err)
		}
	}
}

// said is what the journal holds of the program's own words.
func said(t *testing.T, s *systemd.System) []systemd.Entry {
	t.Helper()
	journal, err := s.Journal(bootstrapUnit)
	if err != nil {
		t.Fatal(err)
	}
	var own []systemd.Entry
	for _, entry := range journal {
		if entry.Transport == "stdout" {
			own = append(own, entry)
		}
	}
	return own
}

// comes waits until something is as it should be.
func comes(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no sign of %s", what)
		}
	}
}

func TestSystemdStartsKubeletOnceThisServiceHasDoneItsWork(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	s := m.boots(t, "Type=oneshot")
	m.installs(t, s, kubeletUnit, "[Unit]", "Requires="+bootstrapUnit, "After="+bootstrapUnit,
		"[Service]", "Type=oneshot", "RemainAfterExit=yes", "ExecStart=/usr/bin/test -s "+m.Kubeconfig)
	for range 2 { // the second time all is there
		commands(t, s, "start", kubeletUnit)
		shows(t, s, kubeletUnit, "ActiveState", "active")
		shows(t, s, bootstrapUnit, "Result", "success", "ExecMainStatus", "0")
		commands(t, s, "stop", kubeletUnit)
	}
	checkFiles(t, m)
	checkCertificate(t, m)
	checkIdentity(t, m)
	m.onlyRequest(t)
}

func TestSystemdStartsNoKubeletWhereThisServiceFails(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.CA = rsaCluster(t).CA
	s := m.boots(t, "Type=oneshot")
	m.installs(t, s, kubeletUnit, "[Unit]", "Requires="+bootstrapUnit, "After="+bootstrapUnit, "[Service]", "ExecStart=/usr/bin/true")
	if out, err := s.Run("systemctl", "start", kubeletUnit); err == nil {
		t.Errorf("kubelet was started: %s", out)
	}
	shows(t, s, kubeletUnit, "ActiveState", "inactive", "ExecMainStartTimestamp", "")
	shows(t, s, bootstrapUnit, "ActiveState", "failed", "Result", "exit-code", "ExecMainStatus", strconv.Itoa(program.NotTrusted))
	journal := said(t, s)
	if len(journal) != 1 {
		t.Fatalf("want one line in the journal, found %+v", journal)
	}
	contains(t, "the journal", journal[0].Message, "kubelet-bootstrap: ", m.Servers[0])
}

func TestAServiceThatIsStoppedLeavesTheRequestToTheNextStart(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, "1h"
	s := m.boots(t, "Type=oneshot")
	commands(t, s, "start", "--no-block", bootstrapUnit)
	comes(t, "a request in the journal", func() bool {
		return strings.Contains(fmt.Sprint(said(t, s)), "kubectl certificate approve")
	})
	commands(t, s, "stop", bootstrapUnit)
	shows(t, s, bootstrapUnit, "Result", "exit-code", "ExecMainStatus", strconv.Itoa(program.Pending))
	csr := m.onlyRequest(t)
	journal := said(t, s)
	contains(t, "the last line in the journal", journal[len(journal)-1].Message, "kubelet-bootstrap: stopped; ", csr.Name)

	if _, err := m.cluster.Kubectl("certificate", "approve", csr.Name); err != nil {
		t.Fatal(err)
	}
	commands(t, s, "start", bootstrapUnit)
	checkFiles(t, m)
	m.onlyRequest(t)
}

// Not about the program: a test that leaks control groups or processes would wear the machine out.
func TestASystemdThatIsStoppedLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	s := m.boots(t, "Type=oneshot")
	if _, err := s.Run("systemd-run", "/bin/sh", "-c", "trap '' TERM; exec sleep "+sleepMark(m)); err != nil {
		t.Fatal(err)
	}
	comes(t, "the process that stays", func() bool { return isRunning(t, sleepMark(m)) })
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if isRunning(t, sleepMark(m)) {
		t.Error("a process is left")
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("the scratch folder is left: %v", err)
	}
}

// sleepMark is a time to sleep that tells one machine's process from all others.
func sleepMark(m *machine) string {
	return "86400." + strings.TrimPrefix(m.Name, "worker-") + strconv.Itoa(os.Getpid())
}

// isRunning says whether any process has this last argument.
func isRunning(t *testing.T, argument string) bool {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lines {
		if line, err := os.ReadFile(path); err == nil && strings.HasSuffix(string(line), "\x00"+argument+"\x00") {
			return true
		}
	}
	return false
}
