// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"
	"time"
)

// issuer is a certificate authority with its key.
func issuer(t *testing.T, c *cluster) tls.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(c.CA, strings.TrimSuffix(c.CA, ".crt")+".key")
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// signed makes a certificate with a new key from the template, which has the dates. No issuer: it signs itself.
func signed(t *testing.T, by *tls.Certificate, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key := newKey(t, "P-256")
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if by == nil {
		by = &tls.Certificate{Leaf: template, PrivateKey: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.Leaf, key.Public(), by.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
