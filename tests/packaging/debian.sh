# SPDX-License-Identifier: Apache-2.0
#
# Sourced by run.sh: the Debian packages, in a Debian of their own with systemd and initramfs-tools.

debian=$cache/boot/debian-packages
deb=$folder/deb

# shellcheck disable=SC1091 # looked at by itself
. platform/targets/mirror.sh

make_debian() {
	[ ! -d "$debian" ] || return 0
	rm -rf --one-file-system "$debian.new" # what was interrupted: mmdebstrap wants an empty folder
	mkdir -p "$cache/boot"
	mirror=${DEBIAN_MIRROR:-$(machine_mirror)}
	mmdebstrap --quiet --variant=minbase --mode=root --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' --include=systemd,initramfs-tools \
		bookworm "$debian.new" ${mirror:+"$mirror"} && mv "$debian.new" "$debian"
}

# Runs inside that Debian; what it changes is gone afterwards.
# shellcheck disable=SC2016 # expanded by the inner shell
in_debian() {
	unshare --mount --net --propagation private sh -euc '
		mount -t tmpfs tmpfs "$1"
		mkdir "$1/upper" "$1/work" "$1/root"
		mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
		mount -t proc proc "$1/root/proc"
		mkdir "$1/root/debs"
		cp "$3"/*.deb "$4" "$1/root/debs/"
		exec chroot "$1/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh /debs/inside.sh "$5"
	' sh "$folder/root" "$debian" "$deb" tests/packaging/inside.sh "$1" 2>&1
}

verdict 'dpkg-buildpackage builds both packages' "$(log make --no-print-directory deb && cp -R build/deb "$deb")"
verdict 'a second build, in another folder, gives the same packages' "$(log "$packaging/build-deb" "$folder/again"
	for file in "$deb"/*.deb; do cmp "$file" "$folder/again/${file##*/}" 2>&1; done)"
verdict 'lintian has nothing to say' "$(lintian --allow-root -EI --pedantic --tag-display-limit 0 --fail-on none "$deb"/*.changes 2>&1)"
verdict 'the program in the package is the one that make builds' "$(
	dpkg-deb --fsys-tarfile "$deb"/kubelet-bootstrap_*.deb | tar -xOf - ./usr/sbin/kubelet-bootstrap | wc -c >"$folder/size"
	wc -c <build/x86_64/kubelet-bootstrap | diff - "$folder/size")"
verdict 'no maintainer script starts, stops or enables anything' "$(
	for file in "$deb"/*.deb; do
		dpkg-deb -e "$file" "$folder/scripts" && find "$folder/scripts" -name 'p*' -exec \
			grep -nE 'deb-systemd|invoke-rc|systemctl +[^-]|systemctl.* (start|stop|restart|enable)' {} +
		rm -rf "$folder/scripts"
	done)"

mkdir -p "$folder/root"
if [ "$(id -u)" -ne 0 ]; then
	skip 'installing the packages: needs root'
elif ! make_debian >&2; then
	skip 'installing the packages: mmdebstrap made no Debian'
else
	while read -r test what; do
		verdict "$what" "$(in_debian "$test" || echo "exit status $?")"
	done <<-END
		installs the packages install, are whole, have no configuration files, and systemd likes the unit
		starts_nothing install, upgrade and purge ask systemd to look again, and for nothing else
		makes_an_image mkinitramfs takes the program and its configuration into an image that only root can read
		remove_keeps removing the packages keeps a node's certificate and configuration
		purge_keeps_a_node purging the packages keeps a node's certificate and configuration
		purge_leaves_nothing purging the packages leaves nothing where no node came into being
	END
fi
