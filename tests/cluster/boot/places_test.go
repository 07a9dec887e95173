// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A root that nothing is written to, with a file system of its own for /var.

// hasVar gives the node a second disk, and has kubelet.conf and the certificates there. mount are the options in its fstab, which does not
// name the root: that stays read-only.
func (n *node) hasVar(t *testing.T, mount string) {
	t.Helper()
	disk := Disk{filepath.Join(t.TempDir(), "var")}
	if out, err := exec.Command("mke2fs", "-q", "-t", "ext4", "-L", "var", disk.Path, "512M").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n.boot.Disks = []Disk{disk}
	n.identity, n.certDir = disk, "/lib/kubelet/pki"
	n.put(t, "/etc/fstab", "LABEL=var /var ext4 "+mount+" 0 0\ntmpfs /tmp tmpfs defaults 0 0\n", 0o644)
	n.config.Kubeconfig, n.config.CertDir = "/var/lib/kubernetes/kubelet.conf", certDir
	n.put(t, "/root/check.ini", n.config.INI(), 0o600)
	n.dropIn(t, "kubelet.service", "kubeconfig.conf", "[Service]\nEnvironment=KUBELET_KUBECONFIG="+n.config.Kubeconfig+"\n")
}

func (n *node) becomesANodeOnAReadOnlyRoot(t *testing.T) {
	t.Helper()
	if console := n.becomesANode(t, n.boot); !strings.Contains(console, "REPORT root is ro") {
		t.Errorf("the root was made writable:\n%s", console)
	}
}

func TestFullAReadOnlyRootWithAWritableVarBecomesANode(t *testing.T) {
	t.Run("unit", func(t *testing.T) {
		t.Parallel()
		n := newNode(t, "bare")
		n.hasVar(t, "defaults")
		n.put(t, "/etc/tmpfiles.d/kubernetes.conf", "d /var/lib/kubernetes\n", 0o644)
		n.dropIn(t, "kubelet-bootstrap.service", "var.conf", "[Service]\nReadWritePaths=/var/lib/kubernetes\n")
		systemdWays["unit"].give(t, n)
		n.becomesANodeOnAReadOnlyRoot(t)
	})
	t.Run("dracut", func(t *testing.T) {
		t.Parallel()
		n := newNode(t, "dracut")
		n.hasVar(t, "x-initrd.mount")
		initramfsWays["dracut"].give(t, n)
		n.becomesANodeOnAReadOnlyRoot(t)
	})
}

// The first boot ends where kubelet would start: what the initramfs has made of the root is seen there.
func TestFullARootOfAnotherFileSystemBecomesANode(t *testing.T) {
	for kind, flags := range map[string]string{"xfs": "", "btrfs": "rootflags=subvol=system "} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, "dracut")
			initramfsWays["dracut"].give(t, n)
			n.put(t, "/etc/fstab", "LABEL=node / auto defaults 0 0\n", 0o644)
			n.alter(t, "move-root", kind)
			n.boot.Append += flags
			tell(t, "first boot", n.runs(t, n.boot, "certificate valid until", "REPORT root is ro "+kind, "REPORT check 0"))
			r := n.starts(t, n.boot)
			n.registers(t, r)
			shows(t, r, "REPORT root is rw", "REPORT check 0")
			n.switchesOff(t, r)
		})
	}
}
