// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/repo"
)

// Kubeconfigs beside client-go: what the program takes, client-go reads the same, and what it refuses, it has a reason for.

// aKubeconfig is one as client-go writes it; "" for refused: it must be read.
type aKubeconfig struct {
	name    string
	change  func(*clientcmdapi.Config, *clientcmdapi.Cluster, *clientcmdapi.AuthInfo)
	refused string
}

var pemBlock = []byte("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n")

var kubeconfigShapes = []aKubeconfig{
	{"a token", func(*clientcmdapi.Config, *clientcmdapi.Cluster, *clientcmdapi.AuthInfo) {}, ""},
	{"a token that looks like a number", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.Token = "123456.1234567890123456"
	}, ""},
	{"a token that nearly looks like a number", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.Token = "1abcde.0123456789abcdef"
	}, ""},
	{"a token file", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.Token, u.TokenFile = "", "token"
	}, ""},
	{"no credential", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) { u.Token = "" }, ""},
	{"certificate files", func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		c.CertificateAuthorityData, c.CertificateAuthority = nil, "/x/my: ca #1.pem"
		u.Token, u.ClientCertificate, u.ClientKey = "", "it's.pem", "a\\b \"c\".pem"
	}, ""},
	{"certificates", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.ClientCertificateData, u.ClientKeyData = pemBlock, []byte(strings.Repeat("\x00\xff", 900))
	}, ""},
	{"a proxy and a name", func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		c.ProxyURL, c.TLSServerName, c.DisableCompression = "http://u:p&s@proxy:3128", "10.0.0.1", true
	}, ""},
	{"an IPv6 address", func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		c.Server, c.TLSServerName = "https://[2001:db8::1]:6443", "::1"
	}, ""},
	{"a namespace and extensions", func(f *clientcmdapi.Config, _ *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		f.Contexts["x"].Namespace = "1234"
	}, ""},
	{"another user with exec", func(f *clientcmdapi.Config, _ *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		f.AuthInfos["other"] = &clientcmdapi.AuthInfo{Exec: anExec()}
	}, ""},
	{"exec", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) { u.Exec = anExec() }, "exec is not supported"},
	{"exec with a text of several lines", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.Exec = anExec()
		u.Exec.InstallHint = "first line\n\nsecond: line\n"
	}, "only plain and quoted values"},
	{"a provider", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.AuthProvider = &clientcmdapi.AuthProviderConfig{Name: "oidc", Config: map[string]string{"client-id": "a"}}
	}, "auth-provider is not supported"},
	{"a password", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.Username, u.Password = "admin", "1e3"
	}, "username is not supported"},
	{"impersonation", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.Impersonate, u.ImpersonateGroups = "a", []string{"b"}
	}, "as is not supported"},
	{"impersonation with more", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.ImpersonateUserExtra = map[string][]string{"a": {"b", "c"}}
	}, "as-user-extra is not supported"},
	{"no verification", func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		c.InsecureSkipTLSVerify = true
	}, "always verified"},
	{"two authorities", func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		c.CertificateAuthority = "ca.crt"
	}, "exclude each other"},
	{"two tokens", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) { u.TokenFile = "token" }, "exclude each other"},
	{"no key", func(_ *clientcmdapi.Config, _ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
		u.ClientCertificate = "a"
	}, "client-key is missing"},
	{"no server", func(_ *clientcmdapi.Config, c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) { c.Server = "" }, "server is missing"},
	{"no such user", func(f *clientcmdapi.Config, _ *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		f.Contexts["x"].AuthInfo = "kubelt-bootstrap"
	}, `context "x" names user "kubelt-bootstrap"; there are: "u"`},
	{"no such context", func(f *clientcmdapi.Config, _ *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
		f.CurrentContext = "y"
	}, `current-context names context "y"; there are: "x"`},
	{"no context", func(f *clientcmdapi.Config, _ *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) { f.CurrentContext = "" }, "there is no current-context"},
}

// Every one is the name of cluster, user and context at once.
var kubeconfigNames = []string{
	"kubernetes", "10.0.0.1", "10.0.0.1:6443", "2024-prod", "2024-10-01", "2024-10-01-prod", "yes", "No", "null", "~", "123", "0x1f", "1_000", "1e3", ".5",
	".inf", "=", "<<", "-", "- a", "a: b", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "{}", "[]", "{a", "a,b", "?", "? a", ":", "::1", "a:",
	" a", "a ", "'", "it's", "\"", "a\"b", "a\\b", "\\", "é€😀", "12:30", "190:20:30", "0b1", "0o7", "007", "+1", "arn:aws:eks:eu-west-1:123456789012:cluster/a",
	"tls-bootstrap-token-user@kubernetes", "0badcafe", "---", "...", "a\tb", "a\nb", "\u0085", "\u2028", "\ufeff",
}

func anExec() *clientcmdapi.ExecConfig {
	return &clientcmdapi.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: "aws", Args: []string{"eks", "--id=1", "get token", "1"},
		Env: []clientcmdapi.ExecEnvVar{{Name: "A", Value: "yes"}}, InteractiveMode: clientcmdapi.NeverExecInteractiveMode,
	}
}

func kubeconfigOf(t *testing.T, name string, change func(*clientcmdapi.Config, *clientcmdapi.Cluster, *clientcmdapi.AuthInfo)) string {
	t.Helper()
	file := clientcmdapi.NewConfig()
	cluster := &clientcmdapi.Cluster{Server: "https://10.0.0.1:6443", CertificateAuthorityData: pemBlock}
	user := &clientcmdapi.AuthInfo{Token: "abcdef.0123456789abcdef"}
	file.Clusters[name+"c"], file.AuthInfos[name+"u"] = cluster, user
	file.Contexts[name+"x"] = &clientcmdapi.Context{Cluster: name + "c", AuthInfo: name + "u"}
	file.CurrentContext = name + "x"
	change(file, cluster, user)
	text, err := clientcmd.Write(*file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// clientGoReads gives what client-go takes from a kubeconfig, as show_kubeconfig prints it.
func clientGoReads(text string) (string, error) {
	file, err := clientcmd.Load([]byte(text))
	if err != nil {
		return "", err
	}
	context := file.Contexts[file.CurrentContext]
	if context == nil {
		return "", errors.New("no context")
	}
	cluster, user := file.Clusters[context.Cluster], file.AuthInfos[context.AuthInfo]
	if user == nil && context.AuthInfo == "" {
		user = &clientcmdapi.AuthInfo{}
	}
	if cluster == nil || user == nil {
		return "", errors.New("no cluster or no user")
	}
	var out strings.Builder
	for _, field := range [][2]string{
		{"server", cluster.Server}, {"tls-server-name", cluster.TLSServerName}, {"proxy-url", cluster.ProxyURL},
		{"certificate-authority", cluster.CertificateAuthority},
		{"certificate-authority-data", base64.StdEncoding.EncodeToString(cluster.CertificateAuthorityData)},
		{"token", user.Token}, {"tokenFile", user.TokenFile}, {"client-certificate", user.ClientCertificate}, {"client-key", user.ClientKey},
		{"client-certificate-data", base64.StdEncoding.EncodeToString(user.ClientCertificateData)},
		{"client-key-data", base64.StdEncoding.EncodeToString(user.ClientKeyData)},
	} {
		if field[1] != "" {
			fmt.Fprintf(&out, "%s: %s\n", field[0], field[1])
		}
	}
	return out.String(), nil
}

// weRead gives what the program makes of each text.
func weRead(t *testing.T, texts []string) []string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var answers []string
	for len(texts) > 0 {
		some := texts[:min(len(texts), 1000)]
		texts = texts[len(some):]
		var files []string
		for i, text := range some {
			files = append(files, filepath.Join(dir, fmt.Sprint(i)))
			if err := os.WriteFile(files[i], []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command(filepath.Join(root, "build/unit/show_kubeconfig"), files...).CombinedOutput()
		if err != nil {
			t.Fatalf("show_kubeconfig (make build/unit/show_kubeconfig): %v\n%s", err, out)
		}
		parts := strings.SplitAfter(string(out), "\n\n")
		if len(parts) != len(some)+1 {
			t.Fatalf("%d answers for %d files", len(parts)-1, len(some))
		}
		for _, part := range parts[:len(some)] {
			answers = append(answers, strings.TrimSuffix(part, "\n"))
		}
	}
	return answers
}

// Reasons that a kubeconfig is refused for.
var refusals = regexp.MustCompile(`^refused: (line \d+: (not a "key: value" line|a tab, a control|quoted text|only plain and quoted|ambiguous value|this indentation)` +
	`|it begins with '\{', and is not JSON|a control character, or not UTF-8|there is no current-context` +
	`|.* (is given twice|is not inside of a mapping|is not text; |is not base64|is missing|is not supported|exclude each other|is there twice|is not a list)` +
	`|\S+ holds a control character|.* names (context|cluster|user) ".*"; there are: |(kind|apiVersion) ".*": must be )`)

// client-go decodes the whole file, the program only what current-context leads to.
var elsewhere = regexp.MustCompile(`^(json: cannot unmarshal|illegal base64 data|error converting .*: duplicate name )`)

// compareReadings checks that what the program read is what client-go reads, and returns for how many it did.
func compareReadings(t *testing.T, texts []string) int {
	t.Helper()
	read, refusedElsewhere := 0, 0
	for i, ours := range weRead(t, texts) {
		if strings.HasPrefix(ours, "refused: ") {
			if !refusals.MatchString(ours) {
				t.Errorf("%s\n%s", ours, texts[i])
			}
			continue
		}
		theirs, err := clientGoReads(texts[i])
		if err != nil && elsewhere.MatchString(err.Error()) {
			refusedElsewhere++
		} else if err != nil {
			t.Errorf("client-go refuses what we read: %v\n%s", err, texts[i])
		} else if ours != theirs {
			t.Errorf("we read:\n%s\nclient-go reads:\n%s\n%s", ours, theirs, texts[i])
		}
		read++
	}
	if refusedElsewhere > read/10 {
		t.Errorf("of %d files that we read, client-go refuses %d", read, refusedElsewhere)
	}
	return read
}

func TestEveryKubeconfigThatClientGoWritesIsReadAsItReadsItOrRefusedForAReason(t *testing.T) {
	t.Parallel()
	var texts, expected []string
	for _, shape := range kubeconfigShapes {
		texts, expected = append(texts, kubeconfigOf(t, "", shape.change)), append(expected, shape.refused)
	}
	for i, ours := range weRead(t, texts) {
		if (expected[i] == "") == strings.HasPrefix(ours, "refused: ") || !strings.Contains(ours, expected[i]) {
			t.Errorf("%s: %s", kubeconfigShapes[i].name, ours)
		}
	}
	compareReadings(t, texts)
}

func TestEveryNameInAKubeconfigIsReadAsClientGoReadsIt(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, name := range kubeconfigNames {
		texts = append(texts, kubeconfigOf(t, "", func(f *clientcmdapi.Config, c *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
			f.Clusters, f.AuthInfos = map[string]*clientcmdapi.Cluster{name: c}, map[string]*clientcmdapi.AuthInfo{name: u}
			f.Contexts = map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}}
			f.CurrentContext, c.TLSServerName, u.Token = name, name, name
		}))
	}
	if read := compareReadings(t, texts); read < len(texts)-8 {
		t.Errorf("%d of %d names can be read", read, len(texts))
	}
}

func TestWhatKubectlConfigWritesIsReadAsClientGoReadsIt(t *testing.T) {
	t.Parallel()
	programs, err := controlplane.Build(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "bootstrap.conf")
	ca := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(ca, pemBlock, 0o600); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, args := range [][]string{
		{"set-cluster", "c", "--server=https://10.0.0.1:6443", "--certificate-authority=" + ca, "--embed-certs"},
		{"set-credentials", "u", "--token=123456.1234567890123456"},
		{"set-context", "x", "--cluster=c", "--user=u", "--namespace=kube-system"},
		{"use-context", "x"},
		{"set-cluster", "c", "--tls-server-name=1.2", "--proxy-url=http://proxy:3128"},
		{"set-cluster", "c", "--certificate-authority=" + ca, "--embed-certs=false"},
		{"set-credentials", "u", "--client-certificate=" + ca, "--client-key=" + ca},
		{"set-credentials", "u", "--client-certificate=" + ca, "--client-key=" + ca, "--embed-certs"},
		{"set-credentials", "u", "--exec-command=aws", "--exec-api-version=client.authentication.k8s.io/v1", "--exec-arg=a", "--exec-env=b=c"},
		{"set-credentials", "v", "--username=a", "--password=b"},
		{"set-context", "--current", "--user=v"},
		{"set", "users.v.token", "t"},
		{"rename-context", "x", "2024-10-01"},
		{"unset", "users.v.username"},
		{"unset", "users.v.password"},
		{"set-cluster", "c", "--insecure-skip-tls-verify"},
		{"set-cluster", "c", "--insecure-skip-tls-verify=false"},
		{"delete-user", "u"},
		{"delete-cluster", "c"},
		{"unset", "current-context"},
	} {
		kubectl := exec.Command(programs.Path("kubectl"), append([]string{"--kubeconfig=" + file, "config"}, args...)...)
		if out, err := kubectl.CombinedOutput(); err != nil {
			t.Fatalf("kubectl config %v: %v\n%s", args, err, out)
		}
		for _, form := range []string{"yaml", "json"} {
			out, err := exec.Command(programs.Path("kubectl"), "--kubeconfig="+file, "config", "view", "--raw", "--output="+form).Output()
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(out))
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if read := compareReadings(t, texts); read < len(texts)/3 {
		t.Errorf("%d of %d files can be read", read, len(texts))
	}
}

func TestAKubeconfigChangedAtRandomIsReadAsClientGoReadsItOrRefused(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewSource(1))
	var texts []string
	for _, shape := range kubeconfigShapes {
		text := kubeconfigOf(t, "", shape.change)
		for range 500 {
			texts = append(texts, changedAtRandom(random, text))
		}
	}
	if read := compareReadings(t, texts); read < len(texts)/20 {
		t.Errorf("%d of %d files can be read", read, len(texts))
	}
}

func changedAtRandom(random *rand.Rand, text string) string {
	parts := []string{" ", "  ", "\n", "- ", ": ", " #", "'", "\"", "\\", "\t", "{}", "null", "yes", "0x1f", "1_0", ".5", "&a ", "|", "\u0085", "é"}
	lines := strings.SplitAfter(text, "\n")
	for range 1 + random.Intn(2) {
		at := random.Intn(len(lines))
		line := lines[at]
		column := random.Intn(len(line) + 1)
		switch random.Intn(5) {
		case 0:
			lines[at] = line[:column] + parts[random.Intn(len(parts))] + line[column:]
		case 1:
			lines[at] = line[:column] + line[min(column+1, len(line)):]
		case 2:
			lines[at] = strings.Repeat(" ", random.Intn(5)) + strings.TrimLeft(line, " ")
		case 3:
			lines[at] = ""
		default:
			lines[at] = line + lines[random.Intn(len(lines))]
		}
	}
	return strings.Join(lines, "")
}
