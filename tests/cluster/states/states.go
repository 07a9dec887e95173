// SPDX-License-Identifier: Apache-2.0

// Package states is a table of what cert-dir and kubelet.conf can look like when a run begins, and of what a run makes of it. It
// is data: states_test.go holds kubelet-bootstrap to it, cmd/states shows what the real kubelet makes of the same disks.
package states

import "slices"

// Action is what a run does about a state.
type Action int

const (
	Nothing        Action = iota // all is valid: nothing is written
	Repaired                     // the files are put right without a request
	NewCertificate               // one is requested
	Refused                      // a person has to do something first
)

func (a Action) String() string {
	return [...]string{"nothing to do", "repaired, no request", "new certificate", "refused"}[a]
}

// State is a row.
type State struct {
	Name    string // a sentence
	Prepare []Op   // from an empty disk to the state
	Apart   bool   // it needs mounts, and so a mount namespace

	Action Action
	Says   string   // part of what --check says about it; of a refusal the run says it, too
	Kept   []string // patterns of files below Dir that are there afterwards
	Loses  []string // patterns of files whose content may be gone: whatever else was on the disk still is

	// Of a refusal only.
	PassesCheck bool   // --check cannot see it coming, and says that a bootstrap is needed
	Requests    int    // made before it was seen
	Repair      []Op   // what a person does about it
	Then        Action // what the next run does

	NotYet bool // the certificate is one of tomorrow: nobody can verify it today
}

// All is the table.
func All() []State {
	return slices.Concat(certificates, moreCertificates, links, leftovers, keys, kubeconfigs, folders, disks)
}

// Check is the exit status of --check.
func (s State) Check() int {
	switch {
	case s.Action == Nothing:
		return 0
	case s.Action == Refused && !s.PassesCheck:
		return 73
	}
	return 75
}

// Status is the exit status of the first run.
func (s State) Status() int {
	if s.Action == Refused {
		return 73
	}
	return 0
}

// RequestsAfter is how many CertificateSigningRequests the node has after the first run, and after the repair and the second.
func (s State) RequestsAfter() (first, second int) {
	first = s.Requests
	if s.Action == NewCertificate {
		first = 1
	}
	if s.Action == Refused && s.Then == NewCertificate {
		return first, 1
	}
	return first, first
}
