// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"testing"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
)

// closedPort is the URL of a port at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	port, err := controlplane.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("https://127.0.0.1:%d", port)
}

// nothingWritten wants the machine as it was.
func nothingWritten(t *testing.T, m *machine) {
	t.Helper()
	for _, path := range []string{m.Kubeconfig, m.currentLink()} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is there", path)
		}
	}
}

func TestAWrongTokenIsRefused(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Token = m.Token[:len(m.Token)-4] + "zzzz"
	result := m.runs(t, program.Refused)
	contains(t, "stderr", result.Stderr, "401")
	nothingWritten(t, m)
}

func TestAServerOfAnotherCAIsNotTrusted(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.CA = rsaCluster(t).CA
	m.Deadline = "5s"
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, m.cluster.Server)
	if n := len(m.requests(t)); n != 0 {
		t.Errorf("%d requests reached a server that is not trusted", n)
	}
	nothingWritten(t, m)
}

func TestAServerOfAnotherNameIsNotTrusted(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.TLSServerName = "another.example"
	m.Deadline = "5s"
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, "another.example")
	nothingWritten(t, m)
}

func TestAClosedPortIsNoServer(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Servers = []string{closedPort(t)}
	m.Deadline = "2s"
	result := m.runs(t, program.Unavailable)
	contains(t, "stderr", result.Stderr, m.Servers[0])
	nothingWritten(t, m)
}

func TestNothingIsRequestedWhenTheDiskIsReadOnly(t *testing.T) {
	t.Parallel()
	requires(t, root())
	requires(t, tool("unshare"))
	m := newMachine(t, ecdsaCluster(t))
	if err := os.MkdirAll(m.CertDir, 0o755); err != nil {
		t.Fatal(err)
	}
	readOnly := []string{"unshare", "--mount", "sh", "-euc", `mount -t tmpfs -o ro tmpfs "$0"; exec "$@"`, m.CertDir}
	result := m.runsUnder(t, readOnly, program.CannotWrite)
	contains(t, "stderr", result.Stderr, m.CertDir)
	if n := len(m.requests(t)); n != 0 {
		t.Errorf("%d requests were made for a key that could not be kept", n)
	}
	nothingWritten(t, m)
}

func TestAnUnknownKeyIsABadConfiguration(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Name += "\nnmae = worker"
	result := m.runs(t, program.Misconfigured)
	contains(t, "stderr", result.Stderr, m.ini+":", "node", "nmae")
	nothingWritten(t, m)
}

func TestAnUnknownOptionIsAWrongCommandLine(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	result := m.runs(t, 64, "--insecure")
	contains(t, "stderr", result.Stderr, "--insecure")
	nothingWritten(t, m)
}
