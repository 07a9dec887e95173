// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/process"
	"kubelet-bootstrap/tests/cluster/states"
)

// What lies within kubelet's reach is the disk of the state, in a mount namespace of its own. No container runtime is needed: kubelet
// asks for it once it is through with its certificate, and gets no answer. The certificate it serves with, which it would keep in
// cert-dir, is given: this is about the one it is a node by.
const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: {port}
healthzPort: 0
rotateCertificates: {rotate}
tlsCertFile: {serving}.crt
tlsPrivateKeyFile: {serving}.key
containerRuntimeEndpoint: unix://{dir}/cri.sock
podLogsDir: {dir}/pods
volumePluginDir: {dir}/plugins
resolvConf: ""
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
`

// kubelet starts the real one, and if it does not become a node, a second time.
func (l *lab) kubelet(d *disk, rotate bool) (outcome, error) {
	port, err := controlplane.FreePort()
	if err != nil {
		return outcome{}, err
	}
	fill := strings.NewReplacer("{dir}", d.Dir, "{port}", strconv.Itoa(port), "{rotate}", strconv.FormatBool(rotate),
		"{serving}", filepath.Join(l.Dir, "kube-apiserver"))
	for name, text := range map[string]string{
		"kubelet.yaml":   fill.Replace(kubeletConfig),
		"bootstrap.conf": controlplane.BootstrapKubeconfig(l.Server, l.CA, l.token),
	} {
		if err := os.WriteFile(d.Inside(name), []byte(text), 0o600); err != nil {
			return outcome{}, err
		}
	}
	first, err := l.start(d, "first.log")
	if err != nil || first == lives {
		return outcome{first, true}, err
	}
	second, err := l.start(d, "second.log")
	switch {
	case err != nil:
		return outcome{}, err
	case second == lives:
		return outcome{"once " + first + "; then lives", true}, nil
	case kind(first) == kind(second):
		return outcome{"**" + kind(second) + " at each start**" + strings.TrimPrefix(second, kind(second)), false}, nil
	}
	return outcome{"**" + first + "; then " + second + "**", false}, nil
}

// How a start may end; behind the first and the third stands the reason.
const (
	dies  = "dies"
	hangs = "hangs"
	stays = "runs on without an identity"
	lives = "lives"
)

func kind(outcome string) string {
	before, _, _ := strings.Cut(outcome, ":")
	return before
}

// start waits until kubelet ends, or asks for its container runtime and the API server knows it by kubelet.conf.
func (l *lab) start(d *disk, log string) (string, error) {
	through, stop, err := silentRuntime(d.Inside("cri.sock"))
	if err != nil {
		return "", err
	}
	defer stop()
	argv := d.Command(l.Programs.Path("kubelet"), "--config="+d.Inside("kubelet.yaml"), "--root-dir="+d.Inside("root"),
		"--hostname-override="+d.Node, "--kubeconfig="+d.Inside(states.Kubeconfig), "--cert-dir="+d.Inside(states.CertDir),
		"--bootstrap-kubeconfig="+d.Inside("bootstrap.conf"), "--v=2")
	kubelet, err := process.Start(d.Inside(log), argv[0], argv[1:]...)
	if err != nil {
		return "", err
	}
	defer kubelet.Stop(0)

	deadline := time.After(l.limit)
	select {
	case <-kubelet.Done():
		return dies + ": " + reason(kubelet.Log), nil
	case <-deadline:
		return hangs, nil
	case <-through:
	}
	for {
		unknown := l.unknown(d)
		if unknown == "" {
			time.Sleep(time.Second) // for the request with which it renews at once
			return lives, nil
		}
		select {
		case <-kubelet.Done(): // it has waited for its runtime long enough
			return stays + ": " + unknown, nil
		case <-deadline:
			return stays + ": " + unknown, nil
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// silentRuntime listens in place of a container runtime. Its channel is closed when kubelet asks; there is no answer until stop.
func silentRuntime(path string) (asked <-chan struct{}, stop func(), err error) {
	socket, err := net.Listen("unix", path)
	if err != nil {
		return nil, nil, err
	}
	through, over := make(chan struct{}), make(chan struct{})
	go func() {
		if connection, err := socket.Accept(); err == nil {
			close(through)
			<-over
			connection.Close()
		}
	}()
	return through, func() { close(over); socket.Close() }, nil
}

// unknown asks the API server who comes with kubelet.conf. It is empty when that is the node, otherwise it says who or why not.
func (l *lab) unknown(d *disk) string {
	argv := d.Command(l.Programs.Path("kubectl"), "--kubeconfig="+d.Inside(states.Kubeconfig), "--request-timeout=5s",
		"auth", "whoami", "--output=jsonpath={.status.userInfo.username} {.status.userInfo.groups}")
	whoami := exec.Command(argv[0], argv[1:]...)
	whoami.Env = append(os.Environ(), "HOME="+filepath.Join(d.Dir, "home")) // kubectl keeps a cache there
	out, err := whoami.CombinedOutput()
	said := strings.TrimSpace(string(out))
	switch {
	case err != nil:
		return lastLine(said)
	case strings.HasPrefix(said, "system:node:"+d.Node+" ") && strings.Contains(said, `"system:nodes"`):
		return ""
	}
	return "the API server sees " + said
}

func lastLine(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }

var fatal = regexp.MustCompile(`(?m)"command failed" err="(.*)"$`)

// reason is what kubelet's log gives for its end.
func reason(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	if found := fatal.FindSubmatch(text); found != nil {
		cause, err := strconv.Unquote(`"` + string(found[1]) + `"`)
		if err != nil {
			cause = string(found[1])
		}
		return strings.TrimPrefix(cause, "failed to run Kubelet: ")
	}
	return process.Tail(log, 1)
}
