// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// everyKernel is what every kernel is told besides its console. On a busy machine the emulated timer may not tick while the kernel counts its
// ticks, and it would give up: "IO-APIC + timer doesn't work!".
const everyKernel = "panic=-1 no_timer_check "

// every guest has these.
var every = []string{
	"-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio",
}

// Emulate starts this kernel with a network, on a machine of x86_64 that has these arguments besides, until it is off. It returns what the
// console showed.
func Emulate(limit time.Duration, kernel, initramfs, commandLine string, args ...string) (console string, err error) {
	m := machines["x86_64"]
	all := []string{"-kernel", kernel, "-initrd", initramfs, "-append", "console=" + m.console + " " + everyKernel + commandLine}
	r, err := m.start(limit, Boot{}, slices.Concat(all, m.nic(), args))
	if err != nil {
		return "", err
	}
	return r.Wait()
}

// Prepare runs a script that makes what guests need, and keeps it. It returns the paths that the script prints, which have to be so many.
func Prepare(script *exec.Cmd, paths int) ([]string, error) {
	out, err := script.Output()
	made := strings.Fields(string(out))
	if err == nil && len(made) == paths {
		return made, nil
	}
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		out = exit.Stderr
	}
	return nil, fmt.Errorf("cannot prepare guests by %s (%v): %s", script, err, out)
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
