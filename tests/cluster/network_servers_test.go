// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
)

// What a server that is not there may cost: the kernel alone would try for two minutes.
const connectTimeout, handshakeTimeout, answerTimeout = 5 * time.Second, 15 * time.Second, 40 * time.Second

func TestADeadServerCostsNoMoreThanItsConnectTimeout(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	m.Servers = []string{blackhole(t, [4]byte{127, 0, 0, 1}, 0).URL(), m.cluster.Server}
	m.reachesTheLast(t, connectTimeout)
}

func TestEveryServerOfTheListIsTriedWhateverTheOthersAre(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	m.Servers = []string{closedPort(t)}
	for _, serve := range []func(*net.TCPConn){closes(""), closes("HTTP/1.1 400 Bad Request\r\n\r\n"), speaksTLSAsAStranger(t)} {
		m.Servers = append(m.Servers, peer(t, serve))
	}
	for _, script := range []faults.Script{answers("503 Service Unavailable", ""), answers("404 Not Found", ""), says("SSH-2.0\r\n")} {
		_, server := scriptedMachine(t, script)
		m.Servers = append(m.Servers, server.URL())
	}
	m.Servers = append(m.Servers, m.cluster.Server)
	m.reachesTheLast(t, 0)
}

func TestEveryAddressOfANameIsTried(t *testing.T) {
	for name, first := range map[string]func(t *testing.T, ip [4]byte, port int){
		"when nobody listens at the first":     func(*testing.T, [4]byte, int) {},
		"when the first does not answer":       func(t *testing.T, ip [4]byte, port int) { blackhole(t, ip, port) },
		"when the first closes":                listens(closes("")),
		"when the first is no API server":      listens(closes("SSH-2.0-OpenSSH_9.6\r\n")),
		"when the first shows a stranger's ID": func(t *testing.T, ip [4]byte, port int) { listens(speaksTLSAsAStranger(t))(t, ip, port) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requires(t, root())
			requires(t, tool("unshare"))
			m := newMachine(t, manyCluster(t))
			ip := [4]byte{127, 11, 0, byte(loopbacks.Add(1))}
			first(t, ip, m.cluster.Port)
			m.Servers = []string{fmt.Sprintf("https://%s:%d", serverName, m.cluster.Port)}
			m.TLSServerName = certificateName
			hosts := fmt.Sprintf("%v %s\n127.0.0.1 %s\n", net.IP(ip[:]), serverName, serverName)
			result := m.runsUnder(t, withFile(t, m, "/etc/hosts", hosts), program.Valid)
			if result.Took > connectTimeout+slack {
				t.Errorf("took %v", result.Took)
			}
			checkFiles(t, m)
			m.onlyRequest(t)
		})
	}
}

var loopbacks atomic.Int32

// The program has a longer patience with a server that has accepted its connection.
func TestAServerThatStallsCostsNoMoreThanItsTimeout(t *testing.T) {
	t.Parallel()
	if os.Getenv("KUBELET_BOOTSTRAP_SLOW") == "" {
		t.Skip("takes 40 seconds; KUBELET_BOOTSTRAP_SLOW=1 runs it")
	}
	for name, stalls := range map[string]struct {
		url   func(t *testing.T) string
		limit time.Duration
	}{
		"before TLS": {func(t *testing.T) string { return peer(t, hangs("")) }, handshakeTimeout},
		"after the requests": {func(t *testing.T) string {
			_, server := scriptedMachine(t, (*faults.Exchange).Hang)
			return server.URL()
		}, answerTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, manyCluster(t))
			m.Servers = []string{stalls.url(t), m.cluster.Server}
			m.reachesTheLast(t, stalls.limit)
		})
	}
}

// reachesTheLast wants the last server of the list to be reached, with no more delay than the limit.
func (m *machine) reachesTheLast(t *testing.T, limit time.Duration) {
	t.Helper()
	m.Deadline = "1m"
	result := m.endsWith(t, program.Valid)
	if result.Took > limit+slack {
		t.Errorf("took %v, want at most %v", result.Took, limit)
	}
	checkFiles(t, m)
	checkCertificate(t, m)
	m.onlyRequest(t)
}

// speaksTLSAsAStranger shows the certificate of another cluster.
func speaksTLSAsAStranger(t *testing.T) func(*net.TCPConn) {
	t.Helper()
	return speaksTLS(ecdsaCluster(t), &tls.Config{})
}

func blackhole(t *testing.T, ip [4]byte, port int) *faults.Blackhole {
	t.Helper()
	b, err := faults.NewBlackhole(ip, port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// listens is peer at a certain address.
func listens(serve func(*net.TCPConn)) func(t *testing.T, ip [4]byte, port int) {
	return func(t *testing.T, ip [4]byte, port int) {
		t.Helper()
		server, err := faults.ListenAt(fmt.Sprintf("%v:%d", net.IP(ip[:]), port), serve)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
	}
}
