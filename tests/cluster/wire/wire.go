// SPDX-License-Identifier: Apache-2.0

// Package wire is a slow network cable. A client in a network namespace of its own reaches a server only through two TUN devices,
// between which every IP packet is held back for half the round-trip time and written down. So the kernel's own TCP meets the
// delay, with its handshake, its acknowledgements and Nagle's algorithm, which a delaying TCP proxy would hide. It needs root.
package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Address is where the client finds the server.
const Address = "198.51.100.1:6443"

// Wire is a cable with a client's end and a server's end.
type Wire struct {
	oneWay         time.Duration
	client, server *end
	listener       net.Listener
	target         string

	mu      sync.Mutex
	packets []Packet
}

// end is a network namespace with a TUN device.
type end struct {
	ns  int
	tun *os.File
}

// Missing says what this machine lacks for a wire.
func Missing() error {
	if os.Geteuid() != 0 {
		return errors.New("network namespaces need root")
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return fmt.Errorf("cannot find TUN devices: %w", err)
	}
	return nil
}

// New lays a wire to the TCP server at target, which lies outside of both namespaces.
func New(rtt time.Duration, target string) (*Wire, error) {
	w := &Wire{oneWay: rtt / 2, target: target}
	var err error
	if w.client, err = newEnd("198.51.100.2", nil); err != nil {
		return nil, err
	}
	w.server, err = newEnd("198.51.100.1", func() (err error) {
		w.listener, err = net.Listen("tcp", Address)
		return err
	})
	if err != nil {
		w.client.close()
		return nil, err
	}
	go w.carry(w.client, w.server, true)
	go w.carry(w.server, w.client, false)
	go w.serve()
	return w, nil
}

// Close takes the wire away; the kernel removes the namespaces.
func (w *Wire) Close() {
	w.listener.Close()
	w.client.close()
	w.server.close()
}

func (e *end) close() {
	e.tun.Close()
	unix.Close(e.ns)
}

// AsClient calls f on a thread in the client's namespace: what f itself starts or connects is there, its goroutines are not.
func (w *Wire) AsClient(f func() error) error {
	return onOwnThread(func() error {
		if err := unix.Setns(w.client.ns, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("cannot enter the network namespace: %w", err)
		}
		return f()
	})
}

// onOwnThread calls f on a thread that ends with it, since no other goroutine may find itself in a namespace.
func onOwnThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		done <- f()
	}()
	return <-done
}

// newEnd makes a namespace with a TUN device that has the address, and calls inside there.
func newEnd(address string, inside func() error) (*end, error) {
	e := &end{ns: -1}
	err := onOwnThread(func() (err error) {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		if e.ns, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return err
		}
		if e.tun, err = openTUN(net.ParseIP(address).To4()); err != nil || inside == nil {
			return err
		}
		return inside()
	})
	if err != nil {
		return nil, fmt.Errorf("cannot make a network namespace: %w", err)
	}
	return e, nil
}

// openTUN makes a device in the thread's namespace and brings it up as ADDRESS/24.
func openTUN(address net.IP) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := configure(fd, address); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "/dev/net/tun"), nil // only now: a device that has no name yet cannot be polled
}

func configure(tun int, address net.IP) error {
	control, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(control)
	request, err := unix.NewIfreq("wire")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(tun, unix.TUNSETIFF, request); err != nil {
		return err
	}
	for _, set := range []struct {
		code uint
		ip   net.IP
	}{{unix.SIOCSIFADDR, address}, {unix.SIOCSIFNETMASK, net.IP{255, 255, 255, 0}}} {
		if err := request.SetInet4Addr(set.ip); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(control, set.code, request); err != nil {
			return err
		}
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(control, unix.SIOCSIFFLAGS, request)
}

// carry takes packets from one end to the other, each after the delay, in order, until the end is closed.
func (w *Wire) carry(from, to *end, byClient bool) {
	type held struct {
		due  time.Time
		data []byte
	}
	inFlight := make(chan held, 4096)
	go func() {
		for p := range inFlight {
			time.Sleep(time.Until(p.due))
			if !byClient {
				w.record(p.data, false)
			}
			_, _ = to.tun.Write(p.data) // a packet that cannot be written is a packet lost
		}
	}()
	defer close(inFlight)
	buffer := make([]byte, 65536)
	for {
		n, err := from.tun.Read(buffer)
		if err != nil {
			return
		}
		data := append([]byte(nil), buffer[:n]...)
		if byClient {
			w.record(data, true)
		}
		inFlight <- held{time.Now().Add(w.oneWay), data}
	}
}

// serve hands connections at the server's end on to the target.
func (w *Wire) serve() {
	for {
		in, err := w.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer in.Close()
			out, err := net.Dial("tcp", w.target)
			if err != nil {
				return
			}
			defer out.Close()
			go func() {
				_, _ = io.Copy(out, in)
				_ = out.(*net.TCPConn).CloseWrite()
			}()
			_, _ = io.Copy(in, out)
		}()
	}
}
