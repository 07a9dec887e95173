// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

// A node's name comes from the configuration or from the host, as kubelet has it: trimmed, in lower case.

func TestTheHostNameIsTheNodesNameAsKubeletHasIt(t *testing.T) {
	for host, row := range map[string]struct {
		node   string
		status int
	}{
		"Worker-A":              {"worker-a", program.Valid},
		"NODE-B.Example.COM":    {"node-b.example.com", program.Valid},
		"  node-c ":             {"node-c", program.Valid},
		"node_d":                {"", program.Misconfigured},
		"-node-e":               {"", program.Misconfigured},
		"node-f.":               {"", program.Misconfigured},
		"(none)":                {"", program.Misconfigured},
		strings.Repeat("g", 64): {"", program.Misconfigured},
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			if len(host) == 64 {
				host = strings.Repeat("g", 63) + "-" // a host name has 64 characters at most
			}
			m := withoutINI(t, ecdsaCluster(t))
			m.kubeadmWrites(t, m.cluster.token)
			m.Name = host
			result := m.runsBare(t, row.status, "--verbose")
			m.Name = row.node
			if row.status != program.Valid {
				contains(t, "stderr", result.Stderr, "host name", strings.TrimSpace(host))
				nothingWritten(t, m)
				return
			}
			contains(t, "stderr", result.Stderr, "the node's name is "+row.node+", as the host name says")
			checkFiles(t, m)
			checkCertificate(t, m)
		})
	}
}

func TestTheNameOfTheConfigurationIsSaidToBe(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	upper := strings.ToUpper(m.Name)
	m.Name = upper
	result := m.runs(t, program.Valid, "--verbose")
	m.Name = strings.ToLower(upper)
	contains(t, "stderr", result.Stderr, "the node's name is "+m.Name+", as "+m.ini+" says")
	checkCertificate(t, m)
}

// The certificate of the old name stays, for what it is worth; the new name needs one of its own, by the bootstrap credential.
func TestARenamedNodeGetsANewIdentity(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.runs(t, program.Valid)
	old := m.currentPEM(t)
	before := m.read(t, old)

	m.Name += "-renamed"
	token := m.Token
	m.Token = ""
	result := m.runs(t, program.Misconfigured)
	contains(t, "stderr", result.Stderr, "no credential in "+m.ini, old, "is for another node")
	if m.read(t, m.currentPEM(t)) != before {
		t.Error("the old identity was touched")
	}
	result = m.runs(t, program.Misconfigured, "--check")
	contains(t, "--check", result.Stdout, "a bootstrap is needed", "is for another node", "no credential")

	m.Token = token
	m.runs(t, program.Valid)
	checkCertificate(t, m)
	checkIdentity(t, m)
	m.onlyRequest(t)
	if _, err := os.Stat(old); err != nil {
		t.Errorf("the old certificate is gone: %v", err)
	}
}
