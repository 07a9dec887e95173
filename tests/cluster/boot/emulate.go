// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"slices"
	"time"
)

// CommandLine is what every kernel is told besides its console. On a busy machine the emulated timer may not tick while the kernel counts its
// ticks, and it would give up: "IO-APIC + timer doesn't work!".
const CommandLine = "panic=-1 no_timer_check "

// every guest has these.
var every = []string{
	"-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio",
}

// Emulate starts this kernel with a network, on a machine of x86_64 that has these arguments besides, until it is off. It returns what the
// console showed.
func Emulate(limit time.Duration, kernel, initramfs, commandLine string, args ...string) (console string, err error) {
	m := machines["x86_64"]
	all := []string{"-kernel", kernel, "-initrd", initramfs, "-append", "console=" + m.console + " " + CommandLine + commandLine}
	r, err := m.start(limit, Boot{}, slices.Concat(all, m.nic(), args))
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
