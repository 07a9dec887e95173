// SPDX-License-Identifier: Apache-2.0

// Command states puts kubelet-bootstrap and the real kubelet in front of the same disks, all of package states, and prints as
// Markdown what becomes of each. It judges nothing.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"sync"
	"time"

	"kubelet-bootstrap/tests/cluster/controlplane"
	"kubelet-bootstrap/tests/cluster/repo"
	"kubelet-bootstrap/tests/cluster/states"
)

func main() {
	only := flag.String("run", "", "regular expression: only the states whose name it fits")
	workers := flag.Int("parallel", 3, "states at a time")
	limit := flag.Duration("limit", 8*time.Second, "how long kubelet may take to become a node")
	flag.Parse()
	if err := compare(regexp.MustCompile(*only), *workers, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "states:", err)
		os.Exit(1)
	}
}

// lab is what all tries share.
type lab struct {
	*controlplane.ControlPlane
	binary string
	token  string
	limit  time.Duration
}

func compare(only *regexp.Regexp, workers int, limit time.Duration) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("the states need root, and so does a kubelet")
	}
	binary, err := repo.Binary()
	if err != nil {
		return err
	}
	cp, err := controlplane.Start(controlplane.Options{
		Progress:        os.Stderr,
		ControllerFlags: []string{"--kube-api-qps=500", "--kube-api-burst=1000"},
	})
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
	var table []states.State
	for _, s := range states.All() {
		if only.MatchString(s.Name) {
			table = append(table, s)
		}
	}
	start := time.Now()
	rows, err := (&lab{cp, binary, token, limit}).all(table, workers)
	if err != nil {
		return err
	}
	print(rows, cp.Programs.Version)
	fmt.Fprintf(os.Stderr, "%d states in %v\n", len(rows), time.Since(start).Round(time.Second))
	return nil
}

// row is a state and what became of it. kubelet has two ways to a certificate, with rotation on and off.
type row struct {
	name                 string
	ours, rotating, once outcome
}

func print(rows []row, version string) {
	var ours, rotating, once int
	fmt.Printf("| state | kubelet-bootstrap | kubelet %s |\n|---|---|---|\n", version)
	for _, r := range rows {
		theirs := r.rotating.text
		if r.once != r.rotating {
			theirs += "<br>rotation off: " + r.once.text
		}
		fmt.Printf("| %s | %s | %s |\n", r.name, r.ours.text, theirs)
		for counter, o := range map[*int]outcome{&ours: r.ours, &rotating: r.rotating, &once: r.once} {
			if o.isNode {
				*counter++
			}
		}
	}
	fmt.Printf("| **is a node then** | **%d of %d** | **%d of %d**<br>rotation off: **%d of %d** |\n",
		ours, len(rows), rotating, len(rows), once, len(rows))
}

// all tries the states, some at a time, and gives the rows in the table's order.
func (l *lab) all(table []states.State, workers int) ([]row, error) {
	rows := make([]row, len(table))
	errs := make(chan error, len(table))
	todo := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range todo {
				row, err := l.row(table[i], fmt.Sprintf("node-%d", i))
				if err != nil {
					errs <- fmt.Errorf("%s: %w", table[i].Name, err)
				}
				rows[i] = row
			}
		})
	}
	for i := range table {
		fmt.Fprintf(os.Stderr, "\r%d of %d states", i+1, len(table))
		todo <- i
	}
	close(todo)
	group.Wait()
	fmt.Fprintln(os.Stderr)
	close(errs)
	return rows, <-errs
}

// row lets all of them at the state, each on a disk of its own.
func (l *lab) row(s states.State, node string) (row, error) {
	r := row{name: s.Name}
	for _, try := range []struct {
		suffix string
		run    func(*disk) (outcome, error)
		result *outcome
	}{
		{"", l.bootstrap, &r.ours},
		{"-on", func(d *disk) (outcome, error) { return l.kubelet(d, true) }, &r.rotating},
		{"-off", func(d *disk) (outcome, error) { return l.kubelet(d, false) }, &r.once},
	} {
		var err error
		if *try.result, err = l.try(s, node+try.suffix, try.run); err != nil {
			return r, err
		}
	}
	return r, nil
}
