// SPDX-License-Identifier: Apache-2.0

// Command build puts a real control plane into the cache, so that tests and the demo start in seconds.
package main

import (
	"fmt"
	"os"

	"kubelet-bootstrap/tests/cluster/controlplane"
)

func main() {
	programs, err := controlplane.Build(os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("Kubernetes %s is in %s\n", programs.Version, programs.Dir)
}
