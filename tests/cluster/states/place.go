// SPDX-License-Identifier: Apache-2.0

package states

import (
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/process"
)

// Where things lie below the folder that stands for a computer's disk.
const (
	CertDir    = "var/lib/kubelet/pki"
	ConfDir    = "etc/kubernetes"
	Kubeconfig = ConfDir + "/kubelet.conf"
)

// Place is the disk of one computer.
type Place struct {
	Dir    string // the folder that stands for it
	Node   string
	Server string
	CA     string // path of the cluster's CA; its key lies beside it

	issuer tls.Certificate
	apart  *process.Process // keeps the mount namespace; nil: there is none
	undo   []func()
}

// Bring makes the state on the disk. Close it in any case.
func (p *Place) Bring(s State) error {
	var err error
	if p.issuer, err = tls.LoadX509KeyPair(p.CA, strings.TrimSuffix(p.CA, ".crt")+".key"); err != nil {
		return err
	}
	if s.Apart {
		if err := p.goApart(); err != nil {
			return err
		}
	}
	return p.Do(s.Prepare)
}

// Do does it in order, to the first failure.
func (p *Place) Do(ops []Op) error {
	for _, op := range ops {
		if err := op(p); err != nil {
			return err
		}
	}
	return nil
}

// Close takes back what would keep the folder from being removed.
func (p *Place) Close() {
	for _, undo := range p.undo {
		undo()
	}
	p.apart.Stop(0)
}

// goApart starts a process that does nothing but keep a mount namespace. kubelet has paths of its own below /var: it gets others.
func (p *Place) goApart() error {
	ready := filepath.Join(p.Dir, "ready")
	const script = `mount -t tmpfs tmpfs /var/lib; mount -t tmpfs tmpfs /var/log; : >"$0"; exec sleep 86400`
	var err error
	if p.apart, err = process.StartApart(filepath.Join(p.Dir, "apart.log"), "/bin/sh", "-euc", script, ready); err != nil {
		return err
	}
	return p.apart.WaitFor(60*time.Second, "its mounts", func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
}

// Command puts in front of a command what makes it see the disk with its mounts.
func (p *Place) Command(argv ...string) []string {
	if p.apart == nil {
		return argv
	}
	return append([]string{"nsenter", "--mount=/proc/" + strconv.Itoa(p.apart.Pid) + "/ns/mnt", "--"}, argv...)
}

// Inside is the path under which programs on the computer find a file, given from Dir.
func (p *Place) Inside(name string) string { return filepath.Join(p.Dir, name) }

// Path is where we find it: mounts are looked into from outside. No symlink with an absolute target may be on the way.
func (p *Place) Path(name string) string { return p.Outside(p.Inside(name)) }

// Outside does the same with a path as programs on the computer see it.
func (p *Place) Outside(path string) string {
	if p.apart == nil {
		return path
	}
	return filepath.Join("/proc", strconv.Itoa(p.apart.Pid), "root", path)
}

// shell runs a script as root of the computer, with cert-dir as $0 and the folder of kubelet.conf as $1.
func (p *Place) shell(script string) error {
	argv := p.Command("/bin/sh", "-euc", script, p.Inside(CertDir), p.Inside(ConfDir))
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", script, err, out)
	}
	return nil
}
