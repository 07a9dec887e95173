// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Direction is one of the two byte streams of a connection.
type Direction int

const (
	ToServer Direction = iota
	ToClient
)

func (d Direction) String() string { return [...]string{"to-server", "to-client"}[d] }

// Kind is what happens to a stream.
type Kind int

const (
	None    Kind = iota
	Reset        // both ends of the connection get RST
	Close        // the stream ends; the other one goes on
	Stall        // what follows is swallowed, and the end of the stream with it
	Trickle      // what follows comes byte by byte
	Flip         // the lowest bit of the next byte is turned over, and all goes on
	Insert       // Fault.Bytes come in between, and all goes on
)

func (k Kind) String() string {
	return [...]string{"none", "reset", "close", "stall", "trickle", "flip", "insert"}[k]
}

// Fault comes after Offset bytes of the first connection's stream.
type Fault struct {
	Kind      Kind
	Direction Direction
	Offset    int64
	Bytes     []byte
	Always    bool // on every connection
}

func (f Fault) String() string { return fmt.Sprintf("%v-%v-%d", f.Kind, f.Direction, f.Offset) }

// trickle is the pause between two bytes: enough that the reader sees most of them alone.
const trickle = 20 * time.Microsecond

// Proxy carries TCP connections to a server.
type Proxy struct {
	*host
	target string
	fault  Fault

	carried [2]atomic.Int64 // of all connections
	reached atomic.Bool
	opened  atomic.Int32
	cut     atomic.Bool
}

// NewProxy starts a proxy to the server at target, an address with a port.
func NewProxy(target string, fault Fault) (*Proxy, error) { return NewProxyAt(anyPort, target, fault) }

// NewProxyAt does so at a certain address and port.
func NewProxyAt(address, target string, fault Fault) (*Proxy, error) {
	p := &Proxy{target: target, fault: fault}
	var err error
	p.host, err = newHost(address, p.serve)
	return p, err
}

// Carried says how many bytes went through in each direction.
func (p *Proxy) Carried(d Direction) int64 { return p.carried[d].Load() }

// Reached says whether the fault has come.
func (p *Proxy) Reached() bool { return p.reached.Load() }

// Connections says how many were made.
func (p *Proxy) Connections() int { return int(p.opened.Load()) }

// Cut resets every connection and, until Mend, each new one.
func (p *Proxy) Cut() {
	p.cut.Store(true)
	p.reset()
}

// Mend ends what Cut began.
func (p *Proxy) Mend() { p.cut.Store(false) }

func (p *Proxy) serve(number int, client *net.TCPConn) {
	p.opened.Add(1)
	conn, err := net.Dial("tcp", p.target)
	if err != nil {
		reset(client)
		return
	}
	server := conn.(*net.TCPConn)
	if !p.hold(server) {
		return
	}
	defer p.release(server)
	if p.cut.Load() { // now that Cut knows of both
		reset(client)
		return
	}
	l := &link{proxy: p, ends: [2]*net.TCPConn{ToServer: server, ToClient: client}}
	if number == 0 || p.fault.Always {
		l.fault = p.fault
	}
	var both sync.WaitGroup
	both.Go(func() { l.carry(ToServer) })
	both.Go(func() { l.carry(ToClient) })
	both.Wait()
}

// link is one connection through the proxy.
type link struct {
	proxy *Proxy
	fault Fault
	ends  [2]*net.TCPConn // by the direction that leads there
}

func (l *link) reset() {
	reset(l.ends[ToServer])
	reset(l.ends[ToClient])
}

// carry moves one stream to its end.
func (l *link) carry(d Direction) {
	from, to := l.ends[1-d], l.ends[d]
	if l.fault.Kind != None && l.fault.Direction == d {
		n, err := l.copy(d, to, io.LimitReader(from, l.fault.Offset))
		if err != nil {
			l.reset()
			return
		}
		if n == l.fault.Offset {
			l.proxy.reached.Store(true)
			if !l.strike(from, to) {
				return
			}
		}
	}
	if _, err := l.copy(d, to, from); err != nil {
		l.reset()
		return
	}
	_ = to.CloseWrite() // fails when that end is gone, which the other direction sees
}

func (l *link) copy(d Direction, to io.Writer, from io.Reader) (int64, error) {
	return io.Copy(&counter{to, &l.proxy.carried[d]}, from)
}

type counter struct {
	io.Writer
	n *atomic.Int64
}

func (c *counter) Write(data []byte) (int, error) {
	n, err := c.Writer.Write(data)
	c.n.Add(int64(n))
	return n, err
}

// strike lets the fault happen. True when the rest of the stream is to be carried as usual.
func (l *link) strike(from, to *net.TCPConn) bool {
	switch l.fault.Kind {
	case Reset:
		delivered(to)
		l.reset()
	case Close:
		_ = to.CloseWrite() // fails when that end is gone, which the other direction sees
		_, _ = io.Copy(io.Discard, from)
	case Stall:
		_, _ = io.Copy(io.Discard, from)
		if l.fault.Direction == ToServer { // the client has gone: nobody waits any more
			to.Close()
		}
	case Trickle:
		l.trickle(from, to)
	case Flip:
		return l.flip(from, to)
	case Insert:
		_, err := to.Write(l.fault.Bytes)
		return err == nil
	case None:
	}
	return false
}

func (l *link) flip(from, to *net.TCPConn) bool {
	var next [1]byte
	_, err := io.ReadFull(from, next[:])
	if err == nil {
		next[0] ^= 1
		_, err = to.Write(next[:])
	}
	if errors.Is(err, io.EOF) {
		_ = to.CloseWrite() // as carry does
	} else if err != nil {
		l.reset()
	}
	return err == nil
}

func (l *link) trickle(from, to *net.TCPConn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		for i := range n {
			if _, err := to.Write(buf[i : i+1]); err != nil {
				l.reset()
				return
			}
			time.Sleep(trickle)
		}
		if errors.Is(err, io.EOF) {
			_ = to.CloseWrite() // as carry does
			return
		}
		if err != nil {
			l.reset()
			return
		}
	}
}
