#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs libFuzzer harnesses, two at a time.
#
#   fuzz.sh SECONDS PROGRAM...
#   fuzz.sh --keep PROGRAM      copy into the corpus what was found and reaches code that it does not: keep few and small ones of them
#
# New inputs are gathered in PROGRAM.found, so that the next run goes on from there; the corpus is not changed. Prints for each harness how
# often it ran, how many edges of the code it reached, and how many inputs are worth keeping. Exit status 1 when there is a finding.

set -u

corpus=$(dirname "$0")/corpus

# fuzz SECONDS PROGRAM: one harness; its words go to PROGRAM.log, a finding to PROGRAM.finding-*.
fuzz() {
	name=${2##*/fuzz_}
	dictionary=$corpus/../$name.dict
	mkdir -p "$2.found"
	set -- "$@" -max_total_time="$1" -timeout=20 -print_final_stats=1 -artifact_prefix="$2.finding-" -max_len=12288 -verbosity=1
	[ ! -f "$dictionary" ] || set -- "$@" -dict="$dictionary"
	program=$2
	shift 2
	set -- "$@" "$program.found" "$corpus/$name" # new inputs go to the first
	[ "$name" != config ] || set -- "$@" "$corpus/../../golden/config"
	if "$program" "$@" >"$program.log" 2>&1; then
		verdict='no finding'
	else
		verdict="FINDING: $(sed -n 's/.*Test unit written to //p' "$program.log")"
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$program.log")
	last=$(grep ' cov: ' "$program.log" | tail -n 1)
	printf '%-12s %10s runs  %5s edges  %5s inputs  %s\n' "$name" "${runs:-?}" "$(field cov "$last")" "$(field corp "$last")" "$verdict"
}

# field NAME LINE: of libFuzzer's "#1234 DONE cov: 12 ft: 34 corp: 5/6b".
field() {
	printf '%s\n' "$2" | sed -n "s/.* $1: \([0-9]*\).*/\1/p"
}

case ${1:-} in
--one)
	fuzz "$2" "$3"
	;;
--keep)
	name=${2##*/fuzz_}
	"$2" -set_cover_merge=1 -use_counters=0 -use_cmp=0 "$corpus/$name" "$2.found"
	;;
*)
	seconds=$1
	shift
	summary=$(dirname "$1")/summary
	printf '%s\n' "$@" | xargs -P 2 -n 1 "$0" --one "$seconds" | tee "$summary"
	if [ "$(grep -c 'no finding$' "$summary")" -ne $# ]; then
		echo 'there are findings; run PROGRAM FILE to see one, put FILE into tests/fuzz/corpus when it is mended'
		exit 1
	fi
	;;
esac
