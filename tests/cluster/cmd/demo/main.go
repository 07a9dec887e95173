// SPDX-License-Identifier: Apache-2.0

// Command demo shows a machine becoming a Kubernetes node: the real control plane, the real kubelet, and kubelet-bootstrap
// in between. It tells what it does as it goes, and leaves nothing behind but the cache.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/node"
	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
)

func main() {
	d := &demo{page: newPage()}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		d.cleanUp()
		fmt.Fprintln(os.Stderr, "\ninterrupted; cleaned up")
		os.Exit(1)
	}()
	err := d.run()
	d.cleanUp()
	if err != nil {
		fmt.Fprintf(os.Stderr, "\nThe demo failed: %v\n", err)
		os.Exit(1)
	}
	d.farewell()
}

type demo struct {
	*page
	binary string
	dir    string // scratch
	ini    string
	config program.Config
	cp     *controlplane.ControlPlane
	start  time.Time

	mu      sync.Mutex
	cleanup []func()
}

// later keeps what has to be undone at the end, last first.
func (d *demo) later(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cleanup = append(d.cleanup, f)
}

func (d *demo) cleanUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range slices.Backward(d.cleanup) {
		f()
	}
	d.cleanup = nil
}

func (d *demo) run() error {
	for _, step := range []func() error{
		d.prepare, d.controlPlane, d.administrator, d.configuration, d.bootstrap, d.kubelet, d.secondRun,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) prepare() (err error) {
	if d.binary, err = repo.Binary(); err != nil {
		return err
	}
	size, err := os.Stat(d.binary)
	if err != nil {
		return err
	}
	if d.dir, err = os.MkdirTemp("", "kb-demo-"); err != nil {
		return err
	}
	d.later(func() { os.RemoveAll(d.dir) })
	fmt.Println(d.paint(bold, "A machine becomes a Kubernetes node"))
	d.output(fmt.Sprintf("with kubelet-bootstrap, one static binary of %d KiB, against a real cluster on this computer.", (size.Size()+1023)/1024))
	return nil
}

func (d *demo) controlPlane() error {
	d.heading("A control plane")
	// What is missing is built by now, so that a long build does not look like a slow start.
	programs, err := controlplane.Build(indented{})
	if err != nil {
		return err
	}
	d.start = time.Now()
	if d.cp, err = controlplane.Start(controlplane.Options{}); err != nil {
		return err
	}
	d.later(d.cp.Stop)
	d.output(fmt.Sprintf("etcd, kube-apiserver and kube-controller-manager %s run at %s", programs.Version, d.cp.Server))
	return nil
}

// indented passes the progress of builds on to the reader.
type indented struct{}

func (indented) Write(text []byte) (int, error) {
	if strings.HasPrefix(string(text), "building") {
		fmt.Print("   ")
	}
	return os.Stdout.Write(text)
}

func (d *demo) administrator() error {
	d.heading("The administrator says once who may join, and mints a token")
	out, err := d.cp.Apply()
	if err != nil {
		return err
	}
	d.command("kubectl apply -f platform/cluster/")
	d.output(strings.ReplaceAll(out, ".rbac.authorization.k8s.io", ""))
	if d.config.Token, err = d.cp.MintToken(); err != nil {
		return err
	}
	d.command("platform/cluster/mint-token | kubectl apply -f -")
	id, _, _ := strings.Cut(d.config.Token, ".")
	d.output("secret/bootstrap-token-" + id + " created")
	return nil
}

func (d *demo) configuration() error {
	d.heading("The machine has a configuration, and a disk that knows nothing yet")
	d.ini = filepath.Join(d.dir, "etc/kubernetes/kubelet-bootstrap.ini")
	d.config.Servers = []string{d.cp.Server}
	d.config.CA = filepath.Join(d.dir, "etc/kubernetes/pki/ca.crt")
	d.config.Name = "worker-1"
	d.config.Kubeconfig = filepath.Join(d.dir, "etc/kubernetes/kubelet.conf")
	d.config.CertDir = filepath.Join(d.dir, "var/lib/kubelet/pki")
	d.config.Deadline = "1m"
	d.command("cat %s", d.ini)
	id, secret, _ := strings.Cut(d.config.Token, ".")
	d.output(strings.ReplaceAll(d.config.INI(), d.config.Token, id+"."+strings.Repeat("*", len(secret))))
	ca, err := os.ReadFile(d.cp.CA)
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(filepath.Dir(d.config.CA), 0o755),
		os.WriteFile(d.config.CA, ca, 0o644),
		os.WriteFile(d.ini, []byte(d.config.INI()), 0o600))
}

func (d *demo) bootstrap() error {
	d.heading("kubelet-bootstrap runs once, before kubelet")
	if err := d.runBinary(); err != nil {
		return err
	}
	if err := d.list(d.config.CertDir); err != nil {
		return err
	}
	if err := d.list(filepath.Dir(d.config.Kubeconfig)); err != nil {
		return err
	}
	conf, err := os.ReadFile(d.config.Kubeconfig)
	if err != nil {
		return err
	}
	d.command("head -n 6 %s", d.config.Kubeconfig)
	d.output(strings.Join(strings.SplitN(string(conf), "\n", 7)[:6], "\n"))
	d.remark("The request in the cluster, approved by the rule that was applied above:")
	if err := d.kubectl(d.cp.Admin, "get", "csr"); err != nil {
		return err
	}
	d.remark("Who the API server sees when these files are used:")
	return d.kubectl(d.config.Kubeconfig, "auth", "whoami")
}

func (d *demo) runBinary() error {
	d.command("kubelet-bootstrap --config %s", d.ini)
	result, err := program.Run(2*time.Minute, d.binary, "--config", d.ini)
	if err != nil {
		return err
	}
	d.output(result.Stdout + result.Stderr)
	if result.Status != program.Valid {
		return fmt.Errorf("kubelet-bootstrap ended with exit status %d", result.Status)
	}
	d.good("exit status 0 after %.3g ms", float64(result.Took.Microseconds())/1000)
	return nil
}

func (d *demo) kubectl(kubeconfig string, args ...string) error {
	out, err := d.cp.KubectlAs(kubeconfig, "", args...)
	if err != nil {
		return err
	}
	flag := ""
	if kubeconfig != d.cp.Admin {
		flag = " --kubeconfig " + kubeconfig
	}
	d.command("kubectl%s %s", flag, strings.Join(args, " "))
	d.output(out)
	return nil
}

func (d *demo) kubelet() error {
	d.heading("kubelet starts with these files")
	if missing := node.Missing(); missing != nil {
		d.remark("Left out here: %v.", missing)
		d.remark("kubelet would now register the node with the certificate above.")
		return nil
	}
	n, err := node.Start(d.cp, node.Options{Name: d.config.Name, Kubeconfig: d.config.Kubeconfig, CertDir: d.config.CertDir})
	if err != nil {
		return err
	}
	d.later(n.Stop)
	d.output(fmt.Sprintf("kubelet %s and containerd %s run in namespaces of their own", d.cp.Programs.Version, node.Version()))
	start := time.Now()
	if err := n.WaitRegistered(time.Minute); err != nil {
		return err
	}
	if err := d.kubectl(d.cp.Admin, "get", "nodes", "-o", "wide"); err != nil {
		return err
	}
	d.good("registered after %.1f s", time.Since(start).Seconds())
	d.remark("NotReady is right: a node is Ready once it has a network plugin, and this demo installs none.")
	return nil
}

func (d *demo) secondRun() error {
	d.heading("At the next boot there is nothing to do")
	link := filepath.Join(d.config.CertDir, "kubelet-client-current.pem")
	before, err := os.Readlink(link)
	if err != nil {
		return err
	}
	if err := d.runBinary(); err != nil {
		return err
	}
	if after, err := os.Readlink(link); err != nil || after != before {
		return errors.Join(err, errors.New("the second run replaced a valid certificate"))
	}
	d.remark("No network was touched and nothing written. kubelet renews the certificate by itself from here on.")
	return nil
}

func (d *demo) farewell() {
	cache, _ := repo.Cache() // it was found before
	fmt.Printf("\n%s\n", d.paint(bold, fmt.Sprintf("Done in %.0f s.", time.Since(d.start).Seconds())))
	d.output("Everything is stopped and removed; only the cache stays, for the next time: " + cache)
}
