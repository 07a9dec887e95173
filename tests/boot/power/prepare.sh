#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes what the guests of the power cuts need, as root, and keeps it in $KUBELET_BOOTSTRAP_CACHE/boot: Debian's general kernel, which has
# every file system and a flash that is not there (unpacked, not installed, and not compressed: qemu starts an ELF file by its PVH entry,
# and a guest without acceleration needs seconds to unpack it), and an initramfs with busybox, the modules and a few tools.
#
# Prints the two paths. The program under test and what a guest is to do (*.sh beside this file) are put on top for each boot.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
boot=${KUBELET_BOOTSTRAP_CACHE:-$HOME/.cache/kubelet-bootstrap}/boot
# The soft dependencies are there, too: f2fs asks for crc32, ubifs for zstd, and says no more than that there is no such device.
modules='virtio_pci virtio_blk virtio_net loop ext4 overlay xfs btrfs f2fs crc32_generic crc32c_generic vfat nls_cp437 nls_ascii nls_utf8
nls_iso8859-1 zstd lzo deflate ubifs nandsim'

# uncompressed BZIMAGE: the kernel in it. Where that lies stands in the header (Documentation/arch/x86/boot.rst: setup_sects, payload_*).
uncompressed() {
	set -- "$1" $((($(od -An -tu1 -j497 -N1 "$1") + 1) * 512 + $(od -An -tu4 -j584 -N4 "$1"))) "$(od -An -tu4 -j588 -N4 "$1")"
	tail -c +$(($2 + 1)) "$1" | head -c "$3" | xz -dc --single-stream
}

# A package that was unpacked has no modules.dep, and busybox's modprobe lives by it.
with_modules() {
	busybox depmod -b kernel "$version"
	for name in $modules; do
		echo "$name" | tr - _
	done >wanted
	awk -F: '
		{ name = $1; sub(/.*\//, "", name); sub(/\.ko$/, "", name); gsub(/-/, "_", name); path[name] = $1; needs[$1] = $2 }
		END { while ((getline name < "wanted") > 0) if (name in path) print path[name] needs[path[name]] }
	' "kernel/lib/modules/$version/modules.dep" | tr ' ' '\n' | sort -u | while read -r file; do
		[ -z "$file" ] || (cd "kernel/lib/modules/$version" && cp --parents "$file" "$1/lib/modules/$version/")
	done
	busybox depmod -b "$1" "$version"
}

# Those of mtd-utils, for busybox has few of them, and a dd that keeps to O_DIRECT: busybox's does without when its buffer is not aligned.
with_tools() {
	cp /bin/busybox "$1/bin/"
	for tool in ubiattach ubidetach ubimkvol; do
		cp "$(command -v "$tool")" "$1/sbin/"
	done
	cp /bin/dd "$1/sbin/direct-dd"
	ldd "$1/sbin/ubiattach" "$1/sbin/ubimkvol" "$1/sbin/direct-dd" | grep -o '/[^ :]*' | sort -u | while read -r file; do
		[ ! -f "$file" ] || [ "${file#"$1"}" != "$file" ] || cp --parents -L "$file" "$1/"
	done
}

make_all() {
	"$here/../debian-kernel" linux-image-amd64 kernel
	version=$(basename "$(echo kernel/lib/modules/*)")
	mkdir -p tree/bin tree/sbin tree/dev tree/proc tree/sys tree/tmp tree/mnt "tree/lib/modules/$version"
	with_modules "$PWD/tree"
	with_tools "$PWD/tree"
	(cd tree && find . | cpio --quiet -o -H newc -R 0:0) >"$1/initramfs"
	uncompressed "$(echo kernel/boot/vmlinuz-*)" >"$1/vmlinux"
}

mkdir -p "$boot"
exec 9>"$boot/lock.power"
flock 9
made=$boot/power-$(sha256sum <"$here/prepare.sh" | cut -c 1-12)
if [ ! -d "$made" ]; then
	find "$boot" -maxdepth 1 -name 'power[-.]*' -mtime +0 -exec rm -rf {} + # not at once: another working tree may use another version
	work=$(mktemp -d "$boot/power.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir "$work/made"
	cd "$work"
	make_all "$work/made"
	mv "$work/made" "$made"
fi
printf '%s\n' "$made/vmlinux" "$made/initramfs"
