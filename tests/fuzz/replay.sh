#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs fuzz harnesses over their corpora, and fuzz_config over the configurations of tests/golden, too. Sums up.
#
#   replay.sh PROGRAM...      (each made of fuzz_NAME.c and replay.c)
#
# A harness that is green gives one line, one that is not all its output. Exit status: 0, or 1 when an input failed or there was none.

set -u

corpus=$(dirname "$0")/corpus
passed=0
failed=0

replay() {
	case $2 in
	*/config) "$1" "$2" "$corpus"/../../golden/config/*.ini ;;
	*) "$1" "$2" ;;
	esac
}

for program in "$@"; do
	name=${program##*/fuzz_}
	status=0
	replay "$program" "$corpus/$name" >"$program.log" 2>&1 || status=$?
	good=$(sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$program.log" | tail -n 1)
	bad=$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$program.log" | tail -n 1)
	if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then # there is no corpus
		bad=1
	fi
	if [ "${bad:-0}" -gt 0 ]; then
		cat "$program.log"
	else
		printf '  %-24s %3d passed\n' "fuzz_$name" "${good:-0}"
	fi
	passed=$((passed + ${good:-0}))
	failed=$((failed + ${bad:-0}))
done
echo "corpus: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
