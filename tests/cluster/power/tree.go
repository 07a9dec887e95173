// SPDX-License-Identifier: Apache-2.0

package power

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Entry is a directory, a file or a symlink.
type Entry struct {
	Mode    fs.FileMode
	Content string // of a symlink: where it leads
}

// Tree is what lies in a folder, by path below it. The folder itself is not in it.
type Tree map[string]Entry

// Snapshot reads what lies in the folder.
func Snapshot(top string) (Tree, error) {
	tree := Tree{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == top {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		entry := Entry{Mode: info.Mode()}
		switch entry.Mode.Type() {
		case fs.ModeDir:
		case fs.ModeSymlink:
			entry.Content, err = os.Readlink(path)
		case 0:
			var content []byte
			content, err = os.ReadFile(path)
			entry.Content = string(content)
		default:
			err = fmt.Errorf("%s is neither file, link nor directory", path)
		}
		below, _ := filepath.Rel(top, path) // path begins with top
		tree[below] = entry
		return err
	})
	return tree, err
}

// Lay makes the folder hold this and nothing else.
func (t Tree) Lay(top string) error {
	if err := os.RemoveAll(top); err != nil {
		return err
	}
	if err := os.Mkdir(top, 0o755); err != nil {
		return err
	}
	for _, below := range slices.Sorted(maps.Keys(t)) { // a directory comes before what is in it
		entry, path := t[below], filepath.Join(top, below)
		var err error
		switch entry.Mode.Type() {
		case fs.ModeDir:
			err = os.Mkdir(path, entry.Mode.Perm())
		case fs.ModeSymlink:
			err = os.Symlink(entry.Content, path)
		default:
			err = os.WriteFile(path, []byte(entry.Content), entry.Mode.Perm())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// key is the same for trees that are the same.
func (t Tree) key() string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&b, "%q %v %q\n", path, t[path].Mode, t[path].Content)
	}
	return b.String()
}
