// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	certificates "k8s.io/api/certificates/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
)

// machine is a computer that wants to become a node: a folder in place of its disk, and a configuration.
type machine struct {
	program.Config
	cluster *cluster
	ini     string // path of the configuration file
	root    string // where the paths in the configuration start (--root), empty: /
	binary  string
}

// disk is where a path of the configuration is for us.
func (m *machine) disk(path string) string { return filepath.Join(m.root, path) }

var machines atomic.Int32

// newMachine is one that has nothing but the configuration for c, with the CA as a file and a good token.
func newMachine(t *testing.T, c *cluster) *machine {
	t.Helper()
	binary, err := repo.Binary()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, empty := range []string{"etc", "var/lib"} {
		if err := os.MkdirAll(filepath.Join(dir, empty), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &machine{
		cluster: c,
		binary:  binary,
		ini:     filepath.Join(dir, "kubelet-bootstrap.ini"),
		Config: program.Config{
			Servers:    []string{c.Server},
			CA:         c.CA,
			Token:      c.token,
			Name:       fmt.Sprintf("worker-%d", machines.Add(1)),
			Kubeconfig: filepath.Join(dir, "etc/kubernetes/kubelet.conf"),
			CertDir:    filepath.Join(dir, "var/lib/kubelet/pki"),
			Deadline:   "30s",
		},
	}
}

// runs writes the configuration, runs the program and expects the exit status.
func (m *machine) runs(t *testing.T, status int, args ...string) program.Result {
	t.Helper()
	return m.runsUnder(t, nil, status, args...)
}

// runsUnder does the same with a command in front, such as strace.
func (m *machine) runsUnder(t *testing.T, command []string, status int, args ...string) program.Result {
	t.Helper()
	m.write(t, m.ini, m.INI())
	argv := append(command[:len(command):len(command)], m.binary, "--config", m.ini)
	if m.root != "" {
		argv = append(argv, "--root", m.root)
	}
	argv = append(argv, args...)
	secret := m.secret(t) // the run may remove it
	result, err := program.Run(2*time.Minute, argv...)
	if err != nil {
		t.Fatal(err)
	}
	if result.Status != status {
		t.Fatalf("want exit status %d, got: %v", status, result)
	}
	if secret != "" && strings.Contains(result.Stdout+result.Stderr, secret) {
		t.Errorf("the token's secret is shown: %v", result)
	}
	return result
}

// secret is the half of the token that nobody may see.
func (m *machine) secret(t *testing.T) string {
	token := m.Token
	if _, err := os.Stat(m.disk(m.TokenFile)); m.RemoveAfterUse != "" && err != nil {
		return "" // an earlier run has removed it
	}
	if m.TokenFile != "" {
		token = m.read(t, m.disk(m.TokenFile))
	}
	_, secret, _ := strings.Cut(strings.TrimSpace(token), ".")
	return secret
}

func (m *machine) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// currentLink is the one name under which kubelet and kubelet.conf know the certificate.
func (m *machine) currentLink() string { return filepath.Join(m.CertDir, "kubelet-client-current.pem") }

// currentPEM is the file that the link leads to. Below a root the link itself leads nowhere yet.
func (m *machine) currentPEM(t *testing.T) string {
	t.Helper()
	target, err := os.Readlink(m.disk(m.currentLink()))
	if err != nil {
		t.Fatal(err)
	}
	return m.disk(target)
}

// certificate is the one in use.
func (m *machine) certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	path := m.currentPEM(t)
	block, _ := pem.Decode([]byte(m.read(t, path)))
	if block == nil || block.Type != "CERTIFICATE" {
		t.Fatalf("%s does not start with a certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// requests are the cluster's CertificateSigningRequests for this machine's node, by whomever.
func (m *machine) requests(t *testing.T) []certificates.CertificateSigningRequest {
	t.Helper()
	list, err := m.cluster.kube.CertificatesV1().CertificateSigningRequests().List(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var mine []certificates.CertificateSigningRequest
	for _, csr := range list.Items {
		if parseRequest(t, csr).Subject.CommonName == "system:node:"+m.Name {
			mine = append(mine, csr)
		}
	}
	return mine
}

// onlyRequest is the one there has to be.
func (m *machine) onlyRequest(t *testing.T) certificates.CertificateSigningRequest {
	t.Helper()
	mine := m.requests(t)
	if len(mine) != 1 {
		t.Fatalf("want one CertificateSigningRequest for %s, found %d", m.Name, len(mine))
	}
	return mine[0]
}

func parseRequest(t *testing.T, csr certificates.CertificateSigningRequest) *x509.CertificateRequest {
	t.Helper()
	block, _ := pem.Decode(csr.Spec.Request)
	if block == nil {
		t.Fatalf("%s: spec.request is not PEM", csr.Name)
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatalf("%s: %v", csr.Name, err)
	}
	return request
}

// contains fails the test unless the text, called what, has every part.
func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}
