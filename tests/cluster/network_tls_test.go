// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// wrongPeer is what accepts connections at the server's address.
type wrongPeer struct {
	name   string
	serve  func(conn *net.TCPConn)
	status int
	says   string
}

// Content types of TLS records, and a ServerHello that would be 16 MB long.
const (
	changeCipherSpec = 20
	alert            = 21
	handshake        = 22
	hugeServerHello  = "\x02\xff\xff\xff\x03\x03"
)

func TestAPeerThatIsNoAPIServerHasItsStatusAndTheNextRunHeals(t *testing.T) {
	t.Parallel()
	c := manyCluster(t)
	for _, w := range []wrongPeer{
		{"that says nothing", hangs(""), program.Unavailable, "cannot shake hands: no answer in time"},
		{"that closes", closes(""), program.Unavailable, "cannot shake hands: the server closed the connection"},
		{"that resets", resets, program.Unavailable, "Connection reset by peer"},
		{"that speaks HTTP without TLS", closes("HTTP/1.1 400 Bad Request\r\n\r\n"), program.NotTrusted, "does not speak TLS"},
		{"that speaks SSH", hangs("SSH-2.0-OpenSSH_9.6\r\n"), program.NotTrusted, "does not speak TLS"},
		{"that sends zeros", hangs(strings.Repeat("\x00", 1000)), program.NotTrusted, "does not speak TLS"},
		{"that sends half a record and closes", closes("\x16\x03\x03\x00\x80abc"), program.Unavailable, "the server closed the connection"},
		{"that sends half a record and nothing more", hangs("\x16\x03\x03\x00\x80abc"), program.Unavailable, "no answer in time"},
		{"that sends half a record's head", closes("\x16\x03"), program.Unavailable, "the server closed the connection"},
		{"that sends a record too large", hangs(faults.Record(handshake, strings.Repeat("x", 0xffff))),
			program.NotTrusted, "larger than there is memory for"},
		{"that sends an empty record", hangs(faults.Record(handshake, "")), program.NotTrusted, "cannot shake hands: "},
		{"that sends the begin of a huge message", hangs(faults.Record(handshake, hugeServerHello)),
			program.Unavailable, "no answer in time"},
		{"that sends a huge message", floods(faults.Record(handshake, hugeServerHello+strings.Repeat("x", 8000))),
			program.NotTrusted, "cannot shake hands: "},
		{"that refuses the handshake", closes(faults.Record(alert, "\x02\x28")), program.NotTrusted, "cannot shake hands: "},
		{"that says goodbye", closes(faults.Record(alert, "\x01\x00")), program.Unavailable, "cannot shake hands: "},
		{"that sends warnings without end", floods(faults.Record(alert, "\x01\x5a")), program.Unavailable, "cannot shake hands: "},
		{"that changes ciphers without end", floods(faults.Record(changeCipherSpec, "\x01")), program.Unavailable, "cannot shake hands: "},
		{"that sends our own words back", echoes, program.NotTrusted, "cannot shake hands: "},
		{"that speaks an old TLS", speaksTLS(c, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}),
			program.NotTrusted, "cannot shake hands: "},
		{"that says nothing after TLS", speaksTLS(c, &tls.Config{}), program.Unavailable, "no answer within " + briefly},
	} {
		t.Run(w.name, func(t *testing.T) { t.Parallel(); w.check(t) })
	}
}

func (w wrongPeer) check(t *testing.T) {
	requires(t, tool("openssl"))
	m := newMachine(t, manyCluster(t))
	m.moveTo(peer(t, w.serve))
	m.Deadline = briefly
	result := m.endsWith(t, w.status)
	contains(t, "stderr", result.Stderr, m.blame(w.status), w.says)
	nothingWritten(t, m)
	if n := len(m.requests(t)); n != 0 {
		t.Errorf("%d requests reached the API server", n)
	}
	m.healsAt(t, manyCluster(t), 1)
}

// What comes in between the records of the real server: in the clear ServerHello, and after it.
func TestGarbageInsideTheHandshakeIsNotTrusted(t *testing.T) {
	t.Parallel()
	for name, bytes := range map[string]string{
		"garbage":            strings.Repeat("garbage ", 20),
		"zeros":              strings.Repeat("\x00", 200),
		"an empty record":    faults.Record(handshake, ""),
		"a record too large": faults.Record(handshake, strings.Repeat("x", 0xffff)),
		"an alert":           faults.Record(alert, "\x02\x28"),
	} {
		for place, offset := range map[string]int64{"before ServerHello": 0, "in ServerHello": 60, "later": 400} {
			t.Run(name+" "+place, func(t *testing.T) {
				t.Parallel()
				requires(t, tool("openssl"))
				m, _ := proxiedMachine(t, faults.Fault{
					Kind: faults.Insert, Direction: faults.ToClient, Offset: offset, Bytes: []byte(bytes), Always: true})
				m.Deadline = briefly
				result := m.endsWith(t, program.NotTrusted, program.Unavailable)
				contains(t, "stderr", result.Stderr, m.blame(result.Status), "cannot shake hands: ")
				nothingWritten(t, m)
				m.healsAt(t, manyCluster(t), 1)
			})
		}
	}
}

// peer starts a server and gives its URL.
func peer(t *testing.T, serve func(conn *net.TCPConn)) string {
	t.Helper()
	server, err := faults.Listen(serve)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server.URL()
}

func closes(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		_, _ = io.WriteString(conn, text)
		_ = conn.CloseWrite()
		_, _ = io.Copy(io.Discard, conn) // with bytes unread, close would send RST
	}
}

func hangs(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

func resets(conn *net.TCPConn) {
	_, _ = io.ReadFull(conn, make([]byte, 10)) // the ClientHello is on its way
	_ = conn.SetLinger(0)
}

func floods(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

func echoes(conn *net.TCPConn) { _, _ = io.Copy(conn, conn) }

// speaksTLS shakes hands with the API server's own certificate, and then listens only.
func speaksTLS(c *cluster, config *tls.Config) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		pair, err := tls.LoadX509KeyPair(credentials(c).Certificate, credentials(c).Key)
		if err != nil {
			return
		}
		config := config.Clone()
		config.Certificates = []tls.Certificate{pair}
		_, _ = io.Copy(io.Discard, tls.Server(conn, config))
	}
}
