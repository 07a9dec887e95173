// SPDX-License-Identifier: Apache-2.0

package disklog

import (
	"net"
	"os"
	"sync"
	"sync/atomic"

	"kubelet-bootstrap/tests/cluster/faults"
)

// Relay carries a guest's connections to the API server. Before it passes on what the client of the first one says after the server has
// answered, which is the end of the handshake and the request, it notes how long the log of the guest's disk is.
type Relay struct {
	*faults.Plain
	sentAt atomic.Int64
}

// NewRelay leads to the target, an address on this machine.
func NewRelay(target, log string) (*Relay, error) {
	r := &Relay{}
	var err error
	r.Plain, err = faults.Listen(func(client *net.TCPConn) {
		conn, err := net.Dial("tcp", target)
		if err != nil {
			return
		}
		defer conn.Close()
		server := conn.(*net.TCPConn)
		var answered atomic.Bool
		var both sync.WaitGroup
		both.Go(func() {
			carry(client, server, func() { answered.Store(true) })
		})
		both.Go(func() {
			carry(server, client, func() {
				if info, err := os.Stat(log); err == nil && answered.Load() {
					r.sentAt.CompareAndSwap(0, info.Size())
				}
			})
		})
		both.Wait()
	})
	return r, err
}

// Sent is how many entries there were when the request was about to be sent.
func (r *Relay) Sent(in *Recording) int {
	if length := r.sentAt.Load(); length > 0 {
		return in.EntriesAt(length)
	}
	return never
}

// carry calls seen before it passes anything on.
func carry(to, from *net.TCPConn, seen func()) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			seen()
			if _, err := to.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	_ = to.CloseWrite() // fails when that end is gone, which the other direction sees
}
