// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ways are the kinds of initramfs, each with another way to hand over configuration and token.
var ways = map[string]func(t *testing.T, n *node){
	// The configuration in the image, the token as a credential of the service manager.
	"dracut": func(t *testing.T, n *node) {
		n.boot.Files[defaultINI] = n.config.INI()
		n.boot.QEMU = []string{"-fw_cfg", "name=opt/io.systemd.credentials/kubelet-bootstrap.token,file=" + tokenFile(t, n.token)}
	},
	// The configuration in the root, the token read from the firmware.
	"initramfs-tools": func(t *testing.T, n *node) {
		n.put(t, defaultINI, n.config.INI(), 0o600)
		n.boot.QEMU = []string{"-fw_cfg", "name=opt/io.systemd.credentials/kubelet-bootstrap.token,file=" + tokenFile(t, n.token)}
	},
	// The configuration named on the kernel command line, the token in the tables of the firmware.
	"plain": func(t *testing.T, n *node) {
		n.boot.Files["/conf/node.ini"] = n.config.INI()
		n.boot.Append += "kubelet_bootstrap.config=/conf/node.ini "
		n.boot.QEMU = []string{"-smbios", "type=11,value=io.systemd.credential:kubelet-bootstrap.token=" + n.token}
	},
	// As above, the token in the firmware.
	"plain/aarch64": func(t *testing.T, n *node) {
		n.boot.Files["/conf/node.ini"] = n.config.INI()
		n.boot.Append += "kubelet_bootstrap.config=/conf/node.ini "
		n.boot.QEMU = []string{"-fw_cfg", "name=opt/io.systemd.credentials/kubelet-bootstrap.token,file=" + tokenFile(t, n.token)}
	},
	// All in the configuration: Debian's kernel finds no token in the firmware there.
	"plain/armv7": func(t *testing.T, n *node) {
		n.config.Token = n.token
		n.boot.Files[defaultINI] = n.config.INI()
	},
}

func tokenFile(t *testing.T, token string) string {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestANodeThatWasNeverBootedHasItsIdentityWhenTheRootStarts(t *testing.T) {
	for kind, give := range ways {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, kind)
			give(t, n)
			n.watch(t)
			want := []string{"REPORT booted as " + n.name, "REPORT root is ro", "REPORT check 0"}
			first := n.runs(t, n.boot, append(want, "certificate valid until", "REPORT seccomp 2", "REPORT landlock up")...)
			tell(t, "first boot", first)
			if strings.Contains(first, "going on without") {
				t.Error("something of the sandbox is missing on this kernel")
			}
			made := n.files(t)
			n.check(t, made)

			n.boot.NoNIC = true
			console := n.runs(t, n.boot, want...)
			tell(t, "second boot, without a network", console)
			if strings.Contains(console, "kubelet-bootstrap: ") {
				t.Errorf("there was nothing to do, and something to say:\n%s", console)
			}
			if now := n.files(t); !maps.Equal(now, made) {
				t.Errorf("the second boot changed files from %v to %v", made, now)
			}
			if count := n.requests(t); count != 1 {
				t.Errorf("the cluster has %d requests of this node, want one", count)
			}
			way, arch := split(kind)
			t.Logf("BOOT way=%s arch=%s first=%.2f second=%.2f", way, arch, spent(t, first), spent(t, console))
		})
	}
}

func TestAFailureStopsTheBootOnlyWhereThatIsWanted(t *testing.T) {
	for kind := range ways {
		if _, arch := split(kind); arch != "x86_64" { // shell code, the same everywhere
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, kind)
			n.config.Token = "abcdef.0123456789abcdef"
			n.boot.Files[defaultINI] = n.config.INI()
			n.runs(t, n.boot, "the boot goes on without", "REPORT root is ro", "REPORT check 7")

			n.boot.Append += "kubelet_bootstrap.fatal=1 "
			if kind == "plain" {
				n.boot.Until = "job control turned off" // a shell, in which nobody types
			}
			if console := n.runs(t, n.boot, "the boot stops here"); strings.Contains(console, "REPORT") {
				t.Errorf("the boot went on:\n%s", console)
			}
		})
	}
}

func TestWhatTheInitramfsCannotKnowIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		path, content string // in the root
		append, says  string
	}{
		"a file system of its own for var": {"/etc/fstab", "tmpfs /var tmpfs defaults 0 0\n", "", "file system of its own for /var,"},
		"a mount unit for var lib":         {"/etc/systemd/system/local-fs.target.wants/var-lib.mount", "", "", "file system of its own for /var/lib,"},
		"no name":                          {"/etc/hostname", "# none yet\n", "", `the host name is "(none)" here`},
		"no such configuration":            {"/etc/motd", "\n", "kubelet_bootstrap.config=/missing.ini", "cannot find /missing.ini"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, "plain")
			n.config.Token = n.token
			n.boot.Files[defaultINI] = n.config.INI()
			n.boot.Append += c.append
			if c.content == "" {
				n.link(t, c.path, "/etc/systemd/system/"+filepath.Base(c.path))
			} else {
				n.put(t, c.path, c.content, 0o644)
			}
			n.runs(t, n.boot, c.says, "the boot goes on without", "REPORT booted as")
			if names, err := n.Disk.Names(certDir); err != nil || len(names) != 0 {
				t.Errorf("written nevertheless: %v, %v", names, err)
			}
			if count := n.requests(t); count != 0 {
				t.Errorf("the cluster has %d requests of this node, want none", count)
			}
		})
	}
}
