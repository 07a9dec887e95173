// SPDX-License-Identifier: Apache-2.0

package states

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// The names in the table, from Dir.
const (
	current = CertDir + "/kubelet-client-current.pem"
	updated = CertDir + "/kubelet-client-updated.pem"
	keyFile = CertDir + "/kubelet-client.key.tmp"
	older   = CertDir + "/kubelet-client-2024-01-02-03-04-05.pem"
	newer   = CertDir + "/kubelet-client-2025-01-02-03-04-05.pem"
	other   = "srv/other.pem" // outside of what is ours
	copies  = Kubeconfig + ".replaced-*"
)

// Op is a step on the way to a state.
type Op func(p *Place) error

func write(name string, c content) Op {
	return func(p *Place) error {
		if err := os.MkdirAll(filepath.Dir(p.Path(name)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(p.Path(name), []byte(c(p)), 0o600)
	}
}

func remove(name string) Op {
	return func(p *Place) error { return os.RemoveAll(p.Path(name)) }
}

func rename(from, to string) Op {
	return func(p *Place) error { return os.Rename(p.Path(from), p.Path(to)) }
}

func folder(name string) Op {
	return func(p *Place) error { return os.MkdirAll(p.Path(name), 0o755) }
}

// link makes a symlink by the absolute path of what it leads to, instead of whatever is there; rawLink takes the target as it is.
func link(name, to string) Op {
	return func(p *Place) error { return rawLink(name, p.Inside(to))(p) }
}

func rawLink(name, target string) Op {
	return func(p *Place) error {
		if err := os.RemoveAll(p.Path(name)); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(p.Path(name)), 0o755); err != nil {
			return err
		}
		return os.Symlink(target, p.Path(name))
	}
}

func hardLink(name, of string) Op {
	return func(p *Place) error { return os.Link(p.Path(of), p.Path(name)) }
}

func fifo(name string) Op {
	return func(p *Place) error { return syscall.Mkfifo(p.Path(name), 0o600) }
}

func mode(name string, m os.FileMode) Op {
	return func(p *Place) error { return os.Chmod(p.Path(name), m) }
}

func owner(name string, id int) Op {
	return func(p *Place) error { return os.Lchown(p.Path(name), id, id) }
}

// shell is for mounts. cert-dir is "$0", the folder of kubelet.conf "$1".
func shell(script string) Op {
	return func(p *Place) error { return p.shell(script) }
}

// immutable makes a file that not even root can change, until mutable(). Where the file system cannot, it is errors.ErrUnsupported.
func immutable(name string) Op {
	return func(p *Place) error {
		p.undo = append(p.undo, func() { _ = mutable(name)(p) }) // it may be done already
		if out, err := exec.Command("chattr", "+i", p.Path(name)).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", errors.ErrUnsupported, out)
		}
		return nil
	}
}

func mutable(name string) Op {
	return func(p *Place) error { return exec.Command("chattr", "-i", p.Path(name)).Run() }
}

// aNode is one whose pem, the newer of the two names, has this content; all else is good.
func aNode(pem content) []Op {
	return []Op{write(newer, pem), link(current, newer), write(Kubeconfig, kubeconfig)}
}

// and puts further steps behind others.
func and(ops []Op, more ...Op) []Op { return append(ops[:len(ops):len(ops)], more...) }

// unreadable lets a file exist and every read of it fail with an I/O error, until readable(): it becomes the memory of a process.
func unreadable(name string) Op {
	return func(p *Place) error {
		return p.shell(fmt.Sprintf("mount --bind /proc/%d/mem '%s'", p.apart.Pid, p.Inside(name)))
	}
}

func readable(name string) Op { return unmounted(name) }

func unmounted(name string) Op {
	return func(p *Place) error { return p.shell(fmt.Sprintf("umount '%s'", p.Inside(name))) }
}
