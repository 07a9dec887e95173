// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// ErrClose is what a script returns to end the connection after its words.
var ErrClose = errors.New("the script ends the connection")

// Script answers one request. The connection goes on with the next one unless there is an error.
type Script func(x *Exchange) error

// Seen is a request that came in.
type Seen struct {
	At         time.Time
	Connection int // from 0
	Method     string
	URI        string
}

// Server is an API server to its clients. What it does not answer itself it asks of the real one, with the client's own credential.
type Server struct {
	*host
	script    Script
	tls       *tls.Config
	target    string
	transport *http.Transport
	ctx       context.Context
	cancel    context.CancelFunc

	mu   sync.Mutex
	seen []Seen
}

// NewServer starts one in front of the API server with the URL target.
func NewServer(target string, c Credentials, script Script) (*Server, error) {
	server, client, err := c.load()
	if err != nil {
		return nil, err
	}
	s := &Server{script: script, tls: server, target: target,
		transport: &http.Transport{TLSClientConfig: client, DisableCompression: true}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.host, err = newHost(anyPort, s.serve)
	return s, err
}

// Close ends it and what it asked.
func (s *Server) Close() {
	s.cancel()
	s.host.Close()
	s.transport.CloseIdleConnections()
}

// Seen lists the requests so far.
func (s *Server) Seen() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen(nil), s.seen...)
}

func (s *Server) serve(number int, client *net.TCPConn) {
	conn := tls.Server(client, s.tls)
	reader := bufio.NewReader(conn)
	if conn.HandshakeContext(s.ctx) != nil {
		return
	}
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.seen = append(s.seen, Seen{time.Now(), number, request.Method, request.RequestURI})
		s.mu.Unlock()
		x := &Exchange{Request: request, Body: body, Connection: number, server: s, conn: conn, raw: client, reader: reader}
		if err := s.script(x); err != nil {
			_ = conn.Close() // with close_notify, as a server should
			return
		}
	}
}

// Exchange is one request and what can be done about it.
type Exchange struct {
	Request    *http.Request
	Body       []byte
	Connection int // from 0

	server *Server
	conn   *tls.Conn
	raw    *net.TCPConn
	reader *bufio.Reader
}

// IsWatch tells the watch from the create.
func (x *Exchange) IsWatch() bool { return x.Request.Method == http.MethodGet }

// Ask puts the request to the real API server. The caller closes the body.
func (x *Exchange) Ask() (*http.Response, error) {
	request, err := http.NewRequestWithContext(x.server.ctx, x.Request.Method, x.server.target+x.Request.RequestURI, bytes.NewReader(x.Body))
	if err != nil {
		return nil, err
	}
	request.Header = x.Request.Header
	return x.server.transport.RoundTrip(request)
}

// Pass gives the client the real answer, as it comes.
func (x *Exchange) Pass() error {
	return x.PassAnd(func() {})
}

// PassAnd does the same and calls begun when the body begins, or ends before that.
func (x *Exchange) PassAnd(begun func()) error {
	response, err := x.Ask()
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body := bufio.NewReader(response.Body)
	_, _ = body.Peek(1) // an error comes again where the body is read
	begun()
	response.Body = io.NopCloser(body)
	return x.Give(response)
}

// Give sends the client a response as it comes.
func (x *Exchange) Give(response *http.Response) error { return response.Write(x.conn) }

// Say sends bytes as they are.
func (x *Exchange) Say(text string) error {
	_, err := io.WriteString(x.conn, text)
	return err
}

// Answer sends a whole response with a Content-Length. status is such as "503 Service Unavailable", headers lines without their end.
func (x *Exchange) Answer(status, body string, headers ...string) error {
	return x.Say(Response(status, body, headers...))
}

// Repeat says the text until the client has gone.
func (x *Exchange) Repeat(text string) error {
	for {
		if err := x.Say(text); err != nil {
			return err
		}
	}
}

// Hang says nothing more until the client has gone.
func (x *Exchange) Hang() error {
	_, _ = io.Copy(io.Discard, x.reader)
	return ErrClose
}

// Reset ends the connection with RST.
func (x *Exchange) Reset() error {
	delivered(x.raw)
	reset(x.raw)
	return ErrClose
}

// Drop ends the connection without close_notify.
func (x *Exchange) Drop() error {
	x.raw.Close()
	return ErrClose
}
