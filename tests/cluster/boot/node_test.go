// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
)

const (
	defaultINI = "/etc/kubernetes/kubelet-bootstrap.ini"
	kubeconfig = "/etc/kubernetes/kubelet.conf"
	certDir    = "/var/lib/kubelet/pki"
	// A boot takes 10 to 30 s on an idle machine, and may meet a busy one.
	bootLimit = 8 * time.Minute
)

var nodes atomic.Int32

var started struct {
	sync.Once
	controlPlane *controlplane.ControlPlane
	token        string
	unapproved   string // those who hold it may ask, and nobody approves
	err          error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if started.controlPlane != nil {
		started.controlPlane.Stop()
	}
	os.Exit(status)
}

func cluster(t *testing.T) (*controlplane.ControlPlane, string) {
	t.Helper()
	started.Do(func() { started.err = startCluster() })
	if started.err != nil {
		t.Fatal(started.err)
	}
	return started.controlPlane, started.token
}

func startCluster() (err error) {
	cp, err := controlplane.Start(controlplane.Options{ServerNames: []string{Host}, Progress: os.Stderr})
	if err != nil {
		return err
	}
	started.controlPlane = cp
	if _, err := cp.Apply(); err != nil {
		return err
	}
	if started.unapproved, err = cp.MintUnapprovedToken(); err != nil {
		return err
	}
	started.token, err = cp.MintToken()
	return err
}

// node is a guest whose root holds nothing of Kubernetes, and what it is to be told.
type node struct {
	*Guest
	*controlplane.ControlPlane
	kind   string
	name   string
	config program.Config
	token  string
	boot   Boot

	identity Disk   // where the certificates are
	certDir  string // and in which folder
}

func newNode(t *testing.T, kind string) *node {
	t.Helper()
	_, arch := split(kind)
	Requires(t, machines[arch].qemu, "mmdebstrap", "cpio", "debugfs", "depmod")
	cp, token := cluster(t)
	guest, err := NewGuest(t.TempDir(), kind)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{
		Guest: guest, ControlPlane: cp, token: token, kind: kind,
		name:     fmt.Sprintf("%s-%d", strings.ReplaceAll(kind, "/", "-"), nodes.Add(1)),
		identity: guest.Disk, certDir: certDir,
	}
	n.equip(t)
	return n
}

// equip gives the node its name, the program and the cluster's CA, but nothing that the program would read.
func (n *node) equip(t *testing.T) {
	t.Helper()
	way, arch := split(n.kind)
	ca, err := os.ReadFile(n.CA)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := binaryOf(arch)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	n.config = program.Config{
		Servers: []string{fmt.Sprintf("https://%s:%d", Host, n.Port)}, CAData: base64.StdEncoding.EncodeToString(ca), Deadline: "1m",
	}
	if n.boot.Files = map[string]string{}; n.kind != "bare" {
		n.boot.Files = measured(t, string(text))
	}
	n.boot.Append = map[string]string{
		"dracut":          "root=LABEL=node ip=dhcp rd.shell=0 rd.emergency=poweroff ",
		"dracut-legacy":   "root=LABEL=node ip=dhcp rd.neednet=1 rd.shell=0 rd.emergency=poweroff ",
		"selinux":         "root=LABEL=node ip=dhcp rd.shell=0 rd.emergency=poweroff security=selinux enforcing=1 ",
		"initramfs-tools": "root=LABEL=node ip=dhcp ",
		"plain":           "root=/dev/vda ",
		"bare":            "root=LABEL=node ",
	}[way]
	n.put(t, "/usr/sbin/kubelet-bootstrap", string(text), 0o755)
	n.put(t, "/root/check.ini", n.config.INI(), 0o600)
	n.put(t, "/etc/kubernetes/pki/ca.crt", string(ca), 0o644)
	n.put(t, "/etc/hostname", n.name+"\n", 0o644)
}

func (n *node) put(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := n.Disk.Write(path, content, mode); err != nil {
		t.Fatal(err)
	}
}

func (n *node) link(t *testing.T, path, target string) {
	t.Helper()
	if err := n.Disk.WriteLink(path, target); err != nil {
		t.Fatal(err)
	}
}

// alter runs a script of tests/boot on the node's disk, which is mounted meanwhile.
func (n *node) alter(t *testing.T, script string, args ...string) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(root, "tests", "boot", script), append([]string{n.Disk.Path}, args...)...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("cannot alter the node's disk by %v: %v\n%s", command, err, out)
	}
}

// runs boots and expects these texts on the console.
func (n *node) runs(t *testing.T, b Boot, want ...string) string {
	t.Helper()
	console, err := n.Run(bootLimit, b)
	if err != nil {
		t.Fatalf("%v\n%s", err, console)
	}
	for _, text := range want {
		if !strings.Contains(console, text) {
			t.Errorf("the console does not show %q", text)
		}
	}
	n.keepsSecret(t, console)
	if t.Failed() {
		t.Fatal(console)
	}
	return console
}

func (n *node) keepsSecret(t *testing.T, console string) {
	t.Helper()
	if _, secret, _ := strings.Cut(n.token, "."); strings.Contains(console, secret) {
		t.Error("the console shows the token's secret")
	}
}

var seconds = regexp.MustCompile(`(?m)^ *([0-9.]+) .*(kubelet-bootstrap: .*|REPORT .*|Welcome to .*)$`)

// tell shows the lines of the console that are ours, with their times.
func tell(t *testing.T, what, console string) {
	t.Logf("%s:\n%s", what, strings.Join(seconds.FindAllString(console, -1), "\n"))
}

// files are those of the node's identity on its disk: name or link, and content.
func (n *node) files(t *testing.T) map[string]string {
	t.Helper()
	names, err := n.Disk.Names(certDir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range names {
		if name == "kubelet.crt" || name == "kubelet.key" { // for its server, which kubelet makes itself
			continue
		}
		read := n.Disk.Read
		if name == "kubelet-client-current.pem" {
			read = n.Disk.Link
		}
		if files[path.Join(certDir, name)], err = read(path.Join(certDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if files[kubeconfig], err = n.Disk.Read(kubeconfig); err != nil {
		t.Fatal(err)
	}
	return files
}

// check expects the certificate of this node, the link to it, and the kubeconfig that names the link.
func (n *node) check(t *testing.T, files map[string]string) {
	t.Helper()
	link := path.Join(certDir, "kubelet-client-current.pem")
	conf := files[kubeconfig]
	if len(files) != 3 || !strings.Contains(conf, "client-certificate: "+link) || !strings.Contains(conf, n.config.Servers[0]) {
		t.Fatalf("want a certificate, a link and a kubeconfig that names it, got: %v", files)
	}
	block, _ := pem.Decode([]byte(files[files[link]]))
	if block == nil {
		t.Fatalf("%s leads to %q, where no certificate is: %v", link, files[link], files)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil || certificate.Subject.CommonName != "system:node:"+n.name {
		t.Fatalf("want a certificate of system:node:%s, got %v, %v", n.name, certificate.Subject, err)
	}
}

// hasStill wants what an earlier boot has made to be there, and not to have been asked for again.
func (n *node) hasStill(t *testing.T, made map[string]string) {
	t.Helper()
	if now := n.files(t); !maps.Equal(now, made) {
		t.Errorf("the second boot changed files from %v to %v", made, now)
	}
	if count := n.requests(t); count != 1 {
		t.Errorf("the cluster has %d requests of this node, want one", count)
	}
}

// requests counts those that the cluster has of this node.
func (n *node) requests(t *testing.T) int { return len(n.requestNames(t)) }

func (n *node) requestNames(t *testing.T) (names []string) {
	t.Helper()
	list, err := n.Kubectl("get", "csr", `--output=jsonpath={range .items[*]}{.metadata.name} {.spec.request}{"\n"}{end}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(list), "\n") {
		name, text, _ := strings.Cut(line, " ")
		bytes, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(bytes)
		if block == nil {
			continue // there is none
		}
		request, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if request.Subject.CommonName == "system:node:"+n.name {
			names = append(names, name)
		}
	}
	return names
}
