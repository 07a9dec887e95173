// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// KUBELET_BOOTSTRAP_TORTURE=1 tries each call with each error once, and each call with one error for good, in minutes; without it a
// sample of that.
//
// What strace cannot do: a read or write that does a part of its work. (With retval= nothing at all is done.) And clock_gettime,
// which is no system call for a program that finds it in the vDSO.

func TestAFreshRunTakesAnErrorFromAnySystemCall(t *testing.T) {
	t.Parallel()
	takesAnErrorFromAnySystemCall(t, aFreshMachine)
}

func TestAResumedRunTakesAnErrorFromAnySystemCall(t *testing.T) {
	t.Parallel()
	takesAnErrorFromAnySystemCall(t, anApprovedMachine)
}

func TestARunOverAnExpiredCertificateTakesAnErrorFromAnySystemCall(t *testing.T) {
	t.Parallel()
	takesAnErrorFromAnySystemCall(t, anExpiredMachine)
}

func TestARepairTakesAnErrorFromAnySystemCall(t *testing.T) {
	t.Parallel()
	takesAnErrorFromAnySystemCall(t, aBrokenMachine)
}

func TestAnErrorFromAnySystemCallLeavesAValidNodeAlone(t *testing.T) {
	t.Parallel()
	takesAnErrorFromAnySystemCall(t, aValidMachine)
}

const (
	injectDeadline = 5 * time.Second
	sampled        = 7 // no divisor of len(causes): else it would always be the same ones
)

// causes are the errors that a system call is made to end with, and how the program's C library words them.
var causes = []struct{ name, text string }{
	{"EIO", "I/O error"},
	{"ENOSPC", "No space left on device"},
	{"EDQUOT", "Quota exceeded"},
	{"EROFS", "Read-only file system"},
	{"ENOMEM", "Out of memory"},
	{"EMFILE", "No file descriptors available"},
	{"EACCES", "Permission denied"},
	{"EINTR", "Interrupted system call"},
}

// allowed are the exit statuses of a run whose own machine fails it. For that neither the server's identity nor its answer is to
// blame, as it would be with 76 and 77.
var allowed = []int{program.Valid, program.Unavailable, program.Internal, program.CannotWrite, program.Pending, program.Misconfigured}

func takesAnErrorFromAnySystemCall(t *testing.T, s situation) {
	requires(t, tool("strace"))
	requires(t, tool("openssl"))
	calls := s.systemCalls(t)
	once, always := newTally(), newTally()
	t.Run("once", func(t *testing.T) {
		for i := range len(calls) * len(causes) {
			call, cause := calls[i/len(causes)], causes[i%len(causes)]
			if mayFail(call) && inSample(i, sampled) {
				once.point(t, fmt.Sprintf("%v-%s", call, cause.name), func(t *testing.T) {
					s.takesAnError(t, once, fmt.Sprintf("%s:error=%s:when=%d", call.name, cause.name, call.ordinal), cause.text)
				})
			}
		}
	})
	once.report(t)
	// A disk that is full stays full: the same error from all calls of that name from here on. Not EINTR, which is there to be
	// answered with the same call again.
	t.Run("always", func(t *testing.T) {
		for i, call := range calls {
			cause := causes[i%(len(causes)-1)]
			if call.name == "read" && cause.name == "EIO" { // a disk that never gives a key back has lost it: see package states
				cause = causes[1]
			}
			if mayFail(call) && inSample(i, sampled) {
				always.point(t, fmt.Sprintf("%v-%s", call, cause.name), func(t *testing.T) {
					s.takesAnError(t, always, fmt.Sprintf("%s:error=%s:when=%d+", call.name, cause.name, call.ordinal), cause.text)
				})
			}
		}
	})
	always.report(t)
}

// mayFail leaves out what has no error to give: geteuid (POSIX), exit_group, and arch_prctl(ARCH_SET_FS), which musl makes before
// main() and answers a failure of with a fault of its own making.
func mayFail(call systemCall) bool {
	return call.name != "geteuid" && call.name != "exit_group" && call.name != "arch_prctl"
}

// inSample says whether point i is among those that are tried: one in every, or all.
func inSample(i, every int) bool { return i%every == 0 || torture() }

func (s situation) takesAnError(t *testing.T, n *tally, inject, cause string) {
	m := s.machine(t)
	before := inodes(t, m)
	m.Deadline = injectDeadline.String()
	run := m.disturb(t, inject, injectDeadline+slack)
	n.takes(t, m, run)
	defer func() {
		if t.Failed() {
			t.Logf("%s: %v", run.call, run.Result)
		}
	}()
	explains(t, run, cause)
	if after := inodes(t, m); s.isValid && after != before {
		t.Errorf("files before:\n%s\nfiles after:\n%s", before, after)
	}
	if run.Status == program.Valid && !strings.HasPrefix(run.call, "unlinkat(") { // what could not be removed is there still
		s.isGood(t, m)
		s.tidy = nil
	}
	s.heals(t, m)
}

// explains wants a status that fits and, unless it is 0, a line that says what could not be done, to which path or peer, and why.
func explains(t *testing.T, run disturbed, cause string) {
	t.Helper()
	if !slices.Contains(allowed, run.Status) {
		t.Errorf("exit status %d, want one of %v", run.Status, allowed)
	}
	if run.Status == program.Valid || strings.HasPrefix(run.call, "write(2, ") { // to where that line would go
		return
	}
	hasPath := !strings.HasPrefix(run.call, "getrandom(")
	for line := range strings.Lines(run.Stderr) {
		_, what, _ := strings.Cut(line, "cannot ")
		if strings.Contains(what, cause) && (strings.Contains(what, "/") || !hasPath) {
			return
		}
	}
	t.Errorf("no line of stderr says what cannot be done, to which path or peer, and %q", cause)
}

// On f2fs a power cut can leave a link whose target is lost: it is there, and readlink(2) finds nothing.
func TestALinkThatTheDiskHasLostTheTargetOfIsMadeAnew(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m := newMachine(t, ecdsaCluster(t))
	m.runs(t, program.Valid)
	lost := []string{"strace", "-D", "-q", "-o", "/dev/null", "-e", "inject=readlinkat:error=ENOENT:when=1..4"} // until it is made anew
	result := m.runsUnder(t, lost, program.Valid)
	contains(t, "stderr", result.Stderr, "files repaired")
	checkFiles(t, m)
	m.onlyRequest(t)
}
