// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/boot"
	"kubelet-bootstrap/tests/cluster/power"
	"kubelet-bootstrap/tests/cluster/repo"
)

// guest is a machine that does one of the tasks in tests/boot/power and switches itself off.
type guest struct {
	dir      string // for its files
	binary   string // of the program
	task     string
	ini      string
	settings map[string]string // for the script
	before   power.Tree        // what it puts onto its disk
	disk     []string          // arguments
	limit    time.Duration
}

// prepared are the paths of kernel and initramfs. What the first call on a machine makes takes half a minute, and is kept.
func prepared() (kernel, initramfs string, err error) {
	root, err := repo.Root()
	if err != nil {
		return "", "", err
	}
	made, err := boot.Prepare(exec.Command(filepath.Join(root, "tests", "boot", "power", "prepare.sh")), 2)
	if err != nil {
		return "", "", err
	}
	return made[0], made[1], nil
}

// run gives what the console showed.
func (g guest) run() (string, error) {
	kernel, initramfs, err := prepared()
	if err != nil {
		return "", err
	}
	image, err := os.ReadFile(initramfs)
	if err != nil {
		return "", err
	}
	files, err := g.files()
	if err != nil {
		return "", err
	}
	file := filepath.Join(g.dir, "initramfs")
	if err := os.WriteFile(file, boot.OnTop(image, files), 0o600); err != nil {
		return "", err
	}
	console, err := boot.Emulate(g.limit, kernel, file, "quiet rdinit=/bin/busybox -- sh /power/init.sh", g.disk...)
	if err == nil && strings.Contains(console, "GUEST failed") {
		err = errors.New("the guest has failed")
	}
	if err != nil {
		return console, fmt.Errorf("%w\n%s", err, console)
	}
	return console, nil
}

// files are put on top of the initramfs.
func (g guest) files() (map[string]string, error) {
	root, err := repo.Root()
	if err != nil {
		return nil, err
	}
	scripts, err := filepath.Glob(filepath.Join(root, "tests", "boot", "power", "*.sh"))
	if err != nil {
		return nil, err
	}
	files := map[string]string{"/power/kubelet-bootstrap.ini": g.ini}
	for _, script := range append(scripts, g.binary) {
		content, err := os.ReadFile(script)
		if err != nil {
			return nil, err
		}
		files["/power/"+filepath.Base(script)] = string(content)
	}
	files["/usr/sbin/kubelet-bootstrap"] = files["/power/kubelet-bootstrap"]
	delete(files, "/power/kubelet-bootstrap")
	var settings strings.Builder
	fmt.Fprintf(&settings, "task=%s.sh\n", g.task)
	for _, name := range slices.Sorted(maps.Keys(g.settings)) {
		fmt.Fprintf(&settings, "%s='%s'\n", name, g.settings[name])
	}
	files["/power/settings"] = settings.String()
	if files["/power/before.tar"], err = packed(g.before); err != nil {
		return nil, err
	}
	return files, nil
}

// packed is the tree as a tar archive, unpacked the other way.
func packed(tree power.Tree) (string, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		entry := tree[path]
		header := &tar.Header{Name: path, Mode: int64(entry.Mode.Perm()), Format: tar.FormatGNU, ModTime: time.Now()}
		content := ""
		switch entry.Mode.Type() {
		case fs.ModeDir:
			header.Typeflag = tar.TypeDir
		case fs.ModeSymlink:
			header.Typeflag, header.Linkname = tar.TypeSymlink, entry.Content
		default:
			header.Typeflag, header.Size, content = tar.TypeReg, int64(len(entry.Content)), entry.Content
		}
		if err := w.WriteHeader(header); err != nil {
			return "", err
		}
		if _, err := io.WriteString(w, content); err != nil {
			return "", err
		}
	}
	err := w.Close()
	return out.String(), err
}

// unpacked is the tree in what a guest has sent.
func unpacked(sent []byte) (power.Tree, error) {
	tree := power.Tree{}
	for r := tar.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(sent))); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return tree, nil
		} else if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		entry := power.Entry{Mode: header.FileInfo().Mode(), Content: string(content)}
		if header.Typeflag == tar.TypeSymlink {
			entry.Content = header.Linkname
		}
		if path := filepath.Clean(header.Name); path != "." {
			tree[path] = entry
		}
	}
}
