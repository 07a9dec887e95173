// SPDX-License-Identifier: Apache-2.0

// Package disklog knows from what QEMU logged of a guest's disk (LoggedDisk, FromLog) every state in which a power cut could have left a disk
// that loses what was not flushed (States), and makes images of them (Replay). Package power has a model in the place of the kernel, and
// far weaker disks.
package disklog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
)

// Sector is the unit of the log, in bytes.
const Sector = 512

// Entry is one thing that the disk was given.
type Entry struct {
	Flush bool   // all before is safe now
	At    int64  // of a write: the offset
	Data  []byte // of a write; nil: nothing was written

	end int64 // where the log went on behind it
}

// The format is that of the kernel's dm-log-writes, Documentation/admin-guide/device-mapper/log-writes.rst; QEMU's block/blklogwrites.c
// writes it: one sector of superblock, then for each entry one sector of header and the data.
const (
	logMagic     = 0x6a736677736872
	logVersion   = 1
	flagFlush    = 1
	flagDiscard  = 4
	flagsUnknown = ^uint64(15)
)

// readLog gives all entries of a log. What was written with FUA is not safe before the next flush here: the guest's virtio disk has none.
// A discard may do nothing, and is left out.
func readLog(path string) ([]Entry, error) {
	log, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(log) < Sector || word(log, 0) != logMagic || word(log, 1) != logVersion || binary.LittleEndian.Uint32(log[24:]) != Sector {
		return nil, fmt.Errorf("%s is not a log of a disk with sectors of %d bytes", path, Sector)
	}
	var entries []Entry
	// The superblock's count is of the last flush; what comes behind counts, too.
	counted := word(log, 2)
	for at, n := Sector, uint64(0); at+Sector <= len(log); n++ {
		header := log[at:]
		first, count, flags := word(header, 0), word(header, 1), word(header, 2)
		at += Sector
		if flags&flagsUnknown != 0 || count == 0 && flags == 0 {
			if n < counted {
				return nil, fmt.Errorf("%s: entry %d is damaged", path, n)
			}
			break
		}
		var data []byte
		if flags&flagDiscard == 0 && count > 0 {
			if count > uint64(len(log)-at)/Sector {
				break // the guest was taken away in the middle of it
			}
			data = bytes.Clone(log[at : at+int(count)*Sector])
			at += len(data)
		}
		if data != nil {
			entries = append(entries, Entry{At: int64(first) * Sector, Data: data, end: int64(at)})
		}
		if flags&flagFlush != 0 {
			entries = append(entries, Entry{Flush: true, end: int64(at)})
		}
	}
	return entries, nil
}

// word is the nth of 64 bits.
func word(data []byte, n int) uint64 { return binary.LittleEndian.Uint64(data[8*n:]) }
