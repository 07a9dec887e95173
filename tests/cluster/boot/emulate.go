// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"slices"
	"time"
)

// NIC are the arguments of a machine that reaches this one at Host.
var NIC = []string{"-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="}

// CommandLine is what every kernel is told. On a busy machine the emulated timer may not tick while the kernel counts its ticks, and it would
// give up: "IO-APIC + timer doesn't work!".
const CommandLine = "console=ttyS0 panic=-1 no_timer_check "

// every guest has these.
var every = []string{
	"-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max", "-smp", "2", "-m", "1024",
	"-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio",
}

// Emulate runs QEMU with these arguments besides those that every guest has, until the guest is off. It returns what the console showed.
func Emulate(limit time.Duration, args ...string) (console string, err error) {
	r, err := start(limit, Boot{}, args)
	if err != nil {
		return "", err
	}
	return r.Wait()
}

// OnTop is the initramfs and behind it an archive of the files, by their paths inside: where both have one, the kernel takes the later.
// Programs and scripts can be run.
func OnTop(initramfs []byte, files map[string]string) []byte {
	image := slices.Clone(initramfs)
	for len(image)%4 != 0 {
		image = append(image, 0)
	}
	return append(image, archive(files)...)
}
