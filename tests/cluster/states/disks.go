// SPDX-License-Identifier: Apache-2.0

package states

// The two folders, and the disks they are on.

const toReadOnly = `mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"`

const (
	fillUp  = `i=0; while touch "$0/ballast$i" 2>/dev/null; do i=$((i + 1)); done` // to the last inode
	noSpace = "No space left on device"
)

var folders = []State{
	{Name: "cert-dir is empty", Prepare: []Op{folder(CertDir)}, Action: NewCertificate},
	{Name: "the folder of kubelet.conf is missing", Prepare: and(aNode(whole(good)), remove(ConfDir)), Action: Repaired},
	{
		Name:    "the folder of kubelet.conf is a file",
		Prepare: and(aNode(whole(good)), remove(ConfDir), write(ConfDir, text("someone's"))),
		Action:  Refused, Says: "Not a directory", Repair: []Op{rename(ConfDir, ConfDir+".old")}, Then: Repaired,
	},
	{
		Name:    "the folder of kubelet.conf is a link",
		Prepare: and(aNode(whole(good)), rename(ConfDir, "srv"), link(ConfDir, "srv")),
	},
	{
		Name:    "the folder of kubelet.conf is a link that leads nowhere",
		Prepare: and(aNode(whole(good)), remove(ConfDir), link(ConfDir, "srv")),
		Action:  Refused, PassesCheck: true, Says: ConfDir, Repair: []Op{folder("srv")}, Then: Repaired,
	},
	{
		Name: "cert-dir is a file", Prepare: []Op{write(CertDir, text("someone's"))},
		Action: Refused, Says: "Not a directory", Repair: []Op{rename(CertDir, CertDir+".old")}, Then: NewCertificate,
	},
	{
		Name:    "cert-dir is a link to a folder",
		Prepare: []Op{folder("srv"), folder("var/lib/kubelet"), link(CertDir, "srv")}, Action: NewCertificate,
	},
	{
		Name:    "cert-dir is a link to a folder with all that is needed",
		Prepare: and(aNode(whole(good)), rename(CertDir, "srv"), link(CertDir, "srv")),
	},
	{
		Name: "cert-dir is a link that leads nowhere", Prepare: []Op{folder("var/lib/kubelet"), link(CertDir, "srv")},
		Action: Refused, PassesCheck: true, Says: CertDir, Repair: []Op{folder("srv")}, Then: NewCertificate,
	},
	{
		Name: "cert-dir cannot be changed, not even by root", Prepare: []Op{folder(CertDir), immutable(CertDir)},
		Action: Refused, PassesCheck: true, Says: CertDir, Repair: []Op{mutable(CertDir)}, Then: NewCertificate,
	},
	{
		Name:    "cert-dir cannot be changed, not even by root, and all is good",
		Prepare: and(aNode(whole(good)), immutable(CertDir)),
	},
}

var disks = []State{
	{
		Name: "cert-dir is on a file system of its own", Apart: true,
		Prepare: []Op{folder(CertDir), shell(`mount -t tmpfs tmpfs "$0"`)}, Action: NewCertificate,
	},
	{
		Name: "cert-dir is read-only", Apart: true, Prepare: []Op{folder(CertDir), shell(toReadOnly)},
		Action: Refused, PassesCheck: true, Says: "Read-only file system",
		Repair: []Op{shell(`mount -o remount,bind,rw "$0"`)}, Then: NewCertificate,
	},
	{
		Name: "cert-dir is read-only, and all is good", Apart: true, Prepare: and(aNode(whole(good)), shell(toReadOnly)),
	},
	{
		Name: "cert-dir is read-only, and the key is left beside good files", Apart: true,
		Prepare: and(aNode(whole(good)), write(keyFile, keyIn(newer)), shell(toReadOnly)),
	},
	{
		Name: "cert-dir is read-only, and the link is missing", Apart: true,
		Prepare: and(aNode(whole(good)), remove(current), shell(toReadOnly)),
		Action:  Refused, PassesCheck: true, Says: "Read-only file system",
		Repair: []Op{shell(`mount -o remount,bind,rw "$0"`)}, Then: Repaired,
	},
	{
		Name: "the folder of kubelet.conf is read-only", Apart: true,
		Prepare: []Op{folder(ConfDir), shell(`mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"`)},
		Action:  Refused, PassesCheck: true, Says: "Read-only file system",
		Repair: []Op{shell(`mount -o remount,bind,rw "$1"`)}, Then: NewCertificate,
	},
	{
		Name: "both folders are read-only, and all is good", Apart: true,
		Prepare: and(aNode(whole(good)), shell(toReadOnly+`; mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"`)),
	},
	{
		Name: "cert-dir's disk is full", Apart: true,
		Prepare: []Op{folder(CertDir), shell(`mount -t tmpfs -o size=64k tmpfs "$0"; cat /dev/zero >"$0/ballast" 2>/dev/null || true`)},
		Action:  Refused, PassesCheck: true, Says: noSpace,
		Repair: []Op{remove(CertDir + "/ballast")}, Then: NewCertificate,
	},
	{
		Name: "cert-dir's disk is full, and a key is left", Apart: true,
		Prepare: []Op{folder(CertDir), shell(`mount -t tmpfs -o size=64k tmpfs "$0"`), write(keyFile, keyOf(good)),
			shell(`cat /dev/zero >"$0/ballast" 2>/dev/null || true`)},
		Action: Refused, PassesCheck: true, Requests: 1, Says: noSpace, Kept: []string{keyFile},
		Repair: []Op{remove(CertDir + "/ballast")}, Then: NewCertificate,
	},
	{
		Name: "cert-dir's disk is full, and all is good", Apart: true,
		Prepare: and([]Op{folder(CertDir), shell(`mount -t tmpfs -o size=64k tmpfs "$0"`)}, and(aNode(whole(good)),
			shell(`cat /dev/zero >"$0/ballast" 2>/dev/null || true`))...),
	},
	{
		Name: "the disk of kubelet.conf is full", Apart: true,
		Prepare: []Op{folder(ConfDir), shell(`mount -t tmpfs -o size=64k tmpfs "$1"; cat /dev/zero >"$1/ballast" 2>/dev/null || true`)},
		Action:  Refused, PassesCheck: true, Requests: 1, Says: noSpace,
		Repair: []Op{remove(ConfDir + "/ballast")}, Then: Repaired,
	},
	{
		Name: "cert-dir's disk has no inodes left", Apart: true,
		Prepare: []Op{folder(CertDir), shell(`mount -t tmpfs -o nr_inodes=20 tmpfs "$0"; ` + fillUp)},
		Action:  Refused, PassesCheck: true, Says: noSpace,
		Repair: []Op{shell(`rm "$0"/ballast*`)}, Then: NewCertificate,
	},
	{
		Name: "cert-dir's disk has no inodes left, and the link is missing", Apart: true,
		Prepare: and([]Op{folder(CertDir), shell(`mount -t tmpfs -o nr_inodes=20 tmpfs "$0"`)}, and(aNode(whole(good)), remove(current), shell(fillUp))...),
		Action:  Refused, PassesCheck: true, Says: noSpace, Kept: []string{newer},
		Repair: []Op{shell(`rm "$0"/ballast*`)}, Then: Repaired,
	},
}
