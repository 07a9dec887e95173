// SPDX-License-Identifier: Apache-2.0

// Package node runs the real kubelet on a real containerd, side by side with whatever else runs on the machine: all files lie in
// a scratch folder, all processes in a PID namespace and all mounts in a mount namespace of their own, no control group is made.
package node

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/process"
	"kubelet-bootstrap/tests/cluster/repo"
)

// Options say whose node it is.
type Options struct {
	Name                string // --hostname-override
	Kubeconfig          string // --kubeconfig
	CertDir             string // --cert-dir
	BootstrapKubeconfig string // --bootstrap-kubeconfig; empty: the flag is not given
}

// Node is a running kubelet with its container runtime.
type Node struct {
	Name       string
	Dir        string // scratch folder
	KubeletLog string

	cluster *controlplane.ControlPlane
	process *process.Process
}

// Missing says in words what this machine lacks to run a node; nothing is missing when it returns nil.
func Missing() error {
	if os.Geteuid() != 0 {
		return errors.New("a kubelet needs root")
	}
	if _, err := os.Stat("/proc/self/cgroup"); err != nil {
		return fmt.Errorf("a kubelet needs control groups: %w", err)
	}
	if entries, err := os.ReadDir("/sys/fs/cgroup"); err != nil || len(entries) == 0 {
		return errors.New("a kubelet needs control groups: nothing is mounted at /sys/fs/cgroup")
	}
	if _, err := runtimeFolder(); err != nil {
		return err
	}
	return nil
}

// runtimeFolder is where containerd and runc were unpacked, not installed.
func runtimeFolder() (string, error) {
	cache, err := repo.Cache()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "containerd")
	if _, err := os.Stat(filepath.Join(dir, "usr", "bin", "containerd")); err != nil {
		return "", fmt.Errorf("cannot find containerd: %w; run platform/targets/deps.sh containerd", err)
	}
	return dir, nil
}

// Start starts containerd and the kubelet; it returns as soon as both run, before the node has registered.
func Start(cp *controlplane.ControlPlane, o Options) (*Node, error) {
	if err := Missing(); err != nil {
		return nil, err
	}
	process.AllowWatches()
	dir, err := os.MkdirTemp("", "kb-node-") // short: paths of Unix sockets end at 107 bytes
	if err != nil {
		return nil, err
	}
	n := &Node{Name: o.Name, Dir: dir, KubeletLog: filepath.Join(dir, "kubelet.log"), cluster: cp}
	if err := n.start(o); err != nil {
		n.Stop()
		return nil, fmt.Errorf("cannot start node %s: %w", o.Name, err)
	}
	return n, nil
}

func (n *Node) start(o Options) error {
	port, err := controlplane.FreePort()
	if err != nil {
		return err
	}
	if err := n.writeFiles(port); err != nil {
		return err
	}
	runtime, err := runtimeFolder()
	if err != nil {
		return err
	}
	kubelet := []string{
		n.cluster.Programs.Path("kubelet"),
		"--config=" + filepath.Join(n.Dir, "kubelet.yaml"),
		"--root-dir=" + filepath.Join(n.Dir, "kubelet"),
		"--hostname-override=" + o.Name,
		"--kubeconfig=" + o.Kubeconfig,
		"--cert-dir=" + o.CertDir,
		"--v=2",
	}
	if o.BootstrapKubeconfig != "" {
		kubelet = append(kubelet, "--bootstrap-kubeconfig="+o.BootstrapKubeconfig)
	}
	args := slices.Concat([]string{"-c", initScript, "init", n.Dir, runtime}, kubelet)
	n.process, err = process.StartApart(filepath.Join(n.Dir, "init.log"), "/bin/sh", args...)
	if err != nil {
		return err
	}
	return n.process.WaitFor(90*time.Second, "containerd's socket", func() bool {
		c, err := net.Dial("unix", filepath.Join(n.Dir, "containerd.sock"))
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// WaitRegistered returns when the API server lists the node, or with the end of kubelet's log.
func (n *Node) WaitRegistered(limit time.Duration) error {
	err := n.process.WaitFor(limit, "a registered node", func() bool {
		_, err := n.cluster.Kubectl("get", "node", n.Name, "--output=name")
		return err == nil
	})
	if err != nil {
		return fmt.Errorf("%w\nkubelet's log ends with:\n%s", err, process.Tail(n.KubeletLog, 20))
	}
	return nil
}

// Stop ends kubelet, containerd and whatever they started, and removes the scratch folder.
func (n *Node) Stop() {
	n.process.Stop(0)
	_ = os.RemoveAll(n.Dir) // scratch
}

// Version is what the container runtime says of itself, for a person.
func Version() string {
	dir, err := runtimeFolder()
	if err != nil {
		return ""
	}
	out, err := exec.Command(filepath.Join(dir, "usr", "bin", "containerd"), "--version").Output()
	if fields := strings.Fields(string(out)); err == nil && len(fields) > 2 {
		return strings.SplitN(fields[2], "~", 2)[0]
	}
	return ""
}
