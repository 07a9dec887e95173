#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # see init.sh
#
# Runs the program once on a disk that is logged, and marks in the log where the run begins and where it has ended.

# mark WORD: behind the file system, past the page cache and without a flush
mark() {
	printf 'MARK %s' "$1" | dd of=/tmp/mark bs=512 conv=sync 2>/dev/null
	direct-dd if=/tmp/mark of=/dev/vda bs=512 count=1 seek="$mark_at" conv=notrunc oflag=direct 2>/dev/null || stop "cannot mark $1"
}

mount_node /dev/vda || stop "cannot mount $type"
tar -C /mnt/node -xf /power/before.tar || stop 'cannot put the files there'
sync
{ unmount_node && mount_node /dev/vda; } || stop 'cannot mount it again'
[ -z "$noise" ] || noise
mark BEGIN
program
[ "$status" -ne 0 ] || mark DONE
tell
send "ended?status=$status"
