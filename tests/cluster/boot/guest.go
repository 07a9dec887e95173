// SPDX-License-Identifier: Apache-2.0

// Package boot starts a node in QEMU from an initramfs made by the real tool, with the program in it, until the node switches itself off.
// The host is 10.0.2.2 in there, and its loopback ports are reached at that address.
package boot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/disklog"
	"kubelet-bootstrap/tests/cluster/repo"
)

// Host is where a guest finds the machine it runs on.
const Host = "10.0.2.2"

// Guest is a machine with one disk. It keeps the disk from boot to boot.
type Guest struct {
	machine
	kernel, dir string
	initramfs   []byte
	Disk        Disk
}

// Boot is what one boot of a guest is like.
type Boot struct {
	Append string            // kernel command line, besides console and root
	Files  map[string]string // put on top of the initramfs: path inside and content; programs and scripts can be run
	QEMU   []string          // further arguments
	Disks  []Disk            // further ones
	Log    string            // what the node's disk is given goes there, see package disklog; empty: nowhere
	NoNIC  bool
	// The network cable is not in, see Running.Plug.
	Unplugged bool
	// The root boots as far as kubelet, and goes on; otherwise it says what it finds, and switches itself off.
	Kubelet bool
	Until   string // the guest is taken away when the console shows this; empty: it switches itself off
}

// NewGuest makes a node that was never booted, in dir. What the first call for a kind of initramfs makes takes minutes, and is kept.
func NewGuest(dir, kind string) (*Guest, error) {
	root, err := repo.Root()
	if err != nil {
		return nil, err
	}
	programs, err := controlplane.Build(os.Stderr)
	if err != nil {
		return nil, err
	}
	_, arch := split(kind)
	path, argument := prepared(root, kind)
	prepare := exec.Command(path, argument)
	prepare.Env = append(os.Environ(), "KUBELET="+programs.Path("kubelet"))
	made, err := Prepare(prepare, 3)
	if err != nil {
		return nil, err
	}
	g := &Guest{machine: machines[arch], kernel: made[0], dir: dir, Disk: Disk{filepath.Join(dir, "disk")}}
	if g.initramfs, err = os.ReadFile(made[1]); err != nil {
		return nil, err
	}
	return g, copySparse(made[2], g.Disk.Path)
}

func copySparse(from, to string) error {
	if out, err := exec.Command("cp", "--sparse=always", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot make the disk: %w\n%s", err, out)
	}
	return nil
}

// Run boots the guest and returns what the console showed when it is off again, which has to come within the limit.
func (g *Guest) Run(limit time.Duration, b Boot) (console string, err error) {
	r, err := g.Start(limit, b)
	if err != nil {
		return "", err
	}
	return r.Wait()
}

// Start switches the guest on. It is taken away when it is not off within the limit.
func (g *Guest) Start(limit time.Duration, b Boot) (*Running, error) {
	initramfs := filepath.Join(g.dir, "initramfs")
	if err := os.WriteFile(initramfs, OnTop(g.initramfs, b.Files), 0o600); err != nil {
		return nil, fmt.Errorf("cannot make the initramfs: %w", err)
	}
	args := []string{"-kernel", g.kernel, "-initrd", initramfs, "-append", "console=" + g.console + " " + b.commandLine()}
	disks := append([]Disk{g.Disk}, b.Disks...)
	if b.Log != "" {
		args, disks = append(args, disklog.LoggedDisk(g.Disk.Path, b.Log)...), b.Disks
	}
	for i, disk := range disks {
		name := fmt.Sprintf("disk%d", i)
		args = append(args, "-drive", "if=none,format=raw,id="+name+",file="+disk.Path, "-device", "virtio-blk-"+g.transport+",drive="+name)
	}
	if !b.NoNIC {
		args = append(args, g.nic()...)
	}
	return g.start(limit, b, append(args, b.QEMU...))
}

func (b Boot) commandLine() string {
	line := everyKernel + "ro printk.devkmsg=on systemd.log_level=notice "
	if !b.Kubelet {
		return line + "systemd.unit=report.service " + b.Append
	}
	return line + "systemd.getty_auto=no systemd.show_status=yes " + b.Append
}
