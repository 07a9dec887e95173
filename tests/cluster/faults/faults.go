// SPDX-License-Identifier: Apache-2.0

// Package faults stands between a program and an API server and misbehaves: Proxy disturbs the bytes of a TCP connection, Server
// speaks TLS and HTTP and answers what a script says, Tunnels is an HTTP proxy, Listen and Blackhole are what else may be found behind an address.
package faults

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const anyPort = "127.0.0.1:0"

// host accepts connections and ends them all when it is closed.
type host struct {
	listener net.Listener
	serve    func(number int, conn *net.TCPConn)

	mu     sync.Mutex
	open   map[*net.TCPConn]bool
	closed bool
	served sync.WaitGroup
}

func newHost(address string, serve func(number int, conn *net.TCPConn)) (*host, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	h := &host{listener: listener, serve: serve, open: map[*net.TCPConn]bool{}}
	h.served.Go(func() { h.accept(listener) })
	return h, nil
}

func (h *host) accept(listener net.Listener) {
	for number := 0; ; number++ {
		conn, err := listener.Accept()
		if err != nil {
			return // closed
		}
		if client := conn.(*net.TCPConn); h.hold(client) {
			h.served.Go(func() {
				defer h.release(client)
				h.serve(number, client)
			})
		}
	}
}

// hold makes the connection one that ends with the host. False when it has ended already.
func (h *host) hold(conn *net.TCPConn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		conn.Close()
		return false
	}
	h.open[conn] = true
	return true
}

func (h *host) release(conn *net.TCPConn) {
	conn.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, conn)
}

// reset ends every connection that is open.
func (h *host) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for conn := range h.open {
		reset(conn)
	}
}

// URL is where a program finds it.
func (h *host) URL() string { return "https://" + h.Address() }

// Address is that without the scheme.
func (h *host) Address() string { return h.listener.Addr().String() }

// Close ends the listener and all connections.
func (h *host) Close() {
	h.listener.Close()
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.reset()
	h.served.Wait()
}

// reset ends a connection with RST in place of FIN.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0) // fails on a connection that is closed, and then there is nothing to end
	conn.Close()
}

// delivered waits until the peer's kernel has all that was sent, which RST would otherwise overtake.
func delivered(conn *net.TCPConn) {
	raw, err := conn.SyscallConn()
	for queued, limit := 1, time.Now().Add(time.Second); err == nil && queued > 0 && time.Now().Before(limit); {
		if control := raw.Control(func(fd uintptr) { queued, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) }); control != nil {
			return
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// Plain is a server that does with each connection what it is told, before any TLS.
type Plain struct{ *host }

// Listen starts one. The connection is closed when serve returns, or in the middle of it by Close.
func Listen(serve func(conn *net.TCPConn)) (*Plain, error) { return ListenAt(anyPort, serve) }

// ListenAt does so at a certain address and port.
func ListenAt(address string, serve func(conn *net.TCPConn)) (*Plain, error) {
	h, err := newHost(address, func(_ int, conn *net.TCPConn) { serve(conn) })
	return &Plain{h}, err
}

// Credentials are those of the API server whose place is taken: paths of PEM files.
type Credentials struct{ CA, Certificate, Key string }

func (c Credentials) load() (server, client *tls.Config, err error) {
	pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, nil, err
	}
	ca, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, nil, fmt.Errorf("cannot find a certificate in %s", c.CA)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, &tls.Config{RootCAs: roots}, nil
}
