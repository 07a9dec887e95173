// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"kubelet-bootstrap/tests/cluster/repo"
)

const (
	ourScript  = "/usr/lib/kubelet-bootstrap/kubelet-bootstrap-initramfs"
	ourProgram = "/usr/sbin/kubelet-bootstrap"
)

// timed stands in the place of our script in an initramfs. The kernel's log has the time of each line.
const timed = `#!/bin/sh
echo 'BOOT begin' >/dev/kmsg
/usr/lib/kubelet-bootstrap/timed "$@"
status=$?
echo 'BOOT end' >/dev/kmsg
exit $status
`

// measured are the program and our script, to be put on top of an initramfs, with the clock around them.
func measured(t *testing.T, program string) map[string]string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(root, "initramfs", "kubelet-bootstrap-initramfs"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{ourProgram: program, ourScript: timed, "/usr/lib/kubelet-bootstrap/timed": string(script)}
}

var (
	kernelTimes = regexp.MustCompile(`\[ *([0-9.]+)\] BOOT begin(?s:.*)\[ *([0-9.]+)\] BOOT end`)
	unitTimes   = regexp.MustCompile(`REPORT took ([0-9]+) ([0-9]+)`)
)

// added is how many seconds we have added to the boot, by the clock of the guest: those between begin and end of our script in the
// initramfs, or of the unit, or of ExecStartPre.
func added(t *testing.T, console string) float64 {
	t.Helper()
	found, scale := kernelTimes.FindStringSubmatch(console), 1.0
	if found == nil {
		found, scale = unitTimes.FindStringSubmatch(console), 1e6
	}
	if found == nil {
		t.Fatalf("the console does not show how long it took:\n%s", console)
	}
	begin, err1 := strconv.ParseFloat(found[1], 64)
	end, err2 := strconv.ParseFloat(found[2], 64)
	if err1 != nil || err2 != nil || end <= begin {
		t.Fatalf("from %s to %s is no time", found[1], found[2])
	}
	return (end - begin) / scale
}

// table is the line of one way to boot, with the seconds that we have added to the first boot and to the second.
func (n *node) table(t *testing.T, way, first, second, node string) {
	t.Helper()
	way, arch := split(way)
	t.Logf("BOOT way=%s arch=%s first=%.2f second=%.2f node=%s", way, arch, added(t, first), added(t, second), node)
}
