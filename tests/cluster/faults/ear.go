// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
)

// Ear is a TLS server that carries what is said in it to another one and back, and keeps what its clients said: it holds a key.
type Ear struct {
	*host
	front  *tls.Config
	back   *tls.Config
	target string
	spoke  chan struct{}

	mu    sync.Mutex
	heard map[int][]byte // by the number of the connection
}

// NewEar starts one in front of the server at the URL target, whose credentials c names the CA of. It shows its clients the certificate.
func NewEar(target string, c Credentials, shown tls.Certificate) (*Ear, error) {
	_, back, err := c.load()
	if err != nil {
		return nil, err
	}
	e := &Ear{front: &tls.Config{Certificates: []tls.Certificate{shown}}, back: back, target: target[len("https://"):],
		spoke: make(chan struct{}), heard: map[int][]byte{}}
	e.host, err = newHost(anyPort, e.serve)
	return e, err
}

// Spoke is closed when a client has said something.
func (e *Ear) Spoke() <-chan struct{} { return e.spoke }

// Heard is what clients said so far, one element for each connection on which any did, in the order of the connections.
func (e *Ear) Heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []string
	for number := 0; len(all) < len(e.heard); number++ {
		if said, spoke := e.heard[number]; spoke {
			all = append(all, string(said))
		}
	}
	return all
}

func (e *Ear) serve(number int, client *net.TCPConn) {
	outside := tls.Server(client, e.front)
	if outside.Handshake() != nil {
		return
	}
	inside, err := tls.Dial("tcp", e.target, e.back)
	if err != nil {
		return
	}
	defer inside.Close()
	go func() {
		_, _ = io.Copy(inside, io.TeeReader(outside, &ear{e, number})) // its end shows in the other direction
		_ = inside.Close()
	}()
	_, _ = io.Copy(outside, inside) // ends with either side
	_ = outside.Close()             // with close_notify
}

type ear struct {
	*Ear
	number int
}

func (e *ear) Write(data []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.heard) == 0 {
		close(e.spoke)
	}
	e.heard[e.number] = append(e.heard[e.number], data...)
	return len(data), nil
}
