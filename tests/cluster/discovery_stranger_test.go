// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/cluster-bootstrap/token/jws"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// strangersIssuer has the same name as the cluster's.
func strangersIssuer(t *testing.T) tls.Certificate {
	t.Helper()
	return issued(t, nil, &x509.Certificate{Subject: pkix.Name{CommonName: "kubernetes"}, KeyUsage: x509.KeyUsageCertSign,
		BasicConstraintsValid: true, IsCA: true}, forAnHour)
}

// serverOf is what the template of a certificate for the API server looks like.
func serverOf(address string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: "kube-apiserver"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.ParseIP(address)}}
}

// issued makes a certificate with a new key. No issuer: it signs itself.
func issued(t *testing.T, by *tls.Certificate, template *x509.Certificate, life lifetime) tls.Certificate {
	t.Helper()
	template.NotBefore, template.NotAfter = time.Now().Add(life.begin), time.Now().Add(life.end)
	return signed(t, by, template)
}

// genuine is the certificate of the API server itself.
func genuine(t *testing.T, c *cluster) tls.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(credentials(c).Certificate, credentials(c).Key)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// hears listens in front of a server with the cluster's credentials, under the certificate that is shown.
func hears(t *testing.T, c *cluster, target string, shown tls.Certificate) *faults.Ear {
	t.Helper()
	ear, err := faults.NewEar(target, credentials(c), shown)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ear.Close)
	return ear
}

// onlyDiscovered wants nothing but cluster-info to have been asked for, with nothing in it that tells who asks, and counts how often.
func onlyDiscovered(t *testing.T, ear *faults.Ear) int {
	t.Helper()
	count := 0
	for _, said := range ear.Heard() {
		for reader := bufio.NewReader(strings.NewReader(said)); ; count++ {
			request, err := http.ReadRequest(reader)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%v in %q", err, said)
			}
			for header := range request.Header {
				if header != "Accept" && header != "User-Agent" {
					t.Errorf("header %s was sent", header)
				}
			}
			if request.Method != http.MethodGet || request.RequestURI != clusterInfoURI || request.ContentLength != 0 {
				t.Errorf("%s %s was sent, with %d bytes", request.Method, request.RequestURI, request.ContentLength)
			}
		}
	}
	return count
}

// changesClusterInfo passes on all that the API server says, cluster-info changed.
func changesClusterInfo(t *testing.T, c *cluster, change func(data map[string]string)) string {
	t.Helper()
	server, err := faults.NewServer(c.Server, credentials(c), func(x *faults.Exchange) error {
		if x.Request.RequestURI != clusterInfoURI {
			return x.Pass()
		}
		response, err := x.Ask()
		if err != nil {
			return err
		}
		defer response.Body.Close()
		var info core.ConfigMap
		if err := json.NewDecoder(response.Body).Decode(&info); err != nil {
			return err
		}
		change(info.Data)
		body, err := json.Marshal(info)
		if err != nil {
			return err
		}
		return x.Answer("200 OK", string(body), "Content-Type: application/json")
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server.URL()
}

// sign does what bootstrapsigner does, with a token that is known.
func sign(t *testing.T, data map[string]string, content, token string) {
	t.Helper()
	id, secret, _ := strings.Cut(token, ".")
	signature, err := jws.ComputeDetachedSignature(content, id, secret)
	if err != nil {
		t.Error(err)
	}
	data["jws-kubeconfig-"+id] = signature
}

// stranger is whatever is found in the place of the API server; what it gives of itself holds where nothing else is said.
type stranger struct {
	name   string
	shown  tls.Certificate              // empty: the API server's
	change func(data map[string]string) // of cluster-info; nil: it is passed on as it is
	alter  func(m *machine)             // what is wrong with the node, not with the server
	says   string
}

const (
	notSigned = "its certificate is not signed by the certificate authority"
	notFit    = "cluster-info: the signature does not fit; is the secret of token "
	notPinned = "no certificate authority has a public key that ca-cert-hash pins"
)

// All of it ends with 76, and whoever holds the key of the server's place has not learned the token.
func TestNobodyButThePinnedClusterGetsTheToken(t *testing.T) {
	c := ecdsaCluster(t)
	if err := publishOnce(c); err != nil {
		t.Fatal(err)
	}
	ours, theirs := issuer(t, c), strangersIssuer(t)
	ownServer := issued(t, &theirs, serverOf("127.0.0.1"), forAnHour)
	authority := func(pairs ...tls.Certificate) string {
		var text strings.Builder
		for _, pair := range pairs {
			text.WriteString(toPEM(t, "CERTIFICATE", pair.Certificate[0], nil))
		}
		return base64.StdEncoding.EncodeToString([]byte(text.String()))
	}
	claims := func(data map[string]string, pairs ...tls.Certificate) string {
		return strings.ReplaceAll(data["kubeconfig"], authority(ours), authority(pairs...))
	}
	forServers := serverOf("127.0.0.1")
	forServers.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	for _, s := range []stranger{
		{name: "a man in the middle that passes on the genuine cluster-info", shown: ownServer, says: notSigned},
		{name: "a man in the middle with a cluster-info of his own", shown: ownServer, says: notFit,
			change: func(data map[string]string) { data["kubeconfig"] = claims(data, theirs) }},
		{name: "one that knows the token, with an authority of his own", shown: ownServer, says: notPinned,
			change: func(data map[string]string) {
				data["kubeconfig"] = claims(data, theirs)
				sign(t, data, data["kubeconfig"], c.token)
			}},
		{name: "one that knows the token, with an authority of his own beside the cluster's", shown: ownServer, says: notSigned,
			change: func(data map[string]string) {
				data["kubeconfig"] = claims(data, ours, theirs)
				sign(t, data, data["kubeconfig"], c.token)
			}},
		{name: "a machine of the cluster that is at another address", says: "its certificate is for another name",
			shown: issued(t, &ours, serverOf("192.0.2.7"), forAnHour)},
		{name: "a client of the cluster", says: "its certificate is not fit for a server", shown: issued(t, &ours, forServers, forAnHour)},
		{name: "a certificate that has expired", says: "is expired since", shown: issued(t, &ours, serverOf("127.0.0.1"), expired)},
		{name: "a content that was changed after it was signed", says: notFit,
			change: func(data map[string]string) { data["kubeconfig"] += "# and more\n" }},
		{name: "a signature of another content", says: notFit,
			change: func(data map[string]string) { sign(t, data, claims(data, theirs), c.token) }},
		{name: "a signature by another token", says: notFit,
			change: func(data map[string]string) {
				data["jws-kubeconfig-"+c.token[:6]] = data["jws-kubeconfig-"+c.unapprovedToken[:6]]
			}},
		{name: "a wrong pin", says: notPinned, alter: func(m *machine) { m.Pins = []string{"sha256:" + strings.Repeat("0", 64)} }},
		{name: "a wrong secret", says: notFit, alter: func(m *machine) { m.Token = m.Token[:len(m.Token)-4] + "zzzz" }},
		{name: "a wrong token id", says: "cluster-info is not signed for token zzzzzz: ",
			alter: func(m *machine) { m.Token = "zzzzzz" + m.Token[6:] }},
	} {
		t.Run(s.name, func(t *testing.T) { t.Parallel(); s.learnsNothing(t, c) })
	}
}

func (s stranger) learnsNothing(t *testing.T, c *cluster) {
	m := discovers(t, c)
	if s.shown.Certificate == nil {
		s.shown = genuine(t, c)
	}
	target := c.Server
	if s.change != nil {
		target = changesClusterInfo(t, c, s.change)
	}
	ear := hears(t, c, target, s.shown)
	m.Servers = []string{ear.URL()}
	if s.alter != nil {
		s.alter(m)
	}
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, m.blame(program.NotTrusted), s.says)
	nothingWritten(t, m)
	if n := len(m.requests(t)); n != 0 {
		t.Errorf("%d requests reached the API server", n)
	}
	if onlyDiscovered(t, ear) == 0 {
		t.Error("cluster-info was not asked for")
	}
	for _, said := range ear.Heard() {
		if strings.Contains(said, m.secret(t)) {
			t.Errorf("the token's secret was sent: %q", said)
		}
	}
}

// The ear does hear it where it is to be heard.
func TestThePinnedClusterGetsTheToken(t *testing.T) {
	t.Parallel()
	m := discovers(t, ecdsaCluster(t))
	ear := hears(t, m.cluster, m.cluster.Server, genuine(t, m.cluster))
	m.Servers = []string{ear.URL()}
	m.runs(t, program.Valid)
	heard := ear.Heard()
	if len(heard) != 1 {
		t.Fatalf("%d connections, want one", len(heard))
	}
	discovery, rest, _ := strings.Cut(heard[0], "\r\n\r\n")
	contains(t, "the first request", discovery, "GET "+clusterInfoURI+" ")
	contains(t, "what follows", rest, "POST ", "Authorization: Bearer "+m.Token)
	if strings.Contains(discovery, "Authorization") {
		t.Errorf("cluster-info was asked for with a credential: %s", discovery)
	}
	checkDiscovered(t, m, m.cluster, m.read(t, m.cluster.CA))
}
