// SPDX-License-Identifier: Apache-2.0

package power

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// top is the folder that the made-up programs work in.
const top = "/top"

// quoted and opened write a string and a descriptor as strace does.
func quoted(text string) string { return `"` + escaped(text) + `"` }

func opened(path string) string { return "3<" + escaped(path) + ">" }

func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

// What a program did in /top, as strace's lines.
func creates(name string) string {
	return "openat(" + opened(top) + ", " + quoted(name) + ", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = " + opened(filepath.Join(top, name))
}

func writes(name, data string) string {
	return fmt.Sprintf("write(%s, %s, %d) = %[3]d", opened(filepath.Join(top, name)), quoted(data), len(data))
}

func syncs(name string) string { return "fsync(" + opened(filepath.Join(top, name)) + ") = 0" }

func renames(from, to string) string {
	return "renameat(" + opened(top) + ", " + quoted(from) + ", " + opened(top) + ", " + quoted(to) + ") = 0"
}

func makes(name string) string {
	return "mkdirat(" + opened(top) + ", " + quoted(name) + ", 0755) = 0"
}

func links(target, name string) string {
	return "symlinkat(" + quoted(target) + ", " + opened(top) + ", " + quoted(name) + ") = 0"
}

func removes(name string) string {
	return "unlinkat(" + opened(top) + ", " + quoted(name) + ", 0) = 0"
}

const sends = `sendto(4<\x73\x6f\x63\x6b\x65\x74\x3a\x5b\x31\x5d>, "\x41", 1, MSG_NOSIGNAL, NULL, 0) = 1`

func logOf(lines ...string) string {
	var log strings.Builder
	for _, line := range append(lines, "+++ exited with 0 +++") {
		log.WriteString("77 " + line + "\n")
	}
	return log.String()
}

// shown is a tree in one line: a directory, a file with its content, a link with its target.
func shown(tree Tree) string {
	var parts []string
	for path, entry := range tree {
		switch entry.Mode.Type() {
		case fs.ModeDir:
			parts = append(parts, path+"/")
		case fs.ModeSymlink:
			parts = append(parts, path+"->"+entry.Content)
		default:
			parts = append(parts, path+"="+strings.ReplaceAll(entry.Content, "\x00", "0"))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// statesOf gives the trees of the states that the filter lets pass, shown and sorted.
func statesOf(t *testing.T, before Tree, filter func(State) bool, lines ...string) []string {
	t.Helper()
	ops, err := Parse(logOf(lines...), top)
	if err != nil {
		t.Fatal(err)
	}
	states, err := States(before, ops)
	if err != nil {
		t.Fatal(err)
	}
	var trees []string
	for _, state := range states {
		if filter(state) {
			trees = append(trees, shown(state.Tree))
		}
	}
	slices.Sort(trees)
	return trees
}

func all(State) bool        { return true }
func atTheEnd(s State) bool { return s.Done }

func wants(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

var file = Entry{Mode: 0o600, Content: "old"}

func TestAFileThatWasNotSyncedMayHaveItsNewNameWithoutItsContent(t *testing.T) {
	got := statesOf(t, Tree{}, all, creates("tmp"), writes("tmp", "abcd"), renames("tmp", "a"))
	want := []string{""}
	for _, name := range []string{"tmp", "a"} {
		for _, content := range []string{"", "ab", "abc", "abcd", "0000"} {
			want = append(want, name+"="+content)
		}
	}
	wants(t, got, want...)
}

func TestAFileThatWasSyncedIsWholeUnderItsNewName(t *testing.T) {
	got := statesOf(t, Tree{}, all, creates("tmp"), writes("tmp", "abcd"), syncs("tmp"), renames("tmp", "a"))
	wants(t, got, "", "tmp=", "tmp=ab", "tmp=abc", "tmp=abcd", "tmp=0000", "a=abcd")
}

func TestWhatWasSyncedStaysWhenMoreIsWritten(t *testing.T) {
	got := statesOf(t, Tree{}, atTheEnd, creates("a"), writes("a", "abcd"), syncs("a"), syncs("."), writes("a", "ef"))
	wants(t, got, "a=abcd", "a=abcde", "a=abcdef", "a=abcd00")
}

func TestTheOldNameMayComeBackWhenTheDirectoryWasNotSynced(t *testing.T) {
	replace := []string{creates("tmp"), writes("tmp", "new"), syncs("tmp"), renames("tmp", "a")}
	before := Tree{"a": file}
	wants(t, statesOf(t, before, atTheEnd, replace...), "a=old", "a=old tmp=new", "a=new")
	wants(t, statesOf(t, before, atTheEnd, append(replace, syncs("."))...), "a=new")
}

func TestARemovedFileMayComeBackUntilTheDirectoryIsSynced(t *testing.T) {
	wants(t, statesOf(t, Tree{"a": file}, atTheEnd, removes("a")), "", "a=old")
	wants(t, statesOf(t, Tree{"a": file}, atTheEnd, removes("a"), syncs(".")), "")
}

func TestALinkIsThereWithItsTargetOrNotAtAll(t *testing.T) {
	got := statesOf(t, Tree{"to": {Mode: 0o777 | fs.ModeSymlink, Content: "/old"}}, atTheEnd, links("/new", "on"), renames("on", "to"))
	wants(t, got, "to->/old", "on->/new to->/old", "to->/new")
}

func TestWhatLiesInADirectoryIsLostWithIt(t *testing.T) {
	inside := []string{makes("d"), creates("d/a"), syncs("d/a"), syncs("d")}
	wants(t, statesOf(t, Tree{}, atTheEnd, inside...), "", "d/ d/a=")
	wants(t, statesOf(t, Tree{}, atTheEnd, append(inside, syncs("."))...), "d/ d/a=")
}

func TestDirectoriesLoseIndependently(t *testing.T) {
	before := Tree{"d": {Mode: 0o755 | fs.ModeDir}, "e": {Mode: 0o755 | fs.ModeDir}}
	got := statesOf(t, before, atTheEnd, creates("d/a"), creates("e/b"))
	wants(t, got, "d/ e/", "d/ d/a= e/", "d/ e/ e/b=", "d/ d/a= e/ e/b=")
	got = statesOf(t, before, atTheEnd, creates("d/a"), creates("e/b"), syncs("e"))
	wants(t, got, "d/ e/ e/b=", "d/ d/a= e/ e/b=")
}

func TestWhatOthersWereToldIsAStateOfItsOwn(t *testing.T) {
	lines := []string{creates("a"), sends, sends, syncs(".")}
	wants(t, statesOf(t, Tree{}, func(s State) bool { return !s.Sent }, lines...), "", "a=")
	wants(t, statesOf(t, Tree{}, func(s State) bool { return s.Sent }, lines...), "", "a=")
	wants(t, statesOf(t, Tree{}, func(s State) bool { return s.Sent }, creates("a"), syncs("."), sends), "a=")
}

func TestOnlyWhatHasLostNothingIsWhole(t *testing.T) {
	got := statesOf(t, Tree{}, func(s State) bool { return s.Whole }, creates("tmp"), writes("tmp", "ab"), renames("tmp", "a"))
	wants(t, got, "", "tmp=", "tmp=ab", "a=ab")
}

func TestManyChangesAreLostFromAnyMomentOnOrOneOrAllButOne(t *testing.T) {
	var lines []string
	for i := range 8 {
		lines = append(lines, creates(fmt.Sprint(i)))
	}
	got := statesOf(t, Tree{}, atTheEnd, lines...)
	// 9 moments, 8 without one of which the last is a moment, 8 alone of which the first is
	if len(got) != 9+7+7 || !slices.Contains(got, "3=") || !slices.Contains(got, "0= 1= 3= 4= 5= 6= 7=") || !slices.Contains(got, "0= 1=") {
		t.Errorf("got %d states:\n  %s", len(got), strings.Join(got, "\n  "))
	}
}

func TestManyFilesAreDamagedOneByOneOrAllAlike(t *testing.T) {
	var lines []string
	for _, name := range []string{"a", "b", "c"} {
		lines = append(lines, creates(name), writes(name, "xyz"))
	}
	got := statesOf(t, Tree{}, atTheEnd, append(lines, syncs("."))...)
	want := []string{"a=xyz b=xyz c=xyz"}
	for _, damaged := range []string{"", "x", "xy", "000"} {
		want = append(want, fmt.Sprintf("a=%s b=xyz c=xyz", damaged), fmt.Sprintf("a=xyz b=%s c=xyz", damaged),
			fmt.Sprintf("a=xyz b=xyz c=%s", damaged), fmt.Sprintf("a=%s b=%[1]s c=%[1]s", damaged))
	}
	wants(t, got, want...)
}
