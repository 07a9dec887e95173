// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// Blackhole is an address at which nobody answers, not even with a refusal.
type Blackhole struct {
	Address string

	listener int
	held     []net.Conn
}

// NewBlackhole opens one at the IPv4 address; port 0 is any. Its queue is full and nobody takes from it, so the kernel drops
// whatever comes.
func NewBlackhole(ip [4]byte, port int) (*Blackhole, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	b := &Blackhole{listener: fd}
	if err := b.fill(ip, port); err != nil {
		b.Close()
		return nil, fmt.Errorf("cannot make a black hole: %w", err)
	}
	return b, nil
}

func (b *Blackhole) fill(ip [4]byte, port int) error {
	if err := syscall.Bind(b.listener, &syscall.SockaddrInet4{Addr: ip, Port: port}); err != nil {
		return err
	}
	if err := syscall.Listen(b.listener, 0); err != nil {
		return err
	}
	name, err := syscall.Getsockname(b.listener)
	if err != nil {
		return err
	}
	b.Address = fmt.Sprintf("%v:%d", net.IP(ip[:]), name.(*syscall.SockaddrInet4).Port)
	for range 8 { // Linux takes one more than it is asked to
		conn, err := net.DialTimeout("tcp", b.Address, time.Second)
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return nil
		}
		if err != nil {
			return err
		}
		b.held = append(b.held, conn)
	}
	return errors.New("the queue of the listening socket does not fill")
}

// URL is where a program looks for a server.
func (b *Blackhole) URL() string { return "https://" + b.Address }

// Close takes it away.
func (b *Blackhole) Close() {
	for _, conn := range b.held {
		conn.Close()
	}
	syscall.Close(b.listener)
}
