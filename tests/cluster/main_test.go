// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"kubelet-bootstrap/tests/cluster/controlplane"
)

// Control planes that tests share; each starts when the first test asks for it.
var (
	ecdsaCluster = share(controlplane.Options{Keys: controlplane.ECDSA, StaticTokens: staticToken + `,static,1,"` + approvedGroup + `"`})
	rsaCluster   = share(controlplane.Options{Keys: controlplane.RSA})
	// A certificate from here asks kubelet for a new one within half a minute; rotation_test.go says why.
	shortLivedCluster = share(controlplane.Options{ControllerFlags: []string{"--cluster-signing-duration=" + certificateLifetime.String()}})
	// manyCluster signs as fast as it can: with the default of 20 requests a second it would give ten certificates in that time, and
	// the tests here ask for hundreds.
	manyCluster = share(controlplane.Options{ControllerFlags: []string{"--kube-api-qps=500", "--kube-api-burst=1000"}})
)

// cluster is a control plane with platform/cluster applied to it.
type cluster struct {
	*controlplane.ControlPlane
	kube  kubernetes.Interface // the administrator
	token string               // a bootstrap token whose requests are approved
	// A token in a group that may ask but that no rule approves.
	unapprovedToken string
}

const (
	// Whose requests platform/cluster/rbac.yaml has approved.
	approvedGroup = "system:bootstrappers:kubelet-bootstrap"
	// A token that stands in a file of the API server; it has no shape.
	staticToken = "Static/Token+of~no-Shape=="
)

var started struct {
	sync.Mutex
	clusters []*cluster
}

func TestMain(m *testing.M) {
	status := m.Run()
	for _, c := range started.clusters {
		c.Stop()
	}
	os.Exit(status)
}

func share(o controlplane.Options) func(*testing.T) *cluster { return once(o, startCluster) }

// shareBare is the same without what an administrator has to apply.
func shareBare(o controlplane.Options) func(*testing.T) *cluster { return once(o, startBareCluster) }

func once(o controlplane.Options, start func(controlplane.Options) (*cluster, error)) func(*testing.T) *cluster {
	first := sync.OnceValues(func() (*cluster, error) { return start(o) })
	return func(t *testing.T) *cluster {
		t.Helper()
		c, err := first()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func startBareCluster(o controlplane.Options) (*cluster, error) {
	o.Progress = os.Stderr
	cp, err := controlplane.Start(o)
	if err != nil {
		return nil, err
	}
	c := &cluster{ControlPlane: cp}
	started.Lock()
	started.clusters = append(started.clusters, c)
	started.Unlock()

	config, err := clientcmd.BuildConfigFromFlags("", cp.Admin)
	if err != nil {
		return nil, err
	}
	config.QPS = -1 // hundreds of machines are looked after at once
	if c.kube, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	return c, nil
}

func startCluster(o controlplane.Options) (*cluster, error) {
	c, err := startBareCluster(o)
	if err != nil {
		return nil, err
	}
	if _, err := c.Apply(); err != nil {
		return nil, err
	}
	if c.token, err = c.MintToken(); err != nil {
		return nil, err
	}
	c.unapprovedToken, err = c.MintUnapprovedToken()
	return c, err
}

// torture asks for all points of those tests that otherwise try a sample.
func torture() bool { return os.Getenv("KUBELET_BOOTSTRAP_TORTURE") != "" }

// requires ends a test that cannot run here: a skip for a person, a failure in CI, where everything has to be there.
func requires(t *testing.T, missing error) {
	t.Helper()
	if missing == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI must have this: %v", missing)
	}
	t.Skip(missing)
}

// root says whether the test may mount and make namespaces.
func root() error {
	if os.Geteuid() != 0 {
		return errors.New("this test needs root")
	}
	return nil
}

// tool says whether a program is installed.
func tool(name string) error {
	if _, err := exec.LookPath(name); err != nil {
		return fmt.Errorf("this test needs %s: %w", name, err)
	}
	return nil
}
