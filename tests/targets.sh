#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the unit and golden tests of targets that are not this machine's, under qemu-user, and sums up. Called by `make targets`.
#
#   targets.sh TARGET...      with MAKE, and with JOBS for its options
#
# What make said is shown where something failed. It is built with all processors, and run one target on each.
#
# Exit status: 0, or 1 when a test failed or none ran.

set -u

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# relocations TARGET: those that rcrt1.o does not apply. A program with one of them dies of a pointer that is NULL, or does not die.
relocations() {
	for program in "build/$1/kubelet-bootstrap.debug" "build/$1"/unit/test_*; do
		case $program in
		*.log | *.a) ;;
		*) [ ! -f "$program" ] || readelf -rW "$program" | awk '$3 ~ /^R_/ && $3 !~ /_RELATIVE$/' | sed "s|^|$program: |" ;;
		esac
	done
}

# tests TARGET: unit, golden, and the relocations as a test of their own
tests() {
	"$MAKE" --no-print-directory TARGET="$1" -k unit golden || echo 'make: 0 passed, 1 failed'
	found=$(relocations "$1" 2>&1)
	if [ -z "$found" ]; then
		echo 'relocations: 1 passed, 0 failed'
	else
		printf '%s\nrelocations: 0 passed, 1 failed\n' "$found"
	fi
}

for target in "$@"; do
	# shellcheck disable=SC2086 # words
	"$MAKE" ${JOBS-} TARGET="$target" all prepare-unit >"$scratch/$target.build" 2>&1
done
running=0
for target in "$@"; do
	tests "$target" >"$scratch/$target" 2>&1 &
	running=$((running + 1))
	[ "$running" -lt "$(nproc)" ] || { wait; running=0; }
done
wait
passed=0 failed=0
for target in "$@"; do
	good=$(awk '/^[a-z]+: [0-9]+ passed, [0-9]+ failed$/ { sum += $2 } END { print sum + 0 }' "$scratch/$target")
	bad=$(awk '/^[a-z]+: [0-9]+ passed, [0-9]+ failed$/ { sum += $4 } END { print sum + 0 }' "$scratch/$target")
	[ "$good" -gt 0 ] || bad=$((bad + 1))
	[ "$bad" -eq 0 ] || cat "$scratch/$target.build" "$scratch/$target"
	echo "  $target: $good passed, $bad failed"
	passed=$((passed + good))
	failed=$((failed + bad))
done
echo "targets: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
