// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"strings"
)

// Response is an HTTP response with a Content-Length.
func Response(status, body string, headers ...string) string {
	headers = append([]string{"HTTP/1.1 " + status, fmt.Sprintf("Content-Length: %d", len(body))}, headers...)
	return strings.Join(headers, "\r\n") + "\r\n\r\n" + body
}

// WatchHead begins the answer to a watch; chunks follow.
const WatchHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

// LastChunk ends it.
const LastChunk = "0\r\n\r\n"

// Chunk is one of a chunked body.
func Chunk(data string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(data), data) }

// Record is a TLS record with any content.
func Record(kind byte, data string) string {
	return string([]byte{kind, 3, 3, byte(len(data) >> 8), byte(len(data))}) + data
}
