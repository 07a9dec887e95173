// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"time"
)

// IssueNode makes a node a key and a certificate from the cluster's own CA, past its signers, for any time: the pem file as kubelet has it.
func (cp *ControlPlane) IssueNode(name string, notBefore, notAfter time.Time) (string, error) {
	return cp.issue(notBefore, notAfter, x509.Certificate{
		Subject:     pkix.Name{CommonName: "system:node:" + name, Organization: []string{"system:nodes"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// IssueServer is the same for a server with that address.
func (cp *ControlPlane) IssueServer(address string, notBefore, notAfter time.Time) (string, error) {
	return cp.issue(notBefore, notAfter, x509.Certificate{
		Subject:     pkix.Name{CommonName: address},
		IPAddresses: []net.IP{net.ParseIP(address)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

func (cp *ControlPlane) issue(notBefore, notAfter time.Time, template x509.Certificate) (string, error) {
	ca, err := tls.LoadX509KeyPair(cp.CA, strings.TrimSuffix(cp.CA, ".crt")+".key")
	if err != nil {
		return "", err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = notBefore, notAfter
	template.KeyUsage = x509.KeyUsageDigitalSignature
	cert, err := x509.CreateCertificate(rand.Reader, &template, ca.Leaf, &key.PublicKey, ca.PrivateKey)
	if err != nil {
		return "", err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})), nil
}
