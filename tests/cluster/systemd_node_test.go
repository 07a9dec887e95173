// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"kubelet-bootstrap/tests/cluster/repo"
	"kubelet-bootstrap/tests/cluster/systemd"
)

// A node with the files of platform/systemd as they are, under their usual names; only the program has another place.

// programThere is where it lies: /usr is this machine's, and read-only.
const programThere = "/opt/kubelet-bootstrap"

// kubeletService has the shape that kubeadm's has. Like kubelet it ends at once where it has no identity.
var kubeletService = []string{
	"[Unit]", "StartLimitIntervalSec=0",
	"[Service]", "ExecStart=/bin/sh -c 'test -s /etc/kubernetes/kubelet.conf && exec sleep infinity'", "Restart=always", "RestartSec=100ms",
}

// bootsNode starts a systemd that has the program's own units, or files (name there, path in platform/systemd), and a kubelet.
func (m *machine) bootsNode(t *testing.T, files map[string]string) *systemd.System {
	t.Helper()
	requires(t, systemd.Missing())
	s, err := systemd.Boot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	ca := m.read(t, m.CA)
	m.root = s.Root()
	m.Kubeconfig, m.CertDir = "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/pki"
	m.CA, m.ini = "/etc/kubernetes/pki/ca.crt", m.disk("/etc/kubernetes/kubelet-bootstrap.ini")
	m.makesDirectories(t, s)
	m.write(t, m.disk(programThere), m.read(t, m.binary)) // where it is now, PrivateTmp= or ProtectHome= may hide it
	if err := os.Chmod(m.disk(programThere), 0o755); err != nil {
		t.Fatal(err)
	}
	m.write(t, m.disk(m.CA), ca)
	m.write(t, m.ini, m.INI())
	m.installs(t, s, kubeletUnit, kubeletService...)
	for name, path := range files {
		m.installs(t, s, name, shipped(t, path))
	}
	return s
}

// bootsUnits is a node where kubelet-bootstrap.service runs ahead of kubelet, with these lines more in its section [Service].
func (m *machine) bootsUnits(t *testing.T, service ...string) *systemd.System {
	t.Helper()
	dropIn := kubeletUnit + ".d/10-kubelet-bootstrap.conf"
	s := m.bootsNode(t, map[string]string{bootstrapUnit: bootstrapUnit, dropIn: dropIn})
	// A system call that the unit would quietly refuse ends the program here.
	lines := append([]string{"[Service]", "ExecStart=", "ExecStart=" + programThere + " --verbose", "SystemCallErrorNumber=kill"}, service...)
	m.installs(t, s, bootstrapUnit+".d/test.conf", lines...)
	return s
}

func (m *machine) makesDirectories(t *testing.T, s *systemd.System) {
	t.Helper()
	const rules = "/etc/tmpfiles.d/kubelet-bootstrap.conf"
	m.write(t, m.disk(rules), shipped(t, "kubelet-bootstrap.tmpfiles.conf"))
	if _, err := s.Run("systemd-tmpfiles", "--create", rules); err != nil {
		t.Fatal(err)
	}
}

// shipped is the text of a file in platform/systemd.
func shipped(t *testing.T, name string) string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "platform/systemd", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fails wants a unit's start to fail.
func fails(t *testing.T, s *systemd.System, unit string) {
	t.Helper()
	if out, err := s.Run("systemctl", "start", unit); err == nil {
		t.Errorf("the start of %s succeeded: %s", unit, out)
	}
}

// asks waits until the machine has made its request.
func (m *machine) asks(t *testing.T) string {
	t.Helper()
	comes(t, "a request in the cluster", func() bool { return len(m.requests(t)) > 0 })
	return m.onlyRequest(t).Name
}

// becomesActive waits until a unit is.
func becomesActive(t *testing.T, s *systemd.System, unit string) {
	t.Helper()
	comes(t, "an active "+unit, func() bool {
		state, err := s.Show(unit, "ActiveState")
		return err == nil && state == "active"
	})
}

func monotonic(t *testing.T, s *systemd.System, unit, property string) int {
	t.Helper()
	value, err := s.Show(unit, property)
	if err != nil {
		t.Fatal(err)
	}
	us, err := strconv.Atoi(value)
	if err != nil || us == 0 {
		t.Fatalf("%s: %s is %q", unit, property, value)
	}
	return us
}
