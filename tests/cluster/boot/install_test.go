// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
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
