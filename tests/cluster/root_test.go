// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"path/filepath"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

func TestEverythingLiesBelowTheRootThatIsGiven(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.root = filepath.Join(filepath.Dir(m.ini), "sysroot")
	ca, token := m.read(t, m.CA), m.Token
	m.CA, m.Token, m.TokenFile = "/etc/kubernetes/pki/ca.crt", "", "/etc/kubernetes/bootstrap-token"
	m.Kubeconfig, m.CertDir = "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/pki"
	m.write(t, m.disk(m.CA), ca)
	m.write(t, m.disk(m.TokenFile), token)
	before := state(m.Kubeconfig) + state(m.CertDir)

	m.runs(t, program.Valid)
	checkFiles(t, m)
	checkCertificate(t, m)
	checkKubeconfig(t, m, "    certificate-authority: "+m.CA+"\n    server: "+m.Servers[0]+"\n")
	if after := state(m.Kubeconfig) + state(m.CertDir); after != before {
		t.Errorf("this computer's own files were touched: %s, before: %s", after, before)
	}
	runsQuietly(t, m, program.Valid)
	runsQuietly(t, m, program.Valid, "--check")
	m.onlyRequest(t)
}

// state says whether a file is there and since when.
func state(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return err.Error()
	}
	return path + " of " + info.ModTime().String()
}
