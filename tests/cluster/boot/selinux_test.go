// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"regexp"
	"testing"
)

// A root with a policy of SELinux, Debian's, and a kernel that enforces it.

var (
	wrongLabel = regexp.MustCompile(`(?m)^.*Would relabel .*$`)
	// The kernel cuts the name of a program after 15 letters.
	denied = regexp.MustCompile(`(?m)^.*avc:  denied .*(kubelet-bootstr|kubelet\.conf|kubelet-client|pki).*$`)
)

func TestFullANodeWhoseKernelEnforcesSELinux(t *testing.T) {
	for name, row := range map[string]struct {
		give       func(t *testing.T, n *node)
		hasNoLabel *regexp.Regexp
	}{
		"dracut": {initramfsWays["dracut"].give, wrongLabel},
		// Here the kernel gives the label, as it would to files of kubelet's own: etc_runtime_t in /etc, where restorecon says etc_t.
		"unit": {func(t *testing.T, n *node) {
			n.boot.Files = map[string]string{ourScript: "#!/bin/sh\n"} // the initramfs leaves all to the root
			systemdWays["unit"].give(t, n)
		}, regexp.MustCompile("unlabeled_t")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, "selinux")
			row.give(t, n)
			n.alter(t, "label") // what is not written yet has none
			r := n.starts(t, n.boot)
			n.registers(t, r)
			shows(t, r, "REPORT check 0", "REPORT selinux enforces 1", "REPORT restorecon 0", "REPORT selinux end")
			console := n.switchesOff(t, r)
			tell(t, "first boot", console)
			for _, wrong := range append(row.hasNoLabel.FindAllString(console, -1), denied.FindAllString(console, -1)...) {
				t.Error(wrong)
			}
			n.isIdentified(t)
		})
	}
}
