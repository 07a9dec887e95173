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
		"pending": {aFreshMachine.machine, func(t *testing.T, m *machine) {
			m.Token, m.Deadline = m.cluster.unapprovedToken, "2s"
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
			if !bytes.Contains(core, []byte(m.Name)) {
				t.Error("the core does not even hold the node's name: it is not the program's memory")
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
	secrets := map[string][]byte{"the token": []byte(m.secret(t))}
	for _, path := range m.files(t) {
		for _, found := range privateKey.FindAllStringSubmatch(m.read(t, path), -1) {
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
