// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kubelet-bootstrap/tests/cluster/repo"
)

// installs is dpkg in the node's root, of the package that `make deb` has made.
func (n *node) installs(t *testing.T) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	packages, err := filepath.Glob(filepath.Join(root, "build", "deb", "kubelet-bootstrap_*_amd64.deb"))
	if err != nil || len(packages) != 1 {
		t.Fatalf("want one package of Debian in build/deb (make deb), there is %v, %v", packages, err)
	}
	n.alter(t, "install-deb", packages[0])
}

// alter runs a script of tests/boot on the node's disk, which is mounted meanwhile.
func (n *node) alter(t *testing.T, script string, args ...string) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(root, "tests", "boot", script), append([]string{n.Disk.Path}, args...)...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("cannot alter the node's disk by %v: %v\n%s", command, err, out)
	}
}

// dropIn puts a file of a unit's own folder there.
func (n *node) dropIn(t *testing.T, unit, name, content string) {
	t.Helper()
	n.put(t, "/etc/systemd/system/"+unit+".d/"+name, content, 0o644)
}

// shipped is the text of a file in platform/systemd.
func shipped(t *testing.T, name string) string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "platform", "systemd", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
