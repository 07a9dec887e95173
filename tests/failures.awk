# SPDX-License-Identifier: Apache-2.0
#
# What the failed tests of a `go test -v` said, and no word of the others: their output may be megabytes, and where a log is cut it is the
# end of it that stays.
#
# Lines of a test follow its "=== RUN", "=== CONT" or "=== NAME"; its verdict, "--- FAIL: NAME (TIME)", comes after them. A panic, a data
# race and what is printed outside of every test have no such frame: they are shown from their first line to the end of their package.

/^=== (RUN|CONT|NAME) / { test = $3; next }
/^=== /                 { next }
/^ *--- FAIL: /         { print; printf "%s", said[$3]; delete said[$3]; next }
/^ *--- (PASS|SKIP): /  { delete said[$3]; next }
/^(panic:|fatal error:|WARNING: DATA RACE)/ { loud = 1 }
/^FAIL\t/               { print }
/^(ok|FAIL)\t/          { loud = 0 }
loud                    { print; next }
test != ""              { said[test] = said[test] $0 "\n" }
