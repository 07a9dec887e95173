// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"sync"
)

// Tunnels is an HTTP proxy that knows CONNECT only.
type Tunnels struct {
	*host
	credentials string
	addresses   map[string]string

	mu      sync.Mutex
	targets []string
}

// NewTunnels starts one at the address. It wants the credentials, "user:password", where they are not empty. What it is asked for under a
// name that has one of the addresses is there; the rest it looks for itself.
func NewTunnels(address, credentials string, addresses map[string]string) (*Tunnels, error) {
	p := &Tunnels{credentials: credentials, addresses: addresses}
	var err error
	p.host, err = newHost(address, p.serve)
	return p, err
}

// Targets are the addresses it was asked to connect to, by those who were let in.
func (p *Tunnels) Targets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.targets...)
}

func (p *Tunnels) serve(_ int, client *net.TCPConn) {
	reader := bufio.NewReader(client)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	wanted := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.credentials))
	if p.credentials != "" && request.Header.Get("Proxy-Authorization") != wanted {
		_, _ = io.WriteString(client, Response("407 Proxy Authentication Required", "Go away.", `Proxy-Authenticate: Basic realm="tunnels"`))
		return
	}
	if request.Method != http.MethodConnect || request.Host != request.RequestURI {
		_, _ = io.WriteString(client, Response("400 Bad Request", ""))
		return
	}
	p.mu.Lock()
	p.targets = append(p.targets, request.RequestURI)
	p.mu.Unlock()
	target := request.RequestURI
	if address, known := p.addresses[target]; known {
		target = address
	}
	conn, err := net.Dial("tcp", target)
	if err != nil {
		_, _ = io.WriteString(client, Response("502 Bad Gateway", err.Error()))
		return
	}
	server := conn.(*net.TCPConn)
	if !p.hold(server) {
		return
	}
	defer p.release(server)
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\nVia: tunnels\r\n\r\n"); err != nil {
		return
	}
	var both sync.WaitGroup
	carry := func(to *net.TCPConn, from io.Reader) {
		_, _ = io.Copy(to, from)
		_ = to.CloseWrite()
	}
	both.Go(func() { carry(server, reader) })
	both.Go(func() { carry(client, server) })
	both.Wait()
}
