// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// Here a run is disturbed at one system call by strace: what crash_test.go, inject_test.go and stop_test.go have in common.

// systemCall is the ordinal-th call of its name in a run. That is how strace counts.
type systemCall struct {
	name    string
	ordinal int
}

func (c systemCall) String() string { return fmt.Sprintf("%s-%d", c.name, c.ordinal) }

var callLine = regexp.MustCompile(`^([a-z0-9_]+)\(`)

// systemCalls runs the program on a machine in the situation and lists the calls it made itself.
func (s situation) systemCalls(t *testing.T) []systemCall {
	t.Helper()
	m := s.machine(t)
	m.write(t, m.ini, m.INI())
	log := filepath.Join(t.TempDir(), "strace")
	result, err := program.Run(time.Minute, "strace", "-D", "-q", "-o", log, m.binary, "--config", m.ini)
	if err != nil || result.Status != program.Valid {
		t.Fatal(err, result)
	}
	var calls []systemCall
	count := map[string]int{}
	for line := range strings.Lines(m.read(t, log)) {
		if call := callLine.FindStringSubmatch(line); call != nil && call[1] != "execve" {
			count[call[1]]++
			calls = append(calls, systemCall{call[1], count[call[1]]})
		}
	}
	if len(calls) < 20 {
		t.Fatalf("only %d system calls in\n%s", len(calls), m.read(t, log))
	}
	return calls
}

// disturbed is a run in which one call was tampered with.
type disturbed struct {
	program.Result
	call string // as strace saw it, the last one if there were several; empty: there was no such call this time
}

// disturb runs the program with `inject`, which is strace's expression of that name. The program has to end within the limit.
func (m *machine) disturb(t *testing.T, inject string, limit time.Duration) disturbed {
	t.Helper()
	m.write(t, m.ini, m.INI())
	log := filepath.Join(t.TempDir(), "strace")
	// With -D the program is our own child, not strace's: its end is seen as it is, and it is what the limit kills.
	name, _, _ := strings.Cut(inject, ":")
	result, err := program.Run(limit, "strace", "-D", "-q", "-o", log, "-e", "trace="+name, "-e", "inject="+inject,
		m.binary, "--config", m.ini)
	if err != nil {
		t.Fatalf("%s: %v\n%s", inject, err, m.read(t, log))
	}
	if secret := m.secret(t); strings.Contains(result.Stdout+result.Stderr, secret) {
		t.Errorf("the token's secret is shown: %v", result)
	}
	run := disturbed{Result: result}
	lines := strings.Split(m.read(t, log), "\n")
	for i, line := range lines {
		next := append(lines, "")[i+1]
		if strings.HasSuffix(line, "(INJECTED)") || next == "+++ killed by SIGKILL +++" || strings.HasPrefix(next, "--- SIG") {
			run.call = line
		}
	}
	return run
}
