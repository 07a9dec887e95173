// SPDX-License-Identifier: Apache-2.0

package power

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind says what an Op does.
type Kind string

// Rename and Remove are of a file or link; Append is a write at the end of a new file; Sync is of a file or directory; Send is not
// of the disk: from here on others may know what was on it.
const (
	Mkdir   Kind = "mkdir"
	Create  Kind = "create"
	Append  Kind = "append to"
	Sync    Kind = "sync"
	Rename  Kind = "rename"
	Symlink Kind = "symlink"
	Remove  Kind = "remove"
	Send    Kind = "send"
)

// Op is one thing that a program did to the disk.
type Op struct {
	Kind Kind
	Path string // below the top folder
	To   string // of Rename: the new path; of Symlink: where it leads
	Data string
	Mode fs.FileMode
}

func (o Op) String() string { return strings.TrimSpace(fmt.Sprintf("%s %s %s", o.Kind, o.Path, o.To)) }

// traced are the calls that can touch a file: each has a path or a descriptor. A new process would do so in its own way.
const traced = "trace=%file,%desc,%network,%process"

// harmless calls leave the disk as it is.
var harmless = strings.Fields(`access close connect dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait epoll_wait execve exit exit_group
	faccessat faccessat2 fadvise64 fcntl flock fstat fstatfs getcwd getdents64 getpeername getsockname getsockopt landlock_add_rule
	landlock_create_ruleset landlock_restrict_self lstat newfstatat poll ppoll pread64 preadv pselect6 read readlink readlinkat readv
	recvfrom recvmsg select setsockopt shutdown socket stat statfs statx`)

type call struct {
	name   string
	args   []string
	result string
}

var callLine = regexp.MustCompile(`^\d+ +([a-z0-9_]+)\((.*)\) += (-?\w+|\?)(?:<[^>]*>)?(?: .*)?$`)

// Parse takes what strace wrote with -f -y -xx and gives what was done below the top folder, in order. A call that it does not know,
// or that writes in a way or to a place that it does not know, is an error.
func Parse(log, top string) ([]Op, error) {
	var ops []Op
	ended := false
	for text := range strings.Lines(log) {
		text = strings.TrimSuffix(text, "\n")
		if strings.HasSuffix(text, "+++ exited with 0 +++") {
			ended = true
			continue
		}
		match := callLine.FindStringSubmatch(text)
		if match == nil {
			return nil, fmt.Errorf("cannot understand strace's line %.300q", text)
		}
		done := call{match[1], strings.Split(match[2], ", "), match[3]}
		op, err := done.effect(top)
		if err != nil {
			return nil, fmt.Errorf("%w: %.300q", err, text)
		}
		if op != nil && (op.Kind != Send || !slices.ContainsFunc(ops, func(o Op) bool { return o.Kind == Send })) {
			ops = append(ops, *op)
		}
	}
	if !ended {
		return nil, errors.New("strace has not seen the program end with 0")
	}
	return ops, nil
}

// effect is what the call did to the disk; nil: nothing.
func (c call) effect(top string) (*Op, error) {
	if slices.Contains(harmless, c.name) || c.result == "-1" {
		return nil, nil
	}
	switch c.name {
	case "open":
		return call{"openat", append([]string{"AT_FDCWD</>"}, c.args...), c.result}.effect(top)
	case "openat", "openat2":
		return c.open(top)
	case "write", "sendto", "sendmsg":
		return c.write(top)
	case "fsync", "fdatasync":
		path, err := inside(top, c.opened())
		return &Op{Kind: Sync, Path: path}, err
	case "mmap":
		if slices.ContainsFunc(c.args, func(a string) bool { return strings.Contains(a, "MAP_SHARED") }) {
			return nil, errors.New("not modelled: a file is shared with memory")
		}
		return nil, nil
	case "lseek":
		if _, err := inside(top, c.opened()); err == nil {
			return nil, errors.New("not modelled: a file is not written from its beginning to its end")
		}
		return nil, nil
	}
	return c.effectOnNames(top)
}

func (c call) effectOnNames(top string) (*Op, error) {
	var op Op
	var err error
	switch c.name {
	case "mkdirat":
		op.Kind, op.Mode = Mkdir, c.mode(2)
		op.Path, err = c.below(top, 0)
	case "symlinkat":
		op.Kind, op.To = Symlink, unquote(c.args[0])
		op.Path, err = c.below(top, 1)
	case "unlinkat":
		if c.args[2] != "0" {
			return nil, errors.New("not modelled: a directory is removed")
		}
		op.Kind = Remove
		op.Path, err = c.below(top, 0)
	case "renameat", "renameat2":
		if len(c.args) > 4 && c.args[4] != "RENAME_NOREPLACE" && c.args[4] != "0" {
			return nil, errors.New("not modelled: flags of a rename")
		}
		op.Kind = Rename
		if op.Path, err = c.below(top, 0); err == nil {
			op.To, err = c.below(top, 2)
		}
	default:
		return nil, fmt.Errorf("not modelled: %s", c.name)
	}
	return &op, err
}

func (c call) open(top string) (*Op, error) {
	flags := strings.Join(c.args[2:], "|")
	has := func(flag string) bool { return strings.Contains(flags, flag) }
	if !has("O_CREAT") && !has("O_WRONLY") && !has("O_RDWR") && !has("O_TRUNC") && !has("O_TMPFILE") {
		return nil, nil
	}
	if strings.HasPrefix(unquote(c.args[1]), "/dev/") {
		return nil, nil
	}
	if c.name != "openat" || !has("O_CREAT") || !has("O_EXCL") {
		return nil, errors.New("not modelled: opened for writing, but not as a new file")
	}
	path, err := c.below(top, 0)
	return &Op{Kind: Create, Path: path, Mode: c.mode(3)}, err
}

func (c call) write(top string) (*Op, error) {
	file := c.opened()
	if strings.HasPrefix(file, "socket:") {
		return &Op{Kind: Send}, nil
	}
	if strings.HasPrefix(file, "pipe:") || strings.HasPrefix(file, "/dev/") {
		return nil, nil
	}
	path, err := inside(top, file)
	if err != nil {
		return nil, err
	}
	data := unquote(c.args[1])
	written, err := strconv.Atoi(c.result)
	if err != nil || written > len(data) {
		return nil, errors.New("strace does not show all that was written")
	}
	return &Op{Kind: Append, Path: path, Data: data[:written]}, nil
}

// opened is the path of the first argument, a descriptor, at the time of the call. With a socket or pipe it is no path.
func (c call) opened() string { return pathOf(c.args[0]) }

func pathOf(descriptor string) string {
	_, path, _ := strings.Cut(descriptor, "<")
	return unquote(`"` + strings.TrimSuffix(path, ">") + `"`)
}

// below is the path of argument i, a directory's descriptor, and the one after it, a name in it.
func (c call) below(top string, i int) (string, error) {
	name := unquote(c.args[i+1])
	if !filepath.IsAbs(name) {
		name = filepath.Join(pathOf(c.args[i]), name)
	}
	return inside(top, name)
}

func inside(top, path string) (string, error) {
	below, err := filepath.Rel(top, path)
	if err != nil || below == ".." || strings.HasPrefix(below, "../") {
		return "", fmt.Errorf("outside of %s", top)
	}
	return below, nil
}

func (c call) mode(i int) fs.FileMode {
	mode, err := strconv.ParseUint(c.args[i], 8, 32)
	if err != nil {
		return 0
	}
	return fs.FileMode(mode)
}

// unquote gives nothing for a string that strace has cut short.
func unquote(text string) string {
	value, err := strconv.Unquote(text)
	if err != nil {
		return ""
	}
	return value
}
