# SPDX-License-Identifier: Apache-2.0
#
# Sourced by run.sh: the steps of Buildroot's package, without Buildroot.

buildroot=$folder/buildroot

run_buildroot() {
	mkdir -p "$buildroot/dl" "$buildroot/staging/usr" "$buildroot/target" && "$packaging/source-archive" "$buildroot/archive" &&
		cp "$mbedtls_archive" "$buildroot/dl/mbedtls-3.6.7.tar.bz2" && cp "$inih_archive" "$buildroot/dl/r61.tar.gz" &&
		ln -s /usr/lib/x86_64-linux-musl "$buildroot/staging/usr/lib" &&
		env -u MAKEFLAGS -u MFLAGS make -j2 -f tests/packaging/buildroot.mk "ROOT=$PWD" "BR=$buildroot" all
}

if [ -n "$mbedtls_archive" ] && [ -n "$inih_archive" ]; then
	verdict 'Buildroot: the steps of its package, with checked hashes, put program, manual and units into the target' "$(log run_buildroot
		(cd "$buildroot/target" && find . ! -type d | sort) | diff - tests/packaging/buildroot.files)"
	verdict 'Buildroot: what it built runs' "$(log "$buildroot/target/usr/sbin/kubelet-bootstrap" --version)"
fi
