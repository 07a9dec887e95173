// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"strings"
	"testing"
	"time"
)

// The switch at the other end of the cable needs a while.
const latePlug = 20 * time.Second

func TestFullANetworkThatComesUpLateIsWaitedFor(t *testing.T) {
	for name, way := range initramfsWays {
		if _, arch := split(name); name == "plain" || arch != "x86_64" || name == "dracut-legacy" {
			continue // these ask for an address a few times, by themselves, and no more
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := way.takes(t)
			n.boot.Unplugged = true
			r, err := n.Start(bootLimit, n.boot)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(r.Kill)
			plugs(t, r, "BOOT begin")
			console, err := r.Wait()
			if err != nil || !strings.Contains(console, "certificate valid until") || !strings.Contains(console, "REPORT check 0") {
				t.Fatalf("%v\n%s", err, console)
			}
			tell(t, "with a late network", console)
			n.check(t, n.files(t))
		})
	}
	t.Run("unit", func(t *testing.T) {
		t.Parallel()
		n := systemdWays["unit"].takes(t)
		n.boot.Unplugged = true
		r := n.starts(t, n.boot)
		plugs(t, r, "REPORT kubelet is ")
		n.registers(t, r)
		shows(t, r, "REPORT check 0")
		tell(t, "with a late network", n.switchesOff(t, r))
		n.isIdentified(t)
	})
}

// plugs puts the cable in a while after the console shows that somebody needs it.
func plugs(t *testing.T, r *Running, needed string) {
	t.Helper()
	shows(t, r, needed)
	time.Sleep(latePlug)
	if err := r.Plug(true); err != nil {
		t.Fatal(err)
	}
}
