// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kubelet-bootstrap/tests/cluster/program"
)

// The token as a credential of the service, systemd.exec(5): it is in no configuration file of ours.

func TestTheTokenMayBeACredentialOfTheService(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]func(t *testing.T, m *machine, token string) string{
		"from a file": func(t *testing.T, m *machine, token string) string {
			path := filepath.Join(filepath.Dir(m.ini), "secret")
			m.write(t, path, token+"\n")
			return "LoadCredential=kubelet-bootstrap.token:" + path
		},
		"in the unit": func(t *testing.T, m *machine, token string) string {
			return "SetCredential=kubelet-bootstrap.token:" + token
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, ecdsaCluster(t))
			token := m.Token
			m.Token = ""
			s := m.boots(t, "Type=oneshot", row(t, m, token))
			commands(t, s, "start", bootstrapUnit)
			shows(t, s, bootstrapUnit, "Result", "success", "ExecMainStatus", "0")
			checkFiles(t, m)
			checkCertificate(t, m)
			m.onlyRequest(t)
			_, secret, _ := strings.Cut(token, ".")
			if journal := fmt.Sprint(said(t, s)); strings.Contains(journal, secret) {
				t.Errorf("the token's secret is in the journal: %s", journal)
			}
		})
	}
}

func TestACredentialOfAnotherNameIsNotTaken(t *testing.T) {
	t.Parallel()
	m := newMachine(t, ecdsaCluster(t))
	token := m.Token
	m.Token = ""
	s := m.boots(t, "Type=oneshot", "SetCredential=kubelet-bootstrap.tokens:"+token)
	if out, err := s.Run("systemctl", "start", bootstrapUnit); err == nil {
		t.Errorf("the start succeeded: %s", out)
	}
	shows(t, s, bootstrapUnit, "Result", "exit-code", "ExecMainStatus", strconv.Itoa(program.Misconfigured))
	if requests := m.requests(t); len(requests) != 0 {
		t.Errorf("a request was made: %v", requests[0].Name)
	}
}
