// SPDX-License-Identifier: Apache-2.0

package power

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// inode is a file, symlink or directory on the model's disk: how programs see it, and what is sure to outlive a power cut.
type inode struct {
	path string // the first one, for a person
	mode fs.FileMode

	content string // of a symlink: where it leads
	durable string // the beginning of content that was synced

	entries map[string]*inode // of a directory
	safe    map[string]*inode // those that were synced
	pending []change          // what has become of them since
}

// change of a directory's entries that is durable as one or not at all. nil: the name is gone.
type change struct {
	what Op
	sets map[string]*inode
}

func (n *inode) isDirectory() bool { return n.mode.IsDir() }

func newDirectory(path string, mode fs.FileMode) *inode {
	return &inode{path: path, mode: mode | fs.ModeDir, entries: map[string]*inode{}, safe: map[string]*inode{}}
}

// change applies what a program sees at once and a power cut may take back.
func (n *inode) change(what Op, sets map[string]*inode) {
	apply(n.entries, sets)
	n.pending = append(n.pending, change{what, sets})
}

func apply(entries, sets map[string]*inode) {
	for name, to := range sets {
		if to == nil {
			delete(entries, name)
		} else {
			entries[name] = to
		}
	}
}

func (n *inode) sync() {
	n.durable = n.content
	n.safe = maps.Clone(n.entries)
	n.pending = nil
}

// disk is the top folder and all below it.
type disk struct{ top *inode }

// newDisk has all of the tree on it, synced.
func newDisk(tree Tree) (*disk, error) {
	d := &disk{newDirectory(".", 0o755)}
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		entry := tree[path]
		dir, name, err := d.parent(path)
		if err != nil {
			return nil, err
		}
		n := &inode{path: path, mode: entry.Mode, content: entry.Content}
		if entry.Mode.IsDir() {
			n = newDirectory(path, entry.Mode)
		}
		n.sync()
		dir.entries[name] = n
		dir.sync()
	}
	return d, nil
}

func (d *disk) find(path string) (*inode, error) {
	at := d.top
	for _, name := range strings.Split(filepath.Clean(path), "/") {
		if name == "." {
			continue
		}
		if !at.isDirectory() || at.entries[name] == nil {
			return nil, fmt.Errorf("there is no %s", path)
		}
		at = at.entries[name]
	}
	return at, nil
}

// parent is the directory of the path, and the path's last name.
func (d *disk) parent(path string) (*inode, string, error) {
	dir, err := d.find(filepath.Dir(path))
	if err == nil && !dir.isDirectory() {
		err = fmt.Errorf("%s is not a directory", dir.path)
	}
	return dir, filepath.Base(path), err
}

// do follows the program. What the program did has worked: an error says that the model is wrong.
func (d *disk) do(op Op) error {
	switch op.Kind {
	case Send:
		return nil
	case Sync, Append:
		n, err := d.find(op.Path)
		if err != nil {
			return err
		}
		if op.Kind == Sync {
			n.sync()
		} else {
			n.content += op.Data
		}
		return nil
	}
	dir, name, err := d.parent(op.Path)
	if err != nil {
		return err
	}
	return dir.doInside(op, name)
}

// doInside does what changes the directory's entries.
func (n *inode) doInside(op Op, name string) error {
	there := n.entries[name]
	if isMade := op.Kind == Mkdir || op.Kind == Create || op.Kind == Symlink; isMade == (there != nil) {
		return fmt.Errorf("that %s is there is %t", op.Path, there != nil)
	}
	switch op.Kind {
	case Mkdir:
		n.change(op, map[string]*inode{name: newDirectory(op.Path, op.Mode)})
	case Create:
		n.change(op, map[string]*inode{name: {path: op.Path, mode: op.Mode}})
	case Symlink: // there is no way to sync it but with its directory: it is there with its target, or it is not there
		n.change(op, map[string]*inode{name: {path: op.Path, mode: 0o777 | fs.ModeSymlink, content: op.To, durable: op.To}})
	case Remove:
		n.change(op, map[string]*inode{name: nil})
	case Rename:
		if filepath.Dir(op.To) != filepath.Dir(op.Path) || there.isDirectory() {
			return errors.New("not modelled: renamed to another directory, or a directory")
		}
		n.change(op, map[string]*inode{name: nil, filepath.Base(op.To): there})
	default:
		return fmt.Errorf("not modelled: %s", op.Kind)
	}
	return nil
}

// directories are all that a program sees, in no order that matters.
func (d *disk) directories() []*inode {
	found := []*inode{d.top}
	for i := 0; i < len(found); i++ {
		for _, name := range slices.Sorted(maps.Keys(found[i].entries)) {
			if n := found[i].entries[name]; n.isDirectory() {
				found = append(found, n)
			}
		}
	}
	return found
}
