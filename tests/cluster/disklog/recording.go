// SPDX-License-Identifier: Apache-2.0

package disklog

import (
	"bytes"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Recording is what was done to a disk.
type Recording struct {
	Base    string // path of an image of the disk as it was before the first entry
	Size    int64  // of the file system, or of all that is to be replayed
	Entries []Entry
	// So many entries were there when the run began, when it was about to send its request, and when it had ended with success.
	Begin, Sent, Done int
}

// never is where something has not happened.
const never = int(^uint(0) >> 1)

// A guest may write them, past the page cache, behind the file system: so they stand in the log in their order.
const (
	markBegin = "MARK BEGIN"
	markDone  = "MARK DONE"
)

// FromLog makes a recording of what stands in a log, and takes the marks out, where there are some: without them the run begins with the
// log, and never ends. LoggedDisk makes such a log.
func FromLog(base string, size int64, log string) (*Recording, error) {
	entries, err := readLog(log)
	if err != nil {
		return nil, err
	}
	r := &Recording{Base: base, Size: size, Sent: never, Done: never}
	for _, entry := range entries {
		switch {
		case entry.Flush || entry.At+int64(len(entry.Data)) <= size:
			r.Entries = append(r.Entries, entry)
			continue
		case entry.At < size:
			return nil, fmt.Errorf("the guest wrote %d bytes at %d, over the end of the file system", len(entry.Data), entry.At)
		}
		switch mark := string(bytes.TrimRight(entry.Data, "\x00")); {
		case strings.HasPrefix(mark, markBegin):
			r.Begin = len(r.Entries)
		case strings.HasPrefix(mark, markDone):
			r.Done = len(r.Entries)
		default:
			return nil, fmt.Errorf("the guest wrote %.40q behind the file system", mark)
		}
	}
	return r, nil
}

// EntriesAt is how many entries were there when the log had that length.
func (r *Recording) EntriesAt(length int64) int {
	return sort.Search(len(r.Entries), func(i int) bool { return r.Entries[i].end > length })
}

// LoggedDisk are arguments for QEMU: a disk with a cache that needs flushes, and whatever it is given goes into the log, a file that is
// there and empty. Nothing waits for this machine's own disk.
func LoggedDisk(disk, log string) []string {
	const file = "driver=file,cache.direct=off,cache.no-flush=on,node-name=%s,filename=%s"
	return []string{
		"-blockdev", fmt.Sprintf(file, "disk-file", disk), "-blockdev", fmt.Sprintf(file, "log-file", log),
		"-blockdev", "driver=blklogwrites,node-name=logged,file=disk-file,log=log-file,log-sector-size=" + strconv.Itoa(Sector),
		"-device", "virtio-blk-pci,drive=logged,write-cache=on",
	}
}
