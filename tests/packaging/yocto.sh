# SPDX-License-Identifier: Apache-2.0
#
# Sourced by run.sh: what can be said about the recipe without bitbake.

recipe=$(echo "$packaging"/yocto/*.bb)

verdict 'Yocto: the recipe is named after the version' "$(sed -n 's/^VERSION = //p' Makefile | grep -qx "$(basename "${recipe#*_}" .bb)" || echo "$recipe")"
verdict 'Yocto: every variable that the recipe gives to make is one of the Makefile' "$(
	sed -n "/^EXTRA_OEMAKE/,/^\"/s/.*/&/p" "$recipe" | grep -oE "\b[A-Z_]+=" | sort -u | while read -r variable; do
		grep -qE "(^|\()${variable%=}\b" Makefile platform/targets/*.mk || echo "$variable"
	done)"
if [ -n "$mbedtls_archive" ] && [ -n "$inih_archive" ]; then
	verdict 'Yocto: the checksums are those of the archives' "$(
		for file in "$mbedtls_archive" "$inih_archive"; do
			sum=$(sha256sum "$file")
			grep -q "sha256sum\] = \"${sum%% *}\"" "$recipe" || echo "not that of $file"
		done)"
fi
