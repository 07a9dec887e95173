// SPDX-License-Identifier: Apache-2.0

package boot

import "testing"

func TestTryDracut(t *testing.T) {
	n := newNode(t, "dracut")
	ways["dracut"](t, n)
	first := n.becomesANode(t, n.boot)
	t.Log(first)
	n.boot.NoNIC = true
	second := n.runs(t, n.boot, "REPORT check 0")
	t.Log(second)
	table(t, "dracut", first, second)
}
