// SPDX-License-Identifier: Apache-2.0

package states

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync"
	"time"
)

// pair describes a certificate of the cluster's CA and its key. The zero value is what a node has.
type pair struct {
	user, group, unit string
	begins, ends      time.Duration // from now
	usage             x509.ExtKeyUsage
	key               func() crypto.Signer
	pkcs8             bool
}

// A certificate that was good until an hour ago, one that will be, and one that outlasts the usual one.
var (
	good    = pair{}
	expired = pair{begins: -48 * time.Hour, ends: -time.Hour}
	future  = pair{begins: 24 * time.Hour}
	longest = pair{ends: 2 * 365 * 24 * time.Hour}
)

// must is for what cannot fail with the constants of this package.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func p256() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }
func p384() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) }

// One for all: it takes long to make.
var rsaKey = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// make gives certificate and key as PEM.
func (s pair) make(p *Place) (certificate, key string) {
	if s.key == nil {
		s.key = p256
	}
	if s.usage == 0 { // ExtKeyUsageAny, which nobody wants here
		s.usage = x509.ExtKeyUsageClientAuth
	}
	subject := pkix.Name{CommonName: cmp.Or(s.user, "system:node:"+p.Node), Organization: []string{cmp.Or(s.group, "system:nodes")}}
	if s.unit != "" {
		subject.OrganizationalUnit = []string{s.unit}
	}
	signer := s.key()
	der := must(x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      subject,
		NotBefore:    time.Now().Add(cmp.Or(s.begins, -30*time.Minute)),
		NotAfter:     time.Now().Add(cmp.Or(s.ends, 365*24*time.Hour)),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{s.usage},
	}, p.issuer.Leaf, signer.Public(), p.issuer.PrivateKey))
	return block("CERTIFICATE", der), s.keyBlock(signer)
}

func (s pair) keyBlock(signer crypto.Signer) string {
	if s.pkcs8 {
		return block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(signer)))
	}
	if key, ok := signer.(*rsa.PrivateKey); ok {
		return block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	}
	return block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(signer.(*ecdsa.PrivateKey))))
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
