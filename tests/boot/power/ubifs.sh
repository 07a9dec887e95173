#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # see init.sh
#
# Flash that is not there (nandsim), and cuts that the kernel's own UBI emulates: it refuses all writes from a certain header on. To mount
# it again then takes a new attachment, as after a real cut.

modprobe nandsim first_id_byte=0x20 second_id_byte=0xaa third_id_byte=0x00 fourth_id_byte=0x15 || stop 'no nandsim'
modprobe ubifs || stop 'no ubifs'
{ ubiattach -p /dev/mtd0 && ubimkvol /dev/ubi0 -N node -s 48MiB; } >/dev/null || stop 'no volume'
mkdir -p /mnt/node
cut=/sys/kernel/debug/ubi/ubi0/tst_emulate_power_cut

again() {
	until umount /mnt/node; do # the last of the noise may be at it still
		usleep 50000
	done 2>/dev/null
	ubidetach -p /dev/mtd0 >/dev/null && ubiattach -p /dev/mtd0 >/dev/null && mount -t ubifs ubi0:node /mnt/node
}

mount -t ubifs ubi0:node /mnt/node || stop 'cannot mount ubifs'
round=0
while [ "$round" -lt "$rounds" ]; do
	ask "round?state=$round" >/power/kubelet-bootstrap.ini
	rm -rf /mnt/node/*
	sync
	echo "$((round % within + 1))" >"${cut}_min"
	echo "$((round % within + 2))" >"${cut}_max"
	echo 3 >"$cut" # headers of erase counters and of volumes
	while dd if=/dev/urandom of=/mnt/node/noise bs=64k count=2 conv=fsync 2>/dev/null; do :; done &
	noise=$!
	program
	first=$status
	kill "$noise" 2>/dev/null
	wait
	was_cut=$(cat /sys/class/ubi/ubi0/ro_mode)
	echo 0 >"$cut"
	again || stop "cannot attach or mount again after round $round"
	send "left?state=$round&status=$first&cut=$was_cut"
	lost=$fault
	fault=
	program
	fault=$lost
	ask "said?state=$round" /tmp/said
	send "mended?state=$round&status=$status"
	round=$((round + 1))
done
