// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kubelet-bootstrap/tests/cluster/boot"
)

// desk is where a guest asks, and waits for the answer.
type desk struct {
	Address string // in the guest
	server  *http.Server
}

// message is what came: where to, the numbers that came with it, and the body.
type message struct {
	about string
	query url.Values
	body  []byte
}

// number is one of those; -1: there is none.
func (m message) number(name string) int {
	n, err := strconv.Atoi(m.query.Get(name))
	if err != nil {
		return -1
	}
	return n
}

// openDesk answers with what the function returns.
func openDesk(answer func(m message) (string, error)) (*desk, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &desk{Address: fmt.Sprintf("%s:%d", boot.Host, listener.Addr().(*net.TCPAddr).Port)}
	d.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		text := ""
		if err == nil {
			text, err = answer(message{strings.TrimPrefix(r.URL.Path, "/"), r.URL.Query(), body})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, text) // who does not listen will ask again, or fail
	})}
	go func() { _ = d.server.Serve(listener) }() // until it is closed
	return d, nil
}

func (d *desk) Close() { d.server.Close() }
