// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// KeyKind is the kind of key of the cluster's CA and of its API server.
type KeyKind int

const (
	ECDSA KeyKind = iota // P-256
	RSA                  // 2048 bits, what kubeadm makes by default
)

func (k KeyKind) String() string {
	return map[KeyKind]string{ECDSA: "ECDSA P-256", RSA: "RSA-2048"}[k]
}

func (k KeyKind) generate() (crypto.Signer, error) {
	if k == RSA {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// authority is the cluster's CA; everything it signs lies beside it in dir as NAME.crt and NAME.key.
type authority struct {
	dir  string
	kind KeyKind
	cert *x509.Certificate
	key  crypto.Signer

	until time.Time // when what it signs expires
}

// begin is when the certificates begin: before any program of ours was built, however old the one is that is tested, so that a machine whose
// clock is behind takes them by that time.
var begin = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// newAuthority makes a self-signed CA and writes ca.crt and ca.key. until is Options.Until.
func newAuthority(dir string, kind KeyKind, until time.Time) (*authority, error) {
	now := time.Now()
	life := func(years int) time.Time {
		if until.IsZero() {
			return now.AddDate(years, 0, 0)
		}
		return until
	}
	key, err := kind.generate()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(0),
		Subject:               pkix.Name{CommonName: "kubernetes"},
		DNSNames:              []string{"kubernetes"},
		NotBefore:             begin,
		NotAfter:              life(10),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	ca := &authority{dir: dir, kind: kind, cert: cert, key: key, until: life(1)}
	return ca, ca.save("ca", der, key)
}

// issueServer makes the API server's certificate for the names and addresses given.
func (ca *authority) issueServer(name string, names []string) error {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	return ca.issue(name, template)
}

// issueClient makes a client certificate for a user in a group.
func (ca *authority) issueClient(name, user string, groups ...string) error {
	return ca.issue(name, &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

func (ca *authority) issue(name string, template *x509.Certificate) error {
	key, err := ca.kind.generate()
	if err != nil {
		return err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63)); err != nil {
		return err
	}
	template.NotBefore = ca.cert.NotBefore
	template.NotAfter = ca.until
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		return fmt.Errorf("cannot issue the certificate of %s: %w", name, err)
	}
	return ca.save(name, der, key)
}

func (ca *authority) save(name string, cert []byte, key crypto.Signer) error {
	if err := writePEM(ca.path(name+".crt"), "CERTIFICATE", cert); err != nil {
		return err
	}
	return saveKey(ca.path(name+".key"), key)
}

func (ca *authority) path(file string) string { return filepath.Join(ca.dir, file) }

func saveKey(path string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "PRIVATE KEY", der)
}

// savePublicKey writes the half of a service-account key that verifies.
func savePublicKey(path string, key crypto.Signer) error {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return writePEM(path, "PUBLIC KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
