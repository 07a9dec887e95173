# SPDX-License-Identifier: Apache-2.0
#
# Sourced by run.sh: the functions of APKBUILD, with Debian's musl and without abuild.

alpine=$folder/alpine
mbedtls_archive=$(find "$cache/downloads" -name 'mbedtls_3.6.7.orig.tar.bz2' 2>/dev/null)
inih_archive=$(find "$cache/downloads" -name 'libinih_61.orig.tar.gz' 2>/dev/null)

# Unpacked as abuild does it.
# shellcheck disable=SC2016 # expanded by the inner shell
run_apkbuild() {
	mkdir -p "$alpine/src" "$alpine/pkg" && tar -C "$alpine/src" -xf "$("$packaging/source-archive" "$folder/archive")" &&
		tar -C "$alpine/src" -xf "$mbedtls_archive" && tar -C "$alpine/src" -xf "$inih_archive" &&
		cp "$packaging/alpine/kubelet-bootstrap.initd" "$alpine/src/" &&
		SOURCE_DATE_EPOCH=1764000000 CARCH=x86_64 CC=musl-gcc srcdir=$alpine/src pkgdir=$alpine/pkg dash -euc '
			make() { command make -j2 "$@" MUSL_LIB=/usr/lib/x86_64-linux-musl; }
			. "$1"
			cd "$srcdir/$pkgname-$pkgver"
			build
			cd "$srcdir/$pkgname-$pkgver"
			package
			"$pkgdir/usr/sbin/kubelet-bootstrap" --version
		' sh "$PWD/$packaging/alpine/APKBUILD"
}

if [ -z "$mbedtls_archive" ] || [ -z "$inih_archive" ]; then
	skip 'what the packages say about Mbed TLS and inih: their archives are not in the cache (deps.sh sources)'
else
	verdict 'Alpine: build and package of APKBUILD give a program that runs' "$(log run_apkbuild)"
	verdict 'Alpine: the package holds the program, its manual and a start script, and nothing of systemd' "$(
		(cd "$alpine/pkg" && find . ! -type d | sort) | diff - tests/packaging/alpine.files)"
	verdict 'Alpine: the checksums are those of the archives' "$(
		for file in "$mbedtls_archive" "$inih_archive"; do
			sum=$(sha512sum "$file")
			grep -q "^${sum%% *}  " "$packaging/alpine/APKBUILD" || echo "not that of $file"
		done)"
	verdict 'Alpine: the start script is shell' "$(dash -n "$packaging/alpine/kubelet-bootstrap.initd" 2>&1)"
fi
