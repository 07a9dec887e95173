// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/faults"
)

// A machine without a battery: its clock begins in 1970. No certificate of the cluster would be good by then.

var in1970 = []string{"-rtc", "base=1970-01-01T00:00:00"}

const clockSaysSo = "setting system clock to 1970-01-01"

// soon is when all certificates are good: younger than the program, by whose age they are judged at the least.
func soon() time.Time { return time.Now().Add(20 * time.Minute) }

// clockless is a node whose clock is wrong, and whose API server has a certificate that is good only soon.
func clockless(t *testing.T) *node {
	t.Helper()
	n := newNode(t, "plain")
	pem, err := n.IssueServer(Host, soon().Add(-10*time.Minute), soon().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	pair := filepath.Join(t.TempDir(), "young.pem")
	if err := os.WriteFile(pair, []byte(pem), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := faults.NewServer(n.Server, faults.Credentials{CA: n.CA, Certificate: pair, Key: pair}, (*faults.Exchange).Pass)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	n.config.Servers = []string{strings.Replace(server.URL(), "127.0.0.1", Host, 1)}
	n.config.Token = n.token
	n.boot.Files[defaultINI] = n.config.INI()
	n.boot.QEMU = in1970
	return n
}

func TestAClockThatStandsAt1970IsNotBelievedWhereTheImageKnowsBetter(t *testing.T) {
	t.Parallel()
	n := clockless(t)
	n.put(t, "/usr/lib/clock-epoch", "its time is what counts\n", 0o644)
	if err := n.Disk.SetTime("/usr/lib/clock-epoch", soon()); err != nil {
		t.Fatal(err)
	}
	console := n.runs(t, n.boot, clockSaysSo, "certificate valid until", "REPORT check 0")
	if strings.Contains(console, "waiting for the clock") {
		t.Errorf("it waited:\n%s", console)
	}
	n.isIdentified(t)
}

func TestAClockThatStandsAt1970IsWaitedForUntilItIsSet(t *testing.T) {
	t.Parallel()
	n := clockless(t)
	// What may set a clock in an initramfs; here it takes its time.
	n.boot.Files["/sbin/set-clock"] = fmt.Sprintf("#!/bin/sh\nsleep 15\ndate -s @%d\necho 'BOOT clock is set' >/dev/kmsg\n", soon().Unix())
	n.boot.Files[ourScript] = strings.Replace(timed, "\n", "\n/sbin/set-clock &\n", 1)
	console := n.runs(t, n.boot, clockSaysSo, "REPORT check 0")
	for _, text := range []string{"waiting for the clock to be set", "BOOT clock is set", "certificate valid until"} {
		_, after, found := strings.Cut(console, text)
		if !found {
			t.Fatalf("the console does not show %q at its turn:\n%s", text, console)
		}
		console = after
	}
	n.isIdentified(t)
}
