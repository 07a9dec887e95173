// SPDX-License-Identifier: Apache-2.0

// Command bench puts kubelet's own bootstrap and kubelet-bootstrap side by side: each gets a certificate from the same real API
// server over the same slow wire, in the same run. It prints what it saw and judges nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
	"kubelet-bootstrap/tests/cluster/wire"
)

func main() {
	rtt := flag.Duration("rtt", 200*time.Millisecond, "round-trip time of the wire")
	runs := flag.Int("runs", 3, "runs of each; the fastest is shown")
	node := flag.String(kubeletFlag, "", "for internal use: be kubelet's bootstrap for this node name")
	flag.Parse()
	err := error(nil)
	if *node != "" {
		err = bootstrapAsKubelet(*node, flag.Arg(0))
	} else {
		err = compare(*rtt, *runs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// contender is one of the two ways to a certificate.
type contender struct {
	name string
	// argv makes a fresh node's files in dir and returns the command.
	argv func(server, node, dir string) ([]string, error)
	best *measurement
}

// measurement is one run.
type measurement struct {
	took           time.Duration
	connections    int
	turns          int
	sent, received int
	calls          int // system calls, counted in a run of its own
}

func compare(rtt time.Duration, runs int) error {
	if err := wire.Missing(); err != nil {
		return err
	}
	binary, err := repo.Binary()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cp, err := controlplane.Start(controlplane.Options{Progress: os.Stderr})
	if err != nil {
		return err
	}
	defer cp.Stop()
	if _, err := cp.Apply(); err != nil {
		return err
	}
	token, err := cp.MintToken()
	if err != nil {
		return err
	}
	w, err := wire.New(rtt, fmt.Sprintf("127.0.0.1:%d", cp.Port))
	if err != nil {
		return err
	}
	defer w.Close()
	contenders := []*contender{
		{name: "kubelet's own code", argv: func(server, node, dir string) ([]string, error) {
			config := filepath.Join(dir, "bootstrap-kubelet.conf")
			return []string{self, "-" + kubeletFlag, node, dir}, os.WriteFile(config, []byte(controlplane.BootstrapKubeconfig(server, cp.CA, token)), 0o600)
		}},
		{name: "kubelet-bootstrap", argv: func(server, node, dir string) ([]string, error) {
			ini := filepath.Join(dir, "kubelet-bootstrap.ini")
			config := program.Config{
				Servers: []string{server}, CA: cp.CA, Token: token, Name: node, Deadline: "1m",
				Kubeconfig: filepath.Join(dir, "kubelet.conf"), CertDir: filepath.Join(dir, "pki"),
			}
			return []string{binary, "--config", ini}, os.WriteFile(ini, []byte(config.INI()), 0o600)
		}},
	}
	// Turn by turn, so that a busy moment of the machine meets both.
	for run := range runs {
		for i, c := range contenders {
			if err := c.measure(w, fmt.Sprintf("node-%d-%d", i, run)); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	for i, c := range contenders {
		if c.best.calls, err = c.countCalls(cp.Server, fmt.Sprintf("node-%d-calls", i)); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	fmt.Printf("A certificate from kube-apiserver %s at %v round-trip time, fastest of %d runs each:\n\n", cp.Programs.Version, rtt, runs)
	print(contenders[0], contenders[1], rtt)
	return nil
}

// measure takes the certificate once over the wire.
func (c *contender) measure(w *wire.Wire, node string) error {
	m := &measurement{}
	w.Trace() // what the run before left
	err := w.AsClient(func() error {
		result, err := c.run("https://"+wire.Address, node, nil)
		m.took = result.Took
		return err
	})
	if err != nil {
		return err
	}
	time.Sleep(500 * time.Millisecond) // the last packets
	trace := w.Trace()
	m.connections, m.turns = trace.Connections(), trace.Turns()
	m.sent, m.received = trace.Bytes()
	if c.best == nil || m.took < c.best.took {
		c.best = m
	}
	return nil
}

// countCalls does it once more under strace, without the wire; 0 where there is no strace.
func (c *contender) countCalls(server, node string) (int, error) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		return 0, nil
	}
	log, err := os.CreateTemp("", "kb-bench-")
	if err != nil {
		return 0, err
	}
	log.Close()
	defer os.Remove(log.Name())
	if _, err := c.run(server, node, []string{strace, "-f", "-qq", "-o", log.Name()}); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(log.Name())
	if err != nil {
		return 0, err
	}
	calls := 0
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "resumed>") { // the second half of a call that is counted already
			calls++
		}
	}
	return calls, nil
}

func (c *contender) run(server, node string, command []string) (program.Result, error) {
	dir, err := os.MkdirTemp("", "kb-bench-")
	if err != nil {
		return program.Result{}, err
	}
	defer os.RemoveAll(dir)
	argv, err := c.argv(server, node, dir)
	if err != nil {
		return program.Result{}, err
	}
	result, err := program.Run(2*time.Minute, append(command, argv...)...)
	if err == nil && result.Status != 0 {
		err = fmt.Errorf("%v", result)
	}
	return result, err
}

func print(a, b *contender, rtt time.Duration) {
	fmt.Printf("%-34s %20s %20s %8s\n", "", a.name, b.name, "ratio")
	row := func(what, format string, x, y float64) {
		ratio := "-"
		if y > 0 {
			ratio = fmt.Sprintf("%.1f", x/y)
		}
		fmt.Printf("%-34s %20s %20s %8s\n", what, fmt.Sprintf(format, x), fmt.Sprintf(format, y), ratio)
	}
	row("time from start to exit (s)", "%.3f", a.best.took.Seconds(), b.best.took.Seconds())
	row("the same in round-trip times", "%.2f", float64(a.best.took)/float64(rtt), float64(b.best.took)/float64(rtt))
	row("turns from sending to receiving", "%.0f", float64(a.best.turns), float64(b.best.turns))
	row("TCP connections", "%.0f", float64(a.best.connections), float64(b.best.connections))
	row("bytes sent", "%.0f", float64(a.best.sent), float64(b.best.sent))
	row("bytes received", "%.0f", float64(a.best.received), float64(b.best.received))
	row("system calls, start to exit", "%.0f", float64(a.best.calls), float64(b.best.calls))
}
