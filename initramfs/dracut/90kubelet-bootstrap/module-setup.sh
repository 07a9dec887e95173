#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# dracut module: node identity for kubelet in the root that is about to be booted. Not in an image unless asked for
# (dracut --add kubelet-bootstrap).
# shellcheck disable=SC2154 # moddir, initdir, systemdsystemunitdir: dracut's

check() {
	require_binaries kubelet-bootstrap || return 1
	return 255
}

depends() {
	echo network
}

# For a token from the firmware.
installkernel() {
	hostonly='' instmods qemu_fw_cfg
}

install() {
	inst "$(find_binary kubelet-bootstrap)" /usr/sbin/kubelet-bootstrap
	inst_simple /usr/lib/kubelet-bootstrap/kubelet-bootstrap-initramfs
	inst_multiple mkdir mount readlink umount
	inst_multiple -o cat chroot timeout tr /etc/kubernetes/kubelet-bootstrap.ini /etc/credstore/kubelet-bootstrap.token
	if dracut_module_included systemd; then
		inst_simple "$moddir/kubelet-bootstrap-initramfs.service" "$systemdsystemunitdir/kubelet-bootstrap-initramfs.service"
		$SYSTEMCTL -q --root "$initdir" add-wants initrd.target kubelet-bootstrap-initramfs.service
		# A failure that is to stop the boot: what leads to the switch of the root would go on beside the emergency shell.
		$SYSTEMCTL -q --root "$initdir" add-requires initrd-cleanup.service kubelet-bootstrap-initramfs.service
	else
		inst_hook pre-pivot 50 "$moddir/pre-pivot.sh"
	fi
}
