// SPDX-License-Identifier: Apache-2.0

package disklog

import (
	"crypto/sha256"
	"encoding/binary"
)

type digest [sha256.Size]byte

// content tells whether two disks hold the same. Its sum is over the sectors that were written, in any order.
type content struct {
	sum     digest
	sectors map[int64]digest
}

func newContent() content { return content{sectors: map[int64]digest{}} }

// write is what becomes of it by a part of an entry.
func (c *content) write(e Entry, from, to int) {
	for at := from; at < to; at += Sector {
		where := e.At + int64(at)
		now := sumOf(where, e.Data[at:at+Sector])
		c.sum.toggle(c.sectors[where]) // zeros where nothing was written yet
		c.sum.toggle(now)
		c.sectors[where] = now
	}
}

// with is the sum there would be after the pieces.
func (c *content) with(entries []Entry, kept []piece) digest {
	sum, over := c.sum, map[int64]digest{}
	for _, p := range kept {
		for at := p.from; at < p.to; at += Sector {
			where := entries[p.entry].At + int64(at)
			before, ok := over[where]
			if !ok {
				before = c.sectors[where]
			}
			over[where] = sumOf(where, entries[p.entry].Data[at:at+Sector])
			sum.toggle(before)
			sum.toggle(over[where])
		}
	}
	return sum
}

func sumOf(where int64, data []byte) digest {
	var block [8 + Sector]byte
	binary.LittleEndian.PutUint64(block[:], uint64(where))
	copy(block[8:], data)
	return sha256.Sum256(block[:])
}

func (d *digest) toggle(with digest) {
	for i := range d {
		d[i] ^= with[i]
	}
}
