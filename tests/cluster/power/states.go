// SPDX-License-Identifier: Apache-2.0

package power

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Above these, not every combination of losses becomes a state: each loss alone, each survivor alone, and every moment.
const (
	allSubsetsUpTo = 6 // changes of one directory
	allDamagesUpTo = 2 // files
)

// State is what the disk may hold after a power cut.
type State struct {
	Tree  Tree
	After int    // so many operations had been done, the least with which this state comes about
	Sent  bool   // Send was among them
	Done  bool   // it may come about after the last operation, too
	Whole bool   // it may come about with nothing lost
	Lost  string // for a person: what was
}

// States are all in which a power cut before, between and after the operations may leave a disk that held `before`, each once.
//
// The disk is weaker than most: what was written to a file since it was last synced may be missing from any point on, or be zeros;
// of the changes to a directory since that was last synced any may have survived without the others, also a rename without the
// content of what was renamed. To sync a file does nothing for its name.
func States(before Tree, ops []Op) ([]State, error) {
	d, err := newDisk(before)
	if err != nil {
		return nil, err
	}
	var states []State
	known := map[string]int{}
	sent := false
	for i := 0; ; i++ {
		d.cut(func(tree Tree, lost []string) {
			key := fmt.Sprint(sent, tree.key())
			at, ok := known[key]
			if !ok {
				at = len(states)
				known[key] = at
				states = append(states, State{Tree: tree, After: i, Sent: sent, Lost: strings.Join(lost, ", ")})
			}
			states[at].Done = states[at].Done || i == len(ops)
			states[at].Whole = states[at].Whole || len(lost) == 0
		})
		if i == len(ops) {
			return states, nil
		}
		if err := d.do(ops[i]); err != nil {
			return nil, fmt.Errorf("cannot follow operation %d, %s: %w", i+1, ops[i], err)
		}
		sent = sent || ops[i].Kind == Send
	}
}

// survival is what is left of one directory or file.
type survival struct {
	entries map[string]*inode
	content string
	lost    []string
}

// cut shows every tree that the disk may hold now.
func (d *disk) cut(visit func(tree Tree, lost []string)) {
	var changed []*inode
	var ways [][]survival
	for _, dir := range d.directories() {
		if len(dir.pending) > 0 {
			changed = append(changed, dir)
			ways = append(ways, dir.survivals())
		}
	}
	combine(ways, func(chosen []survival) {
		left := map[*inode]survival{}
		for i, dir := range changed {
			left[dir] = chosen[i]
		}
		var files []*inode
		var damages [][]survival
		reach(d.top, left, func(n *inode) {
			if !n.isDirectory() && n.content != n.durable && !slices.Contains(files, n) {
				files = append(files, n)
				damages = append(damages, n.damages())
			}
		})
		each := combine
		if len(files) > allDamagesUpTo {
			each = oneByOne
		}
		each(damages, func(damaged []survival) {
			for i, file := range files {
				left[file] = damaged[i]
			}
			visit(build(d.top, left), slices.Concat(lostOf(chosen), lostOf(damaged)))
		})
	})
}

// survivals are the ways in which the changes of a directory may have reached the disk; first comes the one with all of them.
func (n *inode) survivals() []survival {
	var ways []survival
	for _, kept := range subsets(len(n.pending)) {
		way := survival{entries: maps.Clone(n.safe)}
		for i, change := range n.pending {
			if kept[i] {
				apply(way.entries, change.sets)
			} else {
				way.lost = append(way.lost, change.what.String())
			}
		}
		ways = append(ways, way)
	}
	return ways
}

// subsets of n things, all of them or a choice; the whole set comes first.
func subsets(n int) [][]bool {
	var all [][]bool
	choose := func(is func(i int) bool) {
		kept := make([]bool, n)
		for i := range kept {
			kept[i] = is(i)
		}
		all = append(all, kept)
	}
	if n <= allSubsetsUpTo {
		for lost := range 1 << n {
			choose(func(i int) bool { return lost>>i&1 == 0 })
		}
		return all
	}
	for end := n; end >= 0; end-- {
		choose(func(i int) bool { return i < end })
	}
	for one := range n {
		choose(func(i int) bool { return i != one })
		choose(func(i int) bool { return i == one })
	}
	return all
}

// damages are the ways in which what was written since the last sync may be on the disk; first comes the one with all of it.
func (n *inode) damages() []survival {
	tail := n.content[len(n.durable):]
	way := func(what, tail string) survival {
		return survival{content: n.durable + tail, lost: []string{what + " of the data of " + n.path}}
	}
	return []survival{
		{content: n.content},
		way("all", ""),
		way("half", tail[:len(tail)/2]),
		way("the last byte", tail[:len(tail)-1]),
		way("all but the length", strings.Repeat("\x00", len(tail))),
	}
}

// combine shows every choice of one from each.
func combine(ways [][]survival, visit func(chosen []survival)) {
	chosen := make([]survival, len(ways))
	var from func(i int)
	from = func(i int) {
		if i == len(ways) {
			visit(chosen)
			return
		}
		for _, way := range ways[i] {
			chosen[i] = way
			from(i + 1)
		}
	}
	from(0)
}

// oneByOne shows the choice of the first of each, those with one other than the first, and those with all others in step.
func oneByOne(ways [][]survival, visit func(chosen []survival)) {
	whole := make([]survival, len(ways))
	for i := range ways {
		whole[i] = ways[i][0]
	}
	visit(whole)
	for w := 1; w < len(ways[0]); w++ {
		step := make([]survival, len(ways))
		for i := range ways {
			step[i] = ways[i][w]
			one := slices.Clone(whole)
			one[i] = ways[i][w]
			visit(one)
		}
		visit(step)
	}
}

func lostOf(chosen []survival) []string {
	var lost []string
	for _, way := range chosen {
		lost = append(lost, way.lost...)
	}
	return lost
}

// reach visits all below the directory, with its entries as they survived, in an order that is always the same.
func reach(dir *inode, left map[*inode]survival, visit func(n *inode)) {
	entries := entriesOf(dir, left)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		n := entries[name]
		visit(n)
		if n.isDirectory() {
			reach(n, left, visit)
		}
	}
}

func entriesOf(dir *inode, left map[*inode]survival) map[string]*inode {
	if way, ok := left[dir]; ok {
		return way.entries
	}
	return dir.safe
}

// build is the tree that is left.
func build(top *inode, left map[*inode]survival) Tree {
	tree := Tree{}
	var add func(path string, dir *inode)
	add = func(path string, dir *inode) {
		for name, n := range entriesOf(dir, left) {
			below := filepath.Join(path, name)
			content := n.content
			if way, ok := left[n]; ok && !n.isDirectory() {
				content = way.content
			}
			tree[below] = Entry{n.mode, content}
			if n.isDirectory() {
				add(below, n)
			}
		}
	}
	add("", top)
	return tree
}
