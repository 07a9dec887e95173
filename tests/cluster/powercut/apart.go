// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Where the file system is, in the guests and in Apart, so that the paths in what is recorded are good in both.
const (
	Top  = "/mnt/node"
	base = "/mnt/base" // of an overlay, the file system that it lies on
)

// Apart runs a function in a mount namespace of its own, which nobody else sees and which ends with it: what was mounted is taken back by
// the kernel then, and loop devices with it. Programs that the function starts are in there; other goroutines are not.
func Apart(do func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		result <- func() error {
			if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
				return fmt.Errorf("cannot make a mount namespace: %w", err)
			}
			if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return fmt.Errorf("cannot make mounts private: %w", err)
			}
			if err := unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755"); err != nil {
				return fmt.Errorf("cannot mount a tmpfs on /mnt: %w", err)
			}
			return errors.Join(os.Mkdir(Top, 0o755), os.Mkdir(base, 0o755), do())
		}()
	}()
	return <-result
}

// mounted mounts the image, of a file system that this machine knows, at Top, and unmounts it when the function has returned. To be
// called in Apart.
func (f FileSystem) mounted(image string, do func() error) (err error) {
	at := Top
	if f.overlay {
		at = base
	}
	if err := f.mountLoop(image, at); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount(at)) }()
	if f.overlay {
		if err := unix.Mount("overlay", Top, "overlay", 0, overlayOptions); err != nil {
			return fmt.Errorf("cannot mount the overlay: %w", err)
		}
		defer func() { err = errors.Join(err, unmount(Top)) }()
	}
	return do()
}

func (f FileSystem) mountLoop(image, at string) error {
	device, err := attach(image)
	if err != nil {
		return fmt.Errorf("cannot attach %s: %w", image, err)
	}
	defer device.Close() // it is detached when the last one lets go of it, which then is the mount
	if err := unix.Mount(device.Name(), at, f.Type, 0, f.replayOptions); err != nil {
		return fmt.Errorf("%w: %w", errUnmountable, err)
	}
	return nil
}

var (
	errUnmountable  = errors.New("cannot mount it")
	errStillMounted = errors.New("cannot unmount")
)

// unmount waits a while: what another goroutine starts has our files, too, between its fork and its exec.
func unmount(at string) error {
	err := unix.Unmount(at, 0)
	for range 500 {
		if !errors.Is(err, unix.EBUSY) {
			break
		}
		time.Sleep(20 * time.Millisecond)
		err = unix.Unmount(at, 0)
	}
	if err != nil {
		return fmt.Errorf("%w %s: %w", errStillMounted, at, err)
	}
	return nil
}

// attach makes a loop device of the file, which goes with its last user.
func attach(image string) (*os.File, error) {
	backing, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer backing.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for {
		number, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return nil, err
		}
		device, err := os.OpenFile(fmt.Sprintf("/dev/loop%d", number), os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		config := unix.LoopConfig{Fd: uint32(backing.Fd()), Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR}}
		if err := unix.IoctlLoopConfigure(int(device.Fd()), &config); err == nil {
			return device, nil
		} else if device.Close(); !errors.Is(err, unix.EBUSY) { // another was faster
			return nil, err
		}
	}
}

// run is for the tools of the file systems.
func run(argv ...string) error {
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", argv, err, out)
	}
	return nil
}
