// SPDX-License-Identifier: Apache-2.0

package wire

import "encoding/binary"

// Packet is a TCP packet as seen at the client's end: the client's when it leaves, the server's when it has arrived.
type Packet struct {
	FromClient bool
	Port       uint16 // the client's, which tells connections apart
	SYN, FIN   bool
	Payload    []byte
}

// record writes a packet down if it is TCP over IPv4.
func (w *Wire) record(ip []byte, fromClient bool) {
	const tcp, fin, syn = 6, 0x01, 0x02
	if len(ip) < 20 || ip[0]>>4 != 4 || ip[9] != tcp {
		return
	}
	segment := ip[int(ip[0]&15)*4:]
	if len(segment) < 20 {
		return
	}
	port := binary.BigEndian.Uint16(segment[2:])
	if fromClient {
		port = binary.BigEndian.Uint16(segment)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.packets = append(w.packets, Packet{
		FromClient: fromClient,
		Port:       port,
		SYN:        segment[13]&syn != 0,
		FIN:        segment[13]&fin != 0,
		Payload:    segment[int(segment[12]>>4)*4:],
	})
}

// Trace is what went over the wire.
type Trace []Packet

// Trace returns what has gone over the wire so far and starts anew.
func (w *Wire) Trace() Trace {
	w.mu.Lock()
	defer w.mu.Unlock()
	packets := w.packets
	w.packets = nil
	return packets
}

// Connections is the number of TCP connections the client opened.
func (t Trace) Connections() int {
	ports := map[uint16]bool{}
	for _, p := range t {
		if p.FromClient && p.SYN {
			ports[p.Port] = true
		}
	}
	return len(ports)
}

// Bytes is what was sent and received, TCP payload only.
func (t Trace) Bytes() (sent, received int) {
	for _, p := range t {
		if p.FromClient {
			sent += len(p.Payload)
		} else {
			received += len(p.Payload)
		}
	}
	return sent, received
}

// Flights is the payload the client sent, cut wherever anything at all arrived in between, be it a bare acknowledgement:
// each flight but the first had something to wait for. It makes sense for a trace with one connection.
func (t Trace) Flights() [][]byte {
	var flights [][]byte
	waited := true
	for _, p := range t {
		if !p.FromClient {
			waited = true
			continue
		}
		if len(p.Payload) == 0 {
			continue
		}
		if waited {
			flights = append(flights, nil)
		}
		waited = false
		last := len(flights) - 1
		flights[last] = append(flights[last], p.Payload...)
	}
	return flights
}

// Turns is how often the client sent and then received something, connection set-up included, until it closed its side.
// Acknowledgements without payload do not count. One connection at a time has as many round trips.
func (t Trace) Turns() int {
	turns, sending := 0, false
	for _, p := range t {
		if p.FromClient && p.FIN {
			break
		}
		if len(p.Payload) == 0 && !p.SYN {
			continue
		}
		if sending && !p.FromClient {
			turns++
		}
		sending = p.FromClient
	}
	return turns
}

// TLS record types.
const (
	ChangeCipherSpec = 20
	Alert            = 21
	Handshake        = 22
	ApplicationData  = 23
)

// Record is a TLS record: its type in clear and the length of its protected content.
type Record struct{ Type, Len int }

// Records cuts a flight into its TLS records.
func Records(flight []byte) []Record {
	var records []Record
	for len(flight) >= 5 {
		n := int(binary.BigEndian.Uint16(flight[3:]))
		records = append(records, Record{int(flight[0]), n})
		flight = flight[min(5+n, len(flight)):]
	}
	return records
}
