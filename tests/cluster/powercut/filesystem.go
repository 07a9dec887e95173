// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"os"
	"slices"
)

// FileSystem is one that a node's disk may have.
type FileSystem struct {
	Name string // for a person
	Type string // as mount(8) has it

	size          int64
	make, check   []string // commands; the path of the image comes behind
	options       string   // with which the run that is recorded has it mounted
	replayOptions string   // with which its states are
	overlay       bool     // the node is an overlay on it
	guestOnly     bool     // this machine may not know it
}

const (
	mebibyte       = 1 << 20
	overlayOptions = "lowerdir=" + base + "/lower,upperdir=" + base + "/upper,workdir=" + base + "/work"
)

// No larger than they have to be: each state is a copy.
var (
	ext4 = FileSystem{Name: "ext4", Type: "ext4", size: 64 * mebibyte,
		make: []string{"mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096"}, check: []string{"e2fsck", "-fn"}}
	ext4Writeback = ext4.mountedWith("ext4-writeback", "data=writeback")
	// The control of the rig: the kernel tells the disk nothing of what has to be safe.
	ext4NoBarrier = ext4.mountedWith("ext4-nobarrier", "nobarrier")
	xfs           = FileSystem{Name: "xfs", Type: "xfs", size: 320 * mebibyte, replayOptions: "nouuid",
		make: []string{"mkfs.xfs", "-q", "-f"}, check: []string{"xfs_repair", "-n", "-f"}}
	btrfs = FileSystem{Name: "btrfs", Type: "btrfs", size: 128 * mebibyte,
		make: []string{"mkfs.btrfs", "-q", "-f"}, check: []string{"btrfs", "check"}}
	overlay = FileSystem{Name: "overlay", Type: "ext4", size: ext4.size, overlay: true, make: ext4.make, check: ext4.check}
	f2fs    = FileSystem{Name: "f2fs", Type: "f2fs", size: 64 * mebibyte, guestOnly: true,
		make: []string{"mkfs.f2fs", "-q", "-f"}, check: []string{"fsck.f2fs", "--dry-run"}}
	vfat = FileSystem{Name: "vfat", Type: "vfat", size: 64 * mebibyte, guestOnly: true, make: []string{"mkfs.vfat", "-F", "32"}}
)

func (f FileSystem) mountedWith(name, options string) FileSystem {
	f.Name, f.options = name, options
	return f
}

// tools are the programs that its tests need.
func (f FileSystem) tools() []string {
	tools := f.make[:1:1]
	if len(f.check) > 0 {
		tools = append(tools, f.check[0])
	}
	return tools
}

// format makes a new one.
func (f FileSystem) format(image string) error {
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(image, f.size); err != nil {
		return err
	}
	return run(append(slices.Clone(f.make), image)...)
}

// checked is what the file system's own tool says about an image that was mounted, and unmounted.
func (f FileSystem) checked(image string) error { return run(append(slices.Clone(f.check), image)...) }
