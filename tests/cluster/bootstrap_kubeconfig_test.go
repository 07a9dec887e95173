// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kubeconfigutil "k8s.io/kubernetes/cmd/kubeadm/app/util/kubeconfig"

	"kubelet-bootstrap/tests/cluster/program"
)

// A node that kubeadm or Cluster API has prepared holds a bootstrap kubeconfig in its usual place, and no configuration of ours.

const (
	usualINI       = "/etc/kubernetes/kubelet-bootstrap.ini"
	usualBootstrap = "/etc/kubernetes/bootstrap-kubelet.conf"
)

// fromKubeconfig is a machine whose configuration names a bootstrap kubeconfig, which is not there yet, and nothing of the cluster.
func fromKubeconfig(t *testing.T, c *cluster) *machine {
	t.Helper()
	m := newMachine(t, c)
	m.Servers, m.CA, m.Token = nil, "", ""
	m.BootstrapKubeconfig = filepath.Join(filepath.Dir(m.Kubeconfig), "bootstrap-kubelet.conf")
	return m
}

// withoutINI is a machine with a root of its own and all at its default there.
func withoutINI(t *testing.T, c *cluster) *machine {
	t.Helper()
	requires(t, root())
	requires(t, tool("unshare"))
	if _, err := os.Lstat(usualINI); err == nil {
		requires(t, errors.New("this test needs a computer without "+usualINI))
	}
	m := fromKubeconfig(t, c)
	m.root = filepath.Join(filepath.Dir(m.ini), "sysroot")
	m.BootstrapKubeconfig, m.Kubeconfig, m.CertDir = usualBootstrap, "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/pki"
	m.write(t, m.disk("/etc/hosts"), "")
	return m
}

// named is the command that gives the machine a host name.
func named(name string) []string {
	return []string{"unshare", "--uts", "sh", "-euc", `echo "$0" >/proc/sys/kernel/hostname; exec "$@"`, name}
}

// runsBare runs the program with no configuration file named.
func (m *machine) runsBare(t *testing.T, status int, args ...string) program.Result {
	t.Helper()
	argv := append(named(m.Name), m.binary, "--root", m.root)
	result, err := program.Run(2*time.Minute, append(argv, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	if result.Status != status {
		t.Fatalf("want exit status %d, got: %v", status, result)
	}
	return result
}

// kubeadmWrites puts there what `kubeadm join` does.
func (m *machine) kubeadmWrites(t *testing.T, token string) {
	t.Helper()
	config := kubeconfigutil.CreateWithToken(m.cluster.Server, "kubernetes", "tls-bootstrap-token-user", []byte(m.read(t, m.cluster.CA)), token)
	if err := kubeconfigutil.WriteToDisk(m.disk(m.BootstrapKubeconfig), config); err != nil {
		t.Fatal(err)
	}
}

func TestANodeThatKubeadmPreparedNeedsNoConfiguration(t *testing.T) {
	t.Parallel()
	m := withoutINI(t, ecdsaCluster(t))
	m.kubeadmWrites(t, m.cluster.token)
	check := m.runsBare(t, program.Pending, "--check")
	contains(t, "--check", check.Stdout, m.cluster.Server+" ("+m.disk(usualBootstrap)+")", m.Name+" (host name)", "token "+m.cluster.token[:6])
	result := m.runsBare(t, program.Valid, "--verbose")
	contains(t, "stderr", result.Stderr, m.Name, "the host name")
	checkFiles(t, m)
	checkCertificate(t, m)
	checkKubeconfig(t, m, "    certificate-authority-data: "+base64.StdEncoding.EncodeToString([]byte(m.read(t, m.cluster.CA)))+
		"\n    server: "+m.cluster.Server+"\n")
	m.onlyRequest(t)

	// kubelet and kubeadm may remove it when it has done its work.
	if err := os.Remove(m.disk(usualBootstrap)); err != nil {
		t.Fatal(err)
	}
	m.runsBare(t, program.Valid)
	m.runsBare(t, program.Valid, "--check")
	for _, secret := range []string{check.Stdout, check.Stderr, result.Stderr} {
		if strings.Contains(secret, m.cluster.token[7:]) {
			t.Errorf("the token's secret is shown: %s", secret)
		}
	}
}

func TestWithNoConfigurationAtAllBothPlacesAreNamed(t *testing.T) {
	t.Parallel()
	m := withoutINI(t, ecdsaCluster(t))
	for _, args := range [][]string{nil, {"--check"}} {
		result := m.runsBare(t, program.Misconfigured, args...)
		contains(t, "what is said", result.Stdout+result.Stderr, "there is neither "+usualINI+" nor "+m.disk(usualBootstrap))
	}
	nothingWritten(t, m)
}

func TestAConfigurationThatIsNamedMustBeThere(t *testing.T) {
	t.Parallel()
	m := withoutINI(t, ecdsaCluster(t))
	m.kubeadmWrites(t, m.cluster.token)
	result := m.runsBare(t, program.Misconfigured, "--config", m.ini)
	contains(t, "stderr", result.Stderr, m.ini)
}

// What the configuration says wins, setting by setting; each row puts something wrong into the kubeconfig and the right into the file.
func TestTheConfigurationWinsOverTheKubeconfig(t *testing.T) {
	c := ecdsaCluster(t)
	anotherCA := rsaCluster(t).CA
	wrongToken := c.token[:7] + strings.Repeat("0", 16)
	for _, row := range []struct {
		name    string
		cluster []string // of kubectl config set-cluster
		user    []string // of kubectl config set-credentials
		set     func(m *machine)
		conf    string // what kubelet.conf gets
	}{
		{"server", []string{"--server=https://192.0.2.1:1", "--certificate-authority=" + c.CA}, []string{"--token=" + c.token},
			func(m *machine) { m.Servers = []string{c.Server} }, "    certificate-authority: {ca}\n    server: {server}\n"},
		{"certificate authority", []string{"--server=" + c.Server, "--certificate-authority=" + anotherCA}, []string{"--token=" + c.token},
			func(m *machine) { m.CA = c.CA }, "    certificate-authority: {ca}\n    server: {server}\n"},
		{"certificate authority as data",
			[]string{"--server=" + c.Server, "--certificate-authority=" + anotherCA, "--embed-certs"}, []string{"--token=" + c.token},
			func(m *machine) { m.CA = c.CA }, "    certificate-authority: {ca}\n    server: {server}\n"},
		{"name of the server",
			[]string{"--server=" + c.Server, "--certificate-authority=" + c.CA, "--tls-server-name=another.example"},
			[]string{"--token=" + c.token}, func(m *machine) { m.TLSServerName = "kubernetes" },
			"    certificate-authority: {ca}\n    server: {server}\n    tls-server-name: kubernetes\n"},
		{"token", []string{"--server=" + c.Server, "--certificate-authority=" + c.CA}, []string{"--token=" + wrongToken},
			func(m *machine) { m.Token = c.token }, "    certificate-authority: {ca}\n    server: {server}\n"},
		{"server and authority and token",
			[]string{"--server=https://192.0.2.1:1", "--certificate-authority=" + anotherCA}, []string{"--token=" + wrongToken},
			func(m *machine) { m.Servers, m.CA, m.Token = []string{c.Server}, c.CA, c.token },
			"    certificate-authority: {ca}\n    server: {server}\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := fromKubeconfig(t, c)
			m.configures(t, row.cluster, row.user)
			row.set(m)
			m.runs(t, program.Valid)
			checkFiles(t, m)
			checkKubeconfig(t, m, strings.NewReplacer("{ca}", c.CA, "{server}", c.Server).Replace(row.conf))
			checkIdentity(t, m)
		})
	}
}

// The user that a context names is not there: kubelet goes on as nobody, and is refused with 403.
func TestAContextThatNamesAMissingUserIsExplained(t *testing.T) {
	t.Parallel()
	m := fromKubeconfig(t, ecdsaCluster(t))
	m.configures(t, []string{"--server=" + m.cluster.Server, "--certificate-authority=" + m.cluster.CA}, []string{"--token=" + m.cluster.token})
	m.config(t, "set-context", "bootstrap@kubernetes", "--user=bootstarp")
	result := m.runs(t, program.Misconfigured)
	contains(t, "stderr", result.Stderr, m.BootstrapKubeconfig, `context "bootstrap@kubernetes" names user "bootstarp"`, `"bootstrap"`)
	nothingWritten(t, m)
	m.config(t, "set-context", "bootstrap@kubernetes", "--user=bootstrap")
	m.runs(t, program.Valid)
	checkIdentity(t, m)
}

// config runs kubectl config on the machine's bootstrap kubeconfig.
func (m *machine) config(t *testing.T, args ...string) string {
	t.Helper()
	path := m.disk(m.BootstrapKubeconfig)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := m.cluster.KubectlAs(path, "", append([]string{"config"}, args...)...)
	if err != nil {
		t.Fatal(fmt.Errorf("%v: %w", args, err))
	}
	return out
}

// configures makes the bootstrap kubeconfig as guides tell people to.
func (m *machine) configures(t *testing.T, cluster, user []string) {
	t.Helper()
	m.config(t, append([]string{"set-cluster", "kubernetes"}, cluster...)...)
	if user != nil {
		m.config(t, append([]string{"set-credentials", "bootstrap"}, user...)...)
		m.config(t, "set-context", "bootstrap@kubernetes", "--cluster=kubernetes", "--user=bootstrap")
	} else {
		m.config(t, "set-context", "bootstrap@kubernetes", "--cluster=kubernetes")
	}
	m.config(t, "use-context", "bootstrap@kubernetes")
}
