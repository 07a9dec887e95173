// SPDX-License-Identifier: Apache-2.0

package boot

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Requires ends a test that cannot run here, without root or one of these tools: a skip for a person, a failure in CI.
func Requires(t *testing.T, tools ...string) {
	t.Helper()
	var missing error
	if os.Geteuid() != 0 {
		missing = errors.New("this test needs root")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			missing = errors.Join(missing, fmt.Errorf("this test needs %s: %w", tool, err))
		}
	}
	if missing != nil && os.Getenv("CI") == "true" {
		t.Fatalf("CI must have this: %v", missing)
	} else if missing != nil {
		t.Skip(missing)
	}
}
