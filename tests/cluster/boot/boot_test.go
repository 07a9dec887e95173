// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestANodeThatWasNeverBootedHasItsIdentityWhenTheRootStarts(t *testing.T) {
	for kind, give := range initramfsWays {
		// The other ways become a node elsewhere; the emulator of riscv64 is one more to install.
		if way, arch := split(kind); (way != "plain" || arch == "riscv64") && !full() {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			n := give.takes(t)
			n.watch()
			want := []string{"REPORT booted as " + n.name, "REPORT root is ro", "REPORT check 0"}
			first := n.runs(t, n.boot, append(want, "certificate valid until", "REPORT seccomp 2", "REPORT landlock up")...)
			tell(t, "first boot", first)
			if strings.Contains(first, "going on without") {
				t.Error("something of the sandbox is missing on this kernel")
			}
			if strings.Contains(first, "did not come up") {
				t.Error("there was a network, and our script says there was none")
			}
			made := n.files(t)
			n.check(t, made)

			n.boot.NoNIC = n.kind != "dracut-legacy" // rd.neednet=1 waits for a network
			console := n.runs(t, n.boot, want...)
			tell(t, "second boot", console)
			if strings.Contains(console, "kubelet-bootstrap: ") {
				t.Errorf("there was nothing to do, and something to say:\n%s", console)
			}
			n.hasStill(t, made)
			n.table(t, kind, first, console, "not-asked")
		})
	}
}

func TestAFailureStopsTheBootOnlyWhereThatIsWanted(t *testing.T) {
	for kind := range initramfsWays {
		if _, arch := split(kind); arch != "x86_64" || kind != "plain" && !full() { // shell code, the same everywhere
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
		if c.path != "/etc/fstab" && !full() {
			continue
		}
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
