// SPDX-License-Identifier: Apache-2.0

package powercut

import "os"

// full asks for all cases; without it there are those for which `make check` has the time.
func full() bool { return os.Getenv("KUBELET_BOOTSTRAP_BOOT_FULL") != "" }
