#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC1090,SC1091,SC2034,SC2154 # what comes from the test, and is for the file that it names
#
# Process 1 of every guest. What the guest is to do is the file named by $task; the test put it beside this one, with the settings.

export PATH=/bin:/sbin:/usr/sbin
/bin/busybox --install -s /bin
ln -s /bin/busybox /sbin/modprobe # where the kernel looks for it, as file systems want checksums
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t debugfs debug /sys/kernel/debug
. /power/settings

say() { echo "GUEST $*"; }

# stop WORDS: the guest has failed
stop() {
	say "failed: $*"
	poweroff -f
}

# ask PATH [FILE]: of the test, which does what it has to before it answers; the answer is the output
ask() { wget -q -O - ${2:+--post-file="$2"} "http://$desk/$1" || stop "no answer to $1"; }

# send PATH: what lies on the disk, but for the noise. busybox ends what it posts at the first NUL.
send() {
	tar -C /mnt/node -cf - etc var 2>/dev/null | base64 >/tmp/tree
	ask "$1" /tmp/tree
}

# program [ARGUMENTS]: sets status, and keeps what was said for the next `tell`
program() {
	status=0
	${fault:+env KUBELET_BOOTSTRAP_FAULT=sync KUBELET_BOOTSTRAP_FAULT_N="$fault"} \
		/usr/sbin/kubelet-bootstrap --config /power/kubelet-bootstrap.ini "$@" >/tmp/said 2>&1 || status=$?
}

tell() {
	while read -r line; do
		say "said: $line"
	done </tmp/said
}

# mount_node DEVICE: its file system, or an overlay on that
mount_node() {
	mkdir -p /mnt/node /mnt/base
	if [ -z "$overlay" ]; then
		mount -t "$type" ${options:+-o "$options"} "$1" /mnt/node
		return
	fi
	mount -t "$type" "$1" /mnt/base && mkdir -p /mnt/base/lower /mnt/base/upper /mnt/base/work &&
		mount -t overlay -o "$overlay" overlay /mnt/node
}

unmount_node() {
	umount /mnt/node && { [ -z "$overlay" ] || umount /mnt/base; }
}

# noise: somebody else on the same file system, who writes and syncs
noise() {
	while dd if=/dev/urandom of=/mnt/node/noise bs=64k count=4 2>/dev/null; do :; done &
	while sync; do :; done &
}

for module in virtio_pci virtio_blk virtio_net $modules; do
	modprobe "$module" || stop "no module $module"
done
ifconfig eth0 10.0.2.15 up
. "/power/$task"
poweroff -f
