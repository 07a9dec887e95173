// SPDX-License-Identifier: Apache-2.0

package states

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Files is what lies on a disk: names from Dir, and what is in them. Of a link it is where it leads, in front of it "-> ".
type Files map[string]string

// Files reads all that a state is made of.
func (p *Place) Files() (Files, error) {
	files := Files{}
	for _, top := range []string{"etc", "var", "srv"} {
		root := p.Path(top)
		err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() && name == root {
				return err
			}
			below, err := filepath.Rel(root, name)
			files[filepath.Join(top, below)] = describe(name, entry)
			return err
		})
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return files, nil
}

func describe(name string, entry fs.DirEntry) string {
	switch {
	case entry.Type().IsRegular():
		text, err := os.ReadFile(name)
		if err != nil {
			return err.Error()
		}
		return string(text)
	case entry.Type()&fs.ModeSymlink != 0:
		target, _ := os.Readlink(name) // one that cannot be read leads nowhere
		return "-> " + target
	}
	return entry.Type().String()
}

// Lacks lists the files of before whose content is in none of these. Empty ones and ballast are not missed.
func (f Files) Lacks(before Files) []string {
	var lost []string
	for name, content := range before {
		if strings.Contains(name, "/ballast") || !isFile(content) {
			continue
		}
		kept := slices.ContainsFunc(slices.Collect(maps.Values(f)), func(now string) bool { return strings.Contains(now, content) })
		if !kept {
			lost = append(lost, name)
		}
	}
	slices.Sort(lost)
	return lost
}

// isFile is false for what describe says of links, folders and others.
func isFile(content string) bool {
	return !strings.HasPrefix(content, "-> ") && !slices.Contains([]string{fs.ModeDir.String(), fs.ModeNamedPipe.String()}, content)
}

// Match lists the names that fit a pattern.
func (f Files) Match(pattern string) []string {
	var names []string
	for name := range f {
		if fits, err := path.Match(pattern, name); err == nil && fits {
			names = append(names, name)
		}
	}
	return names
}
