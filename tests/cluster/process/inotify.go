// SPDX-License-Identifier: Apache-2.0

package process

import (
	"os"
	"strconv"
	"strings"
)

// AllowWatches lets every user of this machine have more instances of inotify(7) than the kernel's default of 128, until it boots again. Each
// systemd, containerd and kubelet of the tests takes some, all as root; where there are no more, a unit of systemd's own fails, or containerd
// has no CRI. Where it may not be changed, what there is has to do.
func AllowWatches() {
	const path, enough = "/proc/sys/fs/inotify/max_user_instances", 1024
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	if now, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && now < enough {
		_ = os.WriteFile(path, []byte(strconv.Itoa(enough)), 0o644)
	}
}
