#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What ../prepare.sh is for this machine's architecture, for others: Debian's kernel and busybox of that architecture, an initramfs made by
# hand (initramfs/plain), and a small root with busybox.
#
#   prepare.sh aarch64|armv7|riscv64
#
# Prints three paths, of kernel, initramfs and file system. Packages come by apt, with lists and settings of its own: the machine's stay as
# they are.

set -eu
arch=$1
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../../.." && pwd)
boot=${KUBELET_BOOTSTRAP_CACHE:-$HOME/.cache/kubelet-bootstrap}/boot
modules='virtio_mmio virtio_blk virtio_net ext4'
case $arch in
aarch64) debian=arm64 flavour=arm64 release=bookworm modules="$modules rtc-pl031 qemu_fw_cfg" ;;
armv7) debian=armhf flavour=armmp release=bookworm modules="$modules rtc-pl031" ;; # that kernel has no qemu_fw_cfg
riscv64) debian=riscv64 flavour=riscv64 release=trixie modules="$modules rtc-goldfish" ;; # Debian 12 has no riscv64
*) exit 64 ;;
esac
# shellcheck disable=SC1091 # looked at by itself
. "$repository/platform/targets/mirror.sh"

# apt COMMAND...: apt-get or apt-cache of that architecture
apt() {
	command=$1
	shift
	"$command" -qq -o APT::Architecture="$debian" -o APT::Architectures="$debian" -o Dir::Etc::sourcelist="$work/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State="$work" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" \
		-o APT::Sandbox::User=root "$@"
}

unpack_packages() {
	mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/unpacked"
	: >"$work/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${DEBIAN_MIRROR:-$(machine_mirror)} $release main" >"$work/sources.list"
	apt apt-get update
	kernel=$(apt apt-cache depends "linux-image-$flavour" | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1)
	echo "prepare: unpacking $kernel" >&2
	(cd "$work/debs" && apt apt-get download "$kernel" busybox-static)
	for deb in "$work"/debs/*.deb; do
		dpkg-deb -x "$deb" "$work/unpacked"
	done
	for folder in bin lib; do # Debian 13 has them below usr only
		[ -e "$work/unpacked/$folder" ] || ln -s "usr/$folder" "$work/unpacked/$folder"
	done
	version=$(basename "$(echo "$work"/unpacked/lib/modules/*)")
	depmod -b "$work/unpacked" "$version"
}

# Each module behind those that it needs.
add_modules() {
	for name in $modules; do
		modprobe -d "$work/unpacked" --set-version "$version" --show-depends "$name"
	done | sed -n 's/^insmod //p' | awk '!seen[$1]++' | while read -r file; do
		name=$(basename "$file" .xz)
		case $file in
		*.xz) xz -dc "$file" >"$1/modules/$name" ;;
		*) cp "$file" "$1/modules/" ;;
		esac
		echo "$name" >>"$1/modules/order"
	done
}

make_initramfs() {
	tree=$work/initramfs
	mkdir -p "$tree/bin" "$tree/modules" "$tree/usr/lib/kubelet-bootstrap"
	add_modules "$tree"
	cp "$work/unpacked/bin/busybox" "$tree/bin/"
	cp "$repository/initramfs/plain/init" "$tree/init"
	cp "$repository/initramfs/kubelet-bootstrap-initramfs" "$tree/usr/lib/kubelet-bootstrap/"
	(cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$1"
}

make_root() {
	tree=$work/root
	mkdir -p "$tree/bin" "$tree/sbin" "$tree/usr/sbin" "$tree/etc" "$tree/root" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/run" "$tree/var/lib"
	cp "$work/unpacked/bin/busybox" "$tree/bin/"
	for name in sh cat mount poweroff; do
		ln -s busybox "$tree/bin/$name"
	done
	cp "$here/init" "$tree/sbin/init"
	find "$repository/tests/boot/root" -name report -exec cp {} "$tree/usr/sbin/" \;
	mke2fs -q -t ext4 -L node -d "$tree" "$1" 64M >&2
}

mkdir -p "$boot"
exec 9>"$boot/lock"
flock 9
hash=$(cd "$repository" &&
	find initramfs/plain initramfs/kubelet-bootstrap-initramfs tests/boot/foreign tests/boot/root -type f -exec sha256sum {} + | sort |
	sha256sum | cut -c 1-12)
made=$boot/$arch-$hash
[ -d "$made" ] || {
	work=$boot/$arch.new
	rm -rf "$work" && mkdir "$work" "$work/made"
	unpack_packages
	cp "$work/unpacked/boot"/vmlinu?-"$version" "$work/made/kernel"
	make_initramfs "$work/made/initramfs"
	make_root "$work/made/root"
	find "$boot" -maxdepth 1 -name "$arch-????????????" -mtime +0 -exec rm -rf {} +
	mv "$work/made" "$made"
	rm -rf "$work"
}
printf '%s\n' "$made/kernel" "$made/initramfs" "$made/root"
