// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// call is one system call of a run: the ordinal-th of its name.
type call struct {
	name    string
	ordinal int
}

var callName = regexp.MustCompile(`^\d+\s+(\w+)\(`)

// calls runs the machine's program to its end and lists what it called.
func calls(t *testing.T, m *machine) []call {
	t.Helper()
	log := filepath.Join(t.TempDir(), "strace")
	m.runsUnder(t, []string{"strace", "-f", "-qq", "-o", log}, program.Valid)
	counts := map[string]int{}
	var list []call
	for line := range strings.Lines(m.read(t, log)) {
		if match := callName.FindStringSubmatch(line); match != nil {
			counts[match[1]]++
			list = append(list, call{match[1], counts[match[1]]})
		}
	}
	return list
}

// killed runs the program, kills it when it makes the call, and says whether that came about: no two runs make quite the same calls.
func (m *machine) killed(t *testing.T, at call) bool {
	t.Helper()
	m.write(t, m.ini, m.INI())
	inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", at.name, at.ordinal)
	result, err := program.Run(time.Minute, "strace", "-f", "-qq", "-o", "/dev/null", "-e", inject, m.binary, "--config", m.ini)
	if err != nil {
		t.Error(err)
	}
	return result.Status != program.Valid
}

func TestAFreshRunThatIsKilledAtAnySystemCallIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	killAnywhere(t, func(*machine) {})
}

func TestARunThatResumesAndIsKilledAtAnySystemCallIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	killAnywhere(t, func(m *machine) {
		good := m.Token
		m.Token, m.Deadline = m.cluster.unapprovedToken, "300ms"
		m.runs(t, program.Pending)
		m.Token, m.Deadline = good, "30s"
		if _, err := m.cluster.Kubectl("certificate", "approve", m.onlyRequest(t).Name); err != nil {
			t.Error(err)
		}
	})
}

// killAnywhere kills a run at each of its system calls, on a new machine each time. One plain run has to be enough after that, and the
// cluster may see one request for the node.
func killAnywhere(t *testing.T, prepare func(*machine)) {
	requires(t, tool("strace"))
	c := ecdsaCluster(t)
	model := newMachine(t, c)
	prepare(model)
	list := calls(t, model)
	var wait sync.WaitGroup
	var killed atomic.Int32
	running := make(chan struct{}, 4)
	for _, at := range list {
		m := newMachine(t, c)
		running <- struct{}{}
		wait.Go(func() {
			defer func() { <-running }()
			prepare(m)
			if m.killed(t, at) {
				killed.Add(1)
			}
			m.write(t, m.ini, m.INI())
			result, err := program.Run(time.Minute, m.binary, "--config", m.ini)
			if err != nil || result.Status != program.Valid {
				t.Errorf("after a kill at %v: %v %v", at, result, err)
				return
			}
			checkFiles(t, m)
			checkCertificate(t, m)
			if n := len(m.requests(t)); n != 1 {
				t.Errorf("after a kill at %v: %d requests", at, n)
			}
		})
	}
	wait.Wait()
	t.Logf("%d system calls, killed at %d of them", len(list), killed.Load())
	if int(killed.Load()) < len(list)*9/10 {
		t.Error("too few runs were killed")
	}
}
