// SPDX-License-Identifier: Apache-2.0

// Package powercut cuts the power on real file systems: a guest with a real kernel runs the program on a disk that is logged (Record), every
// state that package disklog makes of the log is mounted, held against what was promised by then, and mended by the next run.
package powercut

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/boot"
	"kubelet-bootstrap/tests/cluster/disklog"
	"kubelet-bootstrap/tests/cluster/power"
	"kubelet-bootstrap/tests/cluster/program"
)

// Run is one run of the program in a guest, on a disk that is logged.
type Run struct {
	Dir        string // for its files, which take up to 1 GB; a tmpfs is fast
	Binary     string
	FileSystem FileSystem
	Config     program.Config // without servers
	APIServer  string         // its address on this machine
	Before     power.Tree     // what lies on the disk, at Top
	Noise      bool           // others write and sync meanwhile
	LostSync   int            // of the binary with faults: so many fsync calls are made, and this one does nothing; 0: none
	Limit      time.Duration
}

// Recorded is what came of it.
type Recorded struct {
	*disklog.Recording
	Server string     // the API server, as the guest knew it
	Status int        // of the program
	After  power.Tree // what lay on the disk then
	Said   string
}

// Record lets it happen.
func Record(r Run) (*Recorded, error) {
	base, disk, log := filepath.Join(r.Dir, "base"), filepath.Join(r.Dir, "disk"), filepath.Join(r.Dir, "log")
	if err := r.FileSystem.format(base); err != nil {
		return nil, err
	}
	if err := run("cp", "--sparse=always", base, disk); err != nil {
		return nil, err
	}
	if err := os.Truncate(disk, r.FileSystem.size+mebibyte); err != nil { // for the marks
		return nil, err
	}
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		return nil, err
	}
	relay, err := disklog.NewRelay(r.APIServer, log)
	if err != nil {
		return nil, err
	}
	defer relay.Close()
	_, port, _ := strings.Cut(relay.Address(), ":")
	result := &Recorded{Server: fmt.Sprintf("https://%s:%s", boot.Host, port)}
	r.Config.Servers = []string{result.Server}
	if err := r.boot("record", result, disklog.LoggedDisk(disk, log)); err != nil {
		return nil, err
	}
	if result.Recording, err = disklog.FromLog(base, r.FileSystem.size, log); err != nil {
		return nil, err
	}
	if result.Begin == 0 { // the files were put there before
		return nil, fmt.Errorf("the guest never said that the run begins; its log has %d entries", len(result.Entries))
	}
	result.Sent = relay.Sent(result.Recording)
	return result, nil
}

// boot runs the guest and takes what it says at the end.
func (r Run) boot(task string, result *Recorded, disk []string) error {
	result.Status = -1
	desk, err := openDesk(func(m message) (string, error) {
		var err error
		result.Status = m.number("status")
		result.After, err = unpacked(m.body)
		return "", err
	})
	if err != nil {
		return err
	}
	defer desk.Close()
	g := guest{dir: r.Dir, binary: r.Binary, task: task, ini: r.Config.INI() + "\n", before: r.Before, disk: disk, limit: r.Limit}
	g.settings = r.FileSystem.settings(r.FileSystem.options)
	g.settings["desk"] = desk.Address
	g.settings["mark_at"] = strconv.FormatInt(r.FileSystem.size/disklog.Sector, 10)
	if r.Noise {
		g.settings["noise"] = "yes"
	}
	if r.LostSync > 0 {
		g.settings["fault"] = strconv.Itoa(r.LostSync)
	}
	if result.Said, err = g.run(); err == nil && result.Status < 0 {
		err = fmt.Errorf("the guest did not come to an end:\n%s", result.Said)
	}
	return err
}

// settings are those of the guest's script that mounts it.
func (f FileSystem) settings(options string) map[string]string {
	settings := map[string]string{"type": f.Type, "modules": f.Type, "options": options, "overlay": ""}
	switch {
	case f.overlay:
		settings["modules"], settings["overlay"] = f.Type+" overlay", overlayOptions
	case f.Type == f2fs.Type:
		settings["modules"] = "loop crc32_generic f2fs"
	case f.Type == vfat.Type:
		settings["modules"] = "nls_cp437 nls_ascii vfat"
	}
	return settings
}
