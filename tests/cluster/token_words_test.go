// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

// A token's secret may begin with four characters that stand in what the server says, too.
func TestATokenWhoseSecretBeginsLikeAWordOfTheAPIWorks(t *testing.T) {
	t.Parallel()
	c := ecdsaCluster(t)
	for _, prefix := range []string{"type", "name", "2026", "node", "tls0", "spec"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			token, manifest, err := c.NewToken()
			if err != nil {
				t.Fatal(err)
			}
			good := token[:7] + prefix + token[11:]
			manifest = strings.ReplaceAll(manifest, token[7:], good[7:])
			if _, err := c.KubectlAs(c.Admin, manifest, "apply", "--filename=-"); err != nil {
				t.Fatal(err)
			}
			m := newMachine(t, c)
			m.Token = good
			m.Deadline = "10s"
			m.runs(t, program.Valid)
			checkCertificate(t, m)
		})
	}
}
