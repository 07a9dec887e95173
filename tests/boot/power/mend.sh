#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # see init.sh
#
# Mounts one state after the other, shows what is there, lets the program mend it, and shows what is there then.

state=0
while [ "$state" -lt "$states" ]; do
	losetup -o $((state * size)) /dev/loop0 /dev/vda
	if mount_node /dev/loop0; then
		send "left?state=$state"
		program --check
		check=$status
		program
		ask "said?state=$state" /tmp/said
		send "mended?state=$state&check=$check&status=$status"
		unmount_node || stop "cannot unmount state $state"
	else
		ask "unmountable?state=$state"
	fi
	losetup -d /dev/loop0
	state=$((state + 1))
done
