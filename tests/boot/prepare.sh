#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes what the boot tests need, as root, and keeps it in $KUBELET_BOOTSTRAP_CACHE/boot: a Debian kernel (unpacked, not installed), for each
# kind an initramfs made by the real tool in a Debian of its own, and the file system of a node that was never booted, with kubelet and
# containerd.
#
#   prepare.sh dracut|dracut-legacy|selinux|initramfs-tools|plain|bare
#
#   dracut-legacy
#             that of dracut without systemd, and with dhclient for the network
#   selinux   that of dracut, and a root with a policy of SELinux, which has no labels yet
#   bare      the initramfs that initramfs-tools makes where kubelet-bootstrap is not installed
#   KUBELET   in the environment: the real kubelet, in a folder that is named after its release
#
# Prints three paths, of kernel, initramfs and file system. The initramfs holds no kubelet-bootstrap that counts: it is put on top for each
# boot. A run with all in place takes a second; the first one some minutes, most of them for two Debian systems of 200 MB.

set -eu
umask 022
kind=$1
repository=$(cd "$(dirname "$0")/../.." && pwd)
cache=${KUBELET_BOOTSTRAP_CACHE:-$HOME/.cache/kubelet-bootstrap}
boot=$cache/boot
release=bookworm
# What the guests have: virtio, and a token from the firmware.
modules='virtio_pci virtio_blk virtio_net ext4 qemu_fw_cfg'
# What systemd, containerd and kubelet ask for, and a power button.
root_modules="$modules overlay br_netfilter autofs4 configfs button evdev"

# shellcheck disable=SC1091 # looked at by itself
. "$repository/platform/targets/mirror.sh"

say() { printf 'prepare: %s\n' "$*" >&2; }

# debian FOLDER PACKAGES: a small Debian with these
debian() {
	[ "$(cat "$1.packages" 2>/dev/null)" != "$2" ] || return 0
	say "installing Debian $release into $1"
	rm -rf --one-file-system "$1.new" # what was interrupted: mmdebstrap wants an empty folder
	mirror=${DEBIAN_MIRROR:-$(machine_mirror)}
	mmdebstrap --quiet --variant=minbase --mode=root --aptopt='Apt::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="systemd,systemd-sysv,udev,dbus,iproute2,kmod,zstd,$2" "$release" "$1.new" ${mirror:+"$mirror"} >&2
	rm -rf --one-file-system "$1" "$1.packages" # had others
	mv "$1.new" "$1"
	echo "$2" >"$1.packages"
}

# inside FOLDER COMMAND...: chroot, with mounts that go when it ends
inside() {
	folder=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private sh -c \
		'mount -t proc proc "$0/proc" && mount -t sysfs sys "$0/sys" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' "$folder" "$@"
}

# with_kernel FOLDER: its modules and its configuration, which the tools look at
with_kernel() {
	[ -e "$1/boot/config-$version" ] || {
		cp -a kernel/lib/modules "$1/lib/"
		inside "$1" depmod "$version"
		cp kernel/boot/config-* "$1/boot/"
	}
}

without_ours() { find "$1/usr" -depth -name '*kubelet-bootstrap' -exec rm -rf {} +; }

# with_ours FOLDER: the files of initramfs/ as they are installed, and something in the program's place
with_ours() {
	without_ours "$1"
	"$repository/initramfs/install" "$kind" "$1"
	printf '#!/bin/sh\nexit 70\n' >"$1/usr/sbin/kubelet-bootstrap"
	chmod 755 "$1/usr/sbin/kubelet-bootstrap"
}

make_dracut() {
	with_kernel debian-dracut
	with_ours debian-dracut
	# What this machine cannot have is left out: half of the time.
	inside debian-dracut dracut --quiet --no-hostonly --no-hostonly-cmdline --force --add "kubelet-bootstrap $add" \
		--omit "crypt dm nvdimm virtiofs resume lunmask overlay-root multipath lvm mdraid qemu-net $omit" \
		--filesystems "ext4 xfs btrfs" --drivers "$modules" --compress zstd --kver "$version" /boot/made.img >&2
	mv debian-dracut/boot/made.img "$1"
}

make_initramfs_tools() {
	with_kernel debian-initramfs-tools
	with_ours debian-initramfs-tools
	mkinitramfs "$1"
}

make_bare() {
	with_kernel debian-initramfs-tools
	without_ours debian-initramfs-tools
	mkinitramfs "$1"
}

mkinitramfs() {
	tree=debian-initramfs-tools
	sed -i 's/^MODULES=.*/MODULES=list/' "$tree/etc/initramfs-tools/initramfs.conf"
	printf '%s\n' "$modules" | tr ' ' '\n' >"$tree/etc/initramfs-tools/modules"
	inside "$tree" mkinitramfs -o /boot/made.img "$version" >&2
	mv "$tree/boot/made.img" "$1"
}

# module_files NAMES: their paths, each behind those of the modules that it needs
module_files() {
	for name in $1; do
		inside debian-dracut modprobe --set-version "$version" --show-depends "$name"
	done | sed -n 's/^insmod //p'
}

make_plain() {
	with_kernel debian-dracut
	rm -rf plain && mkdir -p plain/bin plain/modules plain/usr/lib/kubelet-bootstrap
	module_files "$modules" | while read -r file; do
		grep -qx "${file##*/}" plain/modules/order 2>/dev/null || {
			cp "debian-dracut$file" plain/modules/
			echo "${file##*/}" >>plain/modules/order
		}
	done
	cp /bin/busybox plain/bin/
	cp "$repository/initramfs/plain/init" plain/init
	cp "$repository/initramfs/kubelet-bootstrap-initramfs" plain/usr/lib/kubelet-bootstrap/
	(cd plain && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$1"
}

make_root() { make_node debian-dracut "$1"; }

make_selinux_root() {
	debian debian-selinux procps,policycoreutils,selinux-policy-default
	make_node debian-selinux "$1"
}

# make_node FOLDER IMAGE: a node that was never booted. By itself it boots as far as kubelet; with systemd.unit=report.service it says what it
# finds, and switches itself off.
make_node() {
	debian debian-dracut dracut,dracut-network,procps
	with_kernel debian-dracut
	rm -rf node && mkdir node
	tar -C "$1" --exclude=./lib/modules --exclude=./usr/lib/modules --exclude=./boot --exclude=./var/lib/apt --exclude=./var/cache \
		--exclude=./usr/lib/dracut --exclude=./dev -cf - . | tar -C node -xf -
	mkdir -p node/dev node/boot node/usr/sbin
	rm -rf node/usr/sbin/kubelet-bootstrap node/etc/resolv.conf
	(cd node/etc/systemd/system && rm -rf timers.target.wants getty.target.wants multi-user.target.wants/e2scrub_reap.service)
	add_modules node
	add_kubelet node
	# Who has cloned with another umask has files that networkd, which is not root, cannot read.
	tar -C "$repository/tests/boot/root" --mode=u=rwX,go=rX --owner=0 --group=0 -cf - . | tar -C node --no-overwrite-dir -xf -
	inside node systemctl --quiet enable systemd-networkd containerd kubelet node-report >&2
	: >node/etc/machine-id # not "uninitialized": presets for all units take 7 s
	mke2fs -q -t ext4 -L node -d node "$2" 1G >&2
	rm -rf node
}

add_modules() {
	module_files "$root_modules" | sort -u | (cd debian-dracut && sed 's,^/,,' | xargs cp --parents -t "$boot/$1")
	cp debian-dracut/lib/modules/"$version"/modules.* "$1/lib/modules/$version/"
	inside "$1" depmod "$version"
}

add_kubelet() {
	[ -d "$cache/containerd" ] || "$repository/platform/targets/deps.sh" containerd >&2
	(cd "$cache/containerd" && tar -cf - --exclude=./usr/share --exclude=ctr --exclude=containerd-shim --exclude='*-v1' .) |
		tar -C "$1" --keep-directory-symlink -xf -
	mkdir -p "$1/etc/cni/net.d" # which containerd makes where it can
	cp "$KUBELET" "$1/usr/bin/kubelet"
}

# hash FILE...: of all of them, and of the release of kubelet
hash() { (cd "$repository" && find "$@" -type f -exec sha256sum {} + | sort && echo "${KUBELET%/*}") | sha256sum | cut -c 1-12; }

# made NAME FUNCTION FILE...: sets `path` to what FUNCTION made of these files of ours. Another working tree may still use what another
# version of it has made: that goes when it is a day old.
made() {
	what=$1 maker=$2
	shift 2
	path=$boot/$what-$(hash "$@" tests/boot/prepare.sh)
	[ -e "$path" ] || {
		say "making $path"
		find "$boot" -maxdepth 1 -name "$what-????????????" -mtime +0 -exec rm -f {} +
		"$maker" "$path.new"
		mv "$path.new" "$path"
	}
}

mkdir -p "$boot"
cd "$boot"
exec 9>lock
flock 9
[ -d kernel ] || "$repository/tests/boot/debian-kernel" linux-image-cloud-amd64 kernel
version=$(basename "$(echo kernel/lib/modules/*)")
if [ "$kind" = selinux ]; then
	kind=dracut
	made selinux-node make_selinux_root tests/boot/root
else
	made node make_root tests/boot/root
fi
root=$path
add='' omit=''
case $kind in
dracut | dracut-legacy)
	name=$kind
	[ "$kind" = dracut ] || { kind=dracut add=network-legacy omit=systemd; }
	debian debian-dracut dracut,dracut-network,procps
	made "$name" make_dracut initramfs/dracut initramfs/kubelet-bootstrap-initramfs initramfs/install
	;;
initramfs-tools)
	debian debian-initramfs-tools initramfs-tools,busybox
	made initramfs-tools make_initramfs_tools initramfs/initramfs-tools initramfs/kubelet-bootstrap-initramfs initramfs/install
	;;
bare)
	debian debian-initramfs-tools initramfs-tools,busybox
	made bare make_bare
	;;
plain) made plain make_plain initramfs/plain initramfs/kubelet-bootstrap-initramfs ;;
*) exit 64 ;;
esac
printf '%s\n' "$boot/kernel/boot/vmlinuz-$version" "$path" "$root"
