// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	certificates "k8s.io/api/certificates/v1"

	"kubelet-bootstrap/tests/cluster/program"
)

func TestTheRequestIsTheOneKubeletWouldHaveMade(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.runs(t, program.Valid)
	csr := m.onlyRequest(t)
	if want := kubeletsName(t, csr); csr.Name != want {
		t.Errorf("the request is called %s, kubelet would call it %s", csr.Name, want)
	}
	if csr.Spec.SignerName != certificates.KubeAPIServerClientKubeletSignerName {
		t.Errorf("signer is %s", csr.Spec.SignerName)
	}
	if want := []certificates.KeyUsage{certificates.UsageDigitalSignature, certificates.UsageClientAuth}; !slices.Equal(csr.Spec.Usages, want) {
		t.Errorf("usages are %v, want %v", csr.Spec.Usages, want)
	}
	if csr.Spec.ExpirationSeconds != nil {
		t.Errorf("expirationSeconds is %d, but how long it lasts is the cluster's to say", *csr.Spec.ExpirationSeconds)
	}
	request := parseRequest(t, csr)
	if len(request.DNSNames)+len(request.IPAddresses)+len(request.EmailAddresses)+len(request.URIs)+len(request.Extensions) > 0 {
		t.Error("the request asks for names or extensions besides the subject")
	}
	if err := request.CheckSignature(); err != nil {
		t.Errorf("the request's own signature: %v", err)
	}
}

// kubeletsName derives the name from what the request holds, by the rules of digestedName in Kubernetes.
func kubeletsName(t *testing.T, csr certificates.CertificateSigningRequest) string {
	request := parseRequest(t, csr)
	parts := []string{string(request.RawSubjectPublicKeyInfo), request.Subject.CommonName}
	parts = append(parts, request.Subject.Organization...)
	for _, usage := range csr.Spec.Usages {
		parts = append(parts, string(usage))
	}
	hash := sha512.New512_256()
	for _, part := range parts {
		fmt.Fprintf(hash, "%s|", base64.RawURLEncoding.EncodeToString([]byte(part)))
	}
	return "node-csr-" + base64.RawURLEncoding.EncodeToString(hash.Sum(nil))
}

func TestAnUnapprovedRequestIsResumedByTheNextRun(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, briefly

	first := m.runs(t, program.Pending)
	csr := m.onlyRequest(t)
	contains(t, "stderr", first.Stderr, "kubectl certificate approve "+csr.Name)
	key := m.read(t, filepath.Join(m.CertDir, "kubelet-client.key.tmp"))
	for range 2 {
		m.runs(t, program.Pending)
		if again := m.onlyRequest(t); again.UID != csr.UID {
			t.Fatal("a later run replaced the request")
		}
	}
	if _, err := os.Stat(m.Kubeconfig); err == nil {
		t.Error("kubelet.conf is there before there is a certificate")
	}

	if _, err := m.cluster.Kubectl("certificate", "approve", csr.Name); err != nil {
		t.Fatal(err)
	}
	m.Deadline = "30s"
	m.runs(t, program.Valid)
	issued := m.onlyRequest(t)
	checkFiles(t, m)
	checkCertificate(t, m)
	checkIdentity(t, m)
	installed, rest := pem.Decode([]byte(m.read(t, m.currentPEM(t))))
	if block, _ := pem.Decode(issued.Status.Certificate); block == nil || string(block.Bytes) != string(installed.Bytes) {
		t.Error("the installed certificate is not the one in the request's status")
	}
	if kept, _ := pem.Decode(rest); kept == nil || string(kept.Bytes) != keyBytes(t, key) {
		t.Error("the installed key is not the one that the first run kept")
	}
}

func keyBytes(t *testing.T, text string) string {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("kubelet-client.key.tmp is not PEM")
	}
	return string(block.Bytes)
}

func TestADeniedRequestEndsTheRunAndTheNextOneAsksAnew(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, briefly
	m.runs(t, program.Pending)
	csr := m.onlyRequest(t)
	if _, err := m.cluster.Kubectl("certificate", "deny", csr.Name); err != nil {
		t.Fatal(err)
	}
	denied := m.runs(t, program.Refused)
	contains(t, "stderr", denied.Stderr, csr.Name, "KubectlDeny", "This CSR was denied by kubectl certificate deny.")

	m.runs(t, program.Pending)
	if names := m.requests(t); len(names) != 2 || names[0].Name == names[1].Name {
		t.Errorf("want a second request beside the denied one, found %d", len(names))
	}
}

func TestASignalEndsTheWaitAndLeavesTheRequestStanding(t *testing.T) {
	t.Parallel()
	requires(t, tool("timeout"))
	m := newMachine(t, ecdsaCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, "1h"
	result := m.runsUnder(t, []string{"timeout", "--preserve-status", "--signal=TERM", briefly}, program.Pending)
	csr := m.onlyRequest(t)
	if !strings.Contains(result.Stderr, csr.Name) {
		t.Errorf("the request is not named: %v", result)
	}
	m.Deadline = briefly
	m.runs(t, program.Pending)
	if again := m.onlyRequest(t); again.UID != csr.UID {
		t.Error("the next run made another request")
	}
}
