// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// The front ends TLS 1.2 itself, and goes to the API server as the client that has proven to be one.
func TestACertificateIsShownToAServerOfTLS12(t *testing.T) {
	c := ecdsaCluster(t)
	for _, kind := range keyKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			certificate, key := issueBootstrap(t, c, newKey(t, kind), forAnHour)
			m := withCertificate(t, c, certificate, pkcs8(t, key))
			m.Servers = []string{frontOfTLS12(t, c, tls.Certificate{Certificate: [][]byte{fromPEM(t, certificate)}, PrivateKey: key})}
			m.runs(t, program.Valid)
			checkFiles(t, m)
			checkCertificate(t, m)
		})
	}
}

func fromPEM(t *testing.T, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("no PEM")
	}
	return block.Bytes
}

func frontOfTLS12(t *testing.T, c *cluster, client tls.Certificate) string {
	t.Helper()
	server, err := tls.LoadX509KeyPair(credentials(c).Certificate, credentials(c).Key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := tls.LoadX509KeyPair(c.CA, strings.TrimSuffix(c.CA, ".crt")+".key")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	front := &tls.Config{Certificates: []tls.Certificate{server}, MaxVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	plain, err := faults.Listen(func(conn *net.TCPConn) {
		outside := tls.Server(conn, front)
		if outside.Handshake() != nil {
			return
		}
		inside, err := tls.Dial("tcp", strings.TrimPrefix(c.Server, "https://"), &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{client}})
		if err != nil {
			return
		}
		defer inside.Close()
		go func() {
			_, _ = io.Copy(inside, outside) // its end shows in the other direction
			_ = inside.Close()
		}()
		_, _ = io.Copy(outside, inside) // as above
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(plain.Close)
	return plain.URL()
}
