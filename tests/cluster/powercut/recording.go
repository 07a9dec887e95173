// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"bytes"
	"fmt"
	"strings"
)

// Recording is what a run did to its disk.
type Recording struct {
	Base    string // path of an image of the disk as it was before the first entry
	Size    int64  // of the file system
	Entries []Entry
	// So many entries were there when the run began, when it was about to send its request, and when it had ended with success; never: none.
	Begin, Sent, Done int
}

const never = int(^uint(0) >> 1)

// The guest writes them, past the page cache, behind the file system: so they stand in the log in their order.
const (
	markBegin = "MARK BEGIN"
	markDone  = "MARK DONE"
)

// newRecording takes the marks out of the log. sentAt is how long the log was when the request was about to be sent; 0: it never was.
func newRecording(base string, size int64, log []Entry, sentAt int64) (*Recording, error) {
	r := &Recording{Base: base, Size: size, Begin: never, Sent: never, Done: never}
	for _, entry := range log {
		switch {
		case entry.Data != nil && entry.At >= size:
			switch mark := string(bytes.TrimRight(entry.Data, "\x00")); {
			case strings.HasPrefix(mark, markBegin):
				r.Begin = len(r.Entries)
			case strings.HasPrefix(mark, markDone):
				r.Done = len(r.Entries)
			default:
				return nil, fmt.Errorf("the guest wrote %.40q behind the file system", mark)
			}
		case entry.Data != nil && entry.At+int64(len(entry.Data)) > size:
			return nil, fmt.Errorf("the guest wrote %d bytes at %d, over the end of the file system", len(entry.Data), entry.At)
		default:
			r.Entries = append(r.Entries, entry)
		}
		if sentAt > 0 && entry.end <= sentAt {
			r.Sent = len(r.Entries)
		}
	}
	if r.Begin == never {
		return nil, fmt.Errorf("the guest never said that the run begins; its log has %d entries", len(log))
	}
	return r, nil
}
