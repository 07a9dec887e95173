// SPDX-License-Identifier: Apache-2.0

// Package boot starts a node in QEMU from an initramfs made by the real tool, with the program in it, until the node switches itself off.
// The host is 10.0.2.2 in there, and its loopback ports are reached at that address.
package boot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

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
	NoNIC  bool
	Until  string // the guest is taken away when the console shows this; empty: it switches itself off
}

// NewGuest makes a node that was never booted, in dir. What the first call for a kind of initramfs makes takes minutes, and is kept.
func NewGuest(dir, kind string) (*Guest, error) {
	root, err := repo.Root()
	if err != nil {
		return nil, err
	}
	_, arch := split(kind)
	prepare, argument := prepared(root, kind)
	out, err := exec.Command(prepare, argument).Output()
	made := strings.Fields(string(out))
	if err != nil || len(made) != 3 {
		said := out
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			said = exit.Stderr
		}
		return nil, fmt.Errorf("cannot prepare the boot of %s (%v): %s", kind, err, said)
	}
	g := &Guest{machine: machines[arch], kernel: made[0], dir: dir, Disk: Disk{filepath.Join(dir, "disk")}}
	if g.initramfs, err = os.ReadFile(made[1]); err != nil {
		return nil, err
	}
	if out, err := exec.Command("cp", "--sparse=always", made[2], g.Disk.Path).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot make the disk: %w\n%s", err, out)
	}
	return g, nil
}

// Run boots the guest and returns what the console showed when it is off again, which has to come within the limit.
func (g *Guest) Run(limit time.Duration, b Boot) (console string, err error) {
	initramfs := filepath.Join(g.dir, "initramfs")
	if err := os.WriteFile(initramfs, g.with(b.Files), 0o600); err != nil {
		return "", fmt.Errorf("cannot make the initramfs: %w", err)
	}
	args := append(slices.Clone(g.machine.kind),
		"-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024",
		"-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio",
		"-kernel", g.kernel, "-initrd", initramfs, "-append", "console="+g.console+" panic=-1 ro systemd.unit=report.service "+b.Append,
		"-drive", "if=none,id=disk,format=raw,file="+g.Disk.Path, "-device", "virtio-blk-"+g.transport+",drive=disk",
	)
	if !b.NoNIC {
		args = append(args, g.nic()...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, g.qemu, append(args, b.QEMU...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log := &stamped{start: time.Now(), until: b.Until, seen: cancel}
	cmd.Stdout, cmd.Stderr = log, log
	unlock := lockThread()
	defer unlock()
	err = cmd.Run()
	console = log.String()
	if b.Until != "" && strings.Contains(console, b.Until) {
		return console, nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("the guest is not off after %v", limit)
	}
	return console, err
}

// with is the initramfs and behind it an archive of the files: where both have one, the kernel takes the later.
func (g *Guest) with(files map[string]string) []byte {
	image := slices.Clone(g.initramfs)
	for len(image)%4 != 0 {
		image = append(image, 0)
	}
	return append(image, archive(files)...)
}
