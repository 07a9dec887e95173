// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"os"
	"sync"
	"testing"
	"time"

	certificates "k8s.io/api/certificates/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// waiting is a run in the background whose request nobody has approved yet.
type waiting struct {
	*machine
	proxy *faults.Proxy // it may be cut
	csr   certificates.CertificateSigningRequest
	ended <-chan program.Result
}

// waits starts one, and returns when the program is being told of its request by the watch.
func waits(t *testing.T, c *cluster) *waiting {
	t.Helper()
	requires(t, tool("openssl"))
	m := newMachine(t, c)
	begun := make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	server, err := faults.NewServer(c.Server, credentials(c), onWatch(func(x *faults.Exchange) error { return x.PassAnd(once) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	proxy, err := faults.NewProxy(server.Address(), faults.Fault{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	m.moveTo(proxy.URL())
	m.Token, m.Deadline = c.unapprovedToken, "1m"
	w := &waiting{machine: m, proxy: proxy, ended: m.starts(t)}
	select {
	case <-begun:
	case result := <-w.ended:
		t.Fatalf("the run does not wait: %v", result)
	}
	w.csr = m.onlyRequest(t)
	return w
}

// starts runs the program in the background.
func (m *machine) starts(t *testing.T) <-chan program.Result {
	t.Helper()
	m.write(t, m.ini, m.INI())
	ended := make(chan program.Result, 1)
	go func() {
		result, err := program.Run(time.Minute+slack, m.binary, "--config", m.ini)
		if err != nil {
			result.Status, result.Stderr = -1, err.Error()
		}
		ended <- result
	}()
	return ended
}

func (w *waiting) endsWith(t *testing.T, status int) program.Result {
	t.Helper()
	result := <-w.ended
	if result.Status != status {
		t.Fatalf("want exit status %d, got: %v", status, result)
	}
	return result
}

// isIssued wants the run to end well, with one request only.
func (w *waiting) isIssued(t *testing.T) {
	t.Helper()
	w.endsWith(t, program.Valid)
	aFreshMachine.isGood(t, w.machine)
	w.onlyRequest(t)
}

func (w *waiting) delete(t *testing.T) {
	t.Helper()
	err := w.cluster.kube.CertificatesV1().CertificateSigningRequests().Delete(context.Background(), w.csr.Name, metav1.DeleteOptions{})
	if err != nil && !errors.IsNotFound(err) {
		t.Fatal(err)
	}
}

// replace puts another object under the name, by the administrator and with this content.
func (w *waiting) replace(t *testing.T, request []byte) {
	t.Helper()
	other := certificates.CertificateSigningRequest{ObjectMeta: metav1.ObjectMeta{Name: w.csr.Name}, Spec: w.csr.Spec}
	other.Spec.Request = request
	for { // the program may be faster than we are
		w.delete(t)
		_, err := w.cluster.kube.CertificatesV1().CertificateSigningRequests().Create(context.Background(), &other, metav1.CreateOptions{})
		if err == nil {
			return
		}
		if !errors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
	}
}

func TestARequestThatIsDeletedDuringTheWaitIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := waits(t, manyCluster(t))
	w.delete(t)
	for limit := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if again := w.requests(t); len(again) == 1 && again[0].UID != w.csr.UID {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("there is no new request")
		}
	}
	approve(t, w.cluster, w.csr.Name)
	w.isIssued(t)
}

// whileWatching and whileAway are when the program may meet an object of another: in its watch, and at the next create.
func whileWatching(_ *waiting, change func()) { change() }

func whileAway(w *waiting, change func()) {
	w.proxy.Cut()
	change()
	w.proxy.Mend()
}

var moments = map[string]func(*waiting, func()){"while watching": whileWatching, "while away": whileAway}

func TestARequestThatAnotherHasMadeForTheSameKeyIsAsGood(t *testing.T) {
	for name, moment := range moments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waits(t, manyCluster(t))
			moment(w, func() { w.replace(t, w.csr.Spec.Request) })
			w.isIssued(t) // kube-controller-manager approves what an administrator asks for
			if csr := w.onlyRequest(t); csr.UID == w.csr.UID || csr.Spec.Username != "kubernetes-admin" {
				t.Errorf("the request is that of %s", csr.Spec.Username)
			}
		})
	}
}

func TestARequestThatAnotherHasMadeForAnotherKeyIsRefusedAndTheNextRunAsksAnew(t *testing.T) {
	for name, moment := range moments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := waits(t, manyCluster(t))
			moment(w, func() { w.replace(t, requestOfAnother(t, w.Name)) })
			result := w.endsWith(t, program.Refused)
			contains(t, "stderr", result.Stderr, w.csr.Name, "its name is taken by a request with another key")
			nothingWritten(t, w.machine)
			w.Token = w.cluster.token
			w.healsAt(t, manyCluster(t), 2)
		})
	}
}

// requestOfAnother is one for the same node and another key.
func requestOfAnother(t *testing.T, node string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "system:node:" + node, Organization: []string{"system:nodes"}},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

func TestARequestOutlivesANetworkThatIsAway(t *testing.T) {
	t.Parallel()
	w := waits(t, manyCluster(t))
	w.proxy.Cut()
	for before := w.proxy.Connections(); w.proxy.Connections() < before+2; { // it tries
		select {
		case result := <-w.ended:
			t.Fatalf("the run has given up: %v", result)
		case <-time.After(20 * time.Millisecond):
		}
	}
	approve(t, w.cluster, w.csr.Name)
	w.proxy.Mend()
	w.isIssued(t)
	if csr := w.onlyRequest(t); csr.UID != w.csr.UID {
		t.Error("there is another request")
	}
}

var restartedCluster = share(controlplane.Options{})

func TestARequestOutlivesARestartOfTheAPIServer(t *testing.T) {
	t.Parallel()
	if os.Getenv("KUBELET_BOOTSTRAP_SLOW") == "" {
		t.Skip("needs a control plane of its own; KUBELET_BOOTSTRAP_SLOW=1 runs it")
	}
	w := waits(t, restartedCluster(t))
	if err := w.cluster.RestartAPIServer(); err != nil {
		t.Fatal(err)
	}
	if csr := w.onlyRequest(t); csr.UID != w.csr.UID {
		t.Error("there is another request")
	}
	approve(t, w.cluster, w.csr.Name)
	w.isIssued(t)
}

// Of a directory that is no longer at its path nothing is to be had: kubelet would start with a link that leads nowhere.
func TestADirectoryThatIsReplacedDuringTheWaitIsNoSuccess(t *testing.T) {
	t.Parallel()
	w := waits(t, manyCluster(t))
	if err := os.Rename(w.CertDir, w.CertDir+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(w.CertDir, 0o755); err != nil {
		t.Fatal(err)
	}
	approve(t, w.cluster, w.csr.Name)
	result := w.endsWith(t, program.CannotWrite)
	contains(t, "stderr", result.Stderr, "cannot find what was written", w.CertDir)
}
