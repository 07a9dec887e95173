#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Proves the walls of the source tree from object files and includes.
#
#   purity.sh OBJECT...      (every file of src/ but main.c, compiled as written: nothing inlined)
#
# Prints "ok - WHAT" or "FAILED - WHAT" for each wall, with what stands in its way. Exit status 1 when one does not hold.

set -u
. tests/verdict.sh

if [ $# -eq 0 ]; then
	echo 'usage: purity.sh OBJECT...' >&2
	exit 64
fi

# Functions of the C library that read nothing but their arguments.
libc='memchr memcmp memcpy memmove memset strchr strcmp strlen strncmp strrchr'
allowed=$(echo "$libc ini_parse_string_length" | tr ' ' '\n'; nm --defined-only "$@" | sed -n 's/^[0-9a-f]* [TRDB] //p')
wanted=$(nm -A -u "$@" | sed 's/:  *U /: /')
offenders=$(printf '%s\n' "$wanted" | while read -r file symbol; do
	printf '%s\n' "$allowed" | grep -qxF -e "$symbol" || echo "  $file $symbol"
done)
verdict 'src/ calls no input, output, clock, allocation or crypto library' "$offenders"

verdict 'src/ has no variable that outlives a call' "$(nm -A "$@" | grep -E ' [bBdDC] ')"

verdict 'src/ includes no header of platform/, main.c apart' "$(grep -n '#include "' src/*.[ch] | grep -v '^src/main\.c:' |
	while IFS= read -r line; do
		header=$(printf '%s\n' "$line" | sed 's/.*"\(.*\)".*/\1/')
		[ -f "src/$header" ] || echo "  $line"
	done)"

verdict 'only platform/mbedtls includes headers of Mbed TLS' \
	"$(grep -rnE '#include *[<"](mbedtls|psa)/' src platform tests --include='*.[ch]' | grep -v '^platform/mbedtls/')"

exit "$status"
