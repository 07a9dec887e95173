// SPDX-License-Identifier: Apache-2.0

// Package controlplane builds and runs a real Kubernetes control plane (etcd, kube-apiserver, kube-controller-manager) on
// loopback ports out of a scratch folder. It needs no root and leaves nothing behind but the cache of built programs.
package controlplane

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/process"
)

// Options choose what differs from a plain cluster; the zero value is one with an ECDSA CA.
type Options struct {
	Keys            KeyKind
	StaticTokens    string   // lines of --token-auth-file: token,user,uid,"group"
	ServerNames     []string // further names and addresses in the API server's certificate
	APIServerFlags  []string
	ControllerFlags []string  // such as --cluster-signing-duration=2m
	Until           time.Time // when the CA and what is made beside it expires; zero: after ten years, and after one
	Progress        io.Writer // told about builds; nil: nobody
}

// Names every API server certificate here is good for, besides Options.ServerNames. 198.51.100.1 is where package wire puts it.
var serverNames = []string{"127.0.0.1", "localhost", "kubernetes", "kubernetes.default.svc", "10.0.0.1", "198.51.100.1", "::1"}

// ControlPlane is a running cluster without nodes.
type ControlPlane struct {
	Programs Programs
	Server   string // https://127.0.0.1:PORT
	Port     int
	CA       string // path of the CA certificate, PEM
	Admin    string // path of the administrator's kubeconfig
	Dir      string // scratch folder: PKI, data, logs

	running       []*process.Process // in order of their start
	apiServer     *process.Process
	apiServerArgs []string
	api           *apiClient
}

// Start builds what is missing and brings a control plane up. It returns when the API server is ready and the controllers run.
func Start(o Options) (*ControlPlane, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	programs, err := Build(o.Progress)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kb-control-plane-")
	if err != nil {
		return nil, err
	}
	cp := &ControlPlane{Programs: programs, Dir: dir, CA: filepath.Join(dir, "ca.crt"), Admin: filepath.Join(dir, "admin.conf")}
	if err := cp.start(o); err != nil {
		cp.Stop()
		return nil, fmt.Errorf("cannot start the control plane: %w", err)
	}
	return cp, nil
}

func (cp *ControlPlane) start(o Options) error {
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	cp.Port = ports[0]
	cp.Server = fmt.Sprintf("https://127.0.0.1:%d", cp.Port)
	if err := cp.makeCredentials(o); err != nil {
		return err
	}
	if cp.api, err = newAPIClient(cp.Server, cp.path("ca.crt"), cp.path("admin.crt"), cp.path("admin.key")); err != nil {
		return err
	}
	etcd := fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	if _, err := cp.run("etcd", etcdFlags(cp.path("etcd"), etcd, fmt.Sprintf("http://127.0.0.1:%d", ports[2]))); err != nil {
		return err
	}
	cp.apiServerArgs = append(cp.apiServerFlags(etcd), o.APIServerFlags...)
	if o.StaticTokens != "" {
		if err := os.WriteFile(cp.path("tokens.csv"), []byte(o.StaticTokens), 0o600); err != nil {
			return err
		}
		cp.apiServerArgs = append(cp.apiServerArgs, "--token-auth-file="+cp.path("tokens.csv"))
	}
	if err := cp.startAPIServer(); err != nil {
		return err
	}
	controllers, err := cp.run("kube-controller-manager", append(cp.controllerFlags(), o.ControllerFlags...))
	if err != nil {
		return err
	}
	// It serves no health endpoint here (no port to be had twice), so its log tells when the signers run.
	return controllers.WaitFor(time.Minute, "the signing controllers", func() bool {
		return controllers.LogHas("csrsigning-kubelet-client")
	})
}

func (cp *ControlPlane) startAPIServer() (err error) {
	if cp.apiServer, err = cp.run("kube-apiserver", cp.apiServerArgs); err != nil {
		return err
	}
	return cp.apiServer.WaitFor(2*time.Minute, "/readyz", func() bool { return cp.api.status("/readyz") == 200 })
}

// RestartAPIServer kills the API server, as a crash would, and returns when a new one is ready.
func (cp *ControlPlane) RestartAPIServer() error {
	cp.apiServer.Stop(0)
	return cp.startAPIServer()
}

// makeCredentials writes the CA, all certificates and keys, and the two kubeconfig files that use them.
func (cp *ControlPlane) makeCredentials(o Options) error {
	ca, err := newAuthority(cp.Dir, o.Keys, o.Until)
	if err != nil {
		return err
	}
	if err := ca.issueServer("kube-apiserver", slices.Concat(serverNames, o.ServerNames)); err != nil {
		return err
	}
	if err := ca.issueClient("admin", "kubernetes-admin", "system:masters"); err != nil {
		return err
	}
	if err := ca.issueClient("controllers", "system:kube-controller-manager"); err != nil {
		return err
	}
	serviceAccounts, err := o.Keys.generate()
	if err != nil {
		return err
	}
	if err := saveKey(cp.path("sa.key"), serviceAccounts); err != nil {
		return err
	}
	if err := savePublicKey(cp.path("sa.pub"), serviceAccounts); err != nil {
		return err
	}
	for _, name := range []string{"admin", "controllers"} {
		if err := os.WriteFile(cp.path(name+".conf"), []byte(cp.kubeconfig(name)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// kubeconfig is one for the client certificate NAME.crt.
func (cp *ControlPlane) kubeconfig(name string) string {
	return strings.NewReplacer("{server}", cp.Server, "{dir}", cp.Dir, "{name}", name).Replace(`apiVersion: v1
kind: Config
current-context: cluster
clusters:
- name: cluster
  cluster:
    server: {server}
    certificate-authority: {dir}/ca.crt
contexts:
- name: cluster
  context:
    cluster: cluster
    user: {name}
users:
- name: {name}
  user:
    client-certificate: {dir}/{name}.crt
    client-key: {dir}/{name}.key
`)
}

func (cp *ControlPlane) run(name string, flags []string) (*process.Process, error) {
	p, err := process.Start(cp.path(name+".log"), cp.Programs.Path(name), flags...)
	if err == nil {
		cp.running = append(cp.running, p)
	}
	return p, err
}

// Stop ends the control plane and removes its scratch folder. Nothing in there is worth a grace.
func (cp *ControlPlane) Stop() {
	for _, p := range slices.Backward(cp.running) {
		p.Stop(0)
	}
	cp.running = nil
	_ = os.RemoveAll(cp.Dir) // a scratch folder in the temporary folder: nothing to be done about a failure
}

func (cp *ControlPlane) path(file string) string { return filepath.Join(cp.Dir, file) }
