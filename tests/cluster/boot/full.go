// SPDX-License-Identifier: Apache-2.0

package boot

import "os"

// full tells whether the cases are wanted that stand for others. Test functions that are only for that begin with TestFull.
func full() bool { return os.Getenv("KUBELET_BOOTSTRAP_BOOT_FULL") != "" }
