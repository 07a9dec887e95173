// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"path/filepath"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/boot"
	"kubelet-bootstrap/tests/cluster/program"
)

// atHost is the API server as a guest reaches it without a relay.
func (n *node) atHost() string {
	return strings.Replace(n.Server, "127.0.0.1", boot.Host, 1)
}

func TestAFileSystemWithoutSymlinksIsRefusedBeforeARequestIsMade(t *testing.T) {
	n := newNode(t, vfat.tools()...)
	disk := filepath.Join(n.dir, "disk")
	if err := vfat.format(disk); err != nil {
		t.Fatal(err)
	}
	r := Run{Dir: n.dir, Binary: n.binary, FileSystem: vfat, Config: n.config, Limit: guestLimit}
	r.Config.Servers = []string{n.atHost()}
	result := &Recorded{}
	if err := r.boot("refuse", result, []string{"-drive", "if=virtio,format=raw,file=" + disk}); err != nil {
		t.Fatal(err)
	}
	if result.Status != program.CannotWrite || !strings.Contains(result.Said, "vfat") || !strings.Contains(result.Said, "symlink") {
		t.Errorf("want exit status 73 and a word about vfat and symlinks, got %d:\n%s", result.Status, result.Said)
	}
	for path, entry := range result.After {
		if !entry.Mode.IsDir() {
			t.Errorf("%s was written", path)
		}
	}
	mine, err := n.asks()
	if err != nil || len(mine) > 0 {
		t.Errorf("%d requests were made (%v)", len(mine), err)
	}
	say("POWER fs=vfat run=fresh status=%d requests=%d", result.Status, len(mine))
}
