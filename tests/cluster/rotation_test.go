// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"slices"
	"testing"
	"time"

	certificates "k8s.io/api/certificates/v1"

	"kubelet-bootstrap/tests/cluster/program"
)

// A certificate starts 5 minutes before it is issued, and kubelet asks for the next one at 70 to 90 % of the whole. With 130 s that
// is 1 to 87 s after it was issued: as early as can be without kubelet rotating at once.
const certificateLifetime = 130 * time.Second

func TestACertificateThatKubeletRotatedIsValid(t *testing.T) {
	t.Parallel()
	if os.Getenv("KUBELET_BOOTSTRAP_SLOW") == "" {
		t.Skip("takes up to a minute and a half; KUBELET_BOOTSTRAP_SLOW=1 runs it")
	}
	m := newMachine(t, shortLivedCluster(t))
	m.runs(t, program.Valid)
	first := m.certificate(t)
	n := registers(t, m, "")
	defer n.Stop()

	deadline := time.Now().Add(certificateLifetime)
	for m.certificate(t).SerialNumber.Cmp(first.SerialNumber) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("kubelet has not rotated the certificate within its lifetime")
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Logf("rotated %v after it was issued", time.Since(first.NotBefore.Add(5*time.Minute)).Round(time.Second))
	n.Stop()
	second := m.certificate(t)
	requests := m.requests(t)
	runsQuietly(t, m, program.Valid)
	if m.certificate(t).SerialNumber.Cmp(second.SerialNumber) != 0 || len(m.requests(t)) != len(requests) {
		t.Error("the certificate that kubelet rotated was replaced")
	}
	if !slices.ContainsFunc(requests, func(csr certificates.CertificateSigningRequest) bool {
		return csr.Spec.Username == "system:node:"+m.Name
	}) {
		t.Error("no request was made by the node itself")
	}
	checkIdentity(t, m)
}
