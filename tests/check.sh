#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs every test stage and sums up. Called by `make check`.
#
#   check.sh FOLDER      (for the output of each stage)
#
# A stage that is green gives one line, with its time. One that is not gives what its failed tests said, or all its output where that is not
# known. The last line is "N passed, N failed, N skipped".
#
# Exit status: 0, or 1 when something failed, nothing ran, or, with CI=true, something was skipped.

set -u

make=${MAKE:-make}
folder=$1
passed=0
failed=0
skipped=0
mkdir -p "$folder"

# count PATTERN FILE: how many lines match.
count() { grep -cE -e "$1" "$2" || :; }

# tell FILE: what is to be read of a stage that failed. All its output is where its folder is.
tell() {
	if grep -q '^--- FAIL: ' "$1"; then
		awk -f tests/failures.awk "$1"
	else
		cat "$1"
	fi
}

# stage NAME WHAT COUNTER COMMAND...: run it; COUNTER FILE sets good, bad and left_out from what it printed.
stage() {
	name=$1 what=$2 counter=$3
	shift 3
	status=0
	begin=$(date +%s)
	printf '%-8s %-58s ' "$name" "$what"
	"$@" >"$folder/$name.log" 2>&1 || status=$?
	good=0 bad=0 left_out=0
	"$counter" "$folder/$name.log"
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then # it did not come to its tests, or not to their end
		bad=1
	elif [ "$good" -eq 0 ] && [ "$left_out" -eq 0 ]; then
		bad=1
	fi
	printf '%4d passed, %d failed, %d skipped in %3d s\n' "$good" "$bad" "$left_out" "$(($(date +%s) - begin))"
	if [ "$bad" -gt 0 ]; then
		tell "$folder/$name.log"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + left_out))
}

# "NAME: N passed, N failed", the last line of unit, golden, targets and corpus
count_summary() {
	good=$(sed -n 's/^[a-z]*: \([0-9]*\) passed, [0-9]* failed$/\1/p' "$1" | tail -n 1)
	bad=$(sed -n 's/^[a-z]*: [0-9]* passed, \([0-9]*\) failed$/\1/p' "$1" | tail -n 1)
	good=${good:-0} bad=${bad:-0}
}

count_verdicts() {
	good=$(count '^ok - ' "$1")
	bad=$(count '^FAILED - ' "$1")
}

# Tests of Go at the top level: the indented ones are their parts.
count_go() {
	good=$(count '^--- PASS: ' "$1")
	bad=$(count '^--- FAIL: ' "$1")
	left_out=$(count '^ *--- SKIP: ' "$1") # a part that was left out counts, too
}

# Each figure with a budget, the one of a file or of a run.
count_budgets() {
	good=$(count '  ok(,|$)' "$1")
	bad=$(count 'TOO MUCH' "$1")
}

stage unit 'src/ in memory, and the crypto library' count_summary "$make" --no-print-directory unit
stage golden 'what the program says about wrong input' count_summary "$make" --no-print-directory golden
stage targets 'unit and golden of the other targets, under qemu-user' count_summary "$make" --no-print-directory targets
stage corpus 'the fuzz harnesses over the inputs that are kept' count_summary "$make" --no-print-directory corpus
stage purity 'the walls around src/ and Mbed TLS; headers stand alone' count_verdicts "$make" --no-print-directory purity
stage style 'what clang and the formatters say' count_verdicts "$make" --no-print-directory style
stage cluster 'against the real Kubernetes (which the first run builds)' count_go "$make" --no-print-directory cluster
stage packages 'the packages: made, installed, upgraded, purged' count_verdicts "$make" --no-print-directory packages
stage boot 'machines that become nodes, from power-on (QEMU)' count_go "$make" --no-print-directory boot
stage power 'power cuts on real file systems (QEMU)' count_go "$make" --no-print-directory powercut
stage size 'budgets of size and use, four targets' count_budgets "$make" --no-print-directory size

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && { [ "$skipped" -eq 0 ] || [ "${CI:-}" != true ]; }
