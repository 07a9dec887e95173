# SPDX-License-Identifier: Apache-2.0
#
# Sourced by run.sh: the system extension, merged by this machine's systemd-sysext in a mount namespace of its own.

sysext=$folder/sysext

# merged FILE|DIRECTORY: what is wrong with it when it is merged and unmerged again
# shellcheck disable=SC2016 # expanded by the inner shell
merged() {
	unshare --mount sh -uc '
		# Its own group of mounts: systemd-sysext counts on propagation, and nothing of it may reach the machine.
		mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount --make-rshared / || exit 1
		mkdir /run/extensions
		cp -R "$1" /run/extensions/
		systemd-sysext merge >/run/log 2>&1 || cat /run/log
		[ "$(/usr/sbin/kubelet-bootstrap --version 2>&1)" = "kubelet-bootstrap $2" ] || echo "the program of the extension does not run"
		for file in kubelet-bootstrap.service kubelet.service.d/10-kubelet-bootstrap.conf; do
			[ -f "/usr/lib/systemd/system/$file" ] || echo "$file is not there"
		done
		systemd-analyze verify --man=no kubelet-bootstrap.service 2>&1 | grep kubelet-bootstrap
		systemd-sysext unmerge >/run/log 2>&1 || cat /run/log
		[ ! -e "$3" ] || cmp "$3" /usr/sbin/kubelet-bootstrap
		[ -e "$3" ] || [ ! -e /usr/sbin/kubelet-bootstrap ] || echo "the program is there still"
	' sh "$1" "$(sed -n 's/^VERSION = //p' Makefile)" "$sysext/before" 2>&1
}

mkdir -p "$sysext/again"
[ ! -e /usr/sbin/kubelet-bootstrap ] || cp /usr/sbin/kubelet-bootstrap "$sysext/before"
verdict 'sysext: two builds give the same image' "$(log "$packaging/sysext/build" "$sysext/kubelet-bootstrap.raw"
	log "$packaging/sysext/build" "$sysext/again/kubelet-bootstrap.raw"
	cmp "$sysext/kubelet-bootstrap.raw" "$sysext/again/kubelet-bootstrap.raw" 2>&1)"
verdict 'sysext: a folder is built, too' "$(log "$packaging/sysext/build" "$sysext/kubelet-bootstrap")"
if [ "$(id -u)" -ne 0 ]; then
	skip 'sysext: merging needs root'
else
	verdict 'sysext: systemd-sysext merges the image, the program runs, the unit is whole, and unmerging takes all away' \
		"$(merged "$sysext/kubelet-bootstrap.raw")"
	verdict 'sysext: the same goes for the folder' "$(merged "$sysext/kubelet-bootstrap")"
fi
