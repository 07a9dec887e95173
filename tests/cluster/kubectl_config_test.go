// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

// Bootstrap kubeconfigs as `kubectl config` writes them for people: read right, or refused with the reason.

// bootstrapFiles are what options of kubectl may name, beside the kubeconfig and below it.
type bootstrapFiles struct{ server, ca, token, certificate, key, tokenFile string }

func filesFor(t *testing.T, m *machine) bootstrapFiles {
	t.Helper()
	dir := filepath.Dir(m.BootstrapKubeconfig)
	f := bootstrapFiles{m.cluster.Server, filepath.Join(dir, "pki/ca.crt"), m.cluster.token, filepath.Join(dir, "pki/bootstrap.crt"),
		filepath.Join(dir, "pki/bootstrap.key"), filepath.Join(dir, "pki/token")}
	certificate, key := issueBootstrap(t, m.cluster, newKey(t, "P-256"), forAnHour)
	m.write(t, f.ca, m.read(t, m.cluster.CA))
	m.write(t, f.certificate, certificate)
	m.write(t, f.key, pkcs8(t, key))
	m.write(t, f.tokenFile, f.token+"\n")
	return f
}

func (f bootstrapFiles) fill(args []string) []string {
	replacer := strings.NewReplacer("SERVER", f.server, "CA", f.ca, "TOKENFILE", f.tokenFile, "TOKEN", f.token, "CERT", f.certificate, "KEY", f.key)
	filled := args[:0:0] // nil stays nil
	for _, arg := range args {
		filled = append(filled, replacer.Replace(arg))
	}
	return filled
}

// kubectlConfig is what somebody does with kubectl config.
type kubectlConfig struct {
	name    string
	cluster []string
	user    []string // nil: the context names none
	then    [][]string
	status  int
	holds   string // what the kubeconfig holds, so that the row tests what it says
	says    string
}

var (
	usualCluster = []string{"--server=SERVER", "--certificate-authority=CA"}
	usualUser    = []string{"--token=TOKEN"}
)

var kubectlConfigs = []kubectlConfig{
	{"files", usualCluster, usualUser, nil, program.Valid, "certificate-authority: pki/ca.crt\n", ""},
	{"embedded", append([]string{"--embed-certs"}, usualCluster...), usualUser, nil, program.Valid, "certificate-authority-data: ", ""},
	{"name of the server", append([]string{"--tls-server-name=kubernetes"}, usualCluster...), usualUser, nil,
		program.Valid, "tls-server-name: kubernetes\n", ""},
	{"wrong name of the server", append([]string{"--tls-server-name=another.example"}, usualCluster...), usualUser, nil,
		program.NotTrusted, "tls-server-name: ", "another.example"},
	{"verification spelled out", append([]string{"--insecure-skip-tls-verify=false"}, usualCluster...), usualUser, nil, program.Valid, "", ""},
	{"no verification", []string{"--server=SERVER", "--insecure-skip-tls-verify"}, usualUser, nil,
		program.Misconfigured, "insecure-skip-tls-verify: true", "insecure-skip-tls-verify is not supported"},
	{"no compression", append([]string{}, usualCluster...), usualUser,
		[][]string{{"set", "clusters.kubernetes.disable-compression", "true"}}, program.Valid, "disable-compression: true", ""},
	{"no certificate authority", []string{"--server=SERVER"}, usualUser, nil, program.Misconfigured, "", "no certificate-authority"},
	{"no server", []string{"--certificate-authority=CA"}, usualUser, nil, program.Misconfigured, "", "server is missing"},
	{"http", []string{"--server=http://127.0.0.1", "--certificate-authority=CA"}, usualUser, nil, program.Misconfigured, "", "https://"},
	{"proxy of another kind", append([]string{"--proxy-url=socks5://127.0.0.1:1080"}, usualCluster...), usualUser, nil,
		program.Misconfigured, "proxy-url: socks5://", "proxy-url: must be http://[user:password@]host[:port]"},

	{"client certificate", usualCluster, []string{"--client-certificate=CERT", "--client-key=KEY"}, nil,
		program.Valid, "client-key: pki/bootstrap.key\n", ""},
	{"client certificate, embedded", usualCluster, []string{"--client-certificate=CERT", "--client-key=KEY", "--embed-certs"}, nil,
		program.Valid, "client-key-data: ", ""},
	{"client certificate and token", usualCluster, []string{"--client-certificate=CERT", "--client-key=KEY", "--token=TOKEN"}, nil,
		program.Valid, "token: ", ""},
	{"client certificate without key", usualCluster, []string{"--client-certificate=CERT"}, nil,
		program.Misconfigured, "", "client-key is missing"},
	{"key without client certificate", usualCluster, []string{"--client-key=KEY"}, nil,
		program.Misconfigured, "", "client-certificate is missing"},
	{"file with a token", usualCluster, []string{}, [][]string{{"set", "users.bootstrap.tokenFile", "TOKENFILE"}},
		program.Valid, "tokenFile: ", ""},
	{"relative file with a token", usualCluster, []string{}, [][]string{{"set", "users.bootstrap.tokenFile", "pki/token"}},
		program.Valid, "tokenFile: pki/token\n", ""},
	{"token and file", usualCluster, usualUser, [][]string{{"set", "users.bootstrap.tokenFile", "TOKENFILE"}},
		program.Misconfigured, "tokenFile: ", "token and tokenFile exclude each other"},
	{"a program", usualCluster, []string{"--exec-command=/bin/true", "--exec-arg=get-token", "--exec-env=A=b",
		"--exec-api-version=client.authentication.k8s.io/v1", "--exec-interactive-mode=Never"}, nil,
		program.Misconfigured, "exec:", "exec is not supported"},
	{"an auth provider", usualCluster, []string{"--auth-provider=oidc", "--auth-provider-arg=client-id=x"}, nil,
		program.Misconfigured, "auth-provider:", "auth-provider is not supported"},
	{"a password", usualCluster, []string{"--username=admin", "--password=hunter22"}, nil,
		program.Misconfigured, "password: ", "username is not supported"},
	{"no user", usualCluster, nil, nil, program.Misconfigured, `user: ""`, "no credential"},
	{"a user without a credential", usualCluster, []string{}, nil, program.Misconfigured, "user: {}", "no credential"},

	{"another namespace", usualCluster, usualUser, [][]string{{"set-context", "--current", "--namespace=kube-system"}},
		program.Valid, "namespace: kube-system", ""},
	{"a context renamed", usualCluster, usualUser, [][]string{{"rename-context", "bootstrap@kubernetes", "10.0.0.1:6443"}},
		program.Valid, "current-context: 10.0.0.1:6443", ""},
	{"a name that is quoted", usualCluster, usualUser, [][]string{{"rename-context", "bootstrap@kubernetes", "yes: #1"}},
		program.Valid, "current-context: 'yes: #1'", ""},
	{"other contexts", usualCluster, usualUser, [][]string{{"set-cluster", "a", "--server=https://192.0.2.1"},
		{"set-credentials", "zz", "--exec-command=/bin/false"}, {"set-context", "a", "--cluster=a", "--user=zz"}}, program.Valid, "exec:", ""},
	{"the context of another", usualCluster, usualUser, [][]string{{"set-cluster", "a", "--server=https://192.0.2.1"},
		{"set-credentials", "zz", "--exec-command=/bin/false"}, {"set-context", "a", "--cluster=a", "--user=zz"}, {"use-context", "a"}},
		program.Misconfigured, "exec:", `user "zz": exec is not supported`},
	{"no current context", usualCluster, usualUser, [][]string{{"unset", "current-context"}},
		program.Misconfigured, `current-context: ""`, "no current-context"},
	{"a context deleted", usualCluster, usualUser, [][]string{{"delete-context", "bootstrap@kubernetes"}},
		program.Misconfigured, "", `current-context names context "bootstrap@kubernetes"; there are: none`},
	{"a user deleted", usualCluster, usualUser, [][]string{{"delete-user", "bootstrap"}},
		program.Misconfigured, "", `names user "bootstrap"; there are: none`},
	{"a cluster deleted", usualCluster, usualUser, [][]string{{"delete-cluster", "kubernetes"}},
		program.Misconfigured, "", `names cluster "kubernetes"; there are: none`},
}

func TestWhatKubectlConfigWritesIsReadOrRefused(t *testing.T) {
	c := ecdsaCluster(t)
	for _, row := range kubectlConfigs {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := fromKubeconfig(t, c)
			f := filesFor(t, m)
			m.configures(t, f.fill(row.cluster), f.fill(row.user))
			for _, command := range row.then {
				m.config(t, f.fill(command)...)
			}
			contains(t, "the kubeconfig", m.read(t, m.BootstrapKubeconfig), row.holds)
			m.Deadline = "20s"
			result := m.runs(t, row.status)
			contains(t, "stderr", result.Stderr, row.says)
			m.showsNoSecret(t, result)
			if row.status == program.Valid {
				checkFiles(t, m)
				checkCertificate(t, m)
				checkIdentity(t, m)
				m.onlyRequest(t)
				return
			}
			if row.status == program.Misconfigured {
				contains(t, "stderr", result.Stderr, m.BootstrapKubeconfig)
			}
			nothingWritten(t, m)
			if n := len(m.requests(t)); n != 0 {
				t.Errorf("%d requests were made", n)
			}
		})
	}
}

// showsNoSecret wants no token, password or key of a kubeconfig in what a run says.
func (m *machine) showsNoSecret(t *testing.T, result program.Result) {
	t.Helper()
	secrets := []string{m.cluster.token[7:], "hunter22"}
	for line := range strings.Lines(m.read(t, m.disk(m.BootstrapKubeconfig))) {
		if _, data, found := strings.Cut(line, "client-key-data: "); found {
			secrets = append(secrets, data[len(data)/2:len(data)/2+16])
		}
	}
	for _, secret := range secrets {
		if strings.Contains(result.Stdout+result.Stderr, secret) {
			t.Errorf("%q is shown: %v", secret, result)
		}
	}
}

func TestAProxyOfTheKubeconfigIsUsedAndKept(t *testing.T) {
	t.Parallel()
	m := fromKubeconfig(t, ecdsaCluster(t))
	f := filesFor(t, m)
	proxy := tunnels(t, anyPort, "", nil)
	m.configures(t, f.fill(append([]string{"--proxy-url=http://" + proxy.Address()}, usualCluster...)), f.fill(usualUser))
	m.runs(t, program.Valid)
	if len(proxy.Targets()) != 1 {
		t.Errorf("the proxy was asked for %v", proxy.Targets())
	}
	checkKubeconfig(t, m, "    certificate-authority: "+f.ca+"\n    proxy-url: http://"+proxy.Address()+"\n    server: "+f.server+"\n")
	checkIdentity(t, m)
}

// What kubectl prints instead of writing.
func TestWhatKubectlConfigViewPrintsIsReadOrRefused(t *testing.T) {
	c := ecdsaCluster(t)
	embedded := append([]string{"--embed-certs"}, usualCluster...)
	for _, row := range []struct {
		name    string
		cluster []string
		args    []string
		status  int
		says    string
	}{
		{"raw, JSON", usualCluster, []string{"--raw", "--output=json"}, program.Valid, ""},
		{"raw, YAML", usualCluster, []string{"--raw"}, program.Valid, ""},
		{"flat and minimal, JSON", usualCluster, []string{"--flatten", "--minify", "--output=json"}, program.Valid, ""},
		{"flat and minimal, YAML", usualCluster, []string{"--flatten", "--minify"}, program.Valid, ""},
		{"raw and minimal, embedded", embedded, []string{"--raw", "--minify"}, program.Valid, ""},
		{"with REDACTED for a token", usualCluster, nil, program.Refused, "401"},
		{"with DATA+OMITTED", embedded, nil, program.Misconfigured, "certificate-authority-data of"},
		{"with DATA+OMITTED, JSON", embedded, []string{"--output=json"}, program.Misconfigured, "certificate-authority-data of"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := fromKubeconfig(t, c)
			f := filesFor(t, m)
			m.configures(t, f.fill(row.cluster), f.fill(usualUser))
			m.config(t, "set-cluster", "another", "--server=https://192.0.2.1", "--certificate-authority="+f.ca)
			m.write(t, m.BootstrapKubeconfig, m.config(t, append([]string{"view"}, row.args...)...))
			result := m.runs(t, row.status)
			contains(t, "stderr", result.Stderr, row.says)
			m.showsNoSecret(t, result)
			if row.status == program.Valid {
				checkFiles(t, m)
				checkIdentity(t, m)
			}
		})
	}
}

// With a relative path in it, a kubeconfig is moved together with what it names.
func TestPathsOfAKubeconfigAreRelativeToIt(t *testing.T) {
	t.Parallel()
	m := fromKubeconfig(t, ecdsaCluster(t))
	f := filesFor(t, m)
	m.configures(t, f.fill(append([]string{"--embed-certs"}, usualCluster...)), f.fill([]string{"--client-certificate=CERT", "--client-key=KEY"}))
	from, to := filepath.Dir(m.BootstrapKubeconfig), filepath.Join(filepath.Dir(m.ini), "elsewhere")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	m.BootstrapKubeconfig = filepath.Join(to, filepath.Base(m.BootstrapKubeconfig))
	m.runs(t, program.Valid)
	checkFiles(t, m)
	checkKubeconfig(t, m, "    certificate-authority-data: "+base64.StdEncoding.EncodeToString([]byte(m.read(t, m.cluster.CA)))+
		"\n    server: "+f.server+"\n")
}
