// SPDX-License-Identifier: Apache-2.0

package boot

import "kubelet-bootstrap/tests/cluster/repo"

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

// watch makes the program in the initramfs say what it sees of its sandbox.
func (n *node) watch() {
	n.boot.Files["/usr/lib/watched/kubelet-bootstrap"] = n.boot.Files[ourProgram]
	n.boot.Files[ourProgram] = watchedProgram
}

// binaryOf is the program under test of one architecture.
func binaryOf(arch string) (string, error) {
	if arch == "x86_64" {
		return repo.Binary()
	}
	return repo.Built(arch)
}
