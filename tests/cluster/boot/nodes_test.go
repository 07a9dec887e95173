// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"maps"
	"regexp"
	"strings"
	"testing"
)

// From power-on to a Node of the cluster: systemd in the root starts the real kubelet, which has no bootstrap of its own.

func TestAnEmptyMachineBecomesANode(t *testing.T) {
	ways := map[string]way{"dracut": initramfsWays["dracut"], "initramfs-tools": initramfsWays["initramfs-tools"], "unit": systemdWays["unit"]}
	if full() {
		maps.Copy(ways, initramfsWays)
		maps.Copy(ways, systemdWays)
		maps.DeleteFunc(ways, func(_ string, w way) bool { // their roots have no kubelet
			_, arch := split(w.kind)
			return arch != "x86_64"
		})
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := way.takes(t)
			first := n.becomesANode(t, n.boot)
			made := n.files(t)

			n.boot.NoNIC = n.kind != "dracut-legacy" // rd.neednet=1 waits for a network
			second := n.bootsAgain(t)
			if said := ours.FindString(second); said != "" && !strings.HasSuffix(said, "already valid, nothing to do") {
				t.Errorf("there was nothing to do, and something to say: %s", said)
			}
			n.hasStill(t, made)
			n.table(t, name, first, second, "registered")
		})
	}
}

// ours is what the program or the script has said.
var ours = regexp.MustCompile(`.*kubelet-bootstrap(\[[0-9]+\])?: .*`)

// bootsAgain is a boot as far as our part has its say.
func (n *node) bootsAgain(t *testing.T) (console string) {
	t.Helper()
	if n.kind != "bare" {
		return n.runs(t, n.boot, "REPORT booted as "+n.name, "REPORT check 0")
	}
	b := n.boot
	b.Append += "systemd.mask=systemd-networkd-wait-online.service " // kubelet's unit waits two minutes for a network, with us or without
	r := n.starts(t, b)
	shows(t, r, "REPORT check 0")
	return n.switchesOff(t, r)
}

// approves is what an administrator does with the node's one request.
func (n *node) approves(t *testing.T, r *Running) {
	t.Helper()
	if err := r.WaitFor("a request in the cluster", func() bool { return len(n.requestNames(t)) > 0 }); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Kubectl("certificate", "approve", n.requestNames(t)[0]); err != nil {
		t.Fatal(err)
	}
}

// The program ends before systemd's own clock ends it, and nobody has approved yet: the next start of kubelet goes on.
func TestAStartOfKubeletThatMeetsNoApprovalIsContinuedByTheNext(t *testing.T) {
	t.Parallel()
	n := newNode(t, "bare")
	n.token, n.config.Deadline = started.unapproved, "20s"
	systemdWays["execstartpre"].give(t, n)
	n.dropIn(t, "kubelet.service", "20-timeout.conf", "[Service]\nTimeoutStartSec=40s\n")
	r := n.starts(t, n.boot)
	shows(t, r, "REPORT kubelet is ActiveState=activating SubState=start-pre", "REPORT kubelet is ActiveState=activating SubState=auto-restart")
	n.approves(t, r)
	n.registers(t, r)
	shows(t, r, "REPORT check 0")
	tell(t, "first boot", n.switchesOff(t, r))
	n.isIdentified(t)
}

func TestKubeletDoesNotStartWithoutACertificate(t *testing.T) {
	t.Parallel()
	n := newNode(t, "bare")
	n.installs(t)
	n.token = "abcdef.0123456789abcdef"
	n.config.Token = n.token
	n.put(t, defaultINI, n.config.INI(), 0o600)
	r := n.starts(t, n.boot)
	shows(t, r, "token abcdef is unknown, wrong or expired", "Dependency failed for", "Multi-User System")
	if console := n.switchesOff(t, r); strings.Contains(console, "kubelet is ActiveState=active") {
		t.Errorf("kubelet has started:\n%s", console)
	}
}
