// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// page is what the reader sees: numbered steps, commands with their output, remarks. Coloured on a terminal only.
type page struct {
	step     int
	coloured bool
}

func newPage() *page {
	info, err := os.Stdout.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &page{coloured: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

const (
	bold  = "1"
	dim   = "2"
	green = "32"
	cyan  = "36"
)

func (p *page) paint(colour, text string) string {
	if !p.coloured {
		return text
	}
	return "\033[" + colour + "m" + text + "\033[0m"
}

// heading starts the next step.
func (p *page) heading(format string, args ...any) {
	p.step++
	fmt.Printf("\n%s\n", p.paint(bold, fmt.Sprintf("%d. ", p.step)+fmt.Sprintf(format, args...)))
}

// command shows what is run, the way a reader would type it.
func (p *page) command(format string, args ...any) {
	fmt.Println("   " + p.paint(cyan, "$ "+fmt.Sprintf(format, args...)))
}

// output shows text as it came, indented.
func (p *page) output(text string) {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Println("   " + strings.TrimRight(line, " "))
	}
}

// remark explains.
func (p *page) remark(format string, args ...any) {
	fmt.Println("   " + p.paint(dim, fmt.Sprintf(format, args...)))
}

// good says what has been reached.
func (p *page) good(format string, args ...any) {
	fmt.Println("   " + p.paint(green, fmt.Sprintf(format, args...)))
}

// list shows files like ls -l, without what differs from run to run.
func (p *page) list(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	p.command("ls -l %s", dir)
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%-11s %5d  %s", strings.ToLower(info.Mode().String()), info.Size(), entry.Name())
		if target, err := os.Readlink(filepath.Join(dir, entry.Name())); err == nil {
			line += " -> " + target
		}
		p.output(line)
	}
	return nil
}
