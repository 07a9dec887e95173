// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// NIC are the arguments of a machine that reaches this one at Host.
var NIC = []string{"-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="}

// CommandLine is what every kernel is told. On a busy machine the emulated timer may not tick while the kernel counts its ticks, and it would
// give up: "IO-APIC + timer doesn't work!".
const CommandLine = "console=ttyS0 panic=-1 no_timer_check "

// Emulate runs QEMU with these arguments besides those that every guest has, until the guest is off, or until the console shows the text,
// where it is not empty. It returns what the console showed.
func Emulate(limit time.Duration, until string, args ...string) (console string, err error) {
	machine := []string{
		"-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max", "-smp", "2", "-m", "1024",
		"-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio",
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", append(machine, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log := &stamped{start: time.Now(), until: until, seen: cancel}
	cmd.Stdout, cmd.Stderr = log, log
	unlock := lockThread()
	defer unlock()
	err = cmd.Run()
	console = log.String()
	if until != "" && strings.Contains(console, until) {
		return console, nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("the guest is not off after %v", limit)
	}
	return console, err
}

// OnTop is the initramfs and behind it an archive of the files, by their paths inside: where both have one, the kernel takes the later.
// A file whose name is that of the program can be run.
func OnTop(initramfs []byte, files map[string]string) []byte {
	image := slices.Clone(initramfs)
	for len(image)%4 != 0 {
		image = append(image, 0)
	}
	return append(image, archive(files)...)
}
