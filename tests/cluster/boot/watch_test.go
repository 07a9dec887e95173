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

// timedScript stands in the place of our script in an initramfs.
const timedScript = `#!/bin/sh
echo 'BOOT begin' >/dev/console
/usr/lib/watched/script "$@"
status=$?
echo 'BOOT end' >/dev/console
exit $status
`

// watchedProgram stands in the place of the program, and looks at it while it runs. A filter that is in force is 2.
const watchedProgram = `#!/bin/sh
case " $* " in
*' --check '*) exec /usr/lib/watched/kubelet-bootstrap "$@" ;;
esac
/usr/lib/watched/kubelet-bootstrap --verbose "$@" &
mode='' left=20000
while [ "$left" -gt 0 ] && [ "$mode" != 2 ] && [ -d "/proc/$!" ]; do
	left=$((left - 1))
	while read -r key value; do
		case $key in
		Seccomp:) mode=$value ;;
		esac
	done <"/proc/$!/status"
done 2>/dev/null
status=0
wait "$!" || status=$?
echo "REPORT seccomp $mode" >/dev/console
mkdir -p /run/watched
mount -t securityfs security /run/watched
read -r modules </run/watched/lsm
umount /run/watched
case ,$modules, in
*,landlock,*) echo 'REPORT landlock up' >/dev/console ;;
esac
exit "$status"
`

// watch puts a clock around our script in the initramfs, and makes the program say what it sees of its sandbox.
func (n *node) watch(t *testing.T) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(root, "initramfs", "kubelet-bootstrap-initramfs"))
	if err != nil {
		t.Fatal(err)
	}
	n.boot.Files["/usr/lib/watched/kubelet-bootstrap"] = n.boot.Files[ourProgram]
	n.boot.Files["/usr/lib/watched/script"] = string(script)
	n.boot.Files[ourProgram] = watchedProgram
	n.boot.Files[ourScript] = timedScript
}

var beginAndEnd = regexp.MustCompile(`(?m)^ *([0-9.]+) .*BOOT begin(?s:.*)^ *([0-9.]+) .*BOOT end`)

// spent is how many seconds our script took, by the host's clock.
func spent(t *testing.T, console string) float64 {
	t.Helper()
	found := beginAndEnd.FindStringSubmatch(console)
	if found == nil {
		t.Fatalf("the console does not show how long it took:\n%s", console)
	}
	begin, err1 := strconv.ParseFloat(found[1], 64)
	end, err2 := strconv.ParseFloat(found[2], 64)
	if err1 != nil || err2 != nil || end < begin {
		t.Fatalf("from %s to %s is no time", found[1], found[2])
	}
	return end - begin
}

// binaryOf is the program under test of one architecture.
func binaryOf(arch string) (string, error) {
	if arch == "x86_64" {
		return repo.Binary()
	}
	return repo.Built(arch)
}
