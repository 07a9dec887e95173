# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154 # see init.sh
#
# Flash that is not there (nandsim), and cuts that the kernel's own UBI emulates: it refuses all writes from a certain header on. To mount
# it again then takes a new attachment, as after a real cut.

modprobe nandsim first_id_byte=0x20 second_id_byte=0xaa third_id_byte=0x00 fourth_id_byte=0x15 || stop 'no nandsim'
modprobe ubifs || stop 'no ubifs'
{ ubiattach -p /dev/mtd0 && ubimkvol /dev/ubi0 -N node -s 48MiB; } >/dev/null || stop 'no volume'
mkdir -p /mnt/node
cut=/sys/kernel/debug/ubi/ubi0/tst_emulate_power_cut

again() {
	umount /mnt/node && ubidetach -p /dev/mtd0 >/dev/null && ubiattach -p /dev/mtd0 >/dev/null && mount -t ubifs ubi0:node /mnt/node
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
	noise "$round"
	program
	cp /tmp/said /tmp/cut
	first=$status
	kill %1 %2 2>/dev/null
	wait
	was_cut=$(cat /sys/class/ubi/ubi0/ro_mode)
	echo 0 >"$cut"
	again || stop "cannot attach or mount again after round $round"
	rm -f /mnt/node/noise-*
	send "left?state=$round&status=$first&cut=$was_cut"
	program --check
	check=$status
	(unset fault; program; echo "$status" >/tmp/status)
	ask "said?state=$round" /tmp/said
	send "mended?state=$round&check=$check&status=$(cat /tmp/status)"
	round=$((round + 1))
done
