// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

func TestANodeGetsItsIdentityFromAnECDSACluster(t *testing.T) {
	t.Parallel()
	getsItsIdentity(t, ecdsaCluster(t))
}

func TestANodeGetsItsIdentityFromAnRSACluster(t *testing.T) {
	t.Parallel()
	getsItsIdentity(t, rsaCluster(t))
}

func getsItsIdentity(t *testing.T, c *cluster) {
	requires(t, tool("openssl"))
	m := newMachine(t, c)
	result := m.runs(t, program.Valid)
	if result.Stdout != "" {
		t.Errorf("stdout is for what was asked for, not %q", result.Stdout)
	}
	checkFiles(t, m)
	checkCertificate(t, m)
	checkKubeconfig(t, m, "    certificate-authority: "+m.CA+"\n    server: "+c.Server+"\n")
	checkIdentity(t, m)
}

var datedPEM = regexp.MustCompile(`^kubelet-client-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2}\.pem$`)

// checkFiles wants the dated file and the link to it, and nothing left over from making them.
func checkFiles(t *testing.T, m *machine) {
	t.Helper()
	target, err := os.Readlink(m.disk(m.currentLink()))
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(target) || filepath.Dir(target) != m.CertDir || !datedPEM.MatchString(filepath.Base(target)) {
		t.Errorf("kubelet-client-current.pem leads to %s, not to a dated file by its absolute path", target)
	}
	for _, secret := range []string{target, m.Kubeconfig} {
		info, err := os.Lstat(m.disk(secret))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, want -rw-------", secret, info.Mode())
		}
	}
	entries, err := os.ReadDir(m.disk(m.CertDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != filepath.Base(target) && entry.Name() != "kubelet-client-current.pem" {
			t.Errorf("%s was left over in %s", entry.Name(), m.CertDir)
		}
	}
	temporary, err := filepath.Glob(m.disk(filepath.Dir(m.Kubeconfig)) + "/*kubelet.conf*")
	temporary = slices.DeleteFunc(temporary, func(path string) bool { return path == m.disk(m.BootstrapKubeconfig) })
	if err != nil || len(temporary) != 1 {
		t.Errorf("want kubelet.conf and nothing else of ours, found %v (%v)", temporary, err)
	}
}

// checkCertificate wants one that the CA issued to this node for the key beside it.
func checkCertificate(t *testing.T, m *machine) {
	t.Helper()
	path, cert := m.currentPEM(t), m.certificate(t)
	if got, want := cert.Subject.ToRDNSequence().String(), "CN=system:node:"+m.Name+",O=system:nodes"; got != want {
		t.Errorf("subject is %s, want %s", got, want)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(m.read(t, m.cluster.CA)))
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("the certificate does not verify: %v", err)
	}
	if _, err := tls.LoadX509KeyPair(path, path); err != nil {
		t.Errorf("certificate and key do not belong together: %v", err)
	}
	verified, err := program.Run(time.Minute, "openssl", "verify", "-purpose", "sslclient", "-CAfile", m.cluster.CA, path)
	if err != nil || verified.Status != 0 {
		t.Errorf("openssl verify: %v %v", err, verified)
	}
	var kinds []string
	for rest := []byte(m.read(t, path)); ; {
		block, more := pem.Decode(rest)
		if block == nil {
			break
		}
		kinds, rest = append(kinds, block.Type), more
	}
	if got := strings.Join(kinds, ", "); got != "CERTIFICATE, EC PRIVATE KEY" && got != "CERTIFICATE, PRIVATE KEY" {
		t.Errorf("the PEM file holds %s, want the certificate and then the key", got)
	}
}

// checkKubeconfig wants kubelet.conf to be what kubelet itself would have written, byte for byte.
func checkKubeconfig(t *testing.T, m *machine, clusterLines string) {
	t.Helper()
	want := `apiVersion: v1
clusters:
- cluster:
` + clusterLines + `  name: default-cluster
contexts:
- context:
    cluster: default-cluster
    namespace: default
    user: default-auth
  name: default-context
current-context: default-context
kind: Config
users:
- name: default-auth
  user:
    client-certificate: ` + m.currentLink() + `
    client-key: ` + m.currentLink() + `
`
	if got := m.read(t, m.disk(m.Kubeconfig)); got != want {
		t.Errorf("kubelet.conf is\n%s\nwant\n%s", got, want)
	}
}

// checkIdentity asks the API server who comes with kubelet.conf.
func checkIdentity(t *testing.T, m *machine) {
	t.Helper()
	out, err := m.cluster.KubectlAs(m.Kubeconfig, "", "auth", "whoami", "--output=json")
	if err != nil {
		t.Fatal(err)
	}
	var review struct {
		Status struct {
			UserInfo struct {
				Username string
				Groups   []string
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &review); err != nil {
		t.Fatal(err)
	}
	user := review.Status.UserInfo
	if user.Username != "system:node:"+m.Name || strings.Join(user.Groups, " ") != "system:nodes system:authenticated" {
		t.Errorf("the API server sees %s in %v", user.Username, user.Groups)
	}
}

func TestTheCAAndTheServersNameMayBeWrittenInTheConfiguration(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.CAData = base64.StdEncoding.EncodeToString([]byte(m.read(t, m.CA)))
	m.CA = ""
	m.TLSServerName = "kubernetes.default.svc"
	m.runs(t, program.Valid)
	checkFiles(t, m)
	checkKubeconfig(t, m, "    certificate-authority-data: "+m.CAData+"\n    server: "+m.Servers[0]+"\n    tls-server-name: kubernetes.default.svc\n")
	checkIdentity(t, m)
}

func TestTheTokenMayComeFromAFile(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.TokenFile = filepath.Join(filepath.Dir(m.ini), "token")
	m.write(t, m.TokenFile, m.Token+"\n")
	m.Token = ""
	m.runs(t, program.Valid)
	checkFiles(t, m)
	checkIdentity(t, m)
}

func TestTheNextServerIsTriedWhenTheFirstIsDown(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Servers = []string{closedPort(t), m.cluster.Server}
	m.runs(t, program.Valid)
	checkFiles(t, m)
	checkCertificate(t, m)
	// kubelet gets the first one: it is the configuration that counts, not which server happened to be up.
	checkKubeconfig(t, m, "    certificate-authority: "+m.CA+"\n    server: "+m.Servers[0]+"\n")
}
