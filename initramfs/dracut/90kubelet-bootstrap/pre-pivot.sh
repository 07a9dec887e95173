#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by dracut without systemd, which has brought the network up before it mounted the root (rd.neednet=1).

/usr/lib/kubelet-bootstrap/kubelet-bootstrap-initramfs "$NEWROOT" || die 'kubelet-bootstrap: this node has no valid certificate'
