// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// Tokens of every kind that an API server knows, and what is said of those that it does not take.

// serviceAccountToken is that of an account which may ask, and whose requests are approved.
func serviceAccountToken(t *testing.T, c *cluster, name string) string {
	t.Helper()
	account := "--serviceaccount=kube-system:" + name
	for _, args := range [][]string{
		{"create", "serviceaccount", name},
		{"create", "clusterrolebinding", name + "-asks", "--clusterrole=system:node-bootstrapper", account},
		{"create", "clusterrolebinding", name + "-is-approved", account,
			"--clusterrole=system:certificates.k8s.io:certificatesigningrequests:nodeclient"},
	} {
		if _, err := c.Kubectl(append([]string{"--namespace=kube-system"}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	token, err := c.Kubectl("--namespace=kube-system", "create", "token", name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(token)
}

func TestAKubeconfigMayHoldATokenOfAnyKind(t *testing.T) {
	c := ecdsaCluster(t)
	for name, row := range map[string]struct{ token, user string }{
		"of a file of the API server": {staticToken, "static"},
		"of a service account":        {serviceAccountToken(t, c, "bootstrapper"), "system:serviceaccount:kube-system:bootstrapper"},
		"of bootstrap":                {c.token, "system:bootstrap:" + c.token[:6]},
	} {
		for place, put := range map[string]func(t *testing.T, m *machine) []string{
			"itself": func(*testing.T, *machine) []string { return []string{"--token=" + row.token} },
			"in a file": func(t *testing.T, m *machine) []string {
				m.write(t, filepath.Join(filepath.Dir(m.BootstrapKubeconfig), "token"), row.token+"\n")
				return []string{}
			},
		} {
			t.Run(name+", "+place, func(t *testing.T) {
				t.Parallel()
				m := fromKubeconfig(t, c)
				m.configures(t, []string{"--server=" + c.Server, "--certificate-authority=" + c.CA}, put(t, m))
				if place == "in a file" {
					m.config(t, "set", "users.bootstrap.tokenFile", "token")
				}
				result := m.runs(t, program.Valid, "--verbose")
				checkFiles(t, m)
				checkIdentity(t, m)
				if user := m.onlyRequest(t).Spec.Username; user != row.user {
					t.Errorf("the API server saw %q, want %q", user, row.user)
				}
				if strings.Contains(result.Stderr, row.token) {
					t.Errorf("the token is shown: %v", result)
				}
			})
		}
	}
}

func TestATokenThatIsNotTakenIsExplained(t *testing.T) {
	c := ecdsaCluster(t)
	expires, err := c.MintToken()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, token string
		says        string
		hides       string
	}{
		{"unknown", "zzzzzz.0123456789abcdef", "token zzzzzz is unknown, wrong or expired", "0123456789abcdef"},
		{"wrong", c.token[:7] + "0123456789abcdef", "token " + c.token[:6] + " is unknown, wrong or expired", "0123456789abcdef"},
		{"expired", expires, "token " + expires[:6] + " is unknown, wrong or expired", expires[7:]},
		{"of another kind", "Some.Thing-else", "the token is unknown, wrong or expired", "Some.Thing-else"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if row.token == expires {
				_, err := c.Kubectl("--namespace=kube-system", "patch", "secret", "bootstrap-token-"+expires[:6],
					`--patch={"stringData":{"expiration":"`+time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)+`"}}`)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(11 * time.Second) // the API server keeps what was good for ten
			}
			m := fromKubeconfig(t, c)
			m.configures(t, []string{"--server=" + c.Server, "--certificate-authority=" + c.CA}, []string{"--token=" + row.token})
			result := m.runs(t, program.Refused)
			contains(t, "stderr", result.Stderr, "401 Unauthorized", row.says)
			if strings.Contains(result.Stderr, row.hides) {
				t.Errorf("the token is shown: %v", result)
			}
			nothingWritten(t, m)
		})
	}
}

func TestAGoodTokenWithoutTheRightIsToldApartFromNone(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	token, manifest, err := m.cluster.NewToken("--group=system:bootstrappers:without-rights")
	if err != nil {
		t.Fatal(err)
	}
	applies(t, m.cluster, manifest)
	m.Token = token
	result := m.runs(t, program.Refused)
	contains(t, "stderr", result.Stderr, "403 Forbidden", "the token is good, but its groups may not do this", "platform/cluster/rbac.yaml")
	nothingWritten(t, m)

	between, _ := scriptedMachine(t, func(x *faults.Exchange) error {
		x.Request.Header.Del("Authorization")
		return x.Pass()
	})
	result = between.runs(t, program.Refused)
	contains(t, "stderr", result.Stderr, "403 Forbidden", "system:anonymous", "the server saw no credential; does something in between take it away?")
	nothingWritten(t, between)
}

// The warning names file and mode, each file that holds a secret and only such.
func TestSecretsThatOthersMayReadAreWarnedOf(t *testing.T) {
	c := ecdsaCluster(t)
	certificate, key := issueBootstrap(t, c, newKey(t, "P-256"), forAnHour)
	for name, row := range map[string]struct {
		machine func(t *testing.T) *machine
		secret  func(m *machine) string // path of the file with the secret
		others  func(m *machine) []string
	}{
		"configuration": {func(t *testing.T) *machine { return newMachine(t, c) }, func(m *machine) string { return m.ini },
			func(m *machine) []string { return []string{m.CA} }},
		"token file": {func(t *testing.T) *machine {
			m := newMachine(t, c)
			m.Token, m.TokenFile = "", filepath.Join(filepath.Dir(m.ini), "token")
			m.write(t, m.TokenFile, c.token)
			return m
		}, func(m *machine) string { return m.TokenFile }, func(m *machine) []string { return []string{m.ini} }},
		"client key": {func(t *testing.T) *machine { return withCertificate(t, c, certificate, pkcs8(t, key)) },
			func(m *machine) string { return m.ClientKey }, func(m *machine) []string { return []string{m.ini, m.ClientCertificate} }},
		"kubeconfig with a token": {func(t *testing.T) *machine {
			m := fromKubeconfig(t, c)
			m.kubeadmWrites(t, c.token)
			return m
		}, func(m *machine) string { return m.BootstrapKubeconfig }, func(m *machine) []string { return []string{m.ini} }},
		"kubeconfig with a key": {func(t *testing.T) *machine {
			m := fromKubeconfig(t, c)
			m.write(t, m.BootstrapKubeconfig, inlineKubeconfig(c.Server, m.read(t, c.CA), certificate, pkcs8(t, key)))
			return m
		}, func(m *machine) string { return m.BootstrapKubeconfig }, func(m *machine) []string { return []string{m.ini} }},
		"token file below a root": {func(t *testing.T) *machine {
			m := newMachineBelowRoot(t, c)
			m.Token, m.TokenFile = "", "/etc/kubernetes/token"
			m.write(t, m.disk(m.TokenFile), c.token)
			return m
		}, func(m *machine) string { return m.disk(m.TokenFile) }, func(m *machine) []string { return []string{m.ini} }},
	} {
		for mode, warns := range map[string]bool{"0600": false, "0400": false, "0640": true, "0604": true, "0620": true} {
			t.Run(name+" "+mode, func(t *testing.T) {
				t.Parallel()
				m := row.machine(t)
				m.write(t, m.ini, m.INI())
				for _, other := range row.others(m) {
					chmods(t, other, "0644")
				}
				chmods(t, row.secret(m), mode)
				result := m.runs(t, program.Valid)
				warning := row.secret(m) + " holds a secret and is open to others (mode " + mode + ")"
				if strings.Contains(result.Stderr, warning) != warns || strings.Count(result.Stderr, "open to others") > 1 ||
					!warns && strings.Contains(result.Stderr, "open to others") {
					t.Errorf("want a warning: %v, got: %s", warns, result.Stderr)
				}
			})
		}
	}
}

func chmods(t *testing.T, path, mode string) {
	t.Helper()
	if result, err := program.Run(time.Minute, "chmod", mode, path); err != nil || result.Status != 0 {
		t.Fatal(err, result)
	}
}
