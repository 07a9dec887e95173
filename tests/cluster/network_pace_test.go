// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// atFirst is the script for the first connection; then the API server answers.
func atFirst(script faults.Script) faults.Script {
	return func(x *faults.Exchange) error {
		if x.Connection == 0 {
			return script(x)
		}
		return x.Pass()
	}
}

func TestAFaultThatPassesDelaysARunAndNoMore(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]faults.Script{
		"too many requests": onCreate(answers("429 Too Many Requests", "")),
		"unavailable":       onCreate(answers("503 Service Unavailable", "")),
		"internal error":    onCreate(answers("500 Internal Server Error", "")),
		"a gateway's time-out after it was stored": onCreate(storedBut504),
		"stored without an answer":                 onCreate(storedBut(faults.ErrClose)),
		"a reset":                                  onCreate((*faults.Exchange).Reset),
		"a watch that ends":                        onWatch(says(faults.WatchHead + faults.LastChunk)),
		"a watch that begins too late":             onWatch(says(event(`{"type":"ERROR","object":` + status(410, "too old") + "}\n"))),
		"a watch with too many requests":           onWatch(answers("429 Too Many Requests", "")),
		"a watch that is reset":                    onWatch((*faults.Exchange).Reset),
		"a line of the watch that is cut off":      onWatch(saysLast(event(`{"type":"ADD`))),
		"a server that answers one request only":   onWatch((*faults.Exchange).Drop),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requires(t, tool("openssl"))
			m, server := scriptedMachine(t, atFirst(script))
			m.Deadline = "20s"
			m.endsWith(t, program.Valid)
			aFreshMachine.isGood(t, m)
			m.onlyRequest(t)
			if seen := server.Seen(); seen[len(seen)-1].Connection != 1 {
				t.Errorf("want two connections, saw %v", seen)
			}
		})
	}
}

func storedBut(end error) faults.Script {
	return func(x *faults.Exchange) error {
		response, err := x.Ask()
		if err != nil {
			return err
		}
		response.Body.Close()
		return end
	}
}

// Then create and watch cannot go out together.
func TestAServerThatClosesAfterEachAnswerServes(t *testing.T) {
	t.Parallel()
	requires(t, tool("openssl"))
	m, server := scriptedMachine(t, func(x *faults.Exchange) error {
		response, err := x.Ask()
		if err != nil {
			return err
		}
		defer response.Body.Close()
		response.Close = true // Connection: close
		if err := x.Give(response); err != nil {
			return err
		}
		return faults.ErrClose
	})
	m.Deadline = "20s"
	m.endsWith(t, program.Valid)
	aFreshMachine.isGood(t, m)
	m.onlyRequest(t)
	if seen := server.Seen(); len(seen) != 2 {
		t.Errorf("want a request and a watch, saw %v", seen)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	const told = 2 * time.Second
	for name, script := range map[string]faults.Script{
		"too many requests":              onCreate(answers("429 Too Many Requests", "", "Retry-After: 2")),
		"unavailable":                    onCreate(answers("503 Service Unavailable", "", "Retry-After: 2")),
		"a watch with too many requests": onWatch(answers("429 Too Many Requests", "", "Retry-After: 2")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, server := scriptedMachine(t, atFirst(script))
			m.Deadline = "20s"
			m.endsWith(t, program.Valid)
			last := map[int]time.Time{}
			for i, seen := range server.Seen() {
				if i > 0 && seen.Connection == 1 && last[1].IsZero() && seen.At.Sub(last[0]) < told {
					t.Errorf("told to wait for %v, the next request came after %v", told, seen.At.Sub(last[0]))
				}
				last[seen.Connection] = seen.At
			}
			if len(last) != 2 {
				t.Errorf("want two connections, saw %v", server.Seen())
			}
			m.onlyRequest(t)
		})
	}
}

// Half an hour, or two hours: there is no second request within a run of seconds.
func TestRetryAfterTheDeadlineIsHonouredToo(t *testing.T) {
	t.Parallel()
	for _, told := range []string{"1800", "7200"} {
		t.Run(told, func(t *testing.T) {
			t.Parallel()
			m, server := scriptedMachine(t, onCreate(answers("503 Service Unavailable", "", "Retry-After: "+told)))
			m.Deadline = briefly
			m.endsWith(t, program.Unavailable)
			if seen := server.Seen(); len(seen) == 0 || seen[len(seen)-1].Connection != 0 {
				t.Errorf("want one connection with requests, saw %v", seen)
			}
		})
	}
}

var timedCall = regexp.MustCompile(`(?m)^\d+ +(\d+\.\d+) (.*)$`)

func TestWhileItWaitsItAsksNothingAndSleeps(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m, server := scriptedMachine(t, (*faults.Exchange).Pass)
	m.Token, m.Deadline = m.cluster.unapprovedToken, "10s"
	log := filepath.Join(t.TempDir(), "strace")
	m.runsUnder(t, []string{"strace", "-f", "-qq", "-ttt", "-s", "200", "-o", log}, program.Pending)
	var requests []string
	for _, seen := range server.Seen() {
		requests = append(requests, fmt.Sprint(seen.Connection, " ", seen.Method))
	}
	if got := strings.Join(requests, ", "); got != "0 POST, 0 GET" {
		t.Errorf("want one connection with one request and one watch, saw %s", got)
	}
	calls := timedCall.FindAllStringSubmatch(m.read(t, log), -1)
	told := slices.IndexFunc(calls, func(call []string) bool { return strings.Contains(call[2], "waiting for approval") })
	if told < 0 || told+4 > len(calls) {
		t.Fatalf("nobody was told of the wait in\n%s", m.read(t, log))
	}
	// The line itself, a last look at the socket, and poll, which returns when something comes.
	if slept := seconds(t, calls[told+3][1]) - seconds(t, calls[told+2][1]); slept < 5 || !strings.HasPrefix(calls[told+2][2], "poll(") {
		t.Errorf("slept for %.1f s: %v", slept, calls[told:])
	}
}

func seconds(t *testing.T, text string) float64 {
	t.Helper()
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// A young API server, or one that has not heard of the token yet, says 401 and then 403 to a good token.
func TestATokenMayBecomeGoodDuringTheRun(t *testing.T) {
	for _, c := range []struct {
		name, status string
		options      []string // of mint-token
		given, later func(t *testing.T, c *cluster, manifest string)
	}{
		{"when its secret comes", "401 Unauthorized", nil, nothing, applies},
		{"when its rights come", "403 Forbidden", []string{"--group=" + lateGroup}, applies, binds},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requires(t, tool("openssl"))
			refused := make(chan struct{})
			once := sync.OnceFunc(func() { close(refused) })
			m, _ := scriptedMachine(t, onCreate(func(x *faults.Exchange) error { return x.PassAnd(once) }))
			token, manifest, err := m.cluster.NewToken(c.options...)
			if err != nil {
				t.Fatal(err)
			}
			m.Token = token
			c.given(t, m.cluster, manifest)
			ended := m.starts(t)
			<-refused
			c.later(t, m.cluster, manifest)
			result := <-ended
			if result.Status != program.Valid {
				t.Fatalf("want exit status 0, got: %v", result)
			}
			contains(t, "stderr", result.Stderr, c.status)
			aFreshMachine.isGood(t, m)
			m.onlyRequest(t)
		})
	}
}

const lateGroup = "system:bootstrappers:late"

func nothing(*testing.T, *cluster, string) {}

func applies(t *testing.T, c *cluster, manifest string) {
	t.Helper()
	if _, err := c.KubectlAs(c.Admin, manifest, "apply", "--filename=-"); err != nil {
		t.Fatal(err)
	}
}

// binds gives the group what platform/cluster gives that of other tokens.
func binds(t *testing.T, c *cluster, _ string) {
	t.Helper()
	for name, role := range map[string]string{
		"late-ask":     "system:node-bootstrapper",
		"late-approve": "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
	} {
		if _, err := c.Kubectl("create", "clusterrolebinding", name, "--clusterrole="+role, "--group="+lateGroup); err != nil {
			t.Fatal(err)
		}
	}
}
