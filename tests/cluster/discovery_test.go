// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/cluster-bootstrap/token/jws"
	"k8s.io/kubernetes/cmd/kubeadm/app/phases/bootstraptoken/clusterinfo"
	"k8s.io/kubernetes/cmd/kubeadm/app/util/pubkeypin"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// Discovery: a node knows of its cluster no more than an address, a token and a public key pin. What strangers make of that:
// discovery_stranger_test.go; clusters that do not say who they are, or not yet: discovery_late_test.go.

const clusterInfoURI = "/api/v1/namespaces/kube-public/configmaps/cluster-info"

// publish has kubeadm's own code make the ConfigMap, with these certificate authorities.
func publish(c *cluster, authorities string) error {
	config, err := clientcmd.LoadFromFile(c.Admin)
	if err != nil {
		return err
	}
	for _, entry := range config.Clusters {
		entry.CertificateAuthority, entry.CertificateAuthorityData = "", []byte(authorities)
	}
	return clusterinfo.CreateBootstrapConfigMapIfNotExists(c.kube, config)
}

// becomesSigned waits until the cluster's own bootstrapsigner has signed the ConfigMap with the token.
func becomesSigned(c *cluster, token string) error {
	id, secret, _ := strings.Cut(token, ".")
	for range 200 {
		info, err := c.kube.CoreV1().ConfigMaps(metav1.NamespacePublic).Get(context.Background(), "cluster-info", metav1.GetOptions{})
		if err == nil && jws.DetachedTokenIsValid(info.Data["jws-kubeconfig-"+id], info.Data["kubeconfig"], id, secret) {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("cluster-info was not signed for token %s within 10 s", id)
}

var published sync.Map // by cluster: a function that does it once

func publishOnce(c *cluster) error {
	once, _ := published.LoadOrStore(c, sync.OnceValue(func() error {
		authority, err := os.ReadFile(c.CA)
		if err == nil {
			err = clusterinfo.CreateClusterInfoRBACRules(c.kube)
		}
		if err == nil {
			err = publish(c, string(authority))
		}
		if err == nil {
			err = becomesSigned(c, c.token)
		}
		return err
	}))
	return once.(func() error)()
}

// withPin is a machine that has a pin in place of the cluster's certificate authority.
func withPin(t *testing.T, c *cluster) *machine {
	t.Helper()
	m := newMachine(t, c)
	m.CA, m.Pins, m.Deadline = "", []string{pinOf(t, c.CA)}, "1m"
	return m
}

// discovers is that in a cluster that kubeadm has prepared.
func discovers(t *testing.T, c *cluster) *machine {
	t.Helper()
	if err := publishOnce(c); err != nil {
		t.Fatal(err)
	}
	return withPin(t, c)
}

// pinOf is how kubeadm pins the certificate in a file.
func pinOf(t *testing.T, path string) string {
	t.Helper()
	authorities, err := cert.CertsFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return pubkeypin.Hash(authorities[0])
}

// checkDiscovered wants the node to be one, and kubelet.conf to say what cluster-info says.
func checkDiscovered(t *testing.T, m *machine, c *cluster, authorities string) {
	t.Helper()
	checkFiles(t, m)
	checkCertificate(t, m)
	checkKubeconfig(t, m, "    certificate-authority-data: "+base64.StdEncoding.EncodeToString([]byte(authorities))+
		"\n    server: "+c.Server+"\n")
	checkIdentity(t, m)
	m.onlyRequest(t)
}

func TestAPinAndATokenAreEnough(t *testing.T) {
	for name, share := range map[string]func(*testing.T) *cluster{"ECDSA": ecdsaCluster, "RSA": rsaCluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requires(t, tool("openssl"))
			m := discovers(t, share(t))
			m.runs(t, program.Valid)
			checkDiscovered(t, m, m.cluster, m.read(t, m.cluster.CA))
			m.Pins, m.Token, m.Servers = []string{"sha256:" + strings.Repeat("0", 64)}, "", []string{closedPort(t)}
			m.runs(t, program.Valid) // nobody is asked any more
			m.runs(t, program.Valid, "--check")
		})
	}
}

func TestOneOfSeveralPinsHasToFit(t *testing.T) {
	c := ecdsaCluster(t)
	pin, other := pinOf(t, c.CA), pinOf(t, rsaCluster(t).CA)
	for name, pins := range map[string][]string{
		"the last":             {other, "sha256:" + strings.Repeat("f", 64), pin},
		"the first":            {pin, other},
		"in upper case":        {"sha256:" + strings.ToUpper(strings.TrimPrefix(pin, "sha256:"))},
		"as openssl hashes it": {opensslPin(t, c.CA)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := discovers(t, c)
			m.Pins = pins
			m.runs(t, program.Valid)
			checkDiscovered(t, m, c, m.read(t, c.CA))
		})
	}
}

// opensslPin is made as the documentation of kubeadm tells people to.
func opensslPin(t *testing.T, path string) string {
	t.Helper()
	requires(t, tool("openssl"))
	result, err := program.Run(time.Minute, "sh", "-euc",
		`openssl x509 -pubkey -noout -in "$0" | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1`, path)
	if err != nil || result.Status != 0 {
		t.Fatal(err, result)
	}
	return "sha256:" + strings.TrimSpace(result.Stdout)
}

func TestDiscoveryCostsOneRoundTripAndNoConnection(t *testing.T) {
	t.Parallel()
	m := discovers(t, ecdsaCluster(t))
	trace := enrolsOverTheWire(t, m)
	if n := trace.Turns(); n != 4 {
		t.Errorf("%d turns from sending to receiving, want four: TCP, TLS, cluster-info, the requests", n)
	}
	checkDiscovered(t, m, m.cluster, m.read(t, m.cluster.CA))
	m.runs(t, program.Valid)
}

func TestACAAndAPinMustBothHold(t *testing.T) {
	t.Parallel()
	m, server := scriptedMachine(t, (*faults.Exchange).Pass)
	right, wrong := pinOf(t, m.cluster.CA), pinOf(t, ecdsaCluster(t).CA)
	m.Pins = []string{wrong}
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, "no certificate authority has a public key that ca-cert-hash pins")
	nothingWritten(t, m)
	if seen := server.Seen(); len(seen) != 0 {
		t.Errorf("the server was asked for %v", seen)
	}
	m.Pins = []string{wrong, right}
	m.runs(t, program.Valid)
	checkFiles(t, m)
	checkKubeconfig(t, m, "    certificate-authority: "+m.CA+"\n    server: "+server.URL()+"\n")
	if seen := server.Seen(); len(seen) != 2 || seen[0].Method != "POST" || seen[1].Connection != 0 {
		t.Errorf("want the request and the watch on one connection, not %v", seen)
	}
}

func TestAWrongPinOfTheCAIsSeenBeforeAnyConnection(t *testing.T) {
	t.Parallel()
	m, proxy := proxiedMachine(t, faults.Fault{})
	m.Pins = []string{pinOf(t, ecdsaCluster(t).CA)}
	m.runs(t, program.NotTrusted)
	if n := proxy.Connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func TestALostKubeletConfIsDiscoveredAnew(t *testing.T) {
	t.Parallel()
	m := discovers(t, manyCluster(t))
	c := m.cluster
	m.runs(t, program.Valid)
	before, pem := m.read(t, m.Kubeconfig), m.currentPEM(t)
	if err := os.Remove(m.Kubeconfig); err != nil {
		t.Fatal(err)
	}
	token := m.Token
	m.Token = ""
	contains(t, "stderr", m.runs(t, program.Misconfigured).Stderr, "token")
	m.Token = token
	ear := hears(t, c, c.Server, genuine(t, c))
	m.Servers = []string{ear.URL()}
	m.runs(t, program.Valid)
	if after := m.read(t, m.Kubeconfig); after != before || m.currentPEM(t) != pem {
		t.Errorf("kubelet.conf is\n%s\nwant\n%s", after, before)
	}
	m.onlyRequest(t)
	if n := onlyDiscovered(t, ear); n != 1 {
		t.Errorf("cluster-info was asked for %d times", n)
	}
}

func TestTheNextServerIsAskedWhoTheClusterIs(t *testing.T) {
	t.Parallel()
	m := discovers(t, manyCluster(t))
	m.Servers = []string{closedPort(t), peer(t, closes("")), m.cluster.Server}
	m.runs(t, program.Valid)
	checkDiscovered(t, m, m.cluster, m.read(t, m.cluster.CA))
}

// HTTP lets a server end the connection after any answer. Where it does not say so, another server is next: the one of cluster-info.
func TestDiscoveryDoesNotNeedAConnectionThatLasts(t *testing.T) {
	for name, requests := range map[string]int{"announced": 3, "not announced": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := discovers(t, manyCluster(t))
			c := m.cluster
			server, err := faults.NewServer(c.Server, credentials(c), func(x *faults.Exchange) error {
				response, err := x.Ask()
				if err != nil {
					return err
				}
				defer response.Body.Close()
				response.Close = requests > 1
				if err := x.Give(response); err != nil {
					return err
				}
				return faults.ErrClose
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			m.Servers = []string{server.URL()}
			m.runs(t, program.Valid)
			checkDiscovered(t, m, c, m.read(t, c.CA))
			if seen := server.Seen(); seen[0].URI != clusterInfoURI || len(seen) != requests {
				t.Errorf("the server was asked for %v", seen)
			}
		})
	}
}
