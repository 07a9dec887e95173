// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
)

var manyNamesCluster = share(controlplane.Options{Keys: controlplane.RSA, ServerNames: manyNames(150)})

func manyNames(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("api-%03d.cluster.test", i))
	}
	return names
}

func TestABundleOfAuthoritiesAndACertificateOfManyNamesFitIntoMemory(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyNamesCluster(t))
	bundle := strings.Repeat(m.read(t, rsaCluster(t).CA), 6) + m.read(t, m.CA)
	m.CA = filepath.Join(filepath.Dir(m.ini), "bundle.crt")
	m.write(t, m.CA, bundle)
	m.runs(t, program.Valid)
	checkCertificate(t, m)
}

func TestACertificateWithoutAlternativeNamesIsNotTrusted(t *testing.T) {
	t.Parallel()
	const name = "api.cluster.test"
	m := newMachine(t, ecdsaCluster(t))
	certificate := selfSigned(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}})
	m.Servers = []string{serve(t, certificate)}
	m.CA = filepath.Join(filepath.Dir(m.ini), "other.crt")
	m.write(t, m.CA, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})))
	m.TLSServerName = name
	m.Deadline = "5s"
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, name)
}

// The name in it means nothing, and to expect that name would be to trust a stranger.
func TestAnUnsignedCertificateIsCalledThatWhateverItsName(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Servers = []string{serve(t, selfSigned(t, &x509.Certificate{DNSNames: []string{"elsewhere.test"}}))}
	m.Deadline = "5s"
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, "not signed by the certificate authority")
	if strings.Contains(result.Stderr, "tls-server-name") {
		t.Errorf("this advice would help whoever stands in between: %s", result.Stderr)
	}
}

func TestACertificateChainThatIsTooLongIsTheServersFault(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	certificate := selfSigned(t, &x509.Certificate{DNSNames: manyNames(900)})
	m.Servers = []string{serve(t, certificate), m.cluster.Server}
	m.runs(t, program.Valid)
	m.Servers = m.Servers[:1]
	m.Name += "-b"
	m.CertDir += "-b"
	m.Deadline = "5s"
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, "larger than there is memory for")
}

func selfSigned(t *testing.T, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	if template.Subject.CommonName == "" {
		template.Subject.CommonName = "test" // a certificate without a name is damaged to Mbed TLS
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	template.IsCA, template.BasicConstraintsValid = true, true
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// serve shakes hands with whoever comes, says nothing more, and fails the test when it hears a token.
func serve(t *testing.T, certificate tls.Certificate) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go listen(t, conn)
		}
	}()
	return "https://" + listener.Addr().String()
}

func listen(t *testing.T, conn net.Conn) {
	defer conn.Close()
	heard := make([]byte, 4096)
	if n, _ := conn.Read(heard); n > 0 {
		t.Errorf("a server that must not be trusted heard %q", heard[:n])
	}
}
