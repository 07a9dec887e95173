// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/systemd"
)

// What the files of platform/systemd do on a node.

// In tenths, as systemd-analyze takes it.
const mostExposed = 15

func TestSystemdFindsNoFaultInTheShippedUnits(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	s := m.bootsUnits(t)
	if out, err := s.Run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", bootstrapUnit, kubeletUnit); err != nil || out != "" {
		t.Errorf("%v: %s", err, out)
	}
	out, err := s.Run("systemd-analyze", "security", "--offline=true", "--no-pager", fmt.Sprintf("--threshold=%d", mostExposed), bootstrapUnit)
	if err != nil {
		t.Error(err)
	}
	t.Log(regexp.MustCompile(`Overall exposure level.*`).FindString(out))
}

func TestTheShippedUnitBringsKubeletUp(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	token := m.Token
	m.Token = "" // LoadCredential= is in the unit
	s := m.bootsUnits(t)
	m.write(t, m.disk("/etc/credstore/kubelet-bootstrap.token"), token+"\n")
	commands(t, s, "start", kubeletUnit)
	shows(t, s, kubeletUnit, "ActiveState", "active", "NRestarts", "0")
	shows(t, s, bootstrapUnit, "ActiveState", "active", "SubState", "exited")
	ended, began := monotonic(t, s, bootstrapUnit, "ExecMainExitTimestampMonotonic"), monotonic(t, s, kubeletUnit, "ExecMainStartTimestampMonotonic")
	if began < ended {
		t.Errorf("kubelet was started %d us before the program had ended", ended-began)
	}
	checkFiles(t, m)
	checkCertificate(t, m)
	checkKubeconfig(t, m, "    certificate-authority: "+m.CA+"\n    server: "+m.cluster.Server+"\n")
	first := m.currentPEM(t)

	commands(t, s, "stop", kubeletUnit, bootstrapUnit)
	m.Servers = []string{closedPort(t)} // nothing is wanted of it
	m.write(t, m.ini, m.INI())
	commands(t, s, "start", kubeletUnit)
	shows(t, s, kubeletUnit, "ActiveState", "active", "NRestarts", "0")
	if second := m.currentPEM(t); second != first {
		t.Errorf("the second start has put %s in place of %s", second, first)
	}
	m.onlyRequest(t)
}

// The package may be installed on every machine of a fleet, first control planes among them.
func TestTheShippedUnitLeavesAKubeletAloneThatNobodyToldItAbout(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	s := m.bootsUnits(t)
	if err := os.Remove(m.ini); err != nil {
		t.Fatal(err)
	}
	m.write(t, m.disk(m.Kubeconfig), "kind: Config\n") // another's; the kubelet of this test wants no more
	commands(t, s, "start", kubeletUnit)
	shows(t, s, kubeletUnit, "ActiveState", "active", "NRestarts", "0")
	shows(t, s, bootstrapUnit, "ActiveState", "inactive", "ConditionResult", "no", "ExecMainStartTimestamp", "")
	if err := os.Remove(m.disk(m.Kubeconfig)); err != nil {
		t.Fatal(err)
	}

	m.write(t, m.ini, m.INI())
	commands(t, s, "restart", kubeletUnit)
	shows(t, s, bootstrapUnit, "ActiveState", "active", "ConditionResult", "yes")
	checkFiles(t, m)
	m.onlyRequest(t)
}

// What a person has to mend is not tried again, and kubelet is left alone.
func TestTheShippedUnitGivesUpWhereTryingAgainIsNoUse(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status  int
		happens func(t *testing.T, m *machine, s *systemd.System)
	}{
		"bad configuration": {program.Misconfigured, func(t *testing.T, m *machine, s *systemd.System) {
			m.Servers = []string{"http://10.0.0.1"}
			m.write(t, m.ini, m.INI())
			fails(t, s, kubeletUnit)
		}},
		"denied": {program.Refused, func(t *testing.T, m *machine, s *systemd.System) {
			m.Token = m.cluster.unapprovedToken
			m.write(t, m.ini, m.INI())
			commands(t, s, "start", "--no-block", kubeletUnit)
			if _, err := m.cluster.Kubectl("certificate", "deny", m.asks(t)); err != nil {
				t.Fatal(err)
			}
			comes(t, "the end of the run", func() bool {
				result, err := s.Show(bootstrapUnit, "Result")
				return err == nil && result != "success"
			})
			m.onlyRequest(t)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			s := m.bootsUnits(t)
			row.happens(t, m, s)
			shows(t, s, bootstrapUnit, "ActiveState", "failed", "NRestarts", "0", "ExecMainStatus", strconv.Itoa(row.status))
			shows(t, s, kubeletUnit, "ActiveState", "inactive", "ExecMainStartTimestamp", "")
		})
	}
}

// A start of kubelet that has failed with a run of the program is made good by the run that succeeds.
func TestTheShippedUnitStartsKubeletAfterAFailureThatHasPassed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		breaks func(t *testing.T, m *machine)
		mends  func(t *testing.T, m *machine)
	}{
		"the approval comes after the deadline": {
			func(_ *testing.T, m *machine) { m.Token, m.Deadline = m.cluster.unapprovedToken, briefly },
			func(t *testing.T, m *machine) { approve(t, m.cluster, m.asks(t)) },
		},
		"the server is not the one the CA vouches for": {
			func(t *testing.T, m *machine) { m.write(t, m.disk(m.CA), m.read(t, rsaCluster(t).CA)) },
			func(t *testing.T, m *machine) { m.write(t, m.disk(m.CA), m.read(t, m.cluster.CA)) },
		},
		"a file is in the place of cert-dir": {
			func(t *testing.T, m *machine) {
				m.CertDir = "/var/lib/kubelet/other"
				m.write(t, m.disk(m.CertDir), "")
			},
			func(t *testing.T, m *machine) {
				if err := os.Remove(m.disk(m.CertDir)); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			s := m.bootsUnits(t, "RestartSec=1s") // its own are too long to wait for
			row.breaks(t, m)
			m.write(t, m.ini, m.INI())
			fails(t, s, kubeletUnit)
			shows(t, s, kubeletUnit, "ExecMainStartTimestamp", "")
			row.mends(t, m)
			becomesActive(t, s, kubeletUnit)
			checkFiles(t, m)
			m.onlyRequest(t)
		})
	}
}

func TestTheShippedUnitWaitsForApprovalWithAllItsHardeningInForce(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, "5m"
	s := m.bootsUnits(t)
	commands(t, s, "start", "--no-block", kubeletUnit)
	csr := m.asks(t)
	comes(t, "the request in the status", func() bool {
		status, err := s.Show(bootstrapUnit, "StatusText")
		return err == nil && strings.Contains(status, csr)
	})
	shows(t, s, bootstrapUnit, "ActiveState", "activating")
	shows(t, s, kubeletUnit, "ActiveState", "inactive")
	m.checkConfined(t, s)
	approve(t, m.cluster, csr)
	commands(t, s, "start", kubeletUnit) // waits for the job that is there
	shows(t, s, bootstrapUnit, "Result", "success", "NRestarts", "0")
	shows(t, s, kubeletUnit, "ActiveState", "active")
	checkFiles(t, m)
	if words := fmt.Sprint(said(t, s)); landlock() == nil && strings.Contains(words, "going on without") {
		t.Errorf("the unit takes from the program what it confines itself with: %s", words)
	}
}

// checkConfined looks at the running program from outside.
func (m *machine) checkConfined(t *testing.T, s *systemd.System) {
	t.Helper()
	pid, err := s.Show(bootstrapUnit, "MainPID")
	if err != nil {
		t.Fatal(err)
	}
	of := func(file string) string {
		text, err := s.Run("cat", "/proc/"+pid+"/"+file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	status := of("status")
	const none = "0000000000000000\n"
	contains(t, "the status", status, "CapPrm:\t"+none, "CapEff:\t"+none, "CapBnd:\t"+none, "CapAmb:\t"+none, "NoNewPrivs:\t1\n", "Seccomp:\t2\n", "Umask:\t0077\n")
	// Its own, and those of SystemCallFilter=, RestrictAddressFamilies= and others.
	if filters := regexp.MustCompile(`Seccomp_filters:\t(\d+)`).FindStringSubmatch(status); filters != nil && len(filters[1]) == 1 && filters[1] < "5" {
		t.Errorf("it has %s filters", filters[1])
	}
	if users := strings.Fields(of("uid_map")); len(users) != 3 || users[2] != "1" {
		t.Errorf("it sees users besides root: %v", users)
	}
	writable := regexp.MustCompile(`(?m)^\S+ \S+ \S+ \S+ (\S+) rw,.* - (?:tmpfs|ext4|overlay|xfs|btrfs) `)
	for _, mount := range writable.FindAllStringSubmatch(of("mountinfo"), -1) {
		switch mount[1] {
		case "/etc/kubernetes", "/var/lib/kubelet", "/tmp", "/var/tmp":
		default:
			if !strings.HasPrefix(mount[1], "/dev") {
				t.Errorf("%s can be written to", mount[1])
			}
		}
	}
	contains(t, "the mounts", of("mountinfo"), " /etc/kubernetes rw,", " /var/lib/kubelet rw,")
	shows(t, s, bootstrapUnit, "MemoryMax", strconv.Itoa(32<<20))
}

func TestTheDirectoriesThatAreThereKeepTheirModes(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	s := m.bootsNode(t, nil)
	for path, mode := range map[string]os.FileMode{"/etc/kubernetes": 0o755, "/var/lib/kubelet": 0o755, m.CertDir: 0o755} {
		for _, mode := range []os.FileMode{mode, 0o700} {
			if info, err := os.Stat(m.disk(path)); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: %v, want mode %v (%v)", path, info.Mode(), mode, err)
			}
			if err := os.Chmod(m.disk(path), 0o700); err != nil {
				t.Fatal(err)
			}
			m.makesDirectories(t, s)
		}
	}
}

// systemd ends a start of kubelet that waits, and starts it again: the request is the same.
func TestAKubeletThatRunsTheProgramAtItsStartGetsThereByAndBy(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ deadline, timeout string }{
		"the deadline comes first": {"2s", "60s"},
		"the timeout comes first":  {"1h", "3s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			m.Token, m.Deadline = m.cluster.unapprovedToken, row.deadline
			s := m.bootsNode(t, map[string]string{kubeletUnit + ".d/10-kubelet-bootstrap.conf": "execstartpre/10-kubelet-bootstrap.conf"})
			m.installs(t, s, kubeletUnit+".d/20-test.conf", "[Service]", "TimeoutStartSec="+row.timeout, "ExecStartPre=", "ExecStartPre="+programThere)
			if out, err := s.Run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", kubeletUnit); err != nil || out != "" {
				t.Errorf("%v: %s", err, out)
			}
			commands(t, s, "start", "--no-block", kubeletUnit)
			csr := m.asks(t)
			comes(t, "a second start", func() bool {
				restarts, err := s.Show(kubeletUnit, "NRestarts")
				return err == nil && restarts != "0"
			})
			shows(t, s, kubeletUnit, "ExecMainStartTimestamp", "")
			approve(t, m.cluster, csr)
			becomesActive(t, s, kubeletUnit)
			checkFiles(t, m)
			m.onlyRequest(t)
		})
	}
}
