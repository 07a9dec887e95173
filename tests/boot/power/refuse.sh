#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # see init.sh
#
# Runs the program on a file system that it does not take.

mount_node /dev/vda || stop "cannot mount $type"
program
tell
send "ended?status=$status"
