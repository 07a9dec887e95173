// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

// What standard error is decides how it looks: the journal, a terminal, or something else.

// inJournal has the program believe that standard error is what systemd has connected to the journal.
var inJournal = []string{"sh", "-c", `JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2) exec "$@"`, "sh"}

func TestLinesForTheJournalBeginWithTheirLevel(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		prepare func(m *machine)
		before  []string
		args    []string
		status  int
		want    []string
	}{
		"issued":          {status: program.Valid, want: []string{"<5>kubelet-bootstrap: %s: certificate valid until "}},
		"every detail":    {status: program.Valid, args: []string{"--verbose"}, want: []string{"<7>kubelet-bootstrap: connecting to ", "<5>kubelet-bootstrap: %s: certificate valid until "}},
		"pending":         {status: program.Pending, prepare: isNotApproved(briefly), want: []string{"<5>kubelet-bootstrap: waiting for approval of ", "<3>kubelet-bootstrap: node-csr-"}},
		"stopped":         {status: program.Pending, prepare: isNotApproved("1h"), before: []string{"timeout", "--preserve-status", briefly}, want: []string{"<5>kubelet-bootstrap: stopped; node-csr-"}},
		"wrong command":   {status: 64, args: []string{"--no-such-option"}, want: []string{"<3>kubelet-bootstrap: "}},
		"quiet and wrong": {status: program.Misconfigured, prepare: isNotApproved("soon"), args: []string{"--quiet"}, want: []string{"<3>kubelet-bootstrap: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			if row.prepare != nil {
				row.prepare(m)
			}
			result := m.runsUnder(t, append(inJournal[:len(inJournal):len(inJournal)], row.before...), row.status, row.args...)
			for line := range strings.Lines(result.Stderr) {
				if !journalLine.MatchString(line) {
					t.Errorf("a line without a level: %s", line)
				}
			}
			for _, want := range row.want {
				contains(t, "stderr", result.Stderr, strings.ReplaceAll(want, "%s", m.Name))
			}
		})
	}
}

var journalLine = regexp.MustCompile(`^<[357]>kubelet-bootstrap: [^<]*\n$`)

// isNotApproved gives the machine a token whose requests nobody approves, and so long to wait for it.
func isNotApproved(deadline string) func(m *machine) {
	return func(m *machine) { m.Token, m.Deadline = m.cluster.unapprovedToken, deadline }
}

func TestLinesForAnybodyElseBeginWithTheName(t *testing.T) {
	t.Parallel()
	m := aValidMachine.machine(t)
	file := filepath.Join(t.TempDir(), "log")
	for name, command := range map[string][]string{
		"the journal of somebody else": {"env", "JOURNAL_STREAM=8:12345"},
		"an empty variable":            {"env", "JOURNAL_STREAM="},
		"no number":                    {"env", "JOURNAL_STREAM=journal"},
		"redirected since":             append(inJournal, "sh", "-c", `exec "$@" 2>`+file, "sh"),
		"a terminal it is not":         {"env", "TERM=xterm"},
	} {
		t.Run(name, func(t *testing.T) {
			result := m.runsUnder(t, command, program.Valid, "--verbose")
			text := result.Stderr
			if text == "" {
				text = m.read(t, file)
			}
			for line := range strings.Lines(text) {
				if !strings.HasPrefix(line, "kubelet-bootstrap: ") || strings.Contains(line, "\x1b") {
					t.Errorf("the line is %q", line)
				}
			}
			contains(t, "the log", text, "already valid")
		})
	}
}

// The whole path once more, where standard error is a file on a disk: its device number has another shape than that of a pipe.
func TestAFileMayBeTheJournal(t *testing.T) {
	t.Parallel()
	m := aValidMachine.machine(t)
	file := filepath.Join(t.TempDir(), "log")
	m.runsUnder(t, append([]string{"sh", "-c", `exec "$@" 2>` + file, "sh"}, inJournal...), program.Valid)
	contains(t, "the log", m.read(t, file), "<5>kubelet-bootstrap: ")
}

// onTerminal runs a command on a terminal of its own, whose output becomes the standard output.
func onTerminal(settings ...string) []string {
	return append(append([]string{"env"}, settings...), "sh", "-c", `exec script -qec "$*" /dev/null`, "sh")
}

func TestATerminalShowsOneLineThatTellsHowLongItHasWaited(t *testing.T) {
	t.Parallel()
	requires(t, tool("script"))
	for name, row := range map[string]struct {
		before   []string
		deadline string
		last     string
	}{
		"up to the deadline": {deadline: "8s", last: "kubelet-bootstrap: node-csr-"},
		"up to a signal":     {deadline: "1h", before: []string{"timeout", "--preserve-status", "8s"}, last: "kubelet-bootstrap: stopped; node-csr-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			isNotApproved(row.deadline)(m)
			result := m.runsUnder(t, append(onTerminal("TERM=linux"), row.before...), program.Pending, "--verbose")
			s := newScreen(result.Stdout)
			if len(s.live) < 2 {
				t.Errorf("want a line that changes, got %q in %q", s.live, result.Stdout)
			}
			for _, line := range s.live {
				if !liveLine.MatchString(line) || len(line) > 79 {
					t.Errorf("the live line is %q", line)
				}
			}
			for _, line := range s.lines {
				if !strings.HasPrefix(line, "kubelet-bootstrap: ") {
					t.Errorf("left on the screen: %q", line)
				}
			}
			if last := s.lines[len(s.lines)-1]; !strings.HasPrefix(last, row.last) {
				t.Errorf("the last line is %q", last)
			}
		})
	}
}

var liveLine = regexp.MustCompile(`^node-csr-[A-Za-z0-9_-]{43} awaits approval: \d+s$`)

func TestNoLiveLineIsShownToWhoCannotOrWouldNotSeeIt(t *testing.T) {
	t.Parallel()
	requires(t, tool("script"))
	for name, row := range map[string]struct {
		command []string
		args    []string
	}{
		"no terminal":         {command: []string{"env", "TERM=linux"}},
		"terminal unknown":    {command: onTerminal()},
		"dumb terminal":       {command: onTerminal("TERM=dumb")},
		"quiet":               {command: onTerminal("TERM=linux"), args: []string{"--quiet"}},
		"terminal of a pager": {command: append(onTerminal("TERM=linux"), "sh", "-c", `'exec "$@" 2>&1 | cat'`, "sh")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			isNotApproved("5s")(m)
			status := program.Pending
			if name == "terminal of a pager" { // its own status
				status = 0
			}
			result := m.runsUnder(t, row.command, status, row.args...)
			text := result.Stdout + result.Stderr
			if strings.Contains(text, "\x1b") || strings.Contains(text, "awaits approval") {
				t.Errorf("a live line: %q", text)
			}
			contains(t, "the output", text, "was not approved and issued within 5s")
		})
	}
}

// screen is what a person has seen of a terminal's output: the lines that stay, and those that were replaced.
type screen struct {
	lines, live []string
}

func newScreen(output string) screen {
	var s screen
	line, column := "", 0
	for i := 0; i < len(output); i++ {
		switch rest := output[i:]; {
		case strings.HasPrefix(rest, "\n"):
			s.lines = append(s.lines, line)
			line, column = "", 0
		case strings.HasPrefix(rest, "\r"):
			if line != "" && !strings.HasPrefix(rest, "\r\n") && (len(s.live) == 0 || s.live[len(s.live)-1] != line) {
				s.live = append(s.live, line)
			}
			column = 0
		case strings.HasPrefix(rest, "\x1b[K"):
			line = line[:column]
			i += len("\x1b[K") - 1
		default:
			line = line[:column] + rest[:1] + line[min(len(line), column+1):]
			column++
		}
	}
	if line != "" {
		s.lines = append(s.lines, line)
	}
	return s
}

func TestTheScreenOfTheTestsIsOne(t *testing.T) {
	s := newScreen("a\r\n\rone\x1b[K\rtwo\x1b[K\r\x1b[Kb\r\nabcd\rx\x1b[K")
	if got, want := fmt.Sprint(s), "{[a b x] [one two abcd]}"; got != want {
		t.Errorf("want %s, got %s", want, got)
	}
}
