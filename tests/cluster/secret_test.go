// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// The secrets of a run, the token and the node's key, and where they must not be found: in what is said, in other files than their own,
// and in memory at the end.

func TestNoSecretIsLeftInMemoryAtTheEnd(t *testing.T) {
	t.Parallel()
	requires(t, tool("gdb"))
	for name, run := range map[string]struct {
		machine func(t *testing.T) *machine
		prepare func(t *testing.T, m *machine)
	}{
		"issued":   {machine: aFreshMachine.machine},
		"resumed":  {machine: anApprovedMachine.machine},
		"repaired": {machine: aBrokenMachine.machine},
		"valid":    {machine: aValidMachine.machine},
		"token from a file": {aFreshMachine.machine, func(t *testing.T, m *machine) {
			m.TokenFile = filepath.Join(filepath.Dir(m.ini), "token")
			m.write(t, m.TokenFile, m.Token+"\n")
			m.Token = ""
		}},
		"client certificate":                   {machine: func(t *testing.T) *machine { return certified(t, manyCluster(t)) }},
		"client certificate in a kubeconfig":   {machine: func(t *testing.T) *machine { return certifiedByKubeconfig(t, manyCluster(t), "") }},
		"client certificate and a damaged key": {machine: func(t *testing.T) *machine { return certifiedByKubeconfig(t, manyCluster(t), "*") }},
		"client key that is too large": {machine: func(t *testing.T) *machine {
			m := certified(t, manyCluster(t))
			m.write(t, m.ClientKey, m.read(t, m.ClientKey)+strings.Repeat("#", 10000))
			return m
		}},
		"client certificate of another key": {machine: func(t *testing.T) *machine {
			m := certified(t, manyCluster(t))
			m.write(t, m.ClientKey, traditional(t, newKey(t, "P-256")))
			return m
		}},
		"token in a kubeconfig": {machine: func(t *testing.T) *machine {
			m := fromKubeconfig(t, manyCluster(t))
			m.kubeadmWrites(t, m.cluster.token)
			return m
		}},
		"token in a kubeconfig that is refused": {machine: func(t *testing.T) *machine {
			m := fromKubeconfig(t, manyCluster(t))
			m.kubeadmWrites(t, m.cluster.token)
			m.config(t, "set-cluster", "kubernetes", "--insecure-skip-tls-verify", "--certificate-authority=")
			return m
		}},
		"proxy with a password": {machine: func(t *testing.T) *machine { return proxied(t, manyCluster(t), "") }},
		"proxy that is refused": {machine: func(t *testing.T) *machine { return proxied(t, manyCluster(t), "/path") }},
		"pending": {aFreshMachine.machine, func(t *testing.T, m *machine) {
			m.Token, m.Deadline = m.cluster.unapprovedToken, briefly
		}},
		"no answer": {aFreshMachine.machine, func(t *testing.T, m *machine) {
			m.Servers, m.Deadline = []string{"https://127.0.0.1:1"}, "1s"
		}},
		"not trusted": {aFreshMachine.machine, func(t *testing.T, m *machine) {
			m.CA = ecdsaCluster(t).CA
		}},
		"bad configuration": {aValidMachine.machine, func(t *testing.T, m *machine) {
			m.Deadline = "soon" // it stands behind the token
		}},
		"kubelet.conf of somebody else": {anApprovedMachine.machine, func(t *testing.T, m *machine) {
			m.write(t, m.Kubeconfig, "not: a kubeconfig\n")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := run.machine(t)
			if run.prepare != nil {
				run.prepare(t, m)
			}
			m.write(t, m.ini, m.INI())
			core := m.coreAt(t, "exit_group")
			for what, secret := range m.secrets(t) {
				if at := bytes.Index(core, secret); at >= 0 {
					t.Errorf("%s is in memory: ...%q...", what, core[max(0, at-48):min(len(core), at+len(secret)+16)])
				}
			}
			if !bytes.Contains(core, []byte(m.ini)) {
				t.Error("the core does not even hold the command line: it is not the program's memory")
			}
		})
	}
}

// What the system sees of a run: no call but those that read and write the secrets' own files shows one, not even in an argument or a
// variable of the environment.
func TestSecretsStayInTheirFiles(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m := newMachine(t, ecdsaCluster(t))
	log := filepath.Join(t.TempDir(), "strace")
	m.runsUnder(t, []string{"strace", "-f", "-v", "-y", "-s", "65536", "-o", log}, program.Valid, "--verbose")
	secrets := m.secrets(t)
	calls := strings.Split(m.read(t, log), "\n")
	for what, secret := range secrets {
		allowed := regexp.MustCompile(`(read|pread64|write)\(\d+<[^>]*/(kubelet-bootstrap\.ini|\.kubelet-bootstrap\.tmp|kubelet-client-[-0-9]+\.pem)>`)
		for _, call := range calls {
			if strings.Contains(call, string(secret)) && !allowed.MatchString(call) {
				t.Errorf("%s is in %s", what, call)
			}
		}
		for _, path := range m.files(t) {
			isOwn := path == m.ini && what == "the token" || path == m.currentPEM(t) && what != "the token"
			if !isOwn && strings.Contains(m.read(t, path), string(secret)) {
				t.Errorf("%s is in %s", what, path)
			}
		}
	}
	if len(secrets) != 4 || len(calls) < 50 {
		t.Errorf("%d secrets, %d calls: the test has not seen a run", len(secrets), len(calls))
	}
}

// While they are in use they are in memory: otherwise the test above would look in the wrong place.
func TestSecretsAreFoundInMemoryWhileTheyAreInUse(t *testing.T) {
	t.Parallel()
	requires(t, tool("gdb"))
	m := anApprovedMachine.machine(t)
	m.write(t, m.ini, m.INI())
	secrets := m.secrets(t)
	core := m.coreAt(t, "connect")
	for _, what := range []string{"the token", "the key of kubelet-client.key.tmp"} {
		if secret := secrets[what]; len(secret) == 0 || !bytes.Contains(core, secret) {
			t.Errorf("%s is not found", what)
		}
	}
}

// coreAt runs the program to that system call and gives all its memory.
func (m *machine) coreAt(t *testing.T, call string) []byte {
	t.Helper()
	core := filepath.Join(t.TempDir(), "core")
	result, err := program.Run(time.Minute, "gdb", "-nx", "-batch",
		"-ex", "set use-coredump-filter off", "-ex", "set dump-excluded-mappings on",
		"-ex", "catch syscall "+call, "-ex", "run", "-ex", "gcore "+core, "-ex", "kill", "--args", m.binary, "--config", m.ini)
	if err != nil || result.Status != 0 {
		t.Fatal(err, result)
	}
	memory, err := os.ReadFile(core)
	if err != nil {
		t.Fatalf("%v; %v", err, result)
	}
	return memory
}

var privateKey = regexp.MustCompile(`(?s)-----BEGIN EC PRIVATE KEY-----\n(.*?)-----END EC PRIVATE KEY-----`)

// secrets are the token and the private keys on the machine's disk, those in every form that they have in a computer: number in either
// byte order, PEM.
func (m *machine) secrets(t *testing.T) map[string][]byte {
	t.Helper()
	secrets := map[string][]byte{}
	if m.secret(t) != "" {
		secrets["the token"] = []byte(m.secret(t))
	}
	if m.BootstrapKubeconfig != "" && m.cluster.token != "" {
		secrets["the token of the cluster"] = []byte(m.cluster.token[7:])
	}
	if m.ProxyURL != "" {
		secrets["the password of the proxy"] = []byte(passwordOfProxy)
		secrets["the password of the proxy, encoded"] = []byte(base64.StdEncoding.EncodeToString([]byte("node:" + passwordOfProxy))[8:24])
	}
	for _, path := range m.files(t) {
		for _, found := range privateKey.FindAllStringSubmatch(decodeKeys(m.read(t, path)), -1) {
			lines := strings.Split(strings.TrimSpace(found[1]), "\n")
			der, err := base64.StdEncoding.DecodeString(strings.Join(lines, ""))
			if err != nil {
				t.Fatal(err)
			}
			number := der[7:39] // RFC 5915: SEQUENCE, version, OCTET STRING of 32 bytes
			reversed := slices.Clone(number)
			slices.Reverse(reversed)
			secrets["the key of "+filepath.Base(path)] = number
			secrets["the key, low byte first, of "+filepath.Base(path)] = reversed
			secrets["the PEM of "+filepath.Base(path)] = []byte(lines[0][10:60])
		}
	}
	return secrets
}

func (m *machine) files(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Dir(m.ini), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

const passwordOfProxy = "Hunter22Hunter22Hunter22"

// certified has a client certificate for a credential, its key in the form that secrets knows.
func certified(t *testing.T, c *cluster) *machine {
	t.Helper()
	certificate, key := issueBootstrap(t, c, newKey(t, "P-256"), forAnHour)
	return withCertificate(t, c, certificate, traditional(t, key))
}

// certifiedByKubeconfig has both in a kubeconfig, and `damage` at the end of the key's base64.
func certifiedByKubeconfig(t *testing.T, c *cluster, damage string) *machine {
	t.Helper()
	certificate, key := issueBootstrap(t, c, newKey(t, "P-256"), forAnHour)
	m := fromKubeconfig(t, c)
	text := inlineKubeconfig(c.Server, m.read(t, c.CA), certificate, traditional(t, key))
	m.write(t, m.BootstrapKubeconfig, strings.Replace(text, `"}}]}`+"\n", damage+`"}}]}`+"\n", 1))
	return m
}

func proxied(t *testing.T, c *cluster, path string) *machine {
	t.Helper()
	m := newMachine(t, c)
	m.ProxyURL = "http://node:" + passwordOfProxy + "@" + tunnels(t, anyPort, "node:"+passwordOfProxy, nil).Address() + path
	return m
}

var keyData = regexp.MustCompile(`"client-key-data":"([A-Za-z0-9+/=]*)`)

// decodeKeys adds to a kubeconfig the keys that are in it.
func decodeKeys(text string) string {
	for _, found := range keyData.FindAllStringSubmatch(text, -1) {
		if key, err := base64.StdEncoding.DecodeString(found[1]); err == nil {
			text += string(key)
		}
	}
	return text
}

// As TestSecretsStayInTheirFiles, for the secrets of a client certificate and of a proxy.
func TestOtherSecretsStayInTheirFiles(t *testing.T) {
	requires(t, tool("strace"))
	for name, row := range map[string]struct {
		machine func(t *testing.T) *machine
		own     func(m *machine) []string // files in which they may be
		count   int
	}{
		"client key": {func(t *testing.T) *machine { return certified(t, manyCluster(t)) },
			func(m *machine) []string { return []string{m.ClientKey} }, 3},
		"client key in a kubeconfig": {func(t *testing.T) *machine { return certifiedByKubeconfig(t, manyCluster(t), "") },
			func(m *machine) []string { return []string{m.BootstrapKubeconfig} }, 4},
		"password of a proxy": {func(t *testing.T) *machine { return proxied(t, manyCluster(t), "") },
			func(m *machine) []string { return []string{m.ini, m.Kubeconfig} }, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := row.machine(t)
			m.write(t, m.ini, m.INI())
			secrets := m.secrets(t)
			if len(secrets) != row.count {
				t.Fatalf("%d secrets, want %d", len(secrets), row.count)
			}
			log := filepath.Join(t.TempDir(), "strace")
			result := m.runsUnder(t, []string{"strace", "-f", "-v", "-y", "-s", "65536", "-o", log}, program.Valid, "--verbose")
			own := row.own(m)
			isOwn := func(text string) bool {
				return slices.ContainsFunc(own, func(path string) bool { return strings.Contains(text, "<"+path+">") })
			}
			for what, secret := range secrets {
				for call := range strings.Lines(m.read(t, log)) {
					toProxy := what == "the password of the proxy, encoded" && strings.Contains(call, "CONNECT ")
					toFile := strings.Contains(call, ".tmp>") && slices.Contains(own, m.Kubeconfig) // kubelet.conf, before its name
					if strings.Contains(call, string(secret)) && !isOwn(call) && !toProxy && !toFile {
						t.Errorf("%s is in %s", what, call)
					}
				}
				for _, path := range m.files(t) {
					if path != log && !slices.Contains(own, path) && !(path == m.ini && what == "the token") && strings.Contains(m.read(t, path), string(secret)) {
						t.Errorf("%s is in %s", what, path)
					}
				}
				if strings.Contains(result.Stdout+result.Stderr, string(secret)) {
					t.Errorf("%s is shown: %v", what, result)
				}
			}
		})
	}
}
