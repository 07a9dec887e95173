// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/wire"
)

const rttOfWire = 200 * time.Millisecond

// enrolsOverTheWire runs the program on a machine far away from its API server, wants it to enrol on one connection, and gives what went
// over the wire.
func enrolsOverTheWire(t *testing.T, m *machine) wire.Trace {
	t.Helper()
	requires(t, wire.Missing())
	w, err := wire.New(rttOfWire, strings.TrimPrefix(m.cluster.Server, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	m.Servers = []string{"https://" + wire.Address}
	m.write(t, m.ini, m.INI())
	var result program.Result
	if err := w.AsClient(func() error {
		result, err = program.Run(time.Minute, m.binary, "--config", m.ini)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if result.Status != program.Valid {
		t.Fatal(result)
	}
	time.Sleep(rttOfWire) // what is still on its way
	trace := w.Trace()
	t.Logf("%v, that is %.2f round trips of %v", result.Took, float64(result.Took)/float64(rttOfWire), rttOfWire)
	if n := trace.Connections(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
	return trace
}

func TestOneConnectionAndThreeRoundTripsBringTheCertificate(t *testing.T) {
	t.Parallel()
	trace := enrolsOverTheWire(t, newMachine(t, ecdsaCluster(t)))
	if n := trace.Turns(); n != 3 {
		t.Errorf("%d turns from sending to receiving, want three: TCP, TLS, the requests", n)
	}
	checkFlights(t, trace.Flights())
}

// checkFlights wants nothing but the ClientHello to be sent before Finished and both requests leave together. Were the requests held
// back until Finished is acknowledged (Nagle's algorithm) or the watch until the POST is answered, there would be one flight more.
func checkFlights(t *testing.T, flights [][]byte) {
	t.Helper()
	var shown []string
	for _, flight := range flights {
		shown = append(shown, fmt.Sprint(wire.Records(flight)))
	}
	t.Logf("sent by the client, {type length} of each TLS record: %s", strings.Join(shown, " | "))
	if len(flights) < 2 {
		t.Fatalf("want a flight for the ClientHello and one for Finished and the requests, saw %d flights", len(flights))
	}
	if hello := wire.Records(flights[0]); len(hello) != 1 || hello[0].Type != wire.Handshake {
		t.Errorf("the first flight is %v, want the ClientHello", hello)
	}
	var requests []wire.Record
	for _, record := range wire.Records(flights[1]) {
		if record.Len > 100 { // above that of an empty certificate (the server asks for one) and of Finished
			requests = append(requests, record)
		}
	}
	if len(requests) != 1 || requests[0].Len < 1000 {
		t.Errorf("the second flight has %v besides Finished, want both requests in one record", requests)
	}
	for _, flight := range flights[2:] {
		if len(flight) > 64 {
			t.Errorf("a later flight has %d bytes, want nothing but the end of the connection", len(flight))
		}
	}
}
