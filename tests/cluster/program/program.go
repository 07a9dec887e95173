// SPDX-License-Identifier: Apache-2.0

// Package program writes configurations for kubelet-bootstrap and runs it the way a boot would: with no environment to speak of.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Exit statuses of the program, as its manual promises them.
const (
	Valid         = 0  // a valid certificate is in place
	Unavailable   = 69 // no API server answered
	Internal      = 70 // no memory in the arena, no random numbers from the kernel, or a bug
	CannotWrite   = 73 // the disk
	Pending       = 75 // not approved yet, or (--check) a bootstrap is needed
	NotTrusted    = 76 // the server is not who it should be
	Refused       = 77 // credential rejected, forbidden, denied
	Misconfigured = 78 // bad configuration
)

// Config holds the keys of the INI file that tests set; an empty one is left out.
type Config struct {
	Servers       []string
	CA, CAData    string
	Pins          []string // ca-cert-hash
	TLSServerName string
	ProxyURL      string
	Token         string
	TokenFile     string

	BootstrapKubeconfig string // [bootstrap] kubeconfig
	ClientCertificate   string
	ClientKey           string
	RemoveAfterUse      string

	Name       string
	Kubeconfig string
	CertDir    string
	Deadline   string
}

// INI is the configuration file's text.
func (c Config) INI() string {
	var b strings.Builder
	section := func(name string, pairs ...string) {
		var lines strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				fmt.Fprintf(&lines, "%s = %s\n", pairs[i], pairs[i+1])
			}
		}
		if lines.Len() > 0 {
			fmt.Fprintf(&b, "[%s]\n%s\n", name, lines.String())
		}
	}
	var cluster []string
	for _, server := range c.Servers {
		cluster = append(cluster, "server", server)
	}
	for _, pin := range c.Pins {
		cluster = append(cluster, "ca-cert-hash", pin)
	}
	section("cluster", append(cluster, "certificate-authority", c.CA, "certificate-authority-data", c.CAData,
		"tls-server-name", c.TLSServerName, "proxy-url", c.ProxyURL)...)
	section("bootstrap", "kubeconfig", c.BootstrapKubeconfig, "token", c.Token, "token-file", c.TokenFile,
		"client-certificate", c.ClientCertificate, "client-key", c.ClientKey, "remove-after-use", c.RemoveAfterUse)
	section("node", "name", c.Name)
	section("output", "kubeconfig", c.Kubeconfig, "cert-dir", c.CertDir)
	section("limits", "deadline", c.Deadline)
	return strings.TrimSuffix(b.String(), "\n")
}

// Result is how a run ended.
type Result struct {
	Status int // exit status, -1 after a signal
	Signal syscall.Signal
	Stdout string
	Stderr string
	Took   time.Duration
}

// End says how it ended in the system's words: the signal, or the exit status as an error number.
func (r Result) End() string {
	if r.Status < 0 {
		return r.Signal.String()
	}
	return syscall.Errno(r.Status).Error()
}

func (r Result) String() string {
	return fmt.Sprintf("exit status %d after %v\nstdout: %s\nstderr: %s", r.Status, r.Took.Round(time.Millisecond), r.Stdout, r.Stderr)
}

// Run runs argv to its end, which has to come within the limit.
func Run(limit time.Duration, argv ...string) (Result, error) {
	// The death signal comes when the thread ends that started the program, not when the process does.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	var signal syscall.Signal
	if wait, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && wait.Signaled() {
		signal = wait.Signal()
	}
	result := Result{Status: cmd.ProcessState.ExitCode(), Signal: signal, Stdout: stdout.String(), Stderr: stderr.String(), Took: time.Since(start)}
	if ctx.Err() != nil {
		return result, fmt.Errorf("%s has not ended within %v\n%s", argv[0], limit, result)
	}
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return result, fmt.Errorf("cannot run %s: %w", argv[0], err)
	}
	return result, nil
}
