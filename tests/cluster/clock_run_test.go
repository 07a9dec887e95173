// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/faults"
	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/wire"
)

// Whole runs by a wrong clock. The certificates of the shared control planes are older than any program of ours, so that their servers are
// good by its build time. Here the real API server is reached through one whose certificate begins when the test wants it to.

// dates are when a certificate begins and expires.
type dates struct{ begin, end time.Time }

// since is valid for a day from that time on.
func since(begin time.Time) dates { return dates{begin, begin.AddDate(0, 0, 1)} }

// certificateFor makes a certificate; one for the server below without an authority is an authority itself.
func certificateFor(t *testing.T, name string, d dates, by *tls.Certificate) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: d.begin, NotAfter: d.end, BasicConstraintsValid: true}
	if by == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	} else {
		template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(198, 51, 100, 1)}
	}
	return signed(t, by, template)
}

func certificatePEM(c tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
}

// inFrontOf is the real API server behind another certificate.
func inFrontOf(t *testing.T, c *cluster, certificate tls.Certificate) *faults.Server {
	t.Helper()
	dir := t.TempDir()
	m := &machine{}
	own := faults.Credentials{CA: c.CA, Certificate: filepath.Join(dir, "front.crt"), Key: filepath.Join(dir, "front.key")}
	m.write(t, own.Certificate, certificatePEM(certificate))
	m.write(t, own.Key, pkcs8(t, certificate.PrivateKey.(*ecdsa.PrivateKey)))
	server, err := faults.NewServer(c.Server, own, (*faults.Exchange).Pass)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// youngServer is a machine whose one server has a certificate that the cluster's CA has signed, with those dates.
func youngServer(t *testing.T, d dates) (*machine, *faults.Server) {
	t.Helper()
	m := newMachineBelowRoot(t, manyCluster(t))
	ca := issuer(t, m.cluster)
	server := inFrontOf(t, m.cluster, certificateFor(t, "young", d, &ca))
	m.Servers = []string{server.URL()}
	return m, server
}

// shown is how the program writes a time.
func shown(moment time.Time) string { return moment.UTC().Format("2006-01-02T15:04:05Z") }

// oneConversation wants a create and a watch on one connection, as ever.
func oneConversation(t *testing.T, server *faults.Server) []faults.Seen {
	t.Helper()
	seen := server.Seen()
	if len(seen) != 2 || seen[0].Method != "POST" || seen[1].Method != "GET" || seen[0].Connection != seen[1].Connection {
		t.Fatalf("want a create and a watch on one connection, the server saw %v", seen)
	}
	return seen
}

const (
	byBuildTime = "by the time when this program was built, for the clock of this machine is behind that"
	byClock     = "by the clock of this machine"
)

func TestAClockThatNobodySetsIsNamedAtTheDeadline(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, row := range map[string]struct {
		clock, then, epoch time.Time
		by                 string
	}{
		"1970":                       {clock: in1970, by: byBuildTime},
		"2000":                       {clock: in2000, by: byBuildTime},
		"1970, then set to 2000":     {clock: in1970, then: in2000, by: byBuildTime},
		"an hour behind":             {clock: now, by: byClock},
		"an hour behind, an image":   {clock: in1970, epoch: now, by: clockEpoch + ", for the clock of this machine is behind that"},
		"1970, an image of 2106":     {clock: in1970, epoch: in2106, by: byBuildTime},
		"1970, then an hour behind":  {clock: in1970, then: now, by: byBuildTime},
		"an hour behind, then 1970":  {clock: now, then: in1970, by: byClock},
		"the last second of 1969":    {clock: time.Unix(-1, 0), by: byBuildTime},
		"the first date of 32 bits":  {clock: time.Unix(-1<<31, 0), by: byBuildTime},
		"before what 32 bits reach":  {clock: time.Unix(-1<<31-1, 0), by: byBuildTime},
		"the year 1000, as 64 bits":  {clock: time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC), by: byBuildTime},
		"1970, a server of tomorrow": {clock: in1970, by: byBuildTime},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := now.Add(time.Hour)
			m, server := youngServer(t, since(begin))
			m.Deadline = briefly
			if !row.epoch.IsZero() {
				m.touch(t, clockEpoch, row.epoch)
			}
			command := at(row.clock)
			if !row.then.IsZero() {
				command = atAndThen(row.clock, row.then, 1500*time.Millisecond)
			}
			result := m.runsUnder(t, command, program.NotTrusted)
			cause := fmt.Sprintf("cannot request a certificate at %s: cannot trust the server as 127.0.0.1: certificate \"young\" is not valid before %s, and it is ",
				server.URL(), shown(begin))
			contains(t, "stderr", result.Stderr, "; waiting for the clock to be set\n",
				"kubelet-bootstrap: gave up after "+briefly+": "+cause, row.by+"\n")
			if n := strings.Count(result.Stderr, cause); n != 2 {
				t.Errorf("it is said %d times, want once when the wait begins and once at its end: %v", n, result)
			}
			if result.Took < brief {
				t.Errorf("it gave up after %v", result.Took)
			}
			if seen := server.Seen(); len(seen) != 0 {
				t.Errorf("the server was asked %v", seen)
			}
		})
	}
}

func TestAFileOfTheImageOrOfTimesyncIsAsGoodAsAClock(t *testing.T) {
	t.Parallel()
	for when, clock := range map[string]time.Time{"1970": in1970, "2000": in2000, "an hour behind": time.Now().Add(-time.Hour)} {
		for _, path := range []string{clockEpoch, timesyncClock} {
			t.Run(when+" "+filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				m, server := youngServer(t, since(time.Now()))
				m.touch(t, path, time.Now())
				result := m.runsUnder(t, at(clock), program.Valid)
				if strings.Contains(result.Stderr, "waiting") {
					t.Errorf("it waited: %v", result)
				}
				oneConversation(t, server)
				m.onlyRequest(t)
			})
		}
	}
}

func TestAClockInThePastCostsNoRoundTrip(t *testing.T) {
	t.Parallel()
	requires(t, wire.Missing())
	m := newMachineBelowRoot(t, manyCluster(t))
	w, err := wire.New(20*time.Millisecond, fmt.Sprintf("127.0.0.1:%d", m.cluster.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	m.Servers = []string{"https://" + wire.Address}
	m.touch(t, timesyncClock, time.Now())
	m.write(t, m.ini, m.INI())
	var result program.Result
	if err := w.AsClient(func() error {
		result, err = program.Run(time.Minute, append(at(in1970), m.binary, "--config", m.ini, "--root", m.root)...)
		return err
	}); err != nil || result.Status != program.Valid {
		t.Fatal(err, result)
	}
	if trace := w.Trace(); trace.Connections() != 1 || trace.Turns() != 3 {
		t.Errorf("%d connections, %d turns; want one and three", trace.Connections(), trace.Turns())
	}
}

func TestARunGoesOnAsSoonAsTheClockIsSet(t *testing.T) {
	t.Parallel()
	const after = 5 * time.Second
	for name, clock := range map[string]time.Time{
		"from 1970": in1970, "from 2000": in2000, "from an hour behind": time.Now().Add(-time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			m, server := youngServer(t, since(start))
			result := m.runsUnder(t, atAndThen(clock, start.Add(after), after), program.Valid)
			contains(t, "stderr", result.Stderr, " is not valid before "+shown(start)+", and it is ", "; waiting for the clock to be set\n", "files written")
			seen := oneConversation(t, server)
			late := seen[0].At.Sub(start.Add(after))
			if late > time.Second+slack {
				t.Errorf("it went on %v after the clock was set", late)
			}
			t.Logf("it went on %v after the clock was set", late.Round(time.Millisecond))
			m.onlyRequest(t)
		})
	}
}

func TestAClockAnHourAheadIsGoodEnough(t *testing.T) {
	t.Parallel()
	m, server := youngServer(t, since(time.Now().Add(-time.Second)))
	m.runsUnder(t, at(time.Now().Add(time.Hour)), program.Valid)
	oneConversation(t, server)
}

// The CA, the server and what the cluster issues are valid until 2120.
var longLivedCluster = share(controlplane.Options{
	Until:           time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
	ControllerFlags: []string{"--cluster-signing-duration=876000h"},
})

func TestAClusterThatLivesLongIsJoinedByAnyClock(t *testing.T) {
	t.Parallel()
	for name, clock := range map[string]time.Time{
		"2038":                         in2038,
		"the second before":            in2038.Add(-time.Second),
		"2050, when dates change form": time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
		"2106":                         in2106,
		"the second before that":       in2106.Add(-time.Second),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachineBelowRoot(t, longLivedCluster(t))
			result := m.runsUnder(t, at(clock), program.Valid)
			contains(t, "stderr", result.Stderr, "certificate valid until 2120-01-01T00:00:00Z, files written")
			m.runsUnder(t, at(clock), program.Valid)
			contains(t, "stdout", m.runsUnder(t, at(clock), program.Valid, "--check").Stdout, "expires:     2120-01-01T00:00:00Z, ")
			m.onlyRequest(t)
		})
	}
}

func TestAClockFarAheadIsNamedWhenACertificateHasExpired(t *testing.T) {
	t.Parallel()
	for name, clock := range map[string]time.Time{"2038": in2038, "2106": in2106} {
		t.Run("the server's "+name, func(t *testing.T) {
			t.Parallel()
			d := since(time.Now())
			m, server := youngServer(t, d)
			result := m.runsUnder(t, at(clock), program.NotTrusted)
			contains(t, "stderr", result.Stderr, "certificate \"young\" is expired since "+shown(d.end)+", and it is "+shown(clock)[:len("2038-01-19T03")],
				byClock)
			if seen := server.Seen(); len(seen) != 0 {
				t.Errorf("the server was asked %v", seen)
			}
		})
		t.Run("the node's "+name, func(t *testing.T) {
			t.Parallel()
			m := newMachineBelowRoot(t, manyCluster(t))
			ca := certificateFor(t, "long", dates{time.Now(), in2106.AddDate(1, 0, 0)}, nil)
			server := inFrontOf(t, m.cluster, certificateFor(t, "lived", dates{time.Now(), in2106.AddDate(1, 0, 0)}, &ca))
			m.Servers = []string{server.URL()}
			m.write(t, m.disk(m.CA), certificatePEM(ca))
			result := m.runsUnder(t, at(clock), program.NotTrusted)
			contains(t, "stderr", result.Stderr, "cannot use the certificate issued for node-csr-", ": it is expired, and it is "+shown(clock)[:len("2038-01-19T03")],
				byClock)
			oneConversation(t, server)
		})
	}
}

// No clock makes it good, and none is waited for.
func TestAnAuthorityThatHasExpiredIsRefusedByAnyClock(t *testing.T) {
	t.Parallel()
	expiry := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct{ clock, epoch, server time.Time }{
		"right":                         {clock: time.Now(), server: time.Now().Add(-time.Hour)},
		"1970":                          {clock: in1970, server: in2000},
		"2000":                          {clock: in2000, server: in2000},
		"1970, a new image":             {clock: in1970, epoch: time.Now(), server: time.Now().Add(-time.Hour)},
		"1970, an image from its days":  {clock: in1970, epoch: expiry.AddDate(-1, 0, 0), server: in2000},
		"the second before its end":     {clock: expiry.Add(-time.Second), server: in2000},
		"2038":                          {clock: in2038, server: time.Now().Add(-time.Hour)},
		"right, a server of next month": {clock: time.Now(), server: time.Now().AddDate(0, 1, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachineBelowRoot(t, manyCluster(t))
			ca := certificateFor(t, "old", dates{expiry.AddDate(-30, 0, 0), expiry}, nil)
			server := inFrontOf(t, m.cluster, certificateFor(t, "server", dates{row.server, in2106}, &ca))
			m.Servers = []string{server.URL()}
			m.write(t, m.disk(m.CA), certificatePEM(ca))
			if !row.epoch.IsZero() {
				m.touch(t, clockEpoch, row.epoch)
			}
			result := m.runsUnder(t, at(row.clock), program.NotTrusted)
			contains(t, "stderr", result.Stderr, `certificate "old" is expired since 2020-01-01T00:00:00Z, and it is `)
			if strings.Contains(result.Stderr, "waiting") || len(server.Seen()) != 0 {
				t.Errorf("it waited, or asked the server: %v", result)
			}
		})
	}
}

func TestACertificateOnDiskThatBeginsLaterIsKeptAndBothDatesAreSaid(t *testing.T) {
	t.Parallel()
	m := newMachine(t, manyCluster(t))
	begin := time.Now().Add(time.Hour)
	m.write(t, filepath.Join(m.CertDir, expiredPEM), issueBetween(t, m, begin, begin.AddDate(0, 0, 1)))
	for _, outcome := range []string{"files repaired", "already valid, nothing to do"} {
		result := m.runs(t, program.Valid)
		contains(t, "stderr", result.Stderr, outcome, "kubelet-bootstrap: the certificate is not valid before "+shown(begin)+", and it is ",
			byClock+"; kubelet needs the clock set\n")
	}
	contains(t, "stdout", m.runs(t, program.Valid, "--check").Stdout, "begins:      "+shown(begin)+", and it is ", byClock)
	if n := len(m.requests(t)); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestOfTwoServersOneIsNotValidYet(t *testing.T) {
	t.Parallel()
	const after = 2500 * time.Millisecond
	for name, row := range map[string]struct {
		other  func(t *testing.T) string
		status int // when the clock is not set
	}{
		"and one is dead":    {closedPort, program.NotTrusted},
		"and one says no":    {func(t *testing.T) string { return peer(t, closes("")) }, program.NotTrusted},
		"and one a stranger": {func(t *testing.T) string { return peer(t, speaksTLSAsAStranger(t)) }, program.NotTrusted},
		"and one is good":    {func(t *testing.T) string { return manyCluster(t).Server }, program.Valid},
	} {
		for _, isFirst := range []bool{true, false} {
			order := func(m *machine, t *testing.T) {
				m.Servers = append(m.Servers, row.other(t))
				if !isFirst {
					m.Servers[0], m.Servers[1] = m.Servers[1], m.Servers[0]
				}
			}
			t.Run(fmt.Sprintf("%s, first %v, never set", name, isFirst), func(t *testing.T) {
				t.Parallel()
				begin := time.Now().Add(time.Hour)
				m, server := youngServer(t, since(begin))
				order(m, t)
				m.Deadline = briefly
				result := m.runsUnder(t, at(in1970), row.status)
				if row.status == program.NotTrusted {
					contains(t, "stderr", result.Stderr, "gave up after "+briefly+": cannot request a certificate at "+server.URL()+": ",
						" is not valid before "+shown(begin))
				}
			})
			t.Run(fmt.Sprintf("%s, first %v, set", name, isFirst), func(t *testing.T) {
				t.Parallel()
				start := time.Now()
				m, _ := youngServer(t, since(start))
				order(m, t)
				m.runsUnder(t, atAndThen(in1970, start.Add(after), after), program.Valid)
				m.onlyRequest(t)
			})
		}
	}
}

func TestWithoutADeadlineItWaitsForTheClockUntilItIsStopped(t *testing.T) {
	t.Parallel()
	requires(t, tool("timeout"))
	begin := time.Now().Add(time.Hour)
	m, _ := youngServer(t, since(begin))
	m.Deadline = "0"
	result := m.runsUnder(t, append(at(in1970), "timeout", "--preserve-status", "--signal=TERM", briefly), program.Pending)
	contains(t, "stderr", result.Stderr, "; waiting for the clock to be set\n", "kubelet-bootstrap: stopped; ")
}
