// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// monitor is the control connection to QEMU (QMP). It is a pair of sockets that the child inherits, since the path of a Unix socket in a
// test's folder may be too long.
type monitor struct {
	conn    net.Conn
	answers *json.Decoder
}

// newMonitor gives the end for this process and the one for QEMU.
func newMonitor() (*monitor, *os.File, error) {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a monitor: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(ends[0]), "monitor"), os.NewFile(uintptr(ends[1]), "monitor of QEMU")
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("cannot make a monitor: %w", err)
	}
	return &monitor{conn, json.NewDecoder(conn)}, theirs, nil
}

// do sends a command and waits for its answer. What happens meanwhile is told by events, which nobody is curious about here.
func (m *monitor) do(command string, arguments map[string]any) error {
	text, err := json.Marshal(struct {
		Execute   string         `json:"execute"`
		Arguments map[string]any `json:"arguments,omitempty"`
	}{command, arguments})
	if err != nil {
		return err
	}
	if _, err := m.conn.Write(text); err != nil {
		return fmt.Errorf("cannot ask QEMU for %s: %w", command, err)
	}
	for {
		var answer struct {
			Return *json.RawMessage
			Error  *struct{ Desc string }
		}
		switch err := m.answers.Decode(&answer); {
		case err == io.EOF:
			return fmt.Errorf("QEMU has ended, asked for %s", command)
		case err != nil:
			return fmt.Errorf("cannot read what QEMU says to %s: %w", command, err)
		case answer.Error != nil:
			return fmt.Errorf("QEMU refuses %s: %s", command, answer.Error.Desc)
		case answer.Return != nil:
			return nil
		}
	}
}
