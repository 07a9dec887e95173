#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Brings what building and testing needs, and does nothing when it is all there. Called by `make deps`.
#
#   deps.sh [build] [packages] [sources] [cross] [containerd] [boot] [riscv64] [packaging]      (no argument: all but build and riscv64)
#
#   build       Debian packages: what building for x86_64 takes
#   packages    Debian packages: what building for every target and testing takes
#               (missing packages are installed as root; otherwise the command is printed)
#   sources     Mbed TLS and inih, as upstream released them
#   cross       musl for the other targets, and the sources of cmocka and libyaml for their unit tests
#   containerd  containerd and runc, unpacked for the tests with a real kubelet, not installed
#   boot        Debian packages: what make boot and make powercut take besides
#   riscv64     Debian packages: the emulator that make boot-full takes besides
#   packaging   Debian packages: what make deb and make packages take besides
#
# Everything but the packages goes into one cache folder; the machine's own apt settings and lists are left alone.
#
#   KUBELET_BOOTSTRAP_CACHE    the cache folder                    (~/.cache/kubelet-bootstrap)
#   MBEDTLS_SRC, INIH_SRC, CMOCKA_SRC, YAML_SRC
#                              a tree of yours: that library is not fetched
#   DEBIAN_MIRROR              a Debian mirror, URL up to /debian  (the one that apt on this machine uses)
#
# Sources and musl are taken by exact name from the mirror's pool and checked against the SHA-256 below, so that they neither depend on
# what a suite holds today nor on the mirror.

# The parts are called as conditions, where `set -e` is off: what may fail in them says `|| return 1`.
# shellcheck disable=SC2317 # and by name, deps_*
set -eu
umask 022

CACHE=${KUBELET_BOOTSTRAP_CACHE:-${HOME:?HOME is not set: set KUBELET_BOOTSTRAP_CACHE}/.cache/kubelet-bootstrap}
HERE=$(cd "$(dirname "$0")" && pwd)

# version, SHA-256, file in the pool; newest first. The hashes are also those of the upstream release files.
MBEDTLS_VERSIONS='
3.6.7 a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6 pool/main/m/mbedtls/mbedtls_3.6.7.orig.tar.bz2
3.6.6 8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a pool/main/m/mbedtls/mbedtls_3.6.6.orig.tar.bz2
'
INIH_VERSIONS='
r61 7caf26a2202a4ca689df3fe4175dfa74e0faa18fcca07331bba934fd0ecb8f12 pool/main/libi/libinih/libinih_61.orig.tar.gz
r59 062279922805f5e9a369551a08d5ddb506140fe50774183ffdbb7c22bb97e3f4 pool/main/libi/libinih/libinih_59.orig.tar.gz
'
CMOCKA_VERSIONS='
1.1.7 810570eb0b8d64804331f82b29ff47c790ce9cd6b163e98d47a4807047ecad82 pool/main/c/cmocka/cmocka_1.1.7.orig.tar.xz
1.1.5 f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6 pool/main/c/cmocka/cmocka_1.1.5.orig.tar.xz
'
YAML_VERSIONS='
0.2.5 fa240dbf262be053f3898006d502d514936c818e422afdcf33921c63bed9bf2e pool/main/liby/libyaml/libyaml_0.2.5.orig.tar.gz
'
# target, folder of the files in the package, SHA-256, file in the pool. Debian 12 has no riscv64.
MUSL_VERSIONS='
aarch64 aarch64-linux-musl 55c2ca4bc3041c8ed8ac7dc3ef6080d9551a21650568b2fd7610b59eaf98a4f4 pool/main/m/musl/musl-dev_1.2.3-1_arm64.deb
armv7 arm-linux-musleabihf 3a9dbb8ae66716f117dce87558fb47a161db0eebf0700cc6bf84ef6871ce7d38 pool/main/m/musl/musl-dev_1.2.3-1_armhf.deb
riscv64 riscv64-linux-musl 1666931c146dd7fec5902c7ecfbf0c8566528362c922a1cfa4ed91c6d3bc97ce pool/main/m/musl/musl-dev_1.2.5-3.1~deb13u1_riscv64.deb
'

say() { printf 'deps: %s\n' "$*"; }
complain() { printf 'deps: %s\n' "$*" >&2; }
die() { complain "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# shellcheck disable=SC1091 # looked at by itself
. "$HERE/mirror.sh"

# The one place for temporary files; gone on every way out.
SCRATCH=
trap '[ -z "$SCRATCH" ] || rm -rf "$SCRATCH"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
scratch() {
	[ -n "$SCRATCH" ] || { mkdir -p "$CACHE"; SCRATCH=$(mktemp -d "$CACHE/.deps.XXXXXX"); }
}

has_sha256() { [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]; }

# download URL FILE: with what the machine has; apt's own helper is there where neither curl nor wget is.
download() {
	if [ -x /usr/lib/apt/apt-helper ]; then
		/usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
			-o Acquire::https::Timeout=20 download-file "$1" "$2" >/dev/null 2>"$SCRATCH/why"
	elif have curl; then
		curl -fsSL --connect-timeout 20 --retry 1 -o "$2" "$1" 2>"$SCRATCH/why"
	elif have wget; then
		wget -q -T 20 -O "$2" "$1" 2>"$SCRATCH/why"
	else
		die 'cannot download anything: apt, curl or wget is needed'
	fi
}

# fetch POOL_FILE SHA256: put it into $CACHE/downloads. Fails, having said why, when the mirror does not serve it.
fetch() {
	name=${1##*/}
	if [ -f "$CACHE/downloads/$name" ] && has_sha256 "$CACHE/downloads/$name" "$2"; then
		return 0
	fi
	base=${DEBIAN_MIRROR:-$(machine_mirror)}
	if [ -z "$base" ]; then
		complain "cannot download $name: no Debian mirror is known; set DEBIAN_MIRROR"
		return 1
	fi
	scratch
	rm -f "$SCRATCH/$name"
	if ! download "$base/$1" "$SCRATCH/$name" || [ ! -f "$SCRATCH/$name" ]; then
		complain "cannot download $base/$1: $(sed -n '1s/^E: Failed to fetch [^ ]* *//; 1p' "$SCRATCH/why")"
	elif ! has_sha256 "$SCRATCH/$name" "$2"; then
		complain "cannot use $base/$1: SHA-256 is $(sha256sum "$SCRATCH/$name" | cut -d ' ' -f 1), must be $2"
	else
		mkdir -p "$CACHE/downloads" && mv "$SCRATCH/$name" "$CACHE/downloads/$name"
		return
	fi
	return 1
}

# unpack_tar FILE DIRECTORY: without the top folder. The kind is named, since not every tar finds out.
unpack_tar() {
	case $1 in
	*.bz2) kind=j ;;
	*.xz) kind=J ;;
	*) kind=z ;;
	esac
	mkdir "$2" && tar "-x${kind}f" "$1" -C "$2" --strip-components=1
}

# publish DIRECTORY DESTINATION: a destination that exists is complete, also when two of these scripts run at once.
publish() {
	mkdir -p "$(dirname "$2")"
	[ -e "$2" ] || mv "$1" "$2"
}

# source_tree NAME VARIABLE VERSIONS: $CACHE/sources/NAME becomes a link to the newest version that can be had.
source_tree() {
	library=$1
	while read -r version sum file; do
		[ -n "$version" ] || continue
		tree=$CACHE/sources/$library-$version
		if [ ! -d "$tree" ]; then
			fetch "$file" "$sum" || continue
			scratch
			unpack_tar "$CACHE/downloads/${file##*/}" "$SCRATCH/$library-$version" || return 1
			publish "$SCRATCH/$library-$version" "$tree" || return 1
			say "$library $version unpacked into $tree"
		fi
		ln -sfn "$library-$version" "$CACHE/sources/$library"
		return 0
	done <<-EOF
		$3
	EOF
	complain "cannot find $library: no known version is served any more."
	complain "Take an upstream release (its SHA-256 is in $0), unpack it, and set $2=/path/to/the/tree."
	return 1
}

deps_sources() {
	failed=0
	[ -n "${MBEDTLS_SRC:-}" ] || source_tree mbedtls MBEDTLS_SRC "$MBEDTLS_VERSIONS" || failed=1
	[ -n "${INIH_SRC:-}" ] || source_tree inih INIH_SRC "$INIH_VERSIONS" || failed=1
	return "$failed"
}

# unpack_deb FILE DIRECTORY
unpack_deb() {
	if have dpkg-deb; then
		dpkg-deb -x "$1" "$2"
	else
		have ar || die 'cannot unpack a Debian package: dpkg or ar (binutils) is needed'
		mkdir "$2.ar"
		(cd "$2.ar" && ar x "$1") || return 1
		tar -xf "$2.ar"/data.tar.* -C "$2"
	fi
}

# The compilers are Debian's for glibc; the specs of the musl package turn them towards musl, once their paths fit.
deps_cross() {
	failed=0
	[ -n "${CMOCKA_SRC:-}" ] || source_tree cmocka CMOCKA_SRC "$CMOCKA_VERSIONS" || failed=1
	[ -n "${YAML_SRC:-}" ] || source_tree yaml YAML_SRC "$YAML_VERSIONS" || failed=1
	while read -r target triplet sum file; do
		[ -n "$target" ] || continue
		tree=$CACHE/musl/$target
		[ ! -d "$tree" ] || continue
		fetch "$file" "$sum" || { failed=1; continue; }
		scratch
		new=$SCRATCH/musl-$target
		mkdir "$new" || return 1
		unpack_deb "$CACHE/downloads/${file##*/}" "$new" || return 1
		ln -s "usr/lib/$triplet" "$new/lib"
		ln -s "usr/include/$triplet" "$new/include"
		sed "s#/usr/include/$triplet#$tree/include#g; s#/usr/lib/$triplet#$tree/lib#g" "$new/lib/musl-gcc.specs" >"$new/musl-gcc.specs" || return 1
		publish "$new" "$tree" || return 1
		say "musl for $target unpacked into $tree"
	done <<-EOF
		$MUSL_VERSIONS
	EOF
	[ "$failed" -eq 0 ] || complain 'The x86_64 build does not need these files. For the others: unpack musl-dev of that architecture (deps.sh shows how).'
	return "$failed"
}

deps_containerd() {
	tree=$CACHE/containerd
	[ ! -d "$tree" ] || return 0
	have apt-get || { complain 'containerd comes from a Debian package: apt-get is needed (tests that want it are left out)'; return 1; }
	scratch
	mkdir "$SCRATCH/debs" "$SCRATCH/containerd"
	[ "$(id -u)" -ne 0 ] || apt-get -q update >/dev/null || complain 'apt-get update failed; going on with the lists that are there'
	# libseccomp2 is the one library runc needs that a small system may not have.
	(cd "$SCRATCH/debs" && apt-get -qq -o APT::Sandbox::User=root download containerd runc libseccomp2) || return 1
	for deb in "$SCRATCH"/debs/*.deb; do
		unpack_deb "$deb" "$SCRATCH/containerd" || return 1
	done
	publish "$SCRATCH/containerd" "$tree" || return 1
	say "containerd and runc unpacked into $tree"
}

BUILD_PACKAGES='make gcc libc6-dev musl-tools bzip2 ca-certificates'
# llvm: the fuzzers' reports have names in place of addresses. e2fsprogs: chattr.
# systemd: to be booted by a test in namespaces; this machine goes on with the process 1 that it has.
PACKAGES="$BUILD_PACKAGES libcmocka-dev libyaml-dev clang llvm clang-format strace valgrind gdb openssl mount e2fsprogs shellcheck systemd tinyproxy-bin
xz-utils qemu-user gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-riscv64-linux-gnu"

# The sanitizers' run-time library carries clang's version in its name.
clang_runtime() {
	depends=$(dpkg-query -W -f '${Depends}' clang 2>/dev/null || apt-cache depends clang 2>/dev/null) || :
	version=$(printf '%s\n' "$depends" | sed -n 's/.*clang-\([0-9][0-9]*\).*/\1/p' | head -n 1)
	echo "libclang-rt-${version:-14}-dev"
}

missing_packages() {
	# shellcheck disable=SC2086 # one word for each package
	installed=$(dpkg-query -W -f '${Package} ${Status}\n' "$@" 2>/dev/null | sed -n 's/ install ok installed$//p')
	for package in "$@"; do
		printf '%s\n' "$installed" | grep -qxF -e "$package" || printf '%s ' "$package"
	done
}

deps_build() {
	# shellcheck disable=SC2086
	install_packages $BUILD_PACKAGES
}

deps_boot() {
	install_packages qemu-system-x86 qemu-system-arm kmod mmdebstrap cpio busybox-static e2fsprogs xz-utils \
		xfsprogs btrfs-progs f2fs-tools dosfstools mtd-utils # power cuts
}
deps_riscv64() { install_packages qemu-system-misc opensbi; }
deps_packaging() { install_packages git debhelper dpkg-dev pkgconf systemd lintian mmdebstrap squashfs-tools; }

deps_packages() {
	deps_go
	# shellcheck disable=SC2086
	install_packages $PACKAGES "$(clang_runtime)"
}

# install_packages NAME...: those that are missing.
install_packages() {
	if ! have apt-get || ! have dpkg-query; then
		complain "this is not a Debian system: please see to the equivalents of $*"
		return 1
	fi
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		complain 'packages are missing. Please run as root:'
		complain "  apt-get update && apt-get install --no-install-recommends $missing"
		return 1
	fi
	say "installing $missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q update || complain 'apt-get update failed; going on with the lists that are there'
	# shellcheck disable=SC2086 # one word for each package
	apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends $missing
}

# Only the tests with a control plane need Go, and Debian's is too old for them: a word, not a failure.
deps_go() {
	module=$HERE/../../tests/cluster/go.mod
	wanted=$(sed -n 's/^go //p' "$module" 2>/dev/null) || :
	[ -n "$wanted" ] || return 0
	if ! have go; then
		complain "go is missing: the tests with a real control plane and \`make demo\` need Go $wanted or newer"
		return 0
	fi
	found=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//')
	if [ "$(printf '%s\n%s\n' "$wanted" "${found:-0}" | sort -V | head -n 1)" != "$wanted" ]; then
		complain "go is version ${found:-unknown}: the tests with a real control plane and \`make demo\` need $wanted or newer"
	fi
}

case ${1:-} in
-h | --help)
	sed -n '4,26s/^# \{0,1\}//p' "$0"
	exit 0
	;;
esac
[ $# -gt 0 ] || set -- packages sources cross containerd boot packaging
for part in "$@"; do
	case $part in
	build | packages | sources | cross | containerd | boot | riscv64 | packaging) ;;
	*)
		complain "cannot bring \"$part\": must be build, packages, sources, cross, containerd, boot, riscv64 or packaging"
		exit 64
		;;
	esac
done
status=0
for part in "$@"; do
	"deps_$part" || { complain "$part: not complete"; status=1; }
done
exit "$status"
