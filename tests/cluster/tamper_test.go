// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	certificates "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
)

// Here a run is disturbed at one system call by strace. The tests are crash_test.go and inject_test.go.

// manyCluster signs as fast as it can: with the default of 20 requests a second it would give ten certificates in that time, and
// the tests here ask for hundreds.
var manyCluster = share(controlplane.Options{ControllerFlags: []string{"--kube-api-qps=500", "--kube-api-burst=1000"}})

// systemCall is the ordinal-th call of its name in a run. That is how strace counts.
type systemCall struct {
	name    string
	ordinal int
}

func (c systemCall) String() string { return fmt.Sprintf("%s-%d", c.name, c.ordinal) }

var callLine = regexp.MustCompile(`^([a-z0-9_]+)\(`)

// systemCalls runs the program on a machine in the situation and lists the calls it made itself.
func (s situation) systemCalls(t *testing.T) []systemCall {
	t.Helper()
	m := s.machine(t)
	m.write(t, m.ini, m.INI())
	log := filepath.Join(t.TempDir(), "strace")
	result, err := program.Run(time.Minute, "strace", "-D", "-q", "-o", log, m.binary, "--config", m.ini)
	if err != nil || result.Status != program.Valid {
		t.Fatal(err, result)
	}
	var calls []systemCall
	count := map[string]int{}
	for line := range strings.Lines(m.read(t, log)) {
		if call := callLine.FindStringSubmatch(line); call != nil && call[1] != "execve" {
			count[call[1]]++
			calls = append(calls, systemCall{call[1], count[call[1]]})
		}
	}
	if len(calls) < 20 {
		t.Fatalf("only %d system calls in\n%s", len(calls), m.read(t, log))
	}
	return calls
}

// disturbed is a run in which one call was tampered with.
type disturbed struct {
	program.Result
	call string // as strace saw it, the last one if there were several; empty: there was no such call this time
}

// disturb runs the program with `inject`, which is strace's expression of that name. The program has to end within the limit.
func (m *machine) disturb(t *testing.T, inject string, limit time.Duration) disturbed {
	t.Helper()
	m.write(t, m.ini, m.INI())
	log := filepath.Join(t.TempDir(), "strace")
	// With -D the program is our own child, not strace's: its end is seen as it is, and it is what the limit kills.
	name, _, _ := strings.Cut(inject, ":")
	result, err := program.Run(limit, "strace", "-D", "-q", "-o", log, "-e", "trace="+name, "-e", "inject="+inject,
		m.binary, "--config", m.ini)
	if err != nil {
		t.Fatalf("%s: %v\n%s", inject, err, m.read(t, log))
	}
	if secret := m.secret(t); strings.Contains(result.Stdout+result.Stderr, secret) {
		t.Errorf("the token's secret is shown: %v", result)
	}
	run := disturbed{Result: result}
	lines := strings.Split(m.read(t, log), "\n")
	for i, line := range lines {
		next := append(lines, "")[i+1]
		if strings.HasSuffix(line, "(INJECTED)") || next == "+++ killed by SIGKILL +++" || strings.HasPrefix(next, "--- SIG") {
			run.call = line
		}
	}
	return run
}

// situation is what a run finds.
type situation struct {
	isValid bool // no run has anything to write there
	// machine brings a new one there.
	machine func(t *testing.T) *machine
	// tidy checks and removes what a run has to leave there besides the files of every run; nil: nothing.
	tidy func(t *testing.T, m *machine)
}

// aFreshMachine has nothing but a configuration.
var aFreshMachine = situation{machine: func(t *testing.T) *machine {
	t.Helper()
	return newMachine(t, manyCluster(t))
}}

// anApprovedMachine has asked in an earlier run, and the request has been approved since.
var anApprovedMachine = situation{machine: func(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t, manyCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, "500ms"
	var stands []string
	for stands == nil { // a busy computer may not get as far within the deadline; the next run goes on from there
		m.write(t, m.ini, m.INI())
		result, err := program.Run(time.Minute, m.binary, "--config", m.ini)
		if err != nil || result.Status != program.Pending && result.Status != program.Unavailable {
			t.Fatal(err, result)
		}
		stands = standingRequest.FindStringSubmatch(result.Stderr)
	}
	m.Deadline = "30s"
	approve(t, m.cluster, stands[1])
	return m
}}

var standingRequest = regexp.MustCompile(`kubectl certificate approve (node-csr-[A-Za-z0-9_-]+)`)

func approve(t *testing.T, c *cluster, name string) {
	t.Helper()
	requests := c.kube.CertificatesV1().CertificateSigningRequests()
	csr, err := requests.Get(context.Background(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	csr.Status.Conditions = append(csr.Status.Conditions, certificates.CertificateSigningRequestCondition{
		Type: certificates.CertificateApproved, Status: corev1.ConditionTrue, Reason: "ByTest", Message: "approved by a test",
	})
	if _, err := requests.UpdateApproval(context.Background(), name, csr, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

const expiredPEM = "kubelet-client-2020-02-29-23-59-59.pem"

// anExpiredMachine was a node until an hour ago.
var anExpiredMachine = situation{
	machine: func(t *testing.T) *machine {
		t.Helper()
		m := newMachine(t, manyCluster(t))
		old := filepath.Join(m.CertDir, expiredPEM)
		m.write(t, old, issue(t, m, time.Now().Add(time.Hour)))
		m.runs(t, program.Valid) // links it and writes kubelet.conf, without a request
		m.write(t, old, issue(t, m, time.Now().Add(-time.Hour)))
		return m
	},
	tidy: func(t *testing.T, m *machine) {
		t.Helper()
		old := filepath.Join(m.CertDir, expiredPEM)
		if _, err := tls.LoadX509KeyPair(old, old); err != nil {
			t.Errorf("the expired certificate was damaged: %v", err)
		}
		if err := os.Remove(old); err != nil {
			t.Fatal(err)
		}
	},
}

// issue makes the machine a key and a certificate from the cluster's own CA, which begins two days ago.
func issue(t *testing.T, m *machine, notAfter time.Time) string {
	t.Helper()
	ca, err := tls.LoadX509KeyPair(m.cluster.CA, strings.TrimSuffix(m.cluster.CA, ".crt")+".key")
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "system:node:" + m.Name, Organization: []string{"system:nodes"}},
		NotBefore:    time.Now().Add(-48 * time.Hour),
		NotAfter:     notAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, ca.Leaf, &key.PublicKey, ca.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}))
}

// aValidMachine is a node.
var aValidMachine = situation{isValid: true, machine: func(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t, manyCluster(t))
	m.runs(t, program.Valid)
	return m
}}

// aBrokenMachine is a node whose link leads nowhere and whose kubelet.conf is gone; only the dated file is good.
var aBrokenMachine = situation{machine: func(t *testing.T) *machine {
	t.Helper()
	m := aValidMachine.machine(t)
	for _, gone := range []string{m.currentLink(), m.Kubeconfig} {
		if err := os.Remove(gone); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(m.CertDir, "kubelet-client-2020-01-01-00-00-00.pem"), m.currentLink()); err != nil {
		t.Fatal(err)
	}
	return m
}}

// heals wants one more run, undisturbed, to end with a good node, whatever the run before has left.
func (s situation) heals(t *testing.T, m *machine) {
	t.Helper()
	m.Deadline = "10s"
	m.runs(t, program.Valid)
	s.isGood(t, m)
}

// isGood wants all that a run that ends with 0 promises.
func (s situation) isGood(t *testing.T, m *machine) {
	t.Helper()
	if s.tidy != nil {
		s.tidy(t, m)
	}
	checkFiles(t, m)
	checkCertificate(t, m)
	checkKubeconfig(t, m, "    certificate-authority: "+m.CA+"\n    server: "+m.cluster.Server+"\n")
}

// tally counts the points of a test, and knows which machines took part.
type tally struct {
	sync.Mutex
	tried, unreached int
	failed           map[string]bool // names of points
	slowest          time.Duration
	statuses         map[int]int
	machines         map[string]string // node name to the point it stands for
}

func newTally() *tally {
	return &tally{failed: map[string]bool{}, statuses: map[int]int{}, machines: map[string]string{}}
}

// point is one try, as a test of its own beside the others.
func (n *tally) point(t *testing.T, name string, try func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		defer func() {
			n.Lock()
			defer n.Unlock()
			n.tried++
			if t.Failed() {
				n.failed[t.Name()] = true
			}
		}()
		try(t)
	})
}

// takes notes a run and whose it was.
func (n *tally) takes(t *testing.T, m *machine, run disturbed) {
	n.Lock()
	defer n.Unlock()
	n.machines[m.Name] = t.Name()
	n.statuses[run.Status]++
	n.slowest = max(n.slowest, run.Took)
	if run.call == "" {
		n.unreached++
	}
}

// report wants one request for each machine in the cluster, and says how it all went.
func (n *tally) report(t *testing.T) {
	t.Helper()
	list, err := manyCluster(t).kube.CertificatesV1().CertificateSigningRequests().List(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	requests := map[string]int{}
	for _, csr := range list.Items {
		requests[strings.TrimPrefix(parseRequest(t, csr).Subject.CommonName, "system:node:")]++
	}
	for name, point := range n.machines {
		if requests[name] != 1 {
			n.failed[point] = true
			t.Errorf("%s: want one CertificateSigningRequest for %s, found %d", point, name, requests[name])
		}
	}
	if n.unreached > 2+n.tried/10 { // runs are not all alike
		t.Errorf("%d of %d faults did not come: the list of points does not fit the runs", n.unreached, n.tried)
	}
	t.Logf("tried %d, failed %d; not reached %d; exit statuses (-1: killed) %v; the slowest run took %v",
		n.tried, len(n.failed), n.unreached, n.statuses, n.slowest.Round(time.Millisecond))
}
