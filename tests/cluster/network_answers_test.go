// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// wrongAnswer is what a server of the right name says every time, until it is repaired.
type wrongAnswer struct {
	name   string
	script faults.Script
	status int
	says   string // the cause, in the message
}

const created = "HTTP/1.1 201 Created\r\n"

var wrongAnswersToTheRequest = []wrongAnswer{
	{"too many requests", answers("429 Too Many Requests", "not now"), program.Unavailable, "429 Too Many Requests: not now"},
	{"unavailable", answers("503 Service Unavailable", status(503, "etcd is away")), program.Unavailable, "503: etcd is away"},
	{"internal error", answers("500 Internal Server Error", ""), program.Unavailable, "500"},
	{"a gateway's time-out after it was stored", storedBut504, program.Unavailable, "504: too late"},
	{"unauthorized", answers("401 Unauthorized", status(401, "Unauthorized")), program.Refused, "401 Unauthorized"},
	{"forbidden, in JSON that is cut off", answers("403 Forbidden", status(403, "no")[:30]), program.Refused, "403 Forbidden"},
	{"not found", answers("404 Not Found", "404 page not found\n"), program.Refused, "404: 404 page not found"},
	{"invalid", answers("422 Unprocessable Entity", status(422, "spec is wrong")), program.Refused, "422: spec is wrong"},
	{"somewhere else", answers("301 Moved Permanently", "", "Location: https://127.0.0.1:1/"),
		program.NotTrusted, "unexpected status 301"},
	{"success without an object", answers("200 OK", "fine"), program.NotTrusted, "unexpected status 200"},
	{"another protocol", says("SSH-2.0-OpenSSH_9.6\r\n"), program.NotTrusted, `it begins with "SSH-2.0-OpenSSH_9.6"`},
	{"zeros", says(strings.Repeat("\x00", 100)), program.NotTrusted, "NUL byte"},
	{"a head that is cut off", saysLast(created[:15]), program.Unavailable, "closed the connection without an answer"},
	{"a head with a line too long", says(created + "X: " + strings.Repeat("x", 2100)), program.NotTrusted, "is too long"},
	{"a head without end", repeats(created, "X: x\r\n"), program.Unavailable, "no answer within " + briefly},
	{"a head that drips", drips(created), program.Unavailable, "no answer within " + briefly},
	{"interim answers without end", repeats("", "HTTP/1.1 102 Processing\r\n\r\n"), program.Unavailable, "no answer within " + briefly},
	{"a header that is none", says(created + "what\r\n\r\n"), program.NotTrusted, "malformed header"},
	{"a length that is none", says(created + "Content-Length: -1\r\n\r\n"), program.NotTrusted, "malformed Content-Length"},
	{"two lengths", says(created + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), program.NotTrusted, "malformed Content-Length"},
	{"compression nobody asked for", says(created + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
		program.NotTrusted, "unsupported transfer coding"},
	{"a chunk size that is none", says(created + "Transfer-Encoding: chunked\r\n\r\nbig\r\n"),
		program.NotTrusted, "malformed chunk size"},
	{"a chunk longer than its size", says(created + "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n"),
		program.NotTrusted, "longer than its size"},
	{"a body that is cut off", saysLast(created + "Content-Length: 1000\r\n\r\n{"), program.Unavailable, "in the middle of its answer"},
	{"a body too large", answers("201 Created", strings.Repeat("x", 40000)), program.NotTrusted, "larger than 32768 bytes"},
	{"a body without end", repeats(created+"Transfer-Encoding: chunked\r\n\r\n", faults.Chunk("x")),
		program.NotTrusted, "larger than 32768 bytes"},
	{"nothing", (*faults.Exchange).Hang, program.Unavailable, "no answer within " + briefly},
	{"the end", saysLast(""), program.Unavailable, "closed the connection without an answer"},
	{"the end without TLS's word for it", (*faults.Exchange).Drop, program.Unavailable, "closed the connection without an answer"},
	{"a reset", (*faults.Exchange).Reset, program.Unavailable, "Connection reset by peer"},
}

func TestAWrongAnswerToTheRequestHasItsStatusAndTheNextRunHeals(t *testing.T) {
	t.Parallel()
	for _, w := range wrongAnswersToTheRequest {
		t.Run(w.name, func(t *testing.T) { t.Parallel(); w.check(t, onCreate(w.script), 1) })
	}
}

func TestAWrongAnswerToTheWatchHasItsStatusAndTheNextRunHeals(t *testing.T) {
	t.Parallel()
	errorEvent := func(status string) string { return event(`{"type":"ERROR","object":` + status + "}\n") }
	for _, w := range []wrongAnswer{
		{"its end at once", says(faults.WatchHead + faults.LastChunk), program.Pending, "the server ended the watch"},
		{"gone", says(errorEvent(status(410, "too old resource version"))), program.Pending, "410 Gone: too old resource version"},
		{"an internal error", says(errorEvent(status(500, "decoding failed"))), program.Pending, "500: decoding failed"},
		{"an error without a code", says(errorEvent("{}")), program.NotTrusted, "unexpected status 0"},
		{"too many requests", answers("429 Too Many Requests", "not now"), program.Pending, "429 Too Many Requests: not now"},
		{"not found", answers("404 Not Found", "404 page not found\n"), program.Refused, "404: 404 page not found"},
		{"the answer to a create", answers("201 Created", "{}"), program.NotTrusted, "unexpected status 201"},
		{"a line that is no JSON", says(event("<html>\n")), program.NotTrusted, "something else than an event"},
		{"brackets without end", says(event(strings.Repeat("[", 30000) + "\n")), program.NotTrusted, "something else than an event"},
		{"a line that is cut off", saysLast(event(`{"type":"ADD`)), program.Pending, "in the middle of its answer"},
		{"a line that the last chunk cuts off", says(event(`{"type":"ADD`) + faults.LastChunk),
			program.Pending, "the server ended the watch"},
		{"a line too long", repeats(faults.WatchHead, faults.Chunk("x")), program.NotTrusted, "larger than 32768 bytes"},
		{"empty lines without end", repeats(faults.WatchHead, faults.Chunk("\n")),
			program.Pending, "was not approved and issued within " + briefly},
		{"bookmarks without end", repeats(faults.WatchHead, faults.Chunk(`{"type":"BOOKMARK","object":{}}`+"\n")),
			program.Pending, "was not approved and issued within " + briefly},
		{"the end, every time", (*faults.Exchange).Drop, program.Pending, "closed the connection without an answer"},
		{"nothing", (*faults.Exchange).Hang, program.Pending, "was not approved and issued within " + briefly},
		{"no event", says(faults.WatchHead), program.Pending, "was not approved and issued within " + briefly},
		{"a reset", (*faults.Exchange).Reset, program.Pending, "Connection reset by peer"},
		{"a certificate that is no base64", certifies("?"), program.NotTrusted, "its certificate is not base64"},
	} {
		t.Run(w.name, func(t *testing.T) { t.Parallel(); w.check(t, onWatch(w.script), 1) })
	}
}

// Nobody is to approve what only cannot be watched.
func TestTheOneLineOfAQuietRunNamesTheServerAndTheCause(t *testing.T) {
	t.Parallel()
	for _, w := range []wrongAnswer{
		{"an error event", says(event(`{"type":"ERROR","object":` + status(500, "decoding failed") + "}\n")), program.Pending, "decoding failed"},
		{"forbidden", answers("403 Forbidden", status(403, "no watch")), program.Pending, "no watch"},
		{"a reset", (*faults.Exchange).Reset, program.Pending, "Connection reset by peer"},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			m, _ := scriptedMachine(t, onWatch(w.script))
			m.Deadline = briefly
			contains(t, "stderr", m.runs(t, w.status, "--quiet").Stderr, m.Servers[0], w.says)
		})
	}
}

// The key of such a certificate is dropped, so that the next run asks anew.
func TestACertificateThatIsNotOursIsNotInstalled(t *testing.T) {
	t.Parallel()
	other := aValidMachine.machine(t)
	for _, w := range []wrongAnswer{
		{"no certificate", certifies(base64.StdEncoding.EncodeToString([]byte("hello"))),
			program.NotTrusted, "cannot use the certificate issued for node-csr-"},
		{"the CA's", certifies(base64.StdEncoding.EncodeToString([]byte(other.read(t, other.CA)))),
			program.NotTrusted, "cannot use the certificate issued for node-csr-"},
		{"another node's", certifies(base64.StdEncoding.EncodeToString([]byte(other.read(t, other.currentPEM(t))))),
			program.NotTrusted, "cannot use the certificate issued for node-csr-"},
	} {
		t.Run(w.name, func(t *testing.T) { t.Parallel(); w.check(t, onWatch(w.script), 2) })
	}
}

// check runs against the script, and then against the real server, which has to know of that many requests in the end.
func (w wrongAnswer) check(t *testing.T, script faults.Script, requests int) {
	requires(t, tool("openssl"))
	m, _ := scriptedMachine(t, script)
	m.Deadline = briefly
	result := m.endsWith(t, w.status)
	contains(t, "stderr", result.Stderr, w.says)
	if w.status == program.Pending {
		contains(t, "stderr", result.Stderr, m.blame(w.status))
	} else if !strings.Contains(w.says, "the certificate issued") {
		contains(t, "stderr", result.Stderr, m.blame(w.status))
	}
	nothingWritten(t, m)
	m.healsAt(t, manyCluster(t), requests)
}

// healsAt wants the next run to succeed with the API server itself.
func (m *machine) healsAt(t *testing.T, c *cluster, requests int) {
	t.Helper()
	m.moveTo(c.Server)
	aFreshMachine.heals(t, m)
	if n := len(m.requests(t)); n != requests {
		t.Errorf("want %d CertificateSigningRequests for %s, found %d", requests, m.Name, n)
	}
}

// scriptedMachine is one that finds a script in the place of its API server.
func scriptedMachine(t *testing.T, script faults.Script) (*machine, *faults.Server) {
	t.Helper()
	m := newMachine(t, manyCluster(t))
	server, err := faults.NewServer(m.cluster.Server, credentials(m.cluster), script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	m.moveTo(server.URL())
	return m, server
}

// credentials are those of the cluster's own API server.
func credentials(c *cluster) faults.Credentials {
	return faults.Credentials{
		CA:          c.CA,
		Certificate: filepath.Join(c.Dir, "kube-apiserver.crt"),
		Key:         filepath.Join(c.Dir, "kube-apiserver.key"),
	}
}

func onCreate(script faults.Script) faults.Script {
	return func(x *faults.Exchange) error {
		if x.IsWatch() {
			return x.Pass()
		}
		return script(x)
	}
}

func onWatch(script faults.Script) faults.Script {
	return func(x *faults.Exchange) error {
		if x.IsWatch() {
			return script(x)
		}
		return x.Pass()
	}
}

func says(text string) faults.Script { return func(x *faults.Exchange) error { return x.Say(text) } }

func saysLast(text string) faults.Script {
	return func(x *faults.Exchange) error {
		if err := x.Say(text); err != nil {
			return err
		}
		return faults.ErrClose
	}
}

func answers(line, body string, headers ...string) faults.Script {
	return says(faults.Response(line, body, headers...))
}

func repeats(head, text string) faults.Script {
	return func(x *faults.Exchange) error {
		if err := x.Say(head); err != nil {
			return err
		}
		return x.Repeat(text)
	}
}

// drips says the text byte by byte, and then bytes of a header without end, each well before any time-out.
func drips(text string) faults.Script {
	return func(x *faults.Exchange) error {
		for i := 0; ; i++ {
			if err := x.Say((text + "X")[min(i, len(text)):][:1]); err != nil {
				return err
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// event is a watch with this line, and open.
func event(line string) string { return faults.WatchHead + faults.Chunk(line) }

// status is a Status object of Kubernetes.
func status(code int, message string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","status":"Failure","message":%q,"code":%d}`, message, code)
}

// storedBut504 is what kube-apiserver says when etcd has stored the object too late.
func storedBut504(x *faults.Exchange) error {
	response, err := x.Ask()
	if err != nil {
		return err
	}
	response.Body.Close()
	return x.Answer("504 Gateway Timeout", status(504, "too late"))
}

// certifies gives the watch the real object, with this as its certificate.
func certifies(certificate string) faults.Script {
	return func(x *faults.Exchange) error {
		response, err := x.Ask()
		if err != nil {
			return err
		}
		defer response.Body.Close()
		var added struct {
			Type   string         `json:"type"`
			Object map[string]any `json:"object"`
		}
		if err := json.NewDecoder(response.Body).Decode(&added); err != nil {
			return err
		}
		added.Object["status"] = map[string]any{"certificate": certificate}
		line, err := json.Marshal(added)
		if err != nil {
			return err
		}
		return x.Say(event(string(line) + "\n"))
	}
}
