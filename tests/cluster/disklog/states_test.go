// SPDX-License-Identifier: Apache-2.0

package disklog

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// logOf writes a log: a letter is a write to the sector of that number, "|" a flush, "D" discards all.
func logOf(t *testing.T, writes ...string) string {
	t.Helper()
	var log bytes.Buffer
	header := func(words ...uint64) {
		var block [Sector]byte
		for i, word := range words {
			binary.LittleEndian.PutUint64(block[8*i:], word)
		}
		log.Write(block[:])
	}
	header(logMagic, logVersion, 1, Sector) // the rest was written after the last flush of the log itself
	for _, w := range writes {
		switch w[0] {
		case '|':
			header(0, 0, flagFlush)
		case 'D':
			header(0, 8, flagDiscard)
		default:
			header(uint64(w[1]-'0'), 1, 0, 0)
			log.WriteString(strings.Repeat(w[:1], Sector))
		}
	}
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAStateHasAllThatWasFlushedAndAnyOfTheRest(t *testing.T) {
	base := filepath.Join(t.TempDir(), "base")
	if err := os.WriteFile(base, bytes.Repeat([]byte("."), 4*Sector), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := FromLog(base, 4*Sector, logOf(t, "a0", "|", "D", "b1", "c2", "d1", "|", "e3"))
	if err != nil {
		t.Fatal(err)
	}
	r.Begin, r.Done = 2, len(r.Entries) // behind the first flush, and at the very end
	var found []string
	for _, s := range r.States(Choice{}) {
		image := filepath.Join(t.TempDir(), "image")
		if err := r.Write(s, image); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(image)
		if err != nil {
			t.Fatal(err)
		}
		state := ""
		for at := 0; at < len(content); at += Sector {
			state += string(content[at : at+1])
		}
		if s.Done {
			state += " done"
		}
		found = append(found, state)
	}
	want := []string{"a...", "ab..", "abc.", "adc.", "ad..", "a.c.", "adc. done", "adce done"}
	slices.Sort(found)
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("found %q\nwant  %q", found, want)
	}
}

func TestTheLengthOfTheLogTellsWhatWasThere(t *testing.T) {
	r, err := FromLog("", 4*Sector, logOf(t, "a0", "|", "b1"))
	if err != nil {
		t.Fatal(err)
	}
	for length, want := range map[int64]int{Sector: 0, 2 * Sector: 0, 3 * Sector: 1, 4 * Sector: 2, 5 * Sector: 2, 6 * Sector: 3} {
		if got := r.EntriesAt(length); got != want {
			t.Errorf("after %d bytes there were %d entries, want %d", length, got, want)
		}
	}
}
