// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
)

// A machine that lay on a shelf for so long that its certificate has expired.

const oldPEM = "kubelet-client-2020-02-29-23-59-59.pem"

// liesOnAShelf gives the node the files of one that was a node until an hour ago.
func (n *node) liesOnAShelf(t *testing.T) {
	t.Helper()
	n.put(t, certDir+"/"+oldPEM, n.certificate(t, -time.Hour), 0o600)
	n.link(t, certDir+"/kubelet-client-current.pem", certDir+"/"+oldPEM)
	n.put(t, kubeconfig, n.firstKubeconfig(t), 0o600)
}

func (n *node) certificate(t *testing.T, ends time.Duration) string {
	t.Helper()
	pem, err := n.IssueNode(n.name, time.Now().Add(-48*time.Hour), time.Now().Add(ends))
	if err != nil {
		t.Fatal(err)
	}
	return pem
}

// firstKubeconfig is what the program writes for this node. It does so here, where it asks nobody, for it finds a certificate that is good.
func (n *node) firstKubeconfig(t *testing.T) string {
	t.Helper()
	root, config := t.TempDir(), n.config
	config.Name = n.name
	ini := filepath.Join(root, "ini")
	for path, text := range map[string]string{filepath.Join(root, certDir, oldPEM): n.certificate(t, time.Hour), ini: config.INI()} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binary, err := repo.Binary()
	if err != nil {
		t.Fatal(err)
	}
	if result, err := program.Run(time.Minute, binary, "--root", root, "--config", ini); err != nil || result.Status != program.Valid {
		t.Fatalf("%v %s", err, result)
	}
	made, err := os.ReadFile(filepath.Join(root, kubeconfig))
	if err != nil {
		t.Fatal(err)
	}
	return string(made)
}

func TestFullACertificateThatHasExpiredIsReplacedWhereThereIsAToken(t *testing.T) {
	for name, way := range map[string]way{"initramfs-tools": initramfsWays["initramfs-tools"], "unit": systemdWays["unit"]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := way.takes(t)
			n.liesOnAShelf(t)
			tell(t, "first boot", n.becomesANode(t, n.boot))
		})
	}
}

func TestFullACertificateThatHasExpiredStopsKubeletAndNotTheBootWhereThereIsNoToken(t *testing.T) {
	const todo = "no credential"
	t.Run("initramfs-tools", func(t *testing.T) {
		t.Parallel()
		n := initramfsWays["initramfs-tools"].takes(t)
		n.boot.QEMU = nil
		n.liesOnAShelf(t)
		tell(t, "without a token", n.runs(t, n.boot, todo, "the boot goes on without", "REPORT check 7"))
	})
	t.Run("unit", func(t *testing.T) {
		t.Parallel()
		n := systemdWays["unit"].takes(t)
		n.boot.QEMU = nil
		n.liesOnAShelf(t)
		r := n.starts(t, n.boot)
		shows(t, r, todo, "Dependency failed for", "Multi-User System")
		console := n.switchesOff(t, r)
		if strings.Contains(console, "kubelet is ActiveState=active") {
			t.Errorf("kubelet has started:\n%s", console)
		}
		tell(t, "without a token", console)
	})
}
