#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Prints what the stripped programs weigh beside their budgets. Called by `make size`.
#
#   size.sh TARGET=FILE...          (x86_64=build/x86_64/kubelet-bootstrap aarch64=...)
#
# The budget of a file is in platform/targets/TARGET.mk; the one of a run is below.
#
# KUBELET_BOOTSTRAP_MEASURED names a file with what a real run against the control plane used, one "name value" in each line: the
# output of tests/bench/peak, "instructions N" (callgrind), "syscalls N", and, for a run that found everything valid,
# "valid_syscalls N" and "valid_us N". Without it these rows are left out.
#
# Exit status: 0, 1 when a ceiling is exceeded, 64 for a wrong command line.

set -eu

TARGETS_DIR=$(cd "$(dirname "$0")/../../platform/targets" && pwd)

# name in the file of measurements, ceiling, goal (- for none), what it is
RUN_BUDGET='
vmhwm_kb 400 300 peak memory (VmHWM), KB
arena_bytes 49152 36864 Mbed TLS arena, bytes
stack_bytes 16384 8192 stack, bytes
instructions 50000000 42000000 instructions, whole run
syscalls 200 120 system calls, whole run
valid_syscalls 40 - system calls, already valid
valid_us 3000 1000 microseconds, already valid
'

status=0

# budget TARGET NAME: the value of `NAME = value` in the target's fragment; empty when it has none.
budget() { sed -n "s/^$2 *= *\([0-9][0-9]*\) *$/\1/p" "$TARGETS_DIR/$1.mk"; }

# judge VALUE CEILING GOAL: puts the verdict in words.
judge() {
	if [ "${2:--}" = - ]; then
		verdict='no budget'
	elif [ "$1" -gt "$2" ]; then
		verdict="TOO MUCH: $(($1 - $2)) over the ceiling"
		status=1
	elif [ "${3:--}" = - ]; then
		verdict=ok
	elif [ "$1" -gt "$3" ]; then
		verdict="ok, $(($1 - $3)) over the goal"
	else
		verdict='ok, goal met'
	fi
}

# print_target TARGET FILE
print_target() {
	if [ ! -f "$TARGETS_DIR/$1.mk" ] || [ ! -f "$2" ]; then
		printf 'size.sh: cannot measure %s=%s: must be a target of platform/targets and its program\n' "$1" "$2" >&2
		exit 64
	fi
	tool=$(sed -n 's/^CROSS_PREFIX *= *//p' "$TARGETS_DIR/$1.mk")size
	sections=$("$tool" "$2" | sed -n 2p)
	read -r text data bss _ <<-EOF
		$sections
	EOF
	bytes=$(wc -c <"$2")
	ceiling=$(budget "$1" SIZE_CEILING_FILE)
	goal=$(budget "$1" SIZE_GOAL_FILE)
	judge "$bytes" "$ceiling" "$goal"
	printf '%-8s %8d %8s %8s %8d %8d %8d  %s\n' "$1" "$bytes" "${ceiling:--}" "${goal:--}" "$text" "$data" "$bss" "$verdict"
}

# print_run FILE
print_run() {
	printf '\n%-28s %10s %10s %10s\n' 'x86_64, a real run' used ceiling goal
	while read -r name ceiling goal words; do
		[ -n "$name" ] || continue
		used=$(sed -n "s/^$name  *\([0-9][0-9]*\) *$/\1/p" "$1" | tail -n 1)
		if [ -z "$used" ]; then
			printf '%-28s %10s %10s %10s  not measured\n' "$words" - "$ceiling" "$goal"
			continue
		fi
		judge "$used" "$ceiling" "$goal"
		printf '%-28s %10s %10s %10s  %s\n' "$words" "$used" "$ceiling" "$goal" "$verdict"
	done <<-EOF
		$RUN_BUDGET
	EOF
}

if [ $# -eq 0 ]; then
	echo 'usage: size.sh TARGET=FILE...' >&2
	exit 64
fi
measured=${KUBELET_BOOTSTRAP_MEASURED:-}
if [ -n "$measured" ] && [ ! -r "$measured" ]; then
	printf 'size.sh: cannot read KUBELET_BOOTSTRAP_MEASURED "%s"\n' "$measured" >&2
	exit 64
fi
printf '%-8s %8s %8s %8s %8s %8s %8s\n' target file ceiling goal text data bss
for pair in "$@"; do
	print_target "${pair%%=*}" "${pair#*=}"
done
[ -z "$measured" ] || print_run "$measured"
exit "$status"
