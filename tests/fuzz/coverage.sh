#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sums up what gcov says.
#
#   coverage.sh FOLDER SOURCE...      (FOLDER/SOURCE.gcno and .gcda, made with gcc --coverage)
#
# Prints lines and branches for each file, the total without main.c, and where something was never reached: "FILE:LINE: never run" and
# "FILE:LINE: N of M branches never taken".

set -eu

folder=$1
shift
: >"$folder/gaps"
for source in "$@"; do
	gcov -b -c -t "$folder/${source%.c}.gcda" | awk -v file="$source" -v gaps="$folder/gaps" '
		function finish() {
			if (missed > 0) {
				printf "%s:%d: %d of %d branches never taken: %s\n", file, number, missed, of, text >>gaps
			}
			missed = of = 0
		}
		/^ *-: *0:Source:/ { inside = $0 ~ ":" file "$" }
		!inside { next }
		/^branch / {
			branches++
			of++
			if (/never executed/ || / taken 0/) { missed++ } else { taken++ }
			next
		}
		/^ *[0-9#=-][0-9#=*-]*: *[0-9]+:/ {
			split($0, part, ":")
			count = part[1]
			gsub(/[ *]/, "", count)
			if (part[2] + 0 > 0) {
				finish()
				number = part[2] + 0
				text = substr($0, length(part[1]) + length(part[2]) + 3)
				sub(/^[ \t]*/, "", text)
			}
			if (count ~ /^[#=]+$/) {
				lines++
				printf "%s:%d: never run: %s\n", file, number, text >>gaps
			} else if (count ~ /^[0-9]+$/) {
				lines++
				run++
			}
		}
		END {
			finish()
			print file, run + 0, lines + 0, taken + 0, branches + 0
		}'
done | awk '
	function row(name, run, lines, taken, branches) {
		printf "%-24s %5d of %5d lines %6.1f %%  %5d of %5d branches %6.1f %%\n", name, run, lines, lines ? 100 * run / lines : 100,
			taken, branches, branches ? 100 * taken / branches : 100
	}
	{ row($1, $2, $3, $4, $5) }
	$1 != "src/main.c" { run += $2; lines += $3; taken += $4; branches += $5 }
	END { row("all but main.c", run, lines, taken, branches) }'
cat "$folder/gaps"
