#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What a second compiler and the formatters say about the sources.
#
#   style.sh      with WARN, LINUX_INCLUDE, MBEDTLS_INCLUDE, MAIN_INCLUDE, SRC_INCLUDE as in the Makefile
#
# Prints "ok - WHAT" or "FAILED - WHAT" for each check, with what it found. Exit status 1 when one found something.

set -u
. tests/verdict.sh

# warnings INCLUDE FILE...: what clang says. The options are words.
warnings() {
	include=$1
	shift
	eval "clang -std=c11 -fsyntax-only $WARN -Werror -DSOURCE_EPOCH=0 -DVERSION='\"\"' $include \"\$@\"" 2>&1
}

for tool in clang clang-format gofmt shellcheck; do
	command -v "$tool" >/dev/null || { echo "FAILED - $tool is there"; status=1; }
done
sources=$(find src -name '*.c' ! -name main.c)
verdict 'clang has no warning about src/' "$(warnings "$SRC_INCLUDE" $sources; warnings "$MAIN_INCLUDE" src/main.c)"
verdict 'clang has no warning about platform/linux' "$(warnings "$LINUX_INCLUDE" platform/linux/*.c)"
verdict 'clang has no warning about platform/mbedtls' "$(warnings "$MBEDTLS_INCLUDE" platform/mbedtls/*.c)"
verdict 'C files have the layout of .clang-format' "$(find src platform tests -name '*.[ch]' | xargs clang-format --dry-run 2>&1 | grep 'warning:')"
verdict 'Go files have the layout of gofmt' "$(gofmt -l tests)"
verdict 'go vet finds nothing' "$(cd tests/cluster && CGO_ENABLED=0 go vet ./... 2>&1 | grep -v '^go: downloading ')"
verdict 'shellcheck finds nothing in initramfs/, platform/, tests/boot and tests/packaging' "$(
	scripts=$(grep -lrE '^#!/bin/(ba|busybox )?sh' initramfs platform tests/boot tests/packaging)
	shellcheck tests/check.sh tests/targets.sh platform/targets/*.sh $scripts 2>&1
	shellcheck -s dash initramfs/mkinitcpio/hooks/* 2>&1)"

exit "$status"
