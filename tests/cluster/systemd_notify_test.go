// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// What the service tells systemd while it runs, and the journal.

// Without a word from the service systemd would end it after startTimeout.
const startTimeout = 3 * time.Second

var notifying = map[string][]string{
	"notify":  {"Type=notify", "NotifyAccess=main", "RemainAfterExit=yes", "TimeoutStartSec=" + startTimeout.String()},
	"oneshot": {"Type=oneshot", "NotifyAccess=main", "RemainAfterExit=yes", "TimeoutStartSec=" + startTimeout.String()},
}

func TestAServiceThatWaitsForApprovalOutlivesTheStartTimeout(t *testing.T) {
	t.Parallel()
	for kind, service := range notifying {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			m.Token = m.cluster.unapprovedToken
			s := m.boots(t, service...)
			commands(t, s, "start", "--no-block", bootstrapUnit)
			comes(t, "a request in the status", func() bool {
				status, err := s.Show(bootstrapUnit, "StatusText")
				return err == nil && strings.Contains(status, "node-csr-")
			})
			csr := m.onlyRequest(t)
			status, _ := s.Show(bootstrapUnit, "StatusText")
			contains(t, "the status", status, csr.Name)
			time.Sleep(2 * startTimeout) // nothing can be waited for: nothing must happen
			shows(t, s, bootstrapUnit, "ActiveState", "activating", "Result", "success")

			if _, err := m.cluster.Kubectl("certificate", "approve", csr.Name); err != nil {
				t.Fatal(err)
			}
			commands(t, s, "start", bootstrapUnit) // waits for the job that is there
			// One of Type=notify that ended without READY=1 would be "failed", with the result "protocol".
			shows(t, s, bootstrapUnit, "ActiveState", "active", "Result", "success", "ExecMainStatus", "0")
			checkFiles(t, m)
			m.onlyRequest(t)
		})
	}
}

func TestAServiceThatWaitsInVainEndsAtItsOwnDeadlineAndSaysWhy(t *testing.T) {
	t.Parallel()
	for kind, service := range notifying {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			m.Token, m.Deadline = m.cluster.unapprovedToken, (2 * startTimeout).String()
			s := m.boots(t, service...)
			if out, err := s.Run("systemctl", "start", bootstrapUnit); err == nil {
				t.Errorf("the start succeeded: %s", out)
			}
			shows(t, s, bootstrapUnit, "ActiveState", "failed", "Result", "exit-code", "ExecMainStatus", strconv.Itoa(program.Pending))
			status, err := s.Show(bootstrapUnit, "StatusText")
			if err != nil {
				t.Fatal(err)
			}
			contains(t, "the status", status, m.onlyRequest(t).Name)
			journal := said(t, s)
			contains(t, "the last line in the journal", journal[len(journal)-1].Message, status)
		})
	}
}

func TestAServiceIsReadyWhenItsFilesAreInPlace(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	s := m.boots(t, notifying["notify"]...)
	m.installs(t, s, kubeletUnit, "[Unit]", "Requires="+bootstrapUnit, "After="+bootstrapUnit,
		"[Service]", "Type=oneshot", "RemainAfterExit=yes", "ExecStart=/usr/bin/test -s "+m.Kubeconfig)
	for range 2 { // the second time all is there
		commands(t, s, "start", kubeletUnit)
		shows(t, s, bootstrapUnit, "ActiveState", "active", "Result", "success")
		commands(t, s, "stop", kubeletUnit, bootstrapUnit)
	}
	checkFiles(t, m)
}

// The levels are those of syslog(3): 3 an error, 5 a notice, 7 a detail; what comes without one gets 6.
func TestTheJournalKnowsHowImportantEachLineIs(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.Token, m.Deadline = m.cluster.unapprovedToken, briefly
	s := m.boots(t, "Type=oneshot", "ExecStart=", "ExecStart="+m.binary+" --config "+m.ini+" --verbose")
	if out, err := s.Run("systemctl", "start", bootstrapUnit); err == nil {
		t.Errorf("the start succeeded: %s", out)
	}
	journal := said(t, s)
	levels := map[string]string{}
	for i, entry := range journal {
		if !strings.HasPrefix(entry.Message, "kubelet-bootstrap: ") {
			t.Errorf("a line begins with something else than the name: %q", entry.Message)
		}
		if last := i == len(journal)-1; last != (entry.Priority == "3") {
			t.Errorf("line %d of %d has level %s: %s", i+1, len(journal), entry.Priority, entry.Message)
		}
		levels[entry.Priority] += entry.Message + "\n"
	}
	contains(t, "the notices", levels["5"], "kubectl certificate approve "+m.onlyRequest(t).Name)
	if levels["7"] == "" || len(levels) != 3 {
		t.Errorf("want levels 3, 5 and 7, found: %v", levels)
	}
}

func TestLinesThatGoToAFileHaveNoLevels(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	log := filepath.Join(filepath.Dir(m.ini), "log")
	// $JOURNAL_STREAM is that of standard output.
	s := m.boots(t, "Type=oneshot", "StandardOutput=journal", "StandardError=append:"+log)
	commands(t, s, "start", bootstrapUnit)
	text := m.read(t, log)
	contains(t, "the file", text, "kubelet-bootstrap: ", m.Name)
	if regexp.MustCompile(`(?m)^<`).MatchString(text) {
		t.Errorf("a line in the file has a level:\n%s", text)
	}
	if journal := said(t, s); len(journal) != 0 {
		t.Errorf("the journal has lines: %+v", journal)
	}
}
