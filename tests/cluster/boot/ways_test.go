// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
	"path/filepath"
	"testing"
)

// way is how a node gets its identity: a kind of initramfs, and how configuration and token come to it.
type way struct {
	kind string
	give func(t *testing.T, n *node)
}

// initramfsWays have our part in the initramfs, each with another way to hand over configuration and token.
var initramfsWays = map[string]way{
	// The configuration in the image, the token as a credential of the service manager.
	"dracut": {"dracut", func(t *testing.T, n *node) {
		n.boot.Files[defaultINI] = n.config.INI()
		n.boot.QEMU = fromFirmware(t, n.token)
	}},
	// The same without systemd: the token read from the firmware.
	"dracut-legacy": {"dracut-legacy", func(t *testing.T, n *node) {
		n.boot.Files[defaultINI] = n.config.INI()
		n.boot.QEMU = fromFirmware(t, n.token)
	}},
	// The configuration in the root, the token read from the firmware.
	"initramfs-tools": {"initramfs-tools", func(t *testing.T, n *node) {
		n.put(t, defaultINI, n.config.INI(), 0o600)
		n.boot.QEMU = fromFirmware(t, n.token)
	}},
	// The configuration named on the kernel command line, the token in the tables of the firmware.
	"plain": {"plain", func(t *testing.T, n *node) {
		n.boot.Files["/conf/node.ini"] = n.config.INI()
		n.boot.Append += "kubelet_bootstrap.config=/conf/node.ini "
		n.boot.QEMU = fromTables(n.token)
	}},
	// As above, the token in the firmware.
	"plain/aarch64": {"plain/aarch64", func(t *testing.T, n *node) {
		n.boot.Files["/conf/node.ini"] = n.config.INI()
		n.boot.Append += "kubelet_bootstrap.config=/conf/node.ini "
		n.boot.QEMU = fromFirmware(t, n.token)
	}},
	// All in the configuration: Debian's kernels find no token in the firmware there.
	"plain/armv7":   {"plain/armv7", allInConfiguration},
	"plain/riscv64": {"plain/riscv64", allInConfiguration},
}

func allInConfiguration(_ *testing.T, n *node) {
	n.config.Token = n.token
	n.boot.Files[defaultINI] = n.config.INI()
}

// systemdWays have it in the root, ahead of kubelet. The initramfs is the distribution's, and knows nothing of it.
var systemdWays = map[string]way{
	// Our Debian package, the token as a credential from the firmware.
	"unit": {"bare", func(t *testing.T, n *node) {
		n.installs(t)
		n.put(t, defaultINI, n.config.INI(), 0o600)
		n.boot.QEMU = fromFirmware(t, n.token)
	}},
	// The same from the tables of the firmware.
	"unit-smbios": {"bare", func(t *testing.T, n *node) {
		n.installs(t)
		n.put(t, defaultINI, n.config.INI(), 0o600)
		n.boot.QEMU = fromTables(n.token)
	}},
	// The program with each start of kubelet, the token in its configuration.
	"execstartpre": {"bare", func(t *testing.T, n *node) {
		n.dropIn(t, "kubelet.service", "10-kubelet-bootstrap.conf", shipped(t, "execstartpre/10-kubelet-bootstrap.conf"))
		n.config.Token = n.token
		n.put(t, defaultINI, n.config.INI(), 0o600)
	}},
}

// takes makes a node of that way.
func (w way) takes(t *testing.T) *node {
	t.Helper()
	n := newNode(t, w.kind)
	w.give(t, n)
	return n
}

func fromFirmware(t *testing.T, token string) []string {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"-fw_cfg", "name=opt/io.systemd.credentials/kubelet-bootstrap.token,file=" + path}
}

func fromTables(token string) []string {
	return []string{"-smbios", "type=11,value=io.systemd.credential:kubelet-bootstrap.token=" + token}
}
