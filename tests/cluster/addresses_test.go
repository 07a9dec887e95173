// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// loopback is an address of this computer that nobody else has.
func loopback() [4]byte { return [4]byte{127, 13, 0, byte(manyLoopbacks.Add(1))} }

var manyLoopbacks atomic.Int32

// forward leads from the address to the machine's API server.
func (m *machine) forward(t *testing.T, address string) *faults.Proxy {
	t.Helper()
	proxy, err := faults.NewProxyAt(address, fmt.Sprintf("127.0.0.1:%d", m.cluster.Port), faults.Fault{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	return proxy
}

func TestAnIPv6AddressIsReachedAndStandsInTheCertificate(t *testing.T) {
	t.Parallel()
	requires(t, tool("openssl"))
	for name, serverName := range map[string]string{"as itself": "", "as another name": certificateName} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, manyCluster(t))
			proxy := m.forward(t, anyPortOfIP6)
			m.TLSServerName = serverName
			m.Servers = []string{proxy.URL()}
			m.runs(t, program.Valid)
			checkFiles(t, m)
			checkCertificate(t, m)
			m.onlyRequest(t)
			if proxy.Connections() != 1 {
				t.Errorf("%d connections, want one", proxy.Connections())
			}
		})
	}
}

func TestAnIPv6AddressThatIsNotInTheCertificateIsNotTrusted(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	m.Servers, m.TLSServerName, m.Deadline = []string{m.forward(t, anyPortOfIP6).URL()}, "::2", "5s"
	result := m.runs(t, program.NotTrusted)
	contains(t, "stderr", result.Stderr, m.Servers[0], "its certificate is for another name")
	nothingWritten(t, m)
}

// What is waited for one after the other takes longer than the deadline allows: five seconds for each address that is silent.
func TestDeadAddressesOfANameAreNotWaitedFor(t *testing.T) {
	for _, row := range []struct {
		name            string
		silent, refused int
		hasIPv6         bool // ::1 belongs to the name
		goodIsIPv6      bool
	}{
		{"when the first are silent", 6, 0, false, false},
		{"when some are silent and some refuse", 3, 3, false, false},
		{"when IPv6 refuses", 4, 0, true, false},
		{"when only IPv6 is alive", 6, 2, true, true},
		{"when there are more than there is room for", 6, 9, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			requires(t, tool("strace"))
			port, err := controlplane.FreePort()
			if err != nil {
				t.Fatal(err)
			}
			m := namedMachine(t, serverName)
			var records []net.IP
			for range row.silent {
				ip := loopback()
				blackhole(t, ip, port)
				records = append(records, net.IP(ip[:]))
			}
			for range row.refused {
				ip := loopback()
				records = append(records, net.IP(ip[:]))
			}
			ip := net.IP{127, 0, 0, 1}
			if row.hasIPv6 {
				records = append(records, net.IPv6loopback)
			}
			if row.goodIsIPv6 {
				ip = net.IPv6loopback
			} else {
				records = append(records, ip)
			}
			m.forward(t, net.JoinHostPort(ip.String(), fmt.Sprint(port)))
			m.Servers, m.Deadline = []string{fmt.Sprintf("https://%s:%d", serverName, port)}, "12s"
			log := filepath.Join(t.TempDir(), "strace")
			command := withFile(t, m, "/etc/resolv.conf", "nameserver "+newNameServer(t, records...).address+"\n")
			m.runsUnder(t, append(command, "strace", "-o", log), program.Valid)
			checkFiles(t, m)
			checkCertificate(t, m)
			m.onlyRequest(t)
			checkLosersAreClosed(t, m.read(t, log))
		})
	}
}

var (
	streamSocket = regexp.MustCompile(`(?m)^socket\(AF_INET6?, SOCK_STREAM\S*, IPPROTO_IP\) += (\d+)$`)
	firstTLS     = regexp.MustCompile(`(?m)^sendto\((\d+), "\\26\\3`)
)

// checkLosersAreClosed wants no socket besides the one that speaks TLS, from its first word on.
func checkLosersAreClosed(t *testing.T, calls string) {
	t.Helper()
	at := firstTLS.FindStringSubmatchIndex(calls)
	if at == nil {
		t.Fatalf("no ClientHello in\n%s", calls)
	}
	before, winner := calls[:at[0]], calls[at[2]:at[3]]
	opened := map[string]int{}
	for _, socket := range streamSocket.FindAllStringSubmatchIndex(before, -1) {
		fd := before[socket[2]:socket[3]]
		if !strings.Contains(before[socket[1]:], "\nclose("+fd+")") {
			opened[fd]++
		}
	}
	if len(opened) != 1 || opened[winner] != 1 {
		t.Errorf("open when TLS begins on %s: %v, in\n%s", winner, opened, before)
	}
}

// When each address is met once, the slow one has lost against the stranger twice.
func TestASlowAddressIsMetAlthoughAStrangersIsFaster(t *testing.T) {
	t.Parallel()
	requires(t, root())
	requires(t, tool("unshare"))
	port, err := controlplane.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, manyCluster(t))
	slow, strange := loopback(), loopback()
	silence, err := faults.NewBlackhole(slow, port)
	if err != nil {
		t.Fatal(err)
	}
	var met atomic.Int32
	stranger := speaksTLSAsAStranger(t)
	listens(func(conn *net.TCPConn) {
		if met.Add(1) == 2 {
			silence.Close()
			m.forward(t, fmt.Sprintf("%v:%d", net.IP(slow[:]), port))
		}
		stranger(conn)
	})(t, strange, port)
	m.Servers, m.TLSServerName = []string{fmt.Sprintf("https://%s:%d", serverName, port)}, certificateName
	hosts := fmt.Sprintf("%v %s\n%v %s\n", net.IP(slow[:]), serverName, net.IP(strange[:]), serverName)
	m.runsUnder(t, withFile(t, m, "/etc/hosts", hosts), program.Valid)
	checkCertificate(t, m)
	if met.Load() < 2 {
		t.Errorf("the stranger was met %d times", met.Load())
	}
}

// Each silent server would cost five seconds, which in the first round it does not.
func TestDeadServersOfSeveralAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	m.Servers = nil
	for range 3 {
		m.Servers = append(m.Servers, blackhole(t, loopback(), 0).URL())
	}
	m.Servers = append(m.Servers, closedPort(t), peer(t, closes("")), m.cluster.Server)
	m.Deadline = "10s"
	result := m.runs(t, program.Valid, "--verbose")
	contains(t, "stderr", result.Stderr, "cannot connect to "+strings.TrimPrefix(m.Servers[0], "https://")+": Operation timed out",
		"cannot connect to "+strings.TrimPrefix(m.Servers[3], "https://")+": Connection refused",
		m.Servers[4]+": cannot shake hands: the server closed the connection")
	checkCertificate(t, m)
	m.onlyRequest(t)
}

func TestTheOnlyServerMayTakeMoreThanASecond(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	silent := blackhole(t, loopback(), 0)
	m.Servers, m.Deadline = []string{silent.URL()}, "3s"
	result := m.endsWith(t, program.Unavailable)
	contains(t, "stderr", result.Stderr, "cannot connect to "+silent.Address+": Operation timed out")
	if n := strings.Count(result.Stderr, "next attempt"); n != 0 {
		t.Errorf("it was given up %d times before the deadline", n)
	}
}

func TestTheAddressThatFailsIsNamed(t *testing.T) {
	t.Parallel()
	port, err := controlplane.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	for host, address := range map[string]string{"127.0.0.1": "127.0.0.1", "[::1]": "[0:0:0:0:0:0:0:1]"} {
		m := newMachine(t, manyCluster(t))
		m.Servers, m.Deadline = []string{fmt.Sprintf("https://%s:%d", host, port)}, "500ms"
		result := m.runs(t, program.Unavailable)
		contains(t, "stderr", result.Stderr, fmt.Sprintf("%s: cannot connect to %s:%d: Connection refused", m.Servers[0], address, port))
	}
}
