#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compiles every header by itself, with what its folder may include.
#
# Needs HOST_CC, SRC_INCLUDE, LINUX_INCLUDE and MBEDTLS_INCLUDE (see tests.mk). Prints "ok - HEADER" or "FAILED - HEADER" with the
# compiler's words. Exit status 1 when one does not stand alone.

set -u
status=0

for header in src/*.h platform/linux/*.h platform/mbedtls/*.h; do
	case $header in
	src/*) flags=$SRC_INCLUDE ;;
	platform/linux/*) flags=$LINUX_INCLUDE ;;
	*) flags=$MBEDTLS_INCLUDE ;;
	esac
	# The flags are those of a Makefile: words, some of them quoted for a shell.
	if words=$(eval "$HOST_CC -std=c11 -fsyntax-only -Wall -Wextra -Werror $flags -x c $header" 2>&1); then
		printf 'ok - %s stands alone\n' "$header"
	else
		printf 'FAILED - %s stands alone\n%s\n' "$header" "$words"
		status=1
	fi
done
exit "$status"
