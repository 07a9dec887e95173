// SPDX-License-Identifier: Apache-2.0

// Package power is a model of disks that lose what was not synced: from what a program did to the disk it makes every state in which
// a power cut could have left it. After ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014).
package power

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
)

// Record runs argv, which has to end with 0 within the limit, and gives what it did below the top folder.
func Record(top string, limit time.Duration, argv ...string) ([]Op, error) {
	top, err := filepath.EvalSymlinks(top) // strace shows paths as the kernel knows them
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kb-power-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	log := filepath.Join(dir, "strace")
	strace := []string{"strace", "-f", "-q", "-y", "-xx", "-s", "65536", "-e", traced, "-e", "signal=none", "-o", log}
	result, err := program.Run(limit, append(strace, argv...)...)
	if err != nil {
		return nil, err
	}
	if result.Status != 0 {
		return nil, fmt.Errorf("%s under strace: %v", argv[0], result)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return nil, err
	}
	return Parse(string(text), top)
}
