// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"path/filepath"
	"strings"
)

// machine is what QEMU makes of a guest of one architecture, and what its kernel calls things.
type machine struct {
	qemu      string
	kind      []string // -machine and -cpu
	console   string
	transport string // how virtio devices are attached: the end of their names
	prepare   string // makes kernel, initramfs and root; given the kind of initramfs, or the architecture
}

var machines = map[string]machine{
	"x86_64":  {"qemu-system-x86_64", []string{"-machine", "q35", "-cpu", "max"}, "ttyS0", "pci", "prepare.sh"},
	"aarch64": {"qemu-system-aarch64", []string{"-machine", "virt", "-cpu", "cortex-a57"}, "ttyAMA0", "device", "foreign/prepare.sh"},
	"armv7":   {"qemu-system-arm", []string{"-machine", "virt", "-cpu", "cortex-a15"}, "ttyAMA0", "device", "foreign/prepare.sh"},
	"riscv64": {"qemu-system-riscv64", []string{"-machine", "virt", "-cpu", "rv64"}, "ttyS0", "device", "foreign/prepare.sh"},
}

// split takes a kind of initramfs apart: "plain/aarch64" is plain, on another architecture than this machine's.
func split(kind string) (way, arch string) {
	way, arch, found := strings.Cut(kind, "/")
	if !found {
		arch = "x86_64"
	}
	return way, arch
}

// prepared is the command that makes what a kind of initramfs needs.
func prepared(root, kind string) (path, argument string) {
	way, arch := split(kind)
	if arch != "x86_64" {
		way = arch
	}
	return filepath.Join(root, "tests", "boot", machines[arch].prepare), way
}

// nic are the arguments for a network device. On PCI it would bring a ROM to boot from.
func (m machine) nic() []string {
	device := "virtio-net-" + m.transport + ",netdev=net"
	if m.transport == "pci" {
		device += ",romfile="
	}
	return []string{"-netdev", "user,id=net", "-device", device}
}
