// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

// remove-after-use: the credential is deleted once all is in place, and never before.

// used is a place where a credential can lie, and the files that are to be removed with it.
type used struct {
	name    string
	machine func(t *testing.T) *machine
	files   func(m *machine) []string
}

var usedCredentials = []used{
	{"token file", func(t *testing.T) *machine {
		m := newMachine(t, ecdsaCluster(t))
		m.Token, m.TokenFile = "", filepath.Join(filepath.Dir(m.ini), "secrets/token")
		m.write(t, m.TokenFile, m.cluster.token)
		return m
	}, func(m *machine) []string { return []string{m.TokenFile} }},
	{"kubeconfig", func(t *testing.T) *machine {
		m := fromKubeconfig(t, ecdsaCluster(t))
		m.BootstrapKubeconfig = filepath.Join(filepath.Dir(m.ini), "secrets/bootstrap.conf")
		m.kubeadmWrites(t, m.cluster.token)
		return m
	}, func(m *machine) []string { return []string{m.BootstrapKubeconfig} }},
	{"kubeconfig beside kubelet.conf", func(t *testing.T) *machine {
		m := fromKubeconfig(t, ecdsaCluster(t))
		m.kubeadmWrites(t, m.cluster.token)
		return m
	}, func(m *machine) []string { return []string{m.BootstrapKubeconfig} }},
	{"kubeconfig that names a token file", func(t *testing.T) *machine {
		m := fromKubeconfig(t, ecdsaCluster(t))
		m.BootstrapKubeconfig = filepath.Join(filepath.Dir(m.ini), "secrets/bootstrap.conf")
		m.configures(t, []string{"--server=" + m.cluster.Server, "--certificate-authority=" + m.cluster.CA}, []string{})
		m.config(t, "set", "users.bootstrap.tokenFile", "../other/token")
		m.write(t, filepath.Join(filepath.Dir(m.ini), "other/token"), m.cluster.token)
		return m
	}, func(m *machine) []string {
		return []string{m.BootstrapKubeconfig, filepath.Join(filepath.Dir(m.ini), "other/token")}
	}},
	{"below a root", func(t *testing.T) *machine {
		m := newMachineBelowRoot(t, ecdsaCluster(t))
		m.Token, m.TokenFile = "", "/etc/secrets/token"
		m.write(t, m.disk(m.TokenFile), m.cluster.token)
		return m
	}, func(m *machine) []string { return []string{m.disk(m.TokenFile)} }},
}

// are wants the files there, or gone.
func are(t *testing.T, there bool, files []string) {
	t.Helper()
	for _, path := range files {
		if _, err := os.Lstat(path); (err == nil) != there {
			t.Errorf("%s is there: %v, want %v", path, err == nil, there)
		}
	}
}

func TestACredentialIsRemovedAfterUse(t *testing.T) {
	for _, u := range usedCredentials {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			m := u.machine(t)
			files := u.files(m)
			m.RemoveAfterUse = "no"
			m.runs(t, program.Valid)
			are(t, true, files) // not asked for
			m.RemoveAfterUse = "yes"
			m.runs(t, program.Valid, "--check")
			are(t, true, files) // --check writes nothing
			m.runs(t, program.Valid)
			are(t, false, files) // the run before might have lost its power before it came to that
			result := m.runs(t, program.Valid)
			contains(t, "stderr", result.Stderr, "already valid")
			checkCertificate(t, m)
		})
		t.Run(u.name+", by the run that used it", func(t *testing.T) {
			t.Parallel()
			m := u.machine(t)
			m.RemoveAfterUse = "yes"
			files := u.files(m)
			m.runs(t, program.Valid)
			are(t, false, files)
			checkCertificate(t, m)
			m.onlyRequest(t)
		})
	}
}

func TestACredentialStaysWhenARunFails(t *testing.T) {
	for name, row := range map[string]struct {
		spoil  func(t *testing.T, m *machine)
		status int
	}{
		"not approved": {func(t *testing.T, m *machine) {
			m.write(t, m.TokenFile, m.cluster.unapprovedToken)
			m.Deadline = briefly
		}, program.Pending},
		"refused": {func(t *testing.T, m *machine) { m.write(t, m.TokenFile, "zzzzzz.0123456789abcdef") }, program.Refused},
		"no server": {func(t *testing.T, m *machine) {
			m.Servers, m.Deadline = []string{closedPort(t)}, "1s"
		}, program.Unavailable},
		"kubelet.conf of somebody else": {func(t *testing.T, m *machine) { m.write(t, m.Kubeconfig, "not: a kubeconfig\n") }, program.CannotWrite},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := usedCredentials[0].machine(t)
			m.RemoveAfterUse = "yes"
			row.spoil(t, m)
			m.runs(t, row.status)
			are(t, true, []string{m.TokenFile})
		})
	}
}

func TestACredentialThatCannotBeRemovedIsNoFailure(t *testing.T) {
	t.Parallel()
	requires(t, root())
	requires(t, tool("unshare"))
	m := usedCredentials[0].machine(t)
	m.RemoveAfterUse = "yes"
	readOnly := []string{"unshare", "--mount", "sh", "-euc", `mount --bind -o ro "$0" "$0"; exec "$@"`, filepath.Dir(m.TokenFile)}
	for _, outcome := range []string{"files written", "already valid"} {
		result := m.runsUnder(t, readOnly, program.Valid)
		contains(t, "stderr", result.Stderr, "cannot remove "+m.TokenFile+": Read-only file system", outcome)
		are(t, true, []string{m.TokenFile})
	}
	m.runs(t, program.Valid)
	are(t, false, []string{m.TokenFile})
}

// After the file is gone its directory is synced, and both come after kubelet.conf is durable.
func TestACredentialIsRemovedLastAndForGood(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m := usedCredentials[0].machine(t)
	m.RemoveAfterUse = "yes"
	log := filepath.Join(t.TempDir(), "strace")
	m.runsUnder(t, []string{"strace", "-y", "-o", log, "-e", "trace=unlinkat,fsync,renameat,renameat2"}, program.Valid)
	dir := filepath.Dir(m.TokenFile)
	last, steps := -1, []string{`"kubelet.conf"`, "fsync(", "unlinkat(", "fsync("}
	where := []string{filepath.Dir(m.Kubeconfig), filepath.Dir(m.Kubeconfig), dir + ">, \"token\"", dir + ">)"}
	calls := strings.Split(m.read(t, log), "\n")
	for i, step := range steps {
		found := false
		for at := last + 1; at < len(calls) && !found; at++ {
			if strings.Contains(calls[at], step) && strings.Contains(calls[at], where[i]) {
				last, found = at, true
			}
		}
		if !found {
			t.Fatalf("no %s of %s in its order:\n%s", step, where[i], strings.Join(calls, "\n"))
		}
	}
}

// A kubeconfig that is gone is not missed where the configuration says enough to write kubelet.conf again.
func TestARepairNeedsNoCredential(t *testing.T) {
	t.Parallel()
	m := fromKubeconfig(t, ecdsaCluster(t))
	m.kubeadmWrites(t, m.cluster.token)
	m.Servers, m.CA, m.RemoveAfterUse = []string{m.cluster.Server}, m.cluster.CA, "yes"
	m.runs(t, program.Valid)
	are(t, false, []string{m.BootstrapKubeconfig})
	if err := os.Remove(m.Kubeconfig); err != nil {
		t.Fatal(err)
	}
	result := m.runs(t, program.Valid)
	contains(t, "stderr", result.Stderr, "files repaired")
	checkIdentity(t, m)
	m.onlyRequest(t)

	// Where it does not, the message names the file.
	if err := os.Remove(m.Kubeconfig); err != nil {
		t.Fatal(err)
	}
	m.Servers = nil
	result = m.runs(t, program.CannotWrite)
	contains(t, "stderr", result.Stderr, m.BootstrapKubeconfig, "No such file")
}
