#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the program over wrong configurations and command lines, and compares what it says with what it said when somebody looked.
#
#   run.sh [--update] PROGRAM
#
# With EMULATOR set, the program is run by that: one of another architecture.
#
# config/NAME.ini is a configuration, command/NAME.args a command line (one argument on a line). NAME.expected beside it holds standard
# output, standard error with "! " in front of each line, and "exit STATUS". --update writes these files anew: look at git diff. root/ is
# what a configuration may name.
#
# Exit status: 0, or 1 when one differs or there are none.

set -u

update=no
if [ "${1:-}" = --update ]; then
	update=yes
	shift
fi
[ $# -eq 1 ] || { echo 'usage: run.sh [--update] PROGRAM' >&2; exit 64; }
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Copies that nobody else may read: the modes of a clone are those of whoever made it.
(umask 077 && cp -R config command root "$scratch")
chmod -R go-rwx "$scratch"
passed=0
failed=0

# said ARGUMENT...: run the program, print what it says. Nothing of this machine is in the way: all paths lie below a root, which is
# called ROOT.
said() {
	(cd "$scratch" && ${EMULATOR-} "$program" "$@") >"$scratch/out" 2>"$scratch/err"
	end=$?
	sed "s|$scratch/root|ROOT|g" "$scratch/out"
	sed "s|$scratch/root|ROOT|g; s/^/! /" "$scratch/err"
	echo "exit $end"
}

compare() {
	if [ "$update" = yes ]; then
		cp "$scratch/got" "$1.expected"
	fi
	if diff -u "$1.expected" "$scratch/got"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

for ini in config/*.ini; do
	said --config "$ini" --root "$scratch/root" --check >"$scratch/got"
	compare "${ini%.ini}"
done
for args in command/*.args; do
	set --
	while IFS= read -r arg; do
		set -- "$@" "$arg"
	done <"$args"
	said "$@" >"$scratch/got"
	compare "${args%.args}"
done
echo "golden: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
