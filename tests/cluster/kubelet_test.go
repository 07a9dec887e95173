// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/node"
	"kubelet-bootstrap/tests/cluster/program"
)

func TestTheRealKubeletRegistersWithTheseFiles(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.runs(t, program.Valid)
	n := registers(t, m, "")
	defer n.Stop()
}

func TestTheRealKubeletRegistersWithTheseFilesWhenItHasABootstrapKubeconfigToo(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.runs(t, program.Valid)
	bootstrap := filepath.Join(filepath.Dir(m.ini), "bootstrap-kubelet.conf")
	m.write(t, bootstrap, controlplane.BootstrapKubeconfig(m.Servers[0], m.CA, m.Token))
	n := registers(t, m, bootstrap)
	defer n.Stop()
}

func TestTheRealKubeletRegistersInAnRSACluster(t *testing.T) {
	t.Parallel()
	m := newMachine(t, rsaCluster(t))
	m.runs(t, program.Valid)
	n := registers(t, m, "")
	defer n.Stop()
}

// registers starts kubelet on the machine's files and wants the API server to list the node. Only a certificate of that very
// node may create it, and there is no other than ours.
func registers(t *testing.T, m *machine, bootstrapKubeconfig string) *node.Node {
	t.Helper()
	requires(t, node.Missing())
	installed, err := os.Readlink(m.currentLink())
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Start(m.cluster.ControlPlane, node.Options{
		Name:                m.Name,
		Kubeconfig:          m.Kubeconfig,
		CertDir:             m.CertDir,
		BootstrapKubeconfig: bootstrapKubeconfig,
	})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := n.WaitRegistered(time.Minute); err != nil {
		n.Stop()
		t.Fatal(err)
	}
	t.Logf("registered after %v", time.Since(start).Round(time.Millisecond))
	if now, err := os.Readlink(m.currentLink()); err != nil || now != installed {
		t.Logf("kubelet has gone on to %s (%v)", now, err)
	}
	return n
}
