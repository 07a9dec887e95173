#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs cmocka programs and sums up.
#
#   run.sh PROGRAM...
#
# With EMULATOR set, each is run by that: programs of another architecture.
#
# A program that is green gives one line, one that is not all its output. What each said is in PROGRAM.log.
#
# Exit status: 0, or 1 when a test failed or none ran.

set -u

passed=0
failed=0
for program in "$@"; do
	status=0
	# shellcheck disable=SC2086 # one word, or none
	${EMULATOR-} "$program" >"$program.log" 2>&1 || status=$?
	count=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s).*/\1/p' "$program.log" | tail -n 1)
	bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$program.log" | tail -n 1)
	if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then # ended by a sanitizer or a signal
		bad=1
		echo "[  FAILED  ] 1 test(s): the program ended with status $status" >>"$program.log"
	fi
	if [ "${bad:-0}" -gt 0 ]; then
		cat "$program.log"
	else
		printf '  %-24s %3d passed\n' "${program##*/}" "${count:-0}"
	fi
	passed=$((passed + ${count:-0}))
	failed=$((failed + ${bad:-0}))
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
