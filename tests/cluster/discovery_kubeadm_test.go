// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"regexp"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

var printedPin = regexp.MustCompile(`--discovery-token-ca-cert-hash (sha256:[0-9a-f]{64})`)

// People copy it from there.
func TestThePinIsTheOneThatKubeadmPrints(t *testing.T) {
	t.Parallel()
	c := ecdsaCluster(t)
	m := discovers(t, c)
	printed, err := program.Run(time.Minute, c.Programs.Path("kubeadm"), "--kubeconfig="+c.Admin, "token", "create", "--print-join-command")
	if err != nil || printed.Status != 0 {
		t.Fatal(err, printed)
	}
	pin := printedPin.FindStringSubmatch(printed.Stdout)
	if pin == nil {
		t.Fatalf("kubeadm prints no pin: %v", printed)
	}
	m.Pins = pin[1:]
	m.runs(t, program.Valid)
	checkDiscovered(t, m, c, m.read(t, c.CA))
}
