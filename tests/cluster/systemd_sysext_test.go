// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kubelet-bootstrap/tests/cluster/repo"
)

// The units and the program come from the extension alone, and the drop-in that is in it makes kubelet wait for them.
func TestASystemExtensionBringsKubeletUp(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	s := m.bootsNode(t, nil)
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	extension := filepath.Join(t.TempDir(), "kubelet-bootstrap")
	if out, err := exec.Command(filepath.Join(root, "platform/packaging/sysext/build"), extension).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.CopyFS(m.disk("/run/extensions/kubelet-bootstrap"), os.DirFS(extension)); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Run("systemd-sysext", "merge"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	commands(t, s, "daemon-reload")
	commands(t, s, "start", kubeletUnit)
	shows(t, s, kubeletUnit, "ActiveState", "active", "NRestarts", "0")
	shows(t, s, bootstrapUnit, "ActiveState", "active", "SubState", "exited")
	checkFiles(t, m)
	checkCertificate(t, m)
	m.onlyRequest(t)
}
