// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"encoding/base64"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/process"
	"kubelet-bootstrap/tests/cluster/program"
)

const (
	anyPort      = "127.0.0.1:0"
	anyPortOfIP6 = "[::1]:0"
	// In a URL, and as the proxy knows them.
	urlCredentials, credentialsOfProxy = "node:p%40ss%2Fw%C3%B6rd", "node:p@ss/wörd"
)

func tunnels(t *testing.T, address, credentials string, addresses map[string]string) *faults.Tunnels {
	t.Helper()
	proxy, err := faults.NewTunnels(address, credentials, addresses)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	return proxy
}

// A name that only the proxy knows has no address here: the run would end with "cannot resolve".
func TestAServerIsReachedThroughAProxy(t *testing.T) {
	c := manyCluster(t)
	for _, row := range []struct{ name, at, host, credentials, url string }{
		{"by address", anyPort, "127.0.0.1", "", "http://ADDRESS"},
		{"by IPv6 address", anyPort, "[::1]", "", "http://ADDRESS/"},
		{"by a name that only the proxy knows", anyPort, "kubernetes.default.svc", "", "http://ADDRESS"},
		{"that has an IPv6 address itself", anyPortOfIP6, "127.0.0.1", "", "http://ADDRESS"},
		{"that wants credentials", anyPort, "127.0.0.1", credentialsOfProxy, "http://" + urlCredentials + "@ADDRESS"},
		{"that wants none, but gets some", anyPort, "127.0.0.1", "", "http://" + urlCredentials + "@ADDRESS"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, c)
			server := fmt.Sprintf("%s:%d", row.host, c.Port)
			proxy := tunnels(t, row.at, row.credentials, map[string]string{server: fmt.Sprintf("127.0.0.1:%d", c.Port)})
			m.Servers, m.ProxyURL = []string{"https://" + server}, strings.Replace(row.url, "ADDRESS", proxy.Address(), 1)
			m.runs(t, program.Valid)
			checkFiles(t, m)
			checkCertificate(t, m)
			m.onlyRequest(t)
			if got := proxy.Targets(); !slices.Equal(got, []string{server}) {
				t.Errorf("the proxy was asked for %v, want %s once", got, server)
			}
		})
	}
}

func TestAProxysNameIsLookedUpHere(t *testing.T) {
	t.Parallel()
	requires(t, root())
	requires(t, tool("unshare"))
	m := newMachine(t, manyCluster(t))
	proxy := tunnels(t, anyPort, "", nil)
	m.ProxyURL = strings.Replace("http://"+proxy.Address(), "127.0.0.1", "proxy.test", 1)
	m.runsUnder(t, withFile(t, m, "/etc/hosts", "127.12.0.1 proxy.test\n127.0.0.1 proxy.test\n"), program.Valid)
	checkCertificate(t, m)
	if len(proxy.Targets()) != 1 {
		t.Errorf("the proxy was asked for %v", proxy.Targets())
	}
}

func TestWhatAProxyRefusesIsToldAsTheProxys(t *testing.T) {
	for _, row := range []struct {
		name, credentials string // those in proxy-url
		serve             func(*net.TCPConn)
		says              string
	}{
		{"forbidden", "", closes(faults.Response("403 Forbidden", "Not you.")), "says 403 Forbidden"},
		{"not found there", "", closes(faults.Response("502 Bad Gateway", "")), "says 502 Bad Gateway"},
		{"control characters", "", closes("HTTP/1.1 403 \x1b[31mred\r\n\r\n"), "says 403 ?[31mred"},
		{"our own words", urlCredentials + "@", echoes, "does not answer as a proxy should"},
		{"another protocol", "", hangs("SSH-2.0-OpenSSH_9.2\r\n"), "does not answer as a proxy should"},
		{"a TLS alert", "", closes(faults.Record(alert, "\x02\x28")), "does not answer as a proxy should"},
		{"a head without end", "", floods("HTTP/1.1 200 OK\r\n"), "does not answer as a proxy should"},
		{"more than the answer", "", hangs("HTTP/1.1 200 OK\r\n\r\nHello"), "does not answer as a proxy should"},
		{"nothing", "", closes(""), "closed the connection without an answer"},
		{"half of the head", "", closes("HTTP/1.1 200 OK\r\n"), "closed the connection without an answer"},
		{"a reset", "", resets, "closed the connection without an answer"},
		{"silence", "", hangs(""), "does not answer in time"},
		{"silence after half of the head", "", hangs("HTTP/1.1 200 OK\r\n"), "does not answer in time"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			address := strings.TrimPrefix(peer(t, row.serve), "https://")
			isRefusedByProxy(t, "http://"+row.credentials+address, "proxy http://"+address+" "+row.says)
		})
	}
}

func TestCredentialsThatAProxyDoesNotTakeAreNotShown(t *testing.T) {
	for name, credentials := range map[string]string{"none": "", "wrong": "node:Wrong@", "of another": "another:p%40ss%2Fw%C3%B6rd@"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := tunnels(t, anyPort, credentialsOfProxy, nil)
			text := isRefusedByProxy(t, "http://"+credentials+proxy.Address(),
				"proxy http://"+proxy.Address()+" says 407")
			if advised := strings.Contains(text, "proxy-url can hold user:password@"); advised != (credentials == "") {
				t.Errorf("advice that there may be credentials: %v in\n%s", advised, text)
			}
			if len(proxy.Targets()) != 0 {
				t.Errorf("the proxy let us in: %v", proxy.Targets())
			}
		})
	}
}

func TestAProxyThatIsDownIsNamed(t *testing.T) {
	t.Parallel()
	address := strings.TrimPrefix(closedPort(t), "https://")
	isRefusedByProxy(t, "http://"+urlCredentials+"@"+address, "cannot connect to proxy "+address+": Connection refused")
}

// isRefusedByProxy wants a run that ends at its deadline, says this, and shows no credentials. Returns what was said.
func isRefusedByProxy(t *testing.T, url, says string) string {
	t.Helper()
	m := newMachine(t, manyCluster(t))
	m.ProxyURL, m.Deadline = url, briefly
	result := m.endsWith(t, program.Unavailable)
	contains(t, "stderr", result.Stderr, m.cluster.Server, says)
	for _, secret := range []string{"p%40ss", "p@ss", "Wrong", base64.StdEncoding.EncodeToString([]byte(credentialsOfProxy))} {
		if strings.Contains(result.Stdout+result.Stderr, secret) {
			t.Errorf("%q is shown: %v", secret, result)
		}
	}
	nothingWritten(t, m)
	if n := len(m.requests(t)); n != 0 {
		t.Errorf("%d requests reached the API server", n)
	}
	return result.Stderr
}

func TestAProxyOfTheEnvironmentIsIgnored(t *testing.T) {
	t.Parallel()
	proxy := tunnels(t, anyPort, "", nil)
	command := []string{"env"}
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		command = append(command, name+"=http://"+proxy.Address())
	}
	m := newMachine(t, manyCluster(t))
	m.runsUnder(t, command, program.Valid)
	checkCertificate(t, m)
	if got := proxy.Targets(); got != nil {
		t.Errorf("the proxy was asked for %v", got)
	}
}

func TestTheNextServerIsTriedWhenTheProxyDoesNotReachTheFirst(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	proxy := tunnels(t, anyPort, "", nil)
	m.Servers, m.ProxyURL = []string{closedPort(t), m.cluster.Server}, "http://"+proxy.Address()
	result := m.runs(t, program.Valid)
	contains(t, "stderr", result.Stderr, m.Servers[0], "says 502 Bad Gateway")
	checkCertificate(t, m)
	if got := proxy.Targets(); len(got) != 2 {
		t.Errorf("the proxy was asked for %v, want each server once", got)
	}
}

// The bytes before TLS begins: the request for a tunnel, and the answer.
func TestAConnectionToAProxyMayFailAtAnyByte(t *testing.T) {
	t.Parallel()
	const longest = 80
	for _, kind := range []faults.Kind{faults.Reset, faults.Close, faults.Trickle} {
		for _, direction := range []faults.Direction{faults.ToServer, faults.ToClient} {
			for _, offset := range offsets(longest, slowSamplesPerStream) {
				fault := faults.Fault{Kind: kind, Direction: direction, Offset: offset}
				t.Run(fault.String(), func(t *testing.T) {
					t.Parallel()
					m := newMachine(t, manyCluster(t))
					between, err := faults.NewProxy(tunnels(t, anyPort, "", nil).Address(), fault)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(between.Close)
					m.ProxyURL, m.Deadline = "http://"+between.Address(), "20s"
					m.endsWith(t, program.Valid)
					checkCertificate(t, m)
					m.onlyRequest(t)
					if !between.Reached() {
						t.Error("the fault did not come")
					}
				})
			}
		}
	}
}

func TestReadsAndWritesToAProxyMayTakeOneByteAtATime(t *testing.T) {
	t.Parallel()
	m := faulty(t, newMachine(t, manyCluster(t)))
	m.ProxyURL = "http://" + urlCredentials + "@" + tunnels(t, anyPort, credentialsOfProxy, nil).Address()
	m.runsUnder(t, withFault("short"), program.Valid)
	checkCertificate(t, m)
}

// A proxy that is none of ours.
func TestTinyproxyLeadsToTheServer(t *testing.T) {
	for _, row := range []struct {
		name, credentials string
		status            int
		says              string
	}{
		{"with the right credentials", "node:secret@", program.Valid, ""},
		{"not with wrong ones", "node:Wrong@", program.Unavailable, "says 401"},
		{"not without any", "", program.Unavailable, "says 407 Proxy Authentication Required; proxy-url can hold"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, manyCluster(t))
			m.ProxyURL, m.Deadline = "http://"+row.credentials+startTinyproxy(t, m), briefly
			if row.status == program.Valid {
				m.Deadline = "30s"
			}
			result := m.endsWith(t, row.status)
			if row.status == program.Valid {
				checkCertificate(t, m)
				return
			}
			contains(t, "stderr", result.Stderr, row.says)
			nothingWritten(t, m)
		})
	}
}

// startTinyproxy starts one that wants node:secret, and gives its address.
func startTinyproxy(t *testing.T, m *machine) string {
	t.Helper()
	requires(t, tool("tinyproxy"))
	path, err := exec.LookPath("tinyproxy")
	if err != nil {
		t.Fatal(err)
	}
	port, err := controlplane.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(filepath.Dir(m.ini), "tinyproxy.conf")
	m.write(t, config, fmt.Sprintf("Port %d\nListen 127.0.0.1\nBasicAuth node secret\nMaxClients 10\nTimeout 60\n", port))
	p, err := process.Start(config+".log", path, "-d", "-c", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(time.Second) })
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if err := p.WaitFor(60*time.Second, "tinyproxy's port", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}); err != nil {
		t.Fatal(err)
	}
	return address
}
