// SPDX-License-Identifier: Apache-2.0

// Command measure finds out what the stripped program uses in whole runs against the real API server, and writes one "name value" for
// each line: the input of tests/bench/size.sh.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/repo"
)

const validRuns = 50

func main() {
	peak := flag.String("peak", "", "the program tests/bench/peak")
	symbols := flag.String("symbols", "", "the unstripped twin of the program")
	out := flag.String("o", "", "file to write")
	flag.Parse()
	if err := measure(*peak, *symbols, *out); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// figures are those of one cluster, by the names that size.sh knows.
type figures map[string]int

func measure(peak, symbols, out string) error {
	binary, err := repo.Binary()
	if err != nil {
		return err
	}
	var lines strings.Builder
	total := figures{}
	for _, kind := range []struct {
		name string
		keys controlplane.KeyKind
	}{{"ecdsa", controlplane.ECDSA}, {"rsa", controlplane.RSA}} {
		found, err := measureCluster(controlplane.Options{Keys: kind.keys, Progress: os.Stderr}, bench{binary, peak, symbols})
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
		for name, value := range found {
			fmt.Fprintf(&lines, "%s_%s %d\n", kind.name, name, value)
			total[name] = max(total[name], value)
		}
		// The budget is for the common, newer kind; with RSA there are less, since a signature is cheap to verify.
		if kind.keys == controlplane.ECDSA {
			fmt.Fprintf(&lines, "instructions %d\n", found["instructions"])
		}
	}
	delete(total, "instructions")
	for name, value := range total {
		fmt.Fprintf(&lines, "%s %d\n", name, value)
	}
	return os.WriteFile(out, []byte(lines.String()), 0o644)
}

type bench struct {
	binary, peak, symbols string
}

func measureCluster(options controlplane.Options, b bench) (figures, error) {
	cp, err := controlplane.Start(options)
	if err != nil {
		return nil, err
	}
	defer cp.Stop()
	if _, err := cp.Apply(); err != nil {
		return nil, err
	}
	token, err := cp.MintToken()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kb-measure-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	fresh := func(node string) ([]string, error) {
		ini := filepath.Join(dir, node+".ini")
		config := program.Config{
			Servers: []string{cp.Server}, CA: cp.CA, Token: token, Name: node, Deadline: "2m",
			Kubeconfig: filepath.Join(dir, node, "kubelet.conf"), CertDir: filepath.Join(dir, node, "pki"),
		}
		return []string{b.binary, "--config", ini}, os.WriteFile(ini, []byte(config.INI()), 0o600)
	}
	return b.measureRuns(fresh, filepath.Join(dir, "figures"))
}

// measureRuns takes a fresh node for each instrument, since they disturb each other.
func (b bench) measureRuns(fresh func(node string) ([]string, error), scratch string) (figures, error) {
	found := figures{}
	memory, err := fresh("memory")
	if err != nil {
		return nil, err
	}
	if err := runPeak(found, scratch, append([]string{b.peak, "-o", scratch, "--"}, memory...), "vmhwm_kb"); err != nil {
		return nil, err
	}
	calls, err := fresh("calls")
	if err != nil {
		return nil, err
	}
	traced := append([]string{b.peak, "-o", scratch, "--symbols", b.symbols, "--syscalls", "--"}, calls...)
	if err := runPeak(found, scratch, traced, "arena_bytes", "stack_bytes", "syscalls"); err != nil {
		return nil, err
	}
	again := figures{}
	if err := runPeak(again, scratch, traced, "syscalls"); err != nil {
		return nil, err
	}
	found["valid_syscalls"] = again["syscalls"]
	for range validRuns {
		result, err := program.Run(time.Minute, calls...)
		if err != nil || result.Status != program.Valid {
			return nil, fmt.Errorf("%v %w", result, err)
		}
		if took := int(result.Took.Microseconds()); found["valid_us"] == 0 || took < found["valid_us"] {
			found["valid_us"] = took
		}
	}
	instructions, err := fresh("instructions")
	if err != nil {
		return nil, err
	}
	found["instructions"], err = countInstructions(instructions)
	return found, err
}

// runPeak runs a measured command and takes the named figures from the file it writes.
func runPeak(found figures, file string, argv []string, names ...string) error {
	result, err := program.Run(2*time.Minute, argv...)
	if err != nil || result.Status != 0 {
		return fmt.Errorf("%v %w", result, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	all := figures{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if all[name], err = strconv.Atoi(value); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if all["exit"] != program.Valid {
		return fmt.Errorf("%v", result)
	}
	for _, name := range names {
		found[name] = all[name]
	}
	return nil
}

var collected = regexp.MustCompile(`Collected\s*:\s*(\d+)`)

// countInstructions runs argv under callgrind. The program's seccomp filter would kill whoever shares its process: strace has it fail.
func countInstructions(argv []string) (int, error) {
	command := []string{"strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=prctl", "-e", "inject=prctl:error=EINVAL",
		"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"}
	result, err := program.Run(5*time.Minute, append(command, argv...)...)
	match := collected.FindStringSubmatch(result.Stderr)
	if err != nil || result.Status != program.Valid || match == nil {
		return 0, fmt.Errorf("callgrind: %v %w", result, err)
	}
	return strconv.Atoi(match[1])
}
