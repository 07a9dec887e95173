#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Run by debian.sh in a Debian with the packages in /debs. Prints what is wrong, and nothing else.
#
#   inside.sh TEST      one of the functions below

# shellcheck disable=SC2086 # one word for each package
set -eu
PACKAGES='kubelet-bootstrap kubelet-bootstrap-initramfs'

# Everything but what dpkg itself keeps, and what update-initramfs and ldconfig remake.
list() {
	find / -xdev \( -path /proc -o -path /debs -o -path /tmp -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \) -prune -o -printf '%p %M %u\n' | sort
}

apply() { "$@" >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }; }
install_both() { apply dpkg -i /debs/*.deb; }

make_node() {
	touch /var/lib/kubelet/pki/kubelet-client-2026-11-24-12-00-00.pem /etc/kubernetes/kubelet.conf /etc/kubernetes/kubelet-bootstrap.ini
	ln -s kubelet-client-2026-11-24-12-00-00.pem /var/lib/kubelet/pki/kubelet-client-current.pem
	find /var/lib/kubelet /etc/kubernetes | sort >/tmp/node
}
node_is_whole() { find /var/lib/kubelet /etc/kubernetes | sort | diff /tmp/node -; }

installs() {
	install_both
	kubelet-bootstrap --version >/dev/null
	for path in /var/lib/kubelet/pki /etc/kubernetes; do
		[ -d "$path" ] || echo "$path is missing"
	done
	dpkg --audit
	dpkg --verify $PACKAGES | grep -v '^missing .*/usr/share/\(doc\|man\)/' || :
	# Nothing that dpkg would ask about: what an administrator changes lies in /etc, and none of it is ours.
	dpkg-query -W -f '${Conffiles}' $PACKAGES
	systemd-analyze verify --man=no kubelet-bootstrap.service 2>&1 | grep kubelet-bootstrap || :
}

# A systemctl that writes down what it is asked.
starts_nothing() {
	mkdir -p /run/systemd/system
	printf '#!/bin/sh\necho "$*" >>/tmp/asked\n' >/usr/local/bin/systemctl
	chmod 755 /usr/local/bin/systemctl
	export PATH="/usr/local/bin:$PATH"
	install_both
	install_both # an upgrade
	apply dpkg --purge $PACKAGES
	grep -q . /tmp/asked || echo 'nobody told systemd to look again'
	grep -vx -e '--system daemon-reload' /tmp/asked || :
}

# The hook, as mkinitramfs runs it, and what its image holds. There is no kernel here, hence no modules.
makes_an_image() {
	mkdir -p /lib/modules/0-none
	echo CONFIG_RD_GZIP=y >/boot/config-0-none
	install_both
	echo '[cluster]' >/etc/kubernetes/kubelet-bootstrap.ini
	mkinitramfs -c gzip -o /tmp/image 0-none >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
	lsinitramfs /tmp/image >/tmp/content
	for path in usr/sbin/kubelet-bootstrap usr/lib/kubelet-bootstrap/kubelet-bootstrap-initramfs scripts/local-bottom/kubelet-bootstrap \
		etc/kubernetes/kubelet-bootstrap.ini; do
		grep -qx "$path" /tmp/content || echo "$path is not in the image"
	done
	[ "$(stat -c %a /tmp/image)" = 600 ] || echo 'the image, in which a token may be, can be read by all'
}

remove_keeps() {
	install_both
	make_node
	apply dpkg --remove $PACKAGES
	node_is_whole
}

purge_keeps_a_node() {
	install_both
	make_node
	apply dpkg --purge $PACKAGES
	node_is_whole
}

purge_leaves_nothing() {
	list >/tmp/before
	install_both
	apply dpkg --purge $PACKAGES
	list | diff /tmp/before - | grep '^[<>]' || :
}

"$1"
