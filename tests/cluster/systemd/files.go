// SPDX-License-Identifier: Apache-2.0

package systemd

// groupPrefix begins the name of a system's control group; it ends with the PID of the process that booted it.
const groupPrefix = "kubelet-bootstrap-test-"

// initScript makes the small computer and becomes its systemd, all as process 1 of the namespaces: when that ends, the kernel kills
// what is left and takes back the mounts.
// Arguments: scratch folder, name of the control group, then the files and folders to be seen inside.
//
// What could reach the machine around it is out of reach: /usr, /sys and /proc/sys are read-only, the devices are the harmless ones,
// and the clock, the network's settings, kernel modules and the kernel's log need capabilities that process 1 has given up for good.
// (systemd leaves the clock and sysctls alone by itself where `container` is set, and shows nothing on a console.)
const initScript = `
set -eu
dir=$1 group=$2
shift 2

mount -t tmpfs -o mode=755 tmpfs "$dir/root"
cd "$dir/root"
mkdir dev etc proc run sys tmp usr var
mount --rbind /usr usr
mount -o remount,bind,ro usr
for path in /bin /sbin /lib*; do
	[ ! -L "$path" ] || cp -P "$path" .
done
cp -R "$dir/etc/." etc
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
	: >"dev/$name"
	mount --bind "/dev/$name" "dev/$name"
done
mkdir dev/shm dev/pts
ln -s pts/ptmx dev/ptmx # PrivateDevices= of a service looks at it
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp

# The whole tree of control groups is needed only to get a branch of it.
mount -t cgroup2 cgroup2 var
mkdir "var/$group"
echo 0 >"var/$group/cgroup.procs"
umount var

for path; do
	if [ -d "$path" ]; then
		mkdir -p ".$path"
	else
		mkdir -p ".${path%/*}"
		: >".$path"
	fi
	mount --rbind "$path" ".$path"
done

exec unshare --cgroup --uts --ipc /bin/sh -c '
set -eu
mount -t cgroup2 cgroup2 sys/fs/cgroup
mkdir old
pivot_root . old
cd /
umount -l old
rmdir old
mount --make-rshared / # else what systemd mounts for a service, its credentials above all, is not seen by it
exec setpriv --inh-caps=-all \
	--bounding-set=-sys_time,-sys_module,-sys_boot,-sys_rawio,-syslog,-net_admin,-mknod,-audit_control,-audit_read,-mac_admin \
	env -i container=test PATH=/usr/sbin:/usr/bin /usr/lib/systemd/systemd --system --log-target=journal --show-status=no </dev/null
'
`

// removeScript removes the control group of a system that has ended, and those whose owners are no more. It takes a mount namespace of
// its own, since where control groups are mounted differs from machine to machine.
// Arguments: an empty folder, name of the control group.
const removeScript = `
set -eu
mount -t cgroup2 cgroup2 "$1"
cd "$1"
for group in ` + groupPrefix + `*; do
	if [ -d "$group" ] && { [ "$group" = "$2" ] || [ ! -e "/proc/${group##*-}" ]; }; then
		find "$group" -depth -type d -exec rmdir {} + || [ "$group" != "$2" ]
	fi
done
`

// etc is all that the system is configured with.
var etc = map[string]string{
	"passwd":     "root:x:0:0:root:/root:/bin/sh\n",
	"group":      "root:x:0:\n",
	"hostname":   "systemd-test\n",
	"machine-id": "6b7562656c65742d626f6f7473747261\n",
	"os-release": "ID=test\n",
	// Nobody's kernel log, and every line however fast they come.
	"systemd/journald.conf": "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nRateLimitIntervalSec=0\n",
	// What other packages have put into /usr to be started does not belong here.
	"systemd/system/default.target": "[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n",
	// An empty unit is none. Debian's rules for temporary files empty /tmp at boot, where the tests' own folders are seen.
	"systemd/system/systemd-tmpfiles-setup.service": "",
	"systemd/system/systemd-tmpfiles-clean.timer":   "",
	"systemd/system/systemd-sysusers.service":       "",
}
