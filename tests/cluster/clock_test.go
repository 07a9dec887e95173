// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// A machine without a battery begins each day in 1970, one with an old battery anywhere. tests/faults/faults.c sets the clock that the
// program sees; the times in the two files with which systemd sets the clock are real.

const (
	clockEpoch    = "/usr/lib/clock-epoch"
	timesyncClock = "/var/lib/systemd/timesync/clock"
)

// newMachineBelowRoot has a root of its own, so that the times of its files can be set.
func newMachineBelowRoot(t *testing.T, c *cluster) *machine {
	t.Helper()
	m := faulty(t, newMachine(t, c))
	ca := m.read(t, m.CA)
	m.root = filepath.Join(filepath.Dir(m.ini), "sysroot")
	m.CA, m.Kubeconfig, m.CertDir = "/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/pki"
	m.write(t, m.disk(m.CA), ca)
	return m
}

// at is the command in front of a program whose clock shows that time when it starts.
func at(clock time.Time) []string { return withFault("clock", fmt.Sprintf("AT=%d", clock.Unix())) }

// atAndThen has the clock set to another time a while after the start.
func atAndThen(clock, then time.Time, after time.Duration) []string {
	return append(at(clock), fmt.Sprintf("KUBELET_BOOTSTRAP_FAULT_THEN=%d", then.Unix()),
		fmt.Sprintf("KUBELET_BOOTSTRAP_FAULT_AFTER=%d", after.Milliseconds()))
}

// touch makes the file, last modified at that time.
func (m *machine) touch(t *testing.T, path string, modified time.Time) {
	t.Helper()
	m.write(t, m.disk(path), "")
	if err := os.Chtimes(m.disk(path), modified, modified); err != nil {
		t.Fatal(err)
	}
}

var (
	in1970 = time.Unix(0, 0)
	in2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	in2038 = time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC) // the second that 32 bits do not hold
	in2106 = time.Date(2106, 2, 7, 6, 28, 16, 0, time.UTC) // nor without a sign
)

// The certificate on disk expires ten hours from now.
func TestACertificateIsJudgedByTheLatestTimeThatIsKnown(t *testing.T) {
	t.Parallel()
	now := time.Now()
	before, after := now.Add(9*time.Hour), now.Add(11*time.Hour)
	for name, row := range map[string]struct {
		clock           time.Time
		epoch, timesync time.Time // of the files; zero: there is none
		expired         bool
	}{
		"1970":                                     {clock: in1970},
		"2000":                                     {clock: in2000},
		"2038":                                     {clock: in2038, expired: true},
		"2106":                                     {clock: in2106, expired: true},
		"an hour before":                           {clock: before},
		"an hour after":                            {clock: after, expired: true},
		"1970, an old image":                       {clock: in1970, epoch: in2000},
		"1970, the image is younger":               {clock: in1970, epoch: after, expired: true},
		"1970, synchronised later":                 {clock: in1970, timesync: after, expired: true},
		"1970, synchronised after the image":       {clock: in1970, epoch: before, timesync: after, expired: true},
		"1970, synchronised before the image":      {clock: in1970, epoch: after, timesync: before, expired: true},
		"an hour before, both files are older":     {clock: before, epoch: now, timesync: in2000},
		"an hour before, the image is younger":     {clock: before, epoch: after, expired: true},
		"1970, the image is of 2106":               {clock: in1970, epoch: in2106},
		"1970, synchronised in 2106":               {clock: in1970, timesync: in2106},
		"1970, of 2106, synchronised later":        {clock: in1970, epoch: in2106, timesync: after, expired: true},
		"an hour after, both files are older":      {clock: after, epoch: now, timesync: now, expired: true},
		"the second before the end":                {clock: in1970, epoch: now.Add(10*time.Hour - 2*time.Second)},
		"1970, an image from before there was one": {clock: in1970, epoch: time.Unix(-1, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachineBelowRoot(t, manyCluster(t))
			own := *m
			own.CA = m.cluster.CA // issue() signs with the key beside it
			m.write(t, m.disk(filepath.Join(m.CertDir, expiredPEM)), issue(t, &own, now.Add(10*time.Hour)))
			m.runs(t, program.Valid) // links it and writes kubelet.conf
			for path, modified := range map[string]time.Time{clockEpoch: row.epoch, timesyncClock: row.timesync} {
				if !modified.IsZero() {
					m.touch(t, path, modified)
				}
			}
			status, verdict := program.Valid, "verdict:     valid"
			if row.expired {
				status, verdict = program.Pending, "is expired"
			}
			contains(t, "stdout", m.runsUnder(t, at(row.clock), status, "--check").Stdout, verdict)
		})
	}
}

func TestTheTimeOfTheLastSynchronisationIsFoundBehindALink(t *testing.T) {
	t.Parallel()
	m := newMachineBelowRoot(t, manyCluster(t))
	own := *m
	own.CA = m.cluster.CA
	m.write(t, m.disk(filepath.Join(m.CertDir, expiredPEM)), issue(t, &own, time.Now().Add(time.Hour)))
	m.runs(t, program.Valid)
	m.touch(t, "/var/lib/private/systemd/timesync/clock", time.Now().Add(2*time.Hour))
	m.write(t, m.disk("/var/lib/systemd/.keep"), "")
	if err := os.Symlink("/var/lib/private/systemd/timesync", m.disk(filepath.Dir(timesyncClock))); err != nil {
		t.Fatal(err)
	}
	contains(t, "stdout", m.runsUnder(t, at(in1970), program.Pending, "--check").Stdout, "is expired")
}

// A few whole runs; the API server's certificate is older than the program.
func TestAMachineWhoseClockIsWrongBecomesANode(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		clock, epoch, timesync time.Time
		status                 int
		says                   string
	}{
		"1970, a new image":      {clock: in1970, epoch: time.Now(), status: program.Valid, says: "files written"},
		"1970, synchronised":     {clock: in1970, epoch: in2000, timesync: time.Now(), status: program.Valid, says: "files written"},
		"2000, a new image":      {clock: in2000, epoch: time.Now(), status: program.Valid, says: "files written"},
		"an hour behind":         {clock: time.Now().Add(-time.Hour), epoch: time.Now(), status: program.Valid, says: "files written"},
		"an hour ahead":          {clock: time.Now().Add(time.Hour), status: program.Valid, says: "files written"},
		"2106":                   {clock: in2106, status: program.NotTrusted, says: "expired"},
		"2106, files of that":    {clock: in1970, epoch: in2106, timesync: time.Now(), status: program.Valid, says: "files written"},
		"1970, files much later": {clock: in1970, epoch: time.Now().AddDate(11, 0, 0), status: program.NotTrusted, says: "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachineBelowRoot(t, ecdsaCluster(t))
			m.Deadline = "20s"
			for path, modified := range map[string]time.Time{clockEpoch: row.epoch, timesyncClock: row.timesync} {
				if !modified.IsZero() {
					m.touch(t, path, modified)
				}
			}
			contains(t, "stderr", m.runsUnder(t, at(row.clock), row.status).Stderr, row.says)
		})
	}
}

// The key is made before the first connection, and for that the kernel is asked for random numbers: here it takes longer than the clock
// stays wrong.
func TestAClockThatIsSetDuringTheRunCounts(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m := newMachineBelowRoot(t, ecdsaCluster(t))
	slow := []string{"strace", "-D", "-q", "-o", "/dev/null", "-e", "inject=getrandom:delay_enter=2000000:when=1"}
	m.runsUnder(t, append(atAndThen(in2106, time.Now(), time.Second), slow...), program.Valid)
}

func TestWaitingForRandomNumbersIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	m := faulty(t, newMachine(t, ecdsaCluster(t)))
	result := m.runsUnder(t, withFault("random", "N=700"), program.Valid)
	if n := strings.Count(result.Stderr, "kubelet-bootstrap: waiting for the kernel to gather random numbers\n"); n != 1 {
		t.Errorf("it is said %d times: %v", n, result)
	}
	checkFiles(t, m)
	result = faulty(t, newMachine(t, ecdsaCluster(t))).runsUnder(t, withFault("random", "N=0"), program.Valid)
	if strings.Contains(result.Stderr, "random") {
		t.Errorf("it is said though nothing had to be waited for: %v", result)
	}
}
