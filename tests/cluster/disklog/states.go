// SPDX-License-Identifier: Apache-2.0

package disklog

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// unit is what a disk writes as a whole. Below it nothing mounts: the superblock of ext4 is 1 KiB with a checksum.
const unit = 4096

// State is what a power cut can leave: all that was flushed, and some of what was not.
type State struct {
	Sent, Done bool   // what had happened by then
	What       string // for a person

	durable int // so many entries are safe
	kept    []piece
}

// piece is a part of an entry.
type piece struct{ entry, from, to int }

// Choice bounds the states. The zero value is every one that is made by a rule.
type Choice struct {
	Random, Torn int // in each window between two flushes, so many with any writes, and with any parts of writes
	Most         int // in all; 0: no bound. Which ones is the same each time
}

// Most writes of one window from whose every prefix, and with and without each of which, states are made.
const eachUpTo = 16

// States are those in which a cut at any moment from the beginning of the run on can leave the disk, each once: of what was written since
// the last flush nothing is there, or all up to any point, or all but one, or only one, or any, whole or torn.
func (r *Recording) States(choice Choice) []State {
	s := &maker{Recording: r, Choice: choice, random: rand.New(rand.NewPCG(1, 2)), safe: newContent(), seen: map[stateKey]bool{}}
	start := 0
	for i := 0; i <= len(r.Entries); i++ {
		if i < len(r.Entries) && !r.Entries[i].Flush {
			continue
		}
		if i >= r.Begin {
			s.window(start, i)
		}
		for ; start < min(i+1, len(r.Entries)); start++ {
			s.safe.write(r.Entries[start], 0, len(r.Entries[start].Data))
		}
	}
	if choice.Most > 0 && len(s.states) > choice.Most {
		chosen := s.random.Perm(len(s.states))[:choice.Most]
		slices.Sort(chosen)
		for i, which := range chosen {
			s.states[i] = s.states[which]
		}
		s.states = s.states[:choice.Most]
	}
	return s.states
}

type maker struct {
	*Recording
	Choice
	random *rand.Rand
	safe   content
	seen   map[stateKey]bool
	states []State
}

type stateKey struct {
	content    digest
	sent, done bool
}

// window makes the states of a cut before the entry at end, which is a flush, all before start being safe.
func (m *maker) window(start, end int) {
	var all []piece
	for i := start; i < end; i++ {
		all = append(all, piece{i, 0, len(m.Entries[i].Data)})
	}
	add := func(what string, kept []piece) { m.add(start, end, what, kept) }
	add("nothing", nil)
	for _, i := range m.some(len(all)) {
		add(fmt.Sprintf("the first %d", i+1), all[:i+1])
	}
	add("all", all)
	for _, i := range m.some(len(all)) {
		add(fmt.Sprintf("all but number %d", i+1), slices.Concat(all[:i], all[i+1:]))
		add(fmt.Sprintf("only number %d", i+1), all[i:i+1])
	}
	if len(all) > 1 {
		for range m.Random {
			add("some", m.any(all))
		}
	}
	if slices.ContainsFunc(all, func(p piece) bool { return p.to > unit }) {
		for range m.Torn {
			add("torn", m.any(m.torn(all)))
		}
	}
}

// some of n, all where they are few.
func (m *maker) some(n int) []int {
	chosen := m.random.Perm(n)
	chosen = chosen[:min(n, eachUpTo)]
	slices.Sort(chosen)
	return chosen
}

func (m *maker) any(all []piece) []piece {
	return slices.DeleteFunc(slices.Clone(all), func(piece) bool { return m.random.IntN(2) == 0 })
}

// torn are the pieces, cut where the disk's units end.
func (m *maker) torn(all []piece) []piece {
	var parts []piece
	for _, p := range all {
		for from := p.from; from < p.to; {
			to := min(p.to, from+unit-int(m.Entries[p.entry].At+int64(from))%unit)
			parts = append(parts, piece{p.entry, from, to})
			from = to
		}
	}
	return parts
}

// add makes a state for each thing that may have happened by a cut that leaves these pieces: it came behind the last of them.
func (m *maker) add(start, end int, what string, kept []piece) {
	first := max(m.Begin, start)
	if len(kept) > 0 {
		first = max(first, kept[len(kept)-1].entry+1)
	}
	sum := m.safe.with(m.Entries, kept)
	for _, at := range []int{first, m.Sent, m.Done, end} {
		if at < first || at > end {
			continue
		}
		key := stateKey{sum, at >= m.Sent, at >= m.Done}
		if m.seen[key] {
			continue
		}
		m.seen[key] = true
		what := fmt.Sprintf("%d entries are safe, of the next %d there is: %s (request sent: %t, run ended: %t)",
			start, end-start, what, key.sent, key.done)
		m.states = append(m.states, State{Sent: key.sent, Done: key.done, What: what, durable: start, kept: kept})
	}
}
