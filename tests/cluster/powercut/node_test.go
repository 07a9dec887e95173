// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	certificates "k8s.io/api/certificates/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"kubelet-bootstrap/tests/cluster/boot"
	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/power"
	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
)

// A guest needs seconds, and may meet a busy machine.
const guestLimit = 15 * time.Minute

// cluster is a real control plane that a guest can reach.
type cluster struct {
	*controlplane.ControlPlane
	kube                   kubernetes.Interface
	token, unapprovedToken string
	ca                     []byte
}

var shared struct {
	sync.Once
	cluster
	err error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if shared.ControlPlane != nil {
		shared.Stop()
	}
	os.Exit(status)
}

func start() (c cluster, err error) {
	fast := []string{"--kube-api-qps=500", "--kube-api-burst=1000"} // hundreds of certificates are asked for
	if c.ControlPlane, err = controlplane.Start(controlplane.Options{
		ServerNames: []string{boot.Host}, ControllerFlags: fast, Progress: os.Stderr,
	}); err != nil {
		return c, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.Admin)
	if err != nil {
		return c, err
	}
	config.QPS = -1
	if c.kube, err = kubernetes.NewForConfig(config); err != nil {
		return c, err
	}
	if c.ca, err = os.ReadFile(c.CA); err != nil {
		return c, err
	}
	if _, err = c.Apply(); err != nil {
		return c, err
	}
	if c.token, err = c.MintToken(); err != nil {
		return c, err
	}
	c.unapprovedToken, err = c.MintUnapprovedToken()
	return c, err
}

var nodes atomic.Int32

// node is a machine whose disk is of some file system.
type node struct {
	cluster
	Identity
	dir, binary string
	config      program.Config // without servers
	before      power.Tree
	asked       bool // its request was there before the run that is recorded
	requests    int  // how many it is to have in the end
}

// newNode has nothing on its disk but two folders.
func newNode(t *testing.T, tools ...string) *node {
	t.Helper()
	boot.Requires(t, append(tools, "qemu-system-x86_64", "cpio", "busybox", "xz")...)
	shared.Do(func() { shared.cluster, shared.err = start() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	binary, err := repo.Binary()
	if err != nil {
		t.Fatal(err)
	}
	n := &node{cluster: shared.cluster, binary: binary, dir: scratch(t), requests: 1}
	n.Node = fmt.Sprintf("power-%d", nodes.Add(1))
	n.CA = x509.NewCertPool()
	n.CA.AppendCertsFromPEM(n.ca)
	n.config = program.Config{
		CAData: base64.StdEncoding.EncodeToString(n.ca), Token: n.token, Name: n.Node, Deadline: "1m",
		Kubeconfig: Top + "/" + kubeconfig, CertDir: Top + "/" + certDir,
	}
	n.prepare(t, func() error { return nil })
	return n
}

// scratch is a folder in memory, where there is enough of it. What a process that was killed has left there goes now: gigabytes.
func scratch(t *testing.T) string {
	t.Helper()
	const memory, name = "/dev/shm", "kb-powercut-"
	left, err := filepath.Glob(filepath.Join(memory, name+"*-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), name), "-")
		if _, err := os.Stat("/proc/" + pid); err != nil {
			os.RemoveAll(dir)
		}
	}
	var free syscall.Statfs_t
	if err := syscall.Statfs(memory, &free); err != nil || free.Bavail*uint64(free.Bsize) < 8<<30 {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, fmt.Sprintf("%s%d-", name, os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// prepare lets the function, in Apart, put onto the disk what the run is to find.
func (n *node) prepare(t *testing.T, do func() error) {
	t.Helper()
	err := Apart(func() error {
		for _, dir := range []string{"etc", "var/lib"} {
			if err := os.MkdirAll(filepath.Join(Top, dir), 0o755); err != nil {
				return err
			}
		}
		if err := do(); err != nil {
			return err
		}
		var err error
		n.before, err = power.Snapshot(Top)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run runs the program on this machine, on what is at Top.
func (n *node) run(config program.Config, argv ...string) (program.Result, error) {
	config.Servers = []string{n.Server}
	ini := filepath.Join(n.dir, "kubelet-bootstrap.ini")
	if err := os.WriteFile(ini, []byte(config.INI()+"\n"), 0o600); err != nil {
		return program.Result{}, err
	}
	return program.Run(5*time.Minute, append(argv, "--config", ini)...)
}

// asks are the node's requests.
func (n *node) asks() ([]certificates.CertificateSigningRequest, error) {
	list, err := n.kube.CertificatesV1().CertificateSigningRequests().List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var mine []certificates.CertificateSigningRequest
	for _, csr := range list.Items {
		request, err := parsed(csr)
		if err != nil {
			return nil, err
		}
		if request.Subject.CommonName == "system:node:"+n.Node {
			mine = append(mine, csr)
		}
	}
	return mine, nil
}

func parsed(csr certificates.CertificateSigningRequest) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode(csr.Spec.Request)
	if block == nil {
		return nil, fmt.Errorf("%s: spec.request is not PEM", csr.Name)
	}
	return x509.ParseCertificateRequest(block.Bytes)
}

// forget removes the node's requests from the cluster.
func (n *node) forget() error {
	mine, err := n.asks()
	for _, csr := range mine {
		err = errors.Join(err, n.kube.CertificatesV1().CertificateSigningRequests().Delete(context.Background(), csr.Name, metav1.DeleteOptions{}))
	}
	return err
}

// record lets the program run in a guest, with success.
func (n *node) record(t *testing.T, f FileSystem, change func(*Run)) *Recorded {
	t.Helper()
	r := Run{Dir: n.dir, Binary: n.binary, FileSystem: f, Config: n.config, APIServer: strings.TrimPrefix(n.Server, "https://"), Before: n.before,
		Limit: guestLimit}
	change(&r)
	recorded, err := Record(r)
	if err != nil {
		t.Fatal(err)
	}
	n.Servers = []string{n.Server, recorded.Server}
	if recorded.Status != program.Valid {
		t.Fatalf("want exit status 0, got %d:\n%s", recorded.Status, recorded.Said)
	}
	if err := n.isGood(recorded.After); err != nil {
		t.Fatalf("%v\n%s", err, recorded.Said)
	}
	return recorded
}
