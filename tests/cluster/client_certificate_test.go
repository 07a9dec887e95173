// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// A certificate in place of a token: the cluster's CA has signed it for a group that may ask.

var keyKinds = []string{"P-256", "P-384", "RSA-2048", "RSA-4096"}

func newKey(t *testing.T, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "P-256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "P-384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "P-521":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "RSA-2048":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "RSA-4096":
		key, err = rsa.GenerateKey(rand.Reader, 4096)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func toPEM(t *testing.T, label string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func pkcs8(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return toPEM(t, "PRIVATE KEY", der, err)
}

// traditional is the form that has a name of its own for each kind: PKCS#1, SEC1.
func traditional(t *testing.T, key crypto.Signer) string {
	t.Helper()
	if key, isRSA := key.(*rsa.PrivateKey); isRSA {
		return toPEM(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil)
	}
	der, err := x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
	return toPEM(t, "EC PRIVATE KEY", der, err)
}

// lifetime of a certificate, from now.
type lifetime struct{ begin, end time.Duration }

var (
	forAnHour = lifetime{-time.Hour, time.Hour}
	expired   = lifetime{-2 * time.Hour, -time.Hour}
	early     = lifetime{time.Hour, 2 * time.Hour}
)

// issueBootstrap signs a certificate with which one may ask, and whose requests are approved. It gives the key back.
func issueBootstrap(t *testing.T, c *cluster, key crypto.Signer, life lifetime) (string, crypto.Signer) {
	t.Helper()
	ca, err := tls.LoadX509KeyPair(c.CA, strings.TrimSuffix(c.CA, ".crt")+".key")
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "a batch of nodes", Organization: []string{approvedGroup}},
		NotBefore:    time.Now().Add(life.begin),
		NotAfter:     time.Now().Add(life.end),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, ca.Leaf, key.Public(), ca.PrivateKey)
	return toPEM(t, "CERTIFICATE", der, err), key
}

// withCertificate is a machine with these two in files instead of a token.
func withCertificate(t *testing.T, c *cluster, certificate, key string) *machine {
	t.Helper()
	m := newMachine(t, c)
	dir := filepath.Dir(m.ini)
	m.Token, m.ClientCertificate, m.ClientKey = "", filepath.Join(dir, "bootstrap.crt"), filepath.Join(dir, "bootstrap.key")
	m.write(t, m.ClientCertificate, certificate)
	m.write(t, m.ClientKey, key)
	return m
}

func TestACertificateMayStandInPlaceOfAToken(t *testing.T) {
	c := rsaCluster(t)
	for _, kind := range keyKinds {
		for form, format := range map[string]func(*testing.T, crypto.Signer) string{"PKCS#8": pkcs8, "traditional": traditional} {
			t.Run(kind+", "+form, func(t *testing.T) {
				t.Parallel()
				certificate, key := issueBootstrap(t, c, newKey(t, kind), forAnHour)
				m := withCertificate(t, c, certificate, format(t, key))
				m.runs(t, program.Valid)
				checkFiles(t, m)
				checkIdentity(t, m)
				if user := m.onlyRequest(t).Spec.Username; user != "a batch of nodes" {
					t.Errorf("the API server saw %q", user)
				}
			})
			t.Run(kind+", "+form+", in a kubeconfig", func(t *testing.T) {
				t.Parallel()
				certificate, key := issueBootstrap(t, c, newKey(t, kind), forAnHour)
				m := fromKubeconfig(t, c)
				m.write(t, m.BootstrapKubeconfig, inlineKubeconfig(c.Server, m.read(t, c.CA), certificate, format(t, key)))
				m.runs(t, program.Valid)
				checkFiles(t, m)
				checkIdentity(t, m)
			})
		}
	}
}

// inlineKubeconfig is JSON, which is YAML, too.
func inlineKubeconfig(server, ca, certificate, key string) string {
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	return `{"apiVersion":"v1","kind":"Config","current-context":"c",
"clusters":[{"name":"c","cluster":{"server":"` + server + `","certificate-authority-data":"` + b64(ca) + `"}}],
"contexts":[{"name":"c","context":{"cluster":"c","user":"c"}}],
"users":[{"name":"c","user":{"client-certificate-data":"` + b64(certificate) + `","client-key-data":"` + b64(key) + `"}}]}
`
}

// What comes behind or before the key and the certificate in files that people make.
func TestACertificateMayHaveCompany(t *testing.T) {
	c := ecdsaCluster(t)
	for name, row := range map[string]func(certificate, key string) (string, string){
		"both in one file": func(certificate, key string) (string, string) { return certificate + key, certificate + key },
		"key first":        func(certificate, key string) (string, string) { return key + certificate, key + certificate },
		"parameters of the curve": func(certificate, key string) (string, string) {
			return certificate, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + key
		},
		"words in front": func(certificate, key string) (string, string) {
			return "subject=CN = x\n\n" + certificate, "Bag Attributes\n    friendlyName: x\n" + key
		},
		"CR LF": func(certificate, key string) (string, string) {
			return strings.ReplaceAll(certificate, "\n", "\r\n"), strings.ReplaceAll(key, "\n", "\r\n")
		},
		"the authority behind it": func(certificate, key string) (string, string) { return certificate + "CA", key },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate, key := issueBootstrap(t, c, newKey(t, "P-256"), forAnHour)
			certificate, secret := row(certificate, traditional(t, key))
			m := withCertificate(t, c, "", secret)
			m.write(t, m.ClientCertificate, strings.Replace(certificate, "-----\nCA", "-----\n"+m.read(t, c.CA), 1))
			m.runs(t, program.Valid)
			checkFiles(t, m)
		})
	}
}

func TestACertificateThatCannotBeUsedIsExplained(t *testing.T) {
	requires(t, tool("openssl"))
	c := ecdsaCluster(t)
	encrypted := func(args ...string) func(t *testing.T, m *machine) {
		return func(t *testing.T, m *machine) {
			out := m.ClientKey + ".encrypted"
			argv := append([]string{"openssl"}, append(args, "-in", m.ClientKey, "-out", out, "-passout", "pass:hunter22")...)
			if result, err := program.Run(time.Minute, argv...); err != nil || result.Status != 0 {
				t.Fatal(err, result)
			}
			m.ClientKey = out
		}
	}
	puts := func(file func(m *machine) string, text string) func(t *testing.T, m *machine) {
		return func(t *testing.T, m *machine) { m.write(t, file(m), text) }
	}
	certificateOf := func(m *machine) string { return m.ClientCertificate }
	keyOf := func(m *machine) string { return m.ClientKey }
	for _, row := range []struct {
		name   string
		life   lifetime
		kind   string
		change func(t *testing.T, m *machine)
		status int
		says   []string
	}{
		{"another key", forAnHour, "P-256", func(t *testing.T, m *machine) { m.write(t, m.ClientKey, pkcs8(t, newKey(t, "P-256"))) },
			program.Misconfigured, []string{"bootstrap.crt", "another key"}},
		{"another kind of key", forAnHour, "P-256", func(t *testing.T, m *machine) { m.write(t, m.ClientKey, pkcs8(t, newKey(t, "RSA-2048"))) },
			program.Misconfigured, []string{"bootstrap.crt", "another key"}},
		{"encrypted, PKCS#8", forAnHour, "P-256", encrypted("pkcs8", "-topk8"), program.Misconfigured, []string{".encrypted", "not encrypted"}},
		{"encrypted, SEC1", forAnHour, "P-256", encrypted("ec", "-aes128"), program.Misconfigured, []string{".encrypted", "not encrypted"}},
		{"encrypted, PKCS#1", forAnHour, "RSA-2048", encrypted("rsa", "-aes128", "-traditional"),
			program.Misconfigured, []string{".encrypted", "not encrypted"}},
		{"no key", forAnHour, "P-256", puts(keyOf, "not a key\n"), program.Misconfigured, []string{"bootstrap.key", "private key"}},
		{"an empty key", forAnHour, "P-256", puts(keyOf, ""), program.Misconfigured, []string{"bootstrap.key", "private key"}},
		{"no certificate", forAnHour, "P-256", puts(certificateOf, "not a certificate\n"),
			program.Misconfigured, []string{"bootstrap.crt", "PEM certificate"}},
		{"a certificate cut off", forAnHour, "P-256", func(t *testing.T, m *machine) {
			m.write(t, m.ClientCertificate, m.read(t, m.ClientCertificate)[:300])
		}, program.Misconfigured, []string{"bootstrap.crt", "PEM certificate"}},
		{"a large file", forAnHour, "P-256", func(t *testing.T, m *machine) {
			m.write(t, m.ClientKey, m.read(t, m.ClientKey)+strings.Repeat("#", 10000))
		}, program.CannotWrite, []string{"bootstrap.key", "larger than"}},
		{"a missing file", forAnHour, "P-256", func(_ *testing.T, m *machine) { m.ClientKey += ".gone" },
			program.CannotWrite, []string{"bootstrap.key.gone", "No such file"}},
		{"a curve that is too large", forAnHour, "P-521", func(*testing.T, *machine) {}, program.Misconfigured, []string{"bootstrap", "P-384"}},
		{"an expired one", expired, "P-256", func(*testing.T, *machine) {}, program.Refused, []string{"401", "client certificate"}},
		{"one that is not valid yet", early, "P-256", func(*testing.T, *machine) {}, program.Refused, []string{"401", "client certificate"}},
		{"one of another authority", forAnHour, "P-256", func(t *testing.T, m *machine) {
			certificate, key := issueBootstrap(t, rsaCluster(t), newKey(t, "P-256"), forAnHour)
			m.write(t, m.ClientCertificate, certificate)
			m.write(t, m.ClientKey, pkcs8(t, key))
		}, program.Refused, []string{"401", "client certificate"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			certificate, key := issueBootstrap(t, c, newKey(t, row.kind), row.life)
			m := withCertificate(t, c, certificate, pkcs8(t, key))
			row.change(t, m)
			result := m.runs(t, row.status)
			contains(t, "stderr", result.Stderr, row.says...)
			nothingWritten(t, m)
			if n := len(m.requests(t)); n != 0 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
}
