// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"path"
	"strings"
	"testing"
)

// starts switches the node on, as far as kubelet.
func (n *node) starts(t *testing.T, b Boot) *Running {
	t.Helper()
	b.Kubelet = true
	r, err := n.Start(bootLimit, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Kill)
	return r
}

// shows waits until the console does.
func shows(t *testing.T, r *Running, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := r.WaitForText(text); err != nil {
			t.Fatal(err)
		}
	}
}

// registers waits until kubelet has made the node's object, and checks by whose identity.
func (n *node) registers(t *testing.T, r *Running) {
	t.Helper()
	shows(t, r, "REPORT kubelet is ActiveState=active")
	var object string
	if err := r.WaitFor("a registered node", func() (is bool) {
		var err error
		object, err = n.Kubectl("get", "node", n.name, "--output=jsonpath={.metadata.managedFields[0].manager} {.status.nodeInfo.kubeletVersion}")
		return err == nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := "kubelet v" + n.Programs.Version; object != want {
		t.Errorf("the node was made by %q, want %q", object, want)
	}
	if count := n.requests(t); count != 1 {
		t.Errorf("the cluster has %d requests of this node, want the one of this program", count)
	}
}

// switchesOff presses the power button, and returns what the console showed.
func (n *node) switchesOff(t *testing.T, r *Running) string {
	t.Helper()
	console, err := r.SwitchOff()
	if err != nil {
		t.Fatalf("%v\n%s", err, console)
	}
	n.keepsSecret(t, console)
	return console
}

// becomesANode is a boot until the cluster has the node.
func (n *node) becomesANode(t *testing.T, b Boot) (console string) {
	t.Helper()
	r := n.starts(t, b)
	n.registers(t, r)
	shows(t, r, "REPORT check 0")
	console = n.switchesOff(t, r)
	n.isIdentified(t)
	return console
}

// isIdentified wants on the disk the certificate that the cluster has issued for the one request.
func (n *node) isIdentified(t *testing.T) {
	t.Helper()
	target, err := n.identity.Link(path.Join(n.certDir, "kubelet-client-current.pem"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := n.identity.Read(path.Join(n.certDir, path.Base(target)))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("no certificate is in %q", text)
	}
	issued, err := n.Kubectl("get", "csr", "--output=jsonpath={.items[*].status.certificate}")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range strings.Fields(issued) {
		if chain, err := base64.StdEncoding.DecodeString(one); err == nil && strings.HasPrefix(text, string(chain)) {
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil || certificate.Subject.CommonName != "system:node:"+n.name {
				t.Errorf("want a certificate of system:node:%s, got %v, %v", n.name, certificate.Subject, err)
			}
			return
		}
	}
	t.Errorf("the cluster has not issued what the node has: %s", text)
}
