// SPDX-License-Identifier: Apache-2.0

package power

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestEachLineOfStraceBecomesAnOperation(t *testing.T) {
	got, err := Parse(logOf(
		`execve("\x2f\x61", ["\x61"], 0x7ffd3f0c6dc8 /* 1 var */) = 0`,
		`poll([{fd=0<\x2f>, events=0}], 1, 0) = 0 (Timeout)`,
		"openat("+opened("/")+`, "\x2f\x74\x6f\x70\x2f\x64", O_RDONLY|O_DIRECTORY) = -1 ENOENT (No such file or directory)`,
		makes("d"),
		creates("d/a"),
		writes("d/a", "one, (two) = 3\n"),
		"write("+opened(top+"/d/a")+", "+quoted("cut short")+", 9) = 3",
		"write("+opened("pipe:[7]")+", "+quoted("a message")+", 9) = 9",
		syncs("d/a"),
		sends,
		links("/x", "l"),
		"renameat2("+opened(top)+", "+quoted("l")+", "+opened(top)+", "+quoted("m")+", RENAME_NOREPLACE) = 0",
		removes("m"),
		`exit_group(0)                     = ?`,
	), top)
	if err != nil {
		t.Fatal(err)
	}
	want := []Op{
		{Kind: Mkdir, Path: "d", Mode: 0o755},
		{Kind: Create, Path: "d/a", Mode: 0o600},
		{Kind: Append, Path: "d/a", Data: "one, (two) = 3\n"},
		{Kind: Append, Path: "d/a", Data: "cut"},
		{Kind: Sync, Path: "d/a"},
		{Kind: Send},
		{Kind: Symlink, Path: "l", To: "/x"},
		{Kind: Rename, Path: "l", To: "m"},
		{Kind: Remove, Path: "m"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestWhatIsNotUnderstoodIsAnError(t *testing.T) {
	for _, line := range []string{
		"ftruncate(" + opened("/top/a") + ", 0) = 0",
		"pwrite64(" + opened("/top/a") + `, "\x41", 1, 5) = 1`,
		"writev(" + opened("/top/a") + `, [{iov_base="\x41", iov_len=1}], 1) = 1`,
		"lseek(" + opened("/top/a") + ", 5, SEEK_SET) = 5",
		"fallocate(" + opened("/top/a") + ", 0, 0, 5) = 0",
		"fchmod(" + opened("/top/a") + ", 0600) = 0",
		"linkat(" + opened(top) + ", " + quoted("a") + ", " + opened(top) + ", " + quoted("b") + ", 0) = 0",
		"unlinkat(" + opened(top) + ", " + quoted("d") + ", AT_REMOVEDIR) = 0",
		"renameat2(" + opened(top) + ", " + quoted("a") + ", " + opened(top) + ", " + quoted("b") + ", RENAME_EXCHANGE) = 0",
		"mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, " + opened("/top/a") + ", 0) = 0x7f61f99bd000",
		"clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD) = 5",
		"openat(" + opened(top) + ", " + quoted("a") + ", O_WRONLY|O_TRUNC) = " + opened("/top/a"),
		"openat(" + opened(top) + ", " + quoted("a") + ", O_WRONLY|O_CREAT, 0600) = " + opened("/top/a"),
		"openat2(" + opened(top) + ", " + quoted("a") + ", {flags=O_RDWR, resolve=0}, 24) = " + opened("/top/a"),
		"mkdirat(" + opened("/elsewhere") + ", " + quoted("d") + ", 0755) = 0",
		"write(" + opened("/elsewhere/a") + `, "\x41", 1) = 1`,
		"write(" + opened("/top/a") + `, "\x41"..., 2) = 2`,
		"write(" + opened("/top/a") + `, "\x41", 1 <unfinished ...>`,
		"+++ killed by SIGKILL +++",
	} {
		if ops, err := Parse(logOf(line), top); err == nil {
			t.Errorf("%s\nwas taken as %v", line, ops)
		}
	}
	if _, err := Parse("77 "+makes("d")+"\n", top); err == nil {
		t.Error("a log without an end was taken as whole")
	}
}

func TestWhatCannotHaveHappenedIsAnError(t *testing.T) {
	for name, op := range map[string]Op{
		"write to what is not there":   {Kind: Append, Path: "a", Data: "x"},
		"sync of what is not there":    {Kind: Sync, Path: "a"},
		"removal of what is not there": {Kind: Remove, Path: "a"},
		"rename of what is not there":  {Kind: Rename, Path: "a", To: "b"},
		"new file over an old one":     {Kind: Create, Path: "old"},
		"file in a file":               {Kind: Create, Path: "old/a"},
		"rename to another directory":  {Kind: Rename, Path: "old", To: "d/old"},
	} {
		if _, err := States(Tree{"old": file, "d": {Mode: 0o755 | os.ModeDir}}, []Op{op}); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func TestARealProgramIsFollowed(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	folder := t.TempDir()
	ops, err := Record(folder, time.Minute, "ln", "-s", "/a target", filepath.Join(folder, "l"))
	if want := []Op{{Kind: Symlink, Path: "l", To: "/a target"}}; err != nil || !reflect.DeepEqual(ops, want) {
		t.Errorf("got %v (%v), want %v", ops, err, want)
	}
	if _, err := Record(folder, time.Minute, "false"); err == nil {
		t.Error("a program that fails was taken as one that worked")
	}
}

func TestATreeIsReadAsItWasLaid(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "top")
	tree := Tree{
		"d":   {Mode: 0o700 | os.ModeDir},
		"d/a": {Mode: 0o600, Content: "text\x00"},
		"l":   {Mode: 0o777 | os.ModeSymlink, Content: "/nowhere"},
	}
	for range 2 { // the second time over what is there
		if err := tree.Lay(folder); err != nil {
			t.Fatal(err)
		}
		got, err := Snapshot(folder)
		if err != nil || !reflect.DeepEqual(got, tree) {
			t.Errorf("got %v (%v), want %v", got, err, tree)
		}
		if err := os.WriteFile(filepath.Join(folder, "more"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
