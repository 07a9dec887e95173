// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"strings"
	"sync"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

func TestTwoRunsAtOnceMakeOneRequest(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	m.write(t, m.ini, m.INI())
	var results [2]program.Result
	var wait sync.WaitGroup
	for i := range results {
		wait.Go(func() { results[i], _ = program.Run(time.Minute, m.binary, "--config", m.ini) })
	}
	wait.Wait()
	written := 0
	for _, result := range results {
		if result.Status != program.Valid {
			t.Errorf("want exit status 0, got: %v", result)
		}
		if strings.Contains(result.Stderr, "files written") {
			written++
		}
	}
	if written != 1 {
		t.Errorf("%d runs wrote the files, not one: %v", written, results)
	}
	checkFiles(t, m)
	m.onlyRequest(t)
}

func TestASecondRunWaitsForTheFirstNoLongerThanItsDeadline(t *testing.T) {
	t.Parallel()
	requires(t, tool("flock"))
	m := newMachine(t, ecdsaCluster(t))
	m.Deadline = "2s"
	m.write(t, m.CertDir+"/.keep", "")
	result := m.runsUnder(t, []string{"flock", m.CertDir}, program.Pending)
	contains(t, "stderr", result.Stderr, "another run is at work", m.CertDir)
	if n := len(m.requests(t)); n != 0 {
		t.Errorf("%d requests were made without the lock", n)
	}
}
