// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

// The API server's name in the zone of nameServer, and a name that its certificate has.
const (
	serverName      = "api.cluster.test"
	certificateName = "kubernetes.default.svc"
)

func TestTheNameServersOfTheMachineAreAsked(t *testing.T) {
	for _, c := range []struct{ name, host, resolvConf string }{
		{"for a full name", serverName, "nameserver %s\n"},
		{"with the search domains for a short one", "api", "search other.test cluster.test\nnameserver %s\n"},
		{"with the next search domain when one fails", "api", "search broken.test cluster.test\nnameserver %s\n"},
		{"the second one when the first is down", serverName, "nameserver 127.10.0.9\nnameserver %s\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := newNameServer(t)
			m := namedMachine(t, c.host)
			m.runsUnder(t, withFile(t, m, "/etc/resolv.conf", fmt.Sprintf(c.resolvConf, server.address)), program.Valid)
			checkCertificate(t, m)
			if server.asked.Load() == 0 {
				t.Error("nobody asked the name server")
			}
		})
	}
}

func TestTheHostsFileIsReadFirst(t *testing.T) {
	t.Parallel()
	m := namedMachine(t, "API.in-a-file.test")
	m.runsUnder(t, withFile(t, m, "/etc/hosts", "127.0.0.1 localhost\n127.0.0.1\tother api.In-A-File.test # ours\n"), program.Valid)
	checkCertificate(t, m)
}

func TestANameThatDoesNotExistIsReportedAsSuch(t *testing.T) {
	t.Parallel()
	server := newNameServer(t)
	m := namedMachine(t, "missing.test")
	m.Deadline = briefly
	result := m.runsUnder(t, withFile(t, m, "/etc/resolv.conf", "nameserver "+server.address+"\n"), program.Unavailable)
	contains(t, "stderr", result.Stderr, "missing.test", "no such name", server.address)
	nothingWritten(t, m)
}

func TestANameServerThatDoesNotAnswerDoesNotHoldUpTheDeadline(t *testing.T) {
	t.Parallel()
	silent := listenUDP(t)
	m := namedMachine(t, serverName)
	m.Deadline = "3s"
	result := m.runsUnder(t, withFile(t, m, "/etc/resolv.conf", "nameserver "+address(silent)+"\n"), program.Unavailable)
	contains(t, "stderr", result.Stderr, serverName, "no answer from name server")
}

// A network comes up while the program waits for it, and whoever brings it up puts a new file in the place of the old one. The sandbox
// must not stand in the way.
func TestNameServersThatBecomeKnownDuringTheRunAreAsked(t *testing.T) {
	for name, before := range map[string]struct{ setUp, file string }{
		"in the place of others":                     {"echo nameserver 127.10.0.9 >/etc/resolv.conf", "/etc/resolv.conf"},
		"in a file that was missing":                 {"", "/etc/resolv.conf"},
		"in a file that a link leads to":             {"mkdir /mnt/net; echo >/mnt/net/r; ln -s ../mnt/net/r /etc/resolv.conf", "/mnt/net/r"},
		"in a directory that was missing":            {"ln -s /mnt/net/r /etc/resolv.conf", "/mnt/net/r"},
		"in a file that a link leads to by a second": {"mkdir /mnt/net; ln -s /mnt/link /etc/resolv.conf; ln -s net/r /mnt/link", "/mnt/net/r"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newNameServer(t)
			m := namedMachine(t, serverName)
			script := fmt.Sprintf(`mount -t tmpfs none /etc && mount -t tmpfs none /mnt && { %s
				(sleep 3; mkdir -p $(dirname %[2]s); echo nameserver %[3]s >%[2]s.new; mv %[2]s.new %[2]s) &
				exec "$0" "$@"; }`, before.setUp, before.file, server.address)
			result := m.runsUnder(t, []string{"unshare", "--mount", "sh", "-c", script}, program.Valid)
			contains(t, "stderr, which begins before the name server is known,", result.Stderr, "cannot resolve")
			checkCertificate(t, m)
		})
	}
}

// The kernel gives each look at /proc/net/pnp a new inode: a rule for the file alone would never fit.
func TestNoFileOfTheResolverIsOutOfReach(t *testing.T) {
	t.Parallel()
	requires(t, tool("strace"))
	m := namedMachine(t, serverName)
	m.Deadline = "1s"
	log := filepath.Join(t.TempDir(), "strace")
	script := `mount -t tmpfs none /etc && exec strace -e trace=openat -o ` + log + ` "$0" "$@"`
	m.runsUnder(t, []string{"unshare", "--mount", "sh", "-c", script}, program.Unavailable)
	calls := m.read(t, log)
	contains(t, "what was opened", calls, "/etc/hosts", "/etc/resolv.conf", "/proc/net/pnp")
	if strings.Contains(calls, "EACCES") {
		t.Errorf("a file is out of reach:\n%s", calls)
	}
}

// namedMachine has the API server under a name in place of its address.
func namedMachine(t *testing.T, host string) *machine {
	t.Helper()
	requires(t, root())
	requires(t, tool("unshare"))
	m := newMachine(t, ecdsaCluster(t))
	m.Servers = []string{strings.Replace(m.cluster.Server, "127.0.0.1", host, 1)}
	m.TLSServerName = certificateName
	return m
}

// withFile is a command that runs another one where the file at path has this text, and for it alone.
func withFile(t *testing.T, m *machine, path, text string) []string {
	t.Helper()
	file := filepath.Join(filepath.Dir(m.ini), filepath.Base(path))
	m.write(t, file, text)
	return []string{"unshare", "--mount", "sh", "-c", `mount --bind "` + file + `" ` + path + ` && exec "$0" "$@"`}
}

// nameServer knows one name: serverName. Other names do not exist.
type nameServer struct {
	address string
	asked   atomic.Int32
	records []net.IP
}

var nameServers atomic.Int32

// listenUDP takes port 53 of an address of this computer that nobody else has.
func listenUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 10, 1, byte(nameServers.Add(1))), Port: 53})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func address(conn *net.UDPConn) string { return conn.LocalAddr().(*net.UDPAddr).IP.String() }

// newNameServer starts one that has these addresses for the name; without any it is 127.0.0.1.
func newNameServer(t *testing.T, records ...net.IP) *nameServer {
	t.Helper()
	conn := listenUDP(t)
	s := &nameServer{address: address(conn), records: records}
	if records == nil {
		s.records = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	go func() {
		query := make([]byte, 512)
		for {
			n, peer, err := conn.ReadFromUDP(query)
			if err != nil {
				return
			}
			s.asked.Add(1)
			conn.WriteToUDP(s.answer(query[:n]), peer)
		}
	}()
	return s
}

// answer is a DNS message (RFC 1035) in answer to one with a single question.
func (s *nameServer) answer(query []byte) []byte {
	const header, failed, noSuchName = 12, 2, 3
	question := query[header:]
	name := append([]byte{}, question[:bytes.IndexByte(question, 0)+1]...)
	var wanted []byte
	for label := range strings.SplitSeq(serverName, ".") {
		wanted = append(append(wanted, byte(len(label))), label...)
	}
	reply := append([]byte{}, query...)
	reply[2], reply[3] = 0x81, 0x80
	switch {
	case bytes.Contains(name, []byte("\x06broken")):
		reply[3] |= failed
	case !bytes.Equal(name, append(wanted, 0)):
		reply[3] |= noSuchName
	default:
		for _, record := range s.records {
			ip, kind := record.To4(), byte(1)
			if ip == nil {
				ip, kind = record, 28
			}
			if kind == question[len(name)+1] {
				reply[7]++
				reply = append(append(reply, 0xc0, header, 0, kind, 0, 1, 0, 0, 0, 60, 0, byte(len(ip))), ip...)
			}
		}
	}
	return reply
}
