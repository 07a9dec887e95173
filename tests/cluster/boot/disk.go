// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Disk is a guest's file system. It is read and written with debugfs, unmounted.
type Disk struct{ Path string }

func (d Disk) debugfs(args ...string) (string, error) {
	out, err := exec.Command("debugfs", append(args, d.Path)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("debugfs: %w\n%s", err, out)
	}
	return string(out), nil
}

// Read is the content of a file.
func (d Disk) Read(path string) (string, error) {
	out, err := exec.Command("debugfs", "-R", "cat "+path, d.Path).Output()
	if err != nil {
		return "", fmt.Errorf("cannot read %s of the guest: %w", path, err)
	}
	if len(out) == 0 {
		return "", fmt.Errorf("cannot read %s of the guest: empty or missing", path)
	}
	return string(out), nil
}

// Names are those in a folder, without "." and ".."; none when it is not there.
func (d Disk) Names(path string) ([]string, error) {
	out, err := d.debugfs("-R", "ls -p "+path)
	var names []string
	for _, line := range strings.Split(out, "\n") {
		// /inode/mode/uid/gid/name/size/
		if fields := strings.Split(line, "/"); len(fields) > 6 && fields[5] != "." && fields[5] != ".." {
			names = append(names, fields[5])
		}
	}
	return names, err
}

// Link is where a symlink points to.
func (d Disk) Link(path string) (string, error) {
	if out, err := d.debugfs("-R", "stat "+path); err != nil {
		return "", err
	} else if found := regexp.MustCompile(`Fast link dest: "([^"]*)"`).FindStringSubmatch(out); found != nil {
		return found[1], nil
	}
	// Too long for the inode: it is the content.
	return d.Read(path)
}

// Write puts a file there, of the mode given, in a folder that there may be or not.
func (d Disk) Write(path, content string, mode os.FileMode) error {
	local := filepath.Join(filepath.Dir(d.Path), "written")
	if err := os.WriteFile(local, []byte(content), 0o600); err != nil {
		return err
	}
	if err := d.put(path, fmt.Sprintf("write %s %s\nsif %s mode 0%o\n", local, path, path, 0o100000|mode)); err != nil {
		return err
	}
	back, err := d.Read(path)
	if err == nil && back != content {
		err = fmt.Errorf("cannot write %s of the guest: it holds %q", path, back)
	}
	return err
}

// WriteLink puts a symlink there.
func (d Disk) WriteLink(path, target string) error {
	if err := d.put(path, fmt.Sprintf("symlink %s %s\n", path, target)); err != nil {
		return err
	}
	back, err := d.Link(path)
	if err == nil && back != target {
		err = fmt.Errorf("cannot make the link %s of the guest: it leads to %q", path, back)
	}
	return err
}

// SetTime makes a file look as if it was written then.
func (d Disk) SetTime(path string, modified time.Time) error {
	if _, err := d.debugfs("-w", "-R", fmt.Sprintf("sif %s mtime @%d", path, modified.Unix())); err != nil {
		return err
	}
	out, err := d.debugfs("-R", "stat "+path)
	if err == nil && !strings.Contains(out, fmt.Sprintf("mtime: 0x%08x:", modified.Unix())) {
		err = fmt.Errorf("cannot set the time of %s of the guest:\n%s", path, out)
	}
	return err
}

// put removes what is at the path, and makes the folders above it that are missing.
func (d Disk) put(path, commands string) error {
	var script strings.Builder
	for i := range path {
		if i > 0 && path[i] == '/' {
			fmt.Fprintf(&script, "mkdir %s\n", path[:i])
		}
	}
	fmt.Fprintf(&script, "rm %s\n%s", path, commands)
	file := d.Path + ".debugfs"
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		return err
	}
	_, err := d.debugfs("-w", "-f", file) // what is there already is a complaint, and no failure
	return err
}
