// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	certificates "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-bootstrap/tests/cluster/program"
)

// What a run may find, for the tests that try many points of it.

// situation is what a run finds.
type situation struct {
	isValid bool // no run has anything to write there
	// machine brings a new one there.
	machine func(t *testing.T) *machine
	// tidy checks and removes what a run has to leave there besides the files of every run; nil: nothing.
	tidy func(t *testing.T, m *machine)
}

// aFreshMachine has nothing but a configuration.
var aFreshMachine = situation{machine: func(t *testing.T) *machine {
	t.Helper()
	return newMachine(t, manyCluster(t))
}}

// anApprovedMachine has asked in an earlier run, and the request has been approved since.
var anApprovedMachine = situation{machine: func(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t, manyCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, "500ms"
	var stands []string
	for stands == nil { // a busy computer may not get as far within the deadline; the next run goes on from there
		m.write(t, m.ini, m.INI())
		result, err := program.Run(time.Minute, m.binary, "--config", m.ini)
		if err != nil || result.Status != program.Pending && result.Status != program.Unavailable {
			t.Fatal(err, result)
		}
		stands = standingRequest.FindStringSubmatch(result.Stderr)
	}
	m.Deadline = "30s"
	approve(t, m.cluster, stands[1])
	return m
}}

var standingRequest = regexp.MustCompile(`kubectl certificate approve (node-csr-[A-Za-z0-9_-]+)`)

func approve(t *testing.T, c *cluster, name string) {
	t.Helper()
	requests := c.kube.CertificatesV1().CertificateSigningRequests()
	csr, err := requests.Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	csr.Status.Conditions = append(csr.Status.Conditions, certificates.CertificateSigningRequestCondition{
		Type: certificates.CertificateApproved, Status: corev1.ConditionTrue, Reason: "ByTest", Message: "approved by a test",
	})
	if _, err := requests.UpdateApproval(context.Background(), name, csr, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

const expiredPEM = "kubelet-client-2020-02-29-23-59-59.pem"

// anExpiredMachine was a node until an hour ago.
var anExpiredMachine = situation{
	machine: func(t *testing.T) *machine {
		t.Helper()
		m := newMachine(t, manyCluster(t))
		old := filepath.Join(m.CertDir, expiredPEM)
		m.write(t, old, issue(t, m, time.Now().Add(time.Hour)))
		m.runs(t, program.Valid) // links it and writes kubelet.conf, without a request
		m.write(t, old, issue(t, m, time.Now().Add(-time.Hour)))
		return m
	},
	tidy: func(t *testing.T, m *machine) {
		t.Helper()
		old := filepath.Join(m.CertDir, expiredPEM)
		if _, err := tls.LoadX509KeyPair(old, old); err != nil {
			t.Errorf("the expired certificate was damaged: %v", err)
		}
		if err := os.Remove(old); err != nil {
			t.Fatal(err)
		}
	},
}

// issue makes the machine a key and a certificate from the cluster's own CA, which begins two days ago.
func issue(t *testing.T, m *machine, notAfter time.Time) string {
	t.Helper()
	return issueBetween(t, m, time.Now().Add(-48*time.Hour), notAfter)
}

func issueBetween(t *testing.T, m *machine, notBefore, notAfter time.Time) string {
	t.Helper()
	pem, err := m.cluster.IssueNode(m.Name, notBefore, notAfter)
	if err != nil {
		t.Fatal(err)
	}
	return pem
}

// aValidMachine is a node.
var aValidMachine = situation{isValid: true, machine: func(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t, manyCluster(t))
	m.runs(t, program.Valid)
	return m
}}

// aBrokenMachine is a node whose link leads nowhere and whose kubelet.conf is gone; only the dated file is good.
var aBrokenMachine = situation{machine: func(t *testing.T) *machine {
	t.Helper()
	m := aValidMachine.machine(t)
	for _, gone := range []string{m.currentLink(), m.Kubeconfig} {
		if err := os.Remove(gone); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(m.CertDir, "kubelet-client-2020-01-01-00-00-00.pem"), m.currentLink()); err != nil {
		t.Fatal(err)
	}
	return m
}}

const damagedPEM = "kubelet-client-2021-01-01-00-00-00.pem"

// aDamagedMachine was a node until its certificate's file and kubelet.conf came to harm: key cut off, another user named. Both have
// to be set aside, not lost.
var aDamagedMachine = situation{
	machine: func(t *testing.T) *machine {
		t.Helper()
		m := newMachine(t, manyCluster(t))
		old := filepath.Join(m.CertDir, damagedPEM)
		m.write(t, old, issue(t, m, time.Now().Add(time.Hour)))
		m.runs(t, program.Valid) // links it and writes kubelet.conf, without a request
		m.write(t, old, m.read(t, old)[:700])
		m.write(t, m.Kubeconfig, strings.ReplaceAll(m.read(t, m.Kubeconfig), m.currentLink(), "/other.pem"))
		return m
	},
	tidy: func(t *testing.T, m *machine) {
		t.Helper()
		for _, aside := range []struct{ pattern, holds string }{
			{filepath.Join(m.CertDir, damagedPEM+".corrupt-*"), "BEGIN CERTIFICATE"},
			{m.Kubeconfig + ".replaced-*", "/other.pem"},
		} {
			found, err := filepath.Glob(aside.pattern)
			if err != nil || len(found) == 0 {
				t.Errorf("nothing is at %s (%v)", aside.pattern, err)
			}
			for _, path := range found {
				contains(t, path, m.read(t, path), aside.holds)
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
	},
}

// heals wants one more run, undisturbed, to end with a good node, whatever the run before has left.
func (s situation) heals(t *testing.T, m *machine) {
	t.Helper()
	m.Deadline = "10s"
	m.runs(t, program.Valid)
	s.isGood(t, m)
}

// isGood wants all that a run that ends with 0 promises.
func (s situation) isGood(t *testing.T, m *machine) {
	t.Helper()
	if s.tidy != nil {
		s.tidy(t, m)
	}
	checkFiles(t, m)
	checkCertificate(t, m)
	checkKubeconfig(t, m, "    certificate-authority: "+m.CA+"\n    server: "+m.cluster.Server+"\n")
}
