// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/program"
	"kubelet-bootstrap/tests/cluster/states"
)

// disk is a computer in a state, before a try.
type disk struct {
	*states.Place
	before states.Files
}

// outcome is what became of it, for a person, and whether it is a node.
type outcome struct {
	text   string
	isNode bool
}

// try brings a computer into the state, lets one of the programs at it, and adds to what that says what became of the rest.
func (l *lab) try(s states.State, name string, run func(*disk) (outcome, error)) (outcome, error) {
	dir, err := os.MkdirTemp("", "kb-state-") // short: paths of Unix sockets end at 107 bytes
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	d := &disk{Place: &states.Place{Dir: dir, Node: name, Server: l.Server, CA: l.CA}}
	defer d.Close()
	s.Apart = true // kubelet's own paths are not for this machine's
	if err := d.Bring(s); errors.Is(err, errors.ErrUnsupported) {
		return outcome{"cannot be tried here", false}, nil
	} else if err != nil {
		return outcome{}, err
	}
	if d.before, err = d.Files(); err != nil {
		return outcome{}, err
	}
	result, err := run(d)
	if err != nil {
		return outcome{}, err
	}
	requests, err := l.requests(name)
	if err != nil {
		return outcome{}, err
	}
	after, err := d.Files()
	if err != nil {
		return outcome{}, err
	}
	result.text += fmt.Sprintf(", %d CSR", requests)
	if lost := after.Lacks(d.before); len(lost) > 0 {
		result.text += "; gone: what was in " + strings.Join(lost, ", ")
	}
	result.text = strings.NewReplacer("|", `\|`, d.Inside(states.CertDir)+"/", "", d.Inside(states.ConfDir)+"/", "",
		states.CertDir+"/", "", states.ConfDir+"/", "", dir, "").Replace(result.text)
	return result, nil
}

// requests is how many CertificateSigningRequests there are for the node.
func (l *lab) requests(node string) (int, error) {
	out, err := l.Kubectl("get", "csr", "--output=json")
	if err != nil {
		return 0, err
	}
	var list struct {
		Items []struct {
			Spec struct{ Request []byte }
		}
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		return 0, err
	}
	count := 0
	for _, item := range list.Items {
		block, _ := pem.Decode(item.Spec.Request)
		if block == nil {
			return 0, errors.New("a request is not PEM")
		}
		request, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			return 0, err
		}
		if request.Subject.CommonName == "system:node:"+node {
			count++
		}
	}
	return count, nil
}

// bootstrap runs kubelet-bootstrap.
func (l *lab) bootstrap(d *disk) (outcome, error) {
	ini := d.Inside("kubelet-bootstrap.ini")
	config := program.Config{Servers: []string{l.Server}, CA: l.CA, Token: l.token, Name: d.Node, Deadline: "30s",
		Kubeconfig: d.Inside(states.Kubeconfig), CertDir: d.Inside(states.CertDir)}
	if err := os.WriteFile(ini, []byte(config.INI()), 0o600); err != nil {
		return outcome{}, err
	}
	result, err := program.Run(time.Minute, d.Command(l.binary, "--config", ini)...)
	if err != nil {
		return outcome{}, err
	}
	last := strings.TrimPrefix(lastLine(strings.TrimSpace(result.Stderr)), "kubelet-bootstrap: ")
	if result.Status != program.Valid {
		return outcome{fmt.Sprintf("**%d**: %s", result.Status, last), false}, nil
	}
	for says, means := range map[string]string{
		"already valid, nothing to do": "nothing to do", "files repaired": "repaired", "files written": "new certificate",
	} {
		if strings.HasSuffix(last, says) {
			last = means
		}
	}
	if unknown := l.unknown(d); unknown != "" {
		return outcome{last + " (" + unknown + ")", false}, nil
	}
	return outcome{last, true}, nil
}
