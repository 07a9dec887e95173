// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"kubelet-bootstrap/tests/cluster/repo"
)

// The programs of a cluster, with the time a cold build takes on two cores.
var programs = []struct {
	name, pkg, about string
}{
	{"etcd", "go.etcd.io/etcd/server/v3", "about half a minute"},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "about 2 minutes"},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "about 5 minutes"},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl", "about half a minute"},
	{"kubeadm", "k8s.io/kubernetes/cmd/kubeadm", "a few seconds"},
	{"kubelet", "k8s.io/kubernetes/cmd/kubelet", "about half a minute"},
}

// Programs is a folder with etcd, kube-apiserver, kube-controller-manager, kubectl, kubeadm and kubelet of one release.
type Programs struct {
	Dir     string
	Version string // such as 1.37.2
}

// Path is where the named program lies.
func (p Programs) Path(name string) string { return filepath.Join(p.Dir, name) }

// Build makes the programs that the cache does not hold yet, out of the Go modules that go.mod names, and tells a person
// on progress what takes so long. With everything in place it takes milliseconds and says nothing. Runs that meet wait for
// each other.
func Build(progress io.Writer) (Programs, error) {
	p, err := locate()
	if err != nil || p.complete() {
		return p, err
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return p, fmt.Errorf("cannot make the cache folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(p.Dir, ".lock"), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return p, fmt.Errorf("cannot lock the cache folder: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return p, fmt.Errorf("cannot lock %s: %w", lock.Name(), err)
	}
	for _, program := range programs {
		if err := p.build(progress, program.name, program.pkg, program.about); err != nil {
			return p, err
		}
	}
	return p, nil
}

// locate reads the release from go.mod and names the folder after it, so that another go.mod never meets old programs.
func locate() (Programs, error) {
	module, err := repo.Module()
	if err != nil {
		return Programs{}, err
	}
	mod, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		return Programs{}, err
	}
	sum, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return Programs{}, err
	}
	version := regexp.MustCompile(`(?m)^\s*k8s\.io/kubernetes v(\S+)`).FindSubmatch(mod)
	if version == nil {
		return Programs{}, fmt.Errorf("cannot find the version of k8s.io/kubernetes in %s/go.mod", module)
	}
	cache, err := repo.Cache()
	if err != nil {
		return Programs{}, err
	}
	hash := sha256.Sum256(append(mod, sum...))
	key := fmt.Sprintf("%s-%x", version[1], hash[:4])
	return Programs{Dir: filepath.Join(cache, "control-plane", key), Version: string(version[1])}, nil
}

func (p Programs) complete() bool {
	for _, program := range programs {
		if _, err := os.Stat(p.Path(program.name)); err != nil {
			return false
		}
	}
	return true
}

// build makes one program under a temporary name, so that a build cut short leaves nothing that looks whole.
func (p Programs) build(progress io.Writer, name, pkg, about string) error {
	target := p.Path(name)
	if _, err := os.Stat(target); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	module, err := repo.Module()
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "building %s for Kubernetes %s (once, %s) ...", name, p.Version, about)
	start := time.Now()
	temporary := filepath.Join(p.Dir, "."+name+".tmp")
	defer os.Remove(temporary)
	cmd := exec.Command("go", "build", "-trimpath",
		"-ldflags", "-s -w -X k8s.io/component-base/version.gitVersion=v"+p.Version, "-o", temporary, pkg)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintln(progress, " failed")
		return fmt.Errorf("cannot build %s: %w\n%s", name, err, out)
	}
	if err := os.Rename(temporary, target); err != nil {
		return err
	}
	fmt.Fprintf(progress, " %v\n", time.Since(start).Round(time.Second))
	return nil
}
