// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/kubernetes/cmd/kubeadm/app/phases/bootstraptoken/clusterinfo"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
)

// Clusters that say nothing of themselves, or not yet. The program waits 20 s before it gives up with such a one.

var (
	// silentCluster answers nobody who is anonymous.
	silentCluster = share(controlplane.Options{APIServerFlags: []string{"--anonymous-auth=false"}})
	// lateCluster has no cluster-info until a test makes it.
	lateCluster = share(controlplane.Options{})
)

func TestAClusterThatAnswersNobodyCannotBeDiscovered(t *testing.T) {
	t.Parallel()
	m := withPin(t, silentCluster(t))
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, m.blame(program.NotTrusted), "401: the cluster answers nobody who is anonymous",
		"set certificate-authority")
	nothingWritten(t, m)
	m.Pins, m.CA = nil, m.cluster.CA
	m.runs(t, program.Valid)
}

// One cluster grows up: what it lacks first is told, and no longer missed when it comes while a node waits.
func TestAClusterMayBeLateToSayWhoItIs(t *testing.T) {
	t.Parallel()
	c := lateCluster(t)
	isNotTold := func(says string) {
		t.Helper()
		m := withPin(t, c)
		contains(t, "stderr", m.runs(t, program.NotTrusted).Stderr, m.blame(program.NotTrusted), says)
		nothingWritten(t, m)
	}
	isNotTold("cluster-info: 403: system:anonymous may not get it")
	if err := clusterinfo.CreateClusterInfoRBACRules(c.kube); err != nil {
		t.Fatal(err)
	}
	isNotTold("cluster-info: 404: the cluster has no such ConfigMap in kube-public")

	other := filepath.Join(t.TempDir(), "other.crt")
	if err := os.WriteFile(other, []byte(toPEM(t, "CERTIFICATE", strangersIssuer(t).Certificate[0], nil)), 0o600); err != nil {
		t.Fatal(err)
	}
	m := withPin(t, c)
	bundle := m.read(t, other) + m.read(t, c.CA)
	m.runsAndMeanwhile(t, func() error { return publish(c, bundle) })
	checkDiscovered(t, m, c, bundle)

	// The bundle stays for the next two: whose certificate the server has counts, not which one is first.
	m = withPin(t, c)
	m.Pins = []string{pinOf(t, other)}
	contains(t, "stderr", m.runs(t, program.NotTrusted).Stderr, notSigned)
	nothingWritten(t, m)
	m = withPin(t, c)
	m.Pins = []string{pinOf(t, other), pinOf(t, c.CA)}
	m.runs(t, program.Valid)
	checkDiscovered(t, m, c, bundle)
}

// The token is made while a node asks with it already, and the signature comes after that.
func TestASignatureMayBeLate(t *testing.T) {
	t.Parallel()
	m := discovers(t, ecdsaCluster(t))
	token, manifest, err := m.cluster.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	m.Token = token
	m.runsAndMeanwhile(t, m.applies(manifest))
	checkDiscovered(t, m, m.cluster, m.read(t, m.cluster.CA))
}

func (m *machine) applies(manifest string) func() error {
	return func() error {
		_, err := m.cluster.KubectlAs(m.cluster.Admin, manifest, "apply", "--filename=-")
		return err
	}
}

// runsAndMeanwhile lets something happen in the cluster when it was asked in vain once.
func (m *machine) runsAndMeanwhile(t *testing.T, happens func() error) {
	t.Helper()
	ear := hears(t, m.cluster, m.cluster.Server, genuine(t, m.cluster))
	m.Servers = []string{ear.URL()}
	done := make(chan error, 1)
	go func() {
		select {
		case <-ear.Spoke():
			done <- happens()
		case <-t.Context().Done():
			done <- t.Context().Err()
		}
	}()
	result := m.runs(t, program.Valid)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	contains(t, "stderr", result.Stderr, "cluster-info", "next attempt in ")
}

// A token of the same id has another secret, until somebody mends that.
func TestASignatureMayBecomeRight(t *testing.T) {
	t.Parallel()
	m := discovers(t, ecdsaCluster(t))
	token, manifest, err := m.cluster.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	wrong := token[:7] + strings.Repeat("0", 16)
	if _, err := m.cluster.KubectlAs(m.cluster.Admin, strings.ReplaceAll(manifest, token[7:], wrong[7:]), "apply", "--filename=-"); err != nil {
		t.Fatal(err)
	}
	if err := becomesSigned(m.cluster, wrong); err != nil {
		t.Fatal(err)
	}
	m.Token = token
	m.runsAndMeanwhile(t, m.applies(manifest))
	checkDiscovered(t, m, m.cluster, m.read(t, m.cluster.CA))
}
