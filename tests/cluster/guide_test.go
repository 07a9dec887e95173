// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
)

// What the usual guide to TLS bootstrapping has an administrator do by hand, from a cluster that allows nothing to a node: a token as a
// Secret, bindings for system:bootstrappers, four lines of kubectl config. Guides hand on a slip in the third: --user=kubelt-bootstrap.

func guideToken(id, secret string, expires time.Time) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Secret
metadata:
  name: bootstrap-token-%[1]s
  namespace: kube-system
type: bootstrap.kubernetes.io/token
stringData:
  description: "made by hand"
  token-id: '%[1]s'
  token-secret: '%[2]s'
  expiration: %[3]s
  usage-bootstrap-authentication: "true"
  usage-bootstrap-signing: "true"
  auth-extra-groups: system:bootstrappers:kubelet-bootstrap
`, id, secret, expires.UTC().Format(time.RFC3339))
}

func guideBinding(name, group, role string) string {
	return fmt.Sprintf(`---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: %s
subjects:
- {kind: Group, name: %s, apiGroup: rbac.authorization.k8s.io}
roleRef: {kind: ClusterRole, name: %s, apiGroup: rbac.authorization.k8s.io}
`, name, group, role)
}

var guideBindings = guideBinding("allow-system:bootstrappers-create-csr", "system:bootstrappers", "system:node-bootstrapper") +
	guideBinding("node-client-auto-approve-csr", "system:bootstrappers", "system:certificates.k8s.io:certificatesigningrequests:nodeclient") +
	guideBinding("node-client-auto-renew-crt", "system:nodes", "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient") +
	guideBinding("node-server-auto-renew-crt", "system:nodes", "system:certificates.k8s.io:certificatesigningrequests:selfnodeserver")

func TestTheUsualGuideLeadsToANode(t *testing.T) {
	t.Parallel()
	c := bareCluster(t)
	// Only digits: written without quotes, YAML would have it a number.
	id, secret := "123456", "1234567890123456"
	applies(t, c, guideToken(id, secret, time.Now().Add(24*time.Hour)))

	m := fromKubeconfig(t, c)
	m.config(t, "set-cluster", "kubernetes", "--certificate-authority="+c.CA, "--embed-certs=true", "--server="+c.Server)
	m.config(t, "set-credentials", "kubelet-bootstrap", "--token="+id+"."+secret)
	m.config(t, "set-context", "kubelet-bootstrap@kubernetes", "--cluster=kubernetes", "--user=kubelt-bootstrap")
	m.config(t, "use-context", "kubelet-bootstrap@kubernetes")
	contains(t, "the kubeconfig", m.read(t, m.BootstrapKubeconfig), `token: "`+id+"."+secret+`"`)

	result := m.runs(t, program.Misconfigured)
	contains(t, "stderr", result.Stderr, m.BootstrapKubeconfig,
		`context "kubelet-bootstrap@kubernetes" names user "kubelt-bootstrap"; there are: "kubelet-bootstrap"`)
	m.config(t, "set-context", "kubelet-bootstrap@kubernetes", "--cluster=kubernetes", "--user=kubelet-bootstrap")

	result = m.runs(t, program.Refused) // the bindings are not there yet
	contains(t, "stderr", result.Stderr, "403 Forbidden", "the token is good")
	nothingWritten(t, m)

	applies(t, c, guideBindings)
	m.runs(t, program.Valid)
	checkFiles(t, m)
	checkCertificate(t, m)
	checkIdentity(t, m)
	if user := m.onlyRequest(t).Spec.Username; user != "system:bootstrap:"+id {
		t.Errorf("the API server saw %q", user)
	}
	if strings.Contains(result.Stderr, secret) {
		t.Errorf("the token's secret is shown: %v", result)
	}
}

// The date in the guide has passed.
func TestATokenWithADateOfThePastIsExplained(t *testing.T) {
	t.Parallel()
	c := bareCluster(t)
	applies(t, c, guideToken("a1b2c3", "0123456789abcdef", time.Date(2020, 11, 1, 0, 0, 11, 0, time.UTC)))
	m := newMachine(t, c)
	m.Token = "a1b2c3.0123456789abcdef"
	result := m.runs(t, program.Refused)
	contains(t, "stderr", result.Stderr, "401 Unauthorized", "token a1b2c3 is unknown, wrong or expired")
	nothingWritten(t, m)
}

// bareCluster is one to which nothing has been applied.
var bareCluster = shareBare(controlplane.Options{Keys: controlplane.RSA})
