// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// archive is a cpio archive of the kind that the kernel unpacks ("newc"), with the folders above each file.
func archive(files map[string]string) []byte {
	var out bytes.Buffer
	inode := 0
	add := func(name string, mode int, content string) {
		inode++
		// inode mode uid gid links mtime size, device and special device, length of the name, checksum
		fmt.Fprintf(&out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
			inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0, name)
		pad(&out)
		out.WriteString(content)
		pad(&out)
	}
	done := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		path = strings.TrimPrefix(path, "/")
		for i := range path {
			if dir := path[:i]; path[i] == '/' && !done[dir] {
				done[dir] = true
				add(dir, 0o040755, "")
			}
		}
		mode := 0o100600
		if content := files["/"+path]; strings.HasPrefix(content, "#!") || strings.HasPrefix(content, "\x7fELF") {
			mode = 0o100755
		}
		add(path, mode, files["/"+path])
	}
	add("TRAILER!!!", 0, "")
	return out.Bytes()
}

func pad(out *bytes.Buffer) {
	for out.Len()%4 != 0 {
		out.WriteByte(0)
	}
}
