// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
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

// Before Linux 5.6 nothing but this program keeps a symlink of the image inside the root.
func TestAnOldKernelFollowsNoLinkOutOfTheRoot(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	old := []string{"strace", "-D", "-q", "-o", "/dev/null", "-e", "inject=openat2:error=ENOSYS"}
	for name, link := range map[string]string{"": "", "etc/kubernetes": "link", "var/lib": "link"} {
		t.Run("link "+name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			m.root = filepath.Join(filepath.Dir(m.ini), "sysroot")
			outside := filepath.Join(filepath.Dir(m.ini), "outside")
			ca := m.read(t, m.CA)
			m.CA, m.Kubeconfig, m.CertDir = "/pki/ca.crt", "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/pki"
			m.write(t, m.disk(m.CA), ca)
			m.write(t, filepath.Join(outside, ".keep"), "")
			if link == "" {
				m.runsUnder(t, old, program.Valid)
				checkFiles(t, m)
				return
			}
			path := filepath.Join(m.root, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(outside, path)); err != nil {
				t.Fatal(err)
			}
			m.runsUnder(t, old, program.CannotWrite)
			if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
				t.Errorf("%v, written outside of the root: %v", err, entries)
			}
		})
	}
}

// state says whether a file is there and since when.
func state(path string) string {
	info, err := os.Lstat(path)
	if err != nil {
		return err.Error()
	}
	return path + " of " + info.ModTime().String()
}
