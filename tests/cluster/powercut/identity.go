// SPDX-License-Identifier: Apache-2.0

package powercut

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"kubelet-bootstrap/tests/cluster/power"
)

// Where the files of the identity are, below Top.
const (
	certDir    = "var/lib/kubelet/pki"
	confDir    = "etc/kubernetes"
	kubeconfig = confDir + "/kubelet.conf"
	current    = certDir + "/kubelet-client-current.pem"
	keyFile    = certDir + "/kubelet-client.key.tmp"
)

// Identity is what a node's files have to be.
type Identity struct {
	Node    string
	CA      *x509.CertPool
	Servers []string // any of them
}

// linked is the certificate and key that the link leads to, checked against each other.
func linked(tree power.Tree) (tls.Certificate, error) {
	target, inside := strings.CutPrefix(tree[current].Content, Top+"/")
	if !inside {
		return tls.Certificate{}, fmt.Errorf("the link leads to %q", tree[current].Content)
	}
	entry, ok := tree[target]
	if !ok {
		return tls.Certificate{}, fmt.Errorf("the link dangles: %s is not there", target)
	}
	pair, err := tls.X509KeyPair([]byte(entry.Content), []byte(entry.Content))
	if err != nil {
		err = fmt.Errorf("%s, of %d bytes: %w", target, len(entry.Content), err)
	}
	return pair, err
}

// isGood wants all that a run that ends with 0 promises.
func (i Identity) isGood(tree power.Tree) error {
	if err := i.isInPlace(tree); err != nil {
		return err
	}
	return onlyOurs(tree, false)
}

// isInPlace wants all that kubelet needs.
func (i Identity) isInPlace(tree power.Tree) error {
	pair, err := linked(tree)
	if err != nil {
		return err
	}
	if subject := pair.Leaf.Subject.String(); subject != "CN=system:node:"+i.Node+",O=system:nodes" {
		return fmt.Errorf("the certificate is of %s", subject)
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: i.CA, KeyUsages: usages}); err != nil {
		return err
	}
	conf := tree[kubeconfig].Content
	for _, want := range []string{"    client-certificate: " + Top + "/" + current + "\n", "    client-key: " + Top + "/" + current + "\n"} {
		if !strings.Contains(conf, want) {
			return fmt.Errorf("kubelet.conf, of %d bytes, lacks %q", len(conf), want)
		}
	}
	if !slices.ContainsFunc(i.Servers, func(s string) bool { return strings.Contains(conf, "    server: "+s+"\n") }) {
		return fmt.Errorf("kubelet.conf names none of %s", i.Servers)
	}
	return nil
}

var (
	final     = regexp.MustCompile(`^(kubelet-client-([0-9-]{19}|current)\.pem(\.corrupt-[0-9-]+)?|kubelet\.conf(\.replaced-[0-9-]+)?)$`)
	temporary = regexp.MustCompile(`^(\.kubelet-bootstrap\.tmp|kubelet-client-updated\.pem|kubelet-client\.key\.tmp)$`)
)

// onlyOurs wants no other names in the two folders.
func onlyOurs(tree power.Tree, withTemporary bool) error {
	for name := range tree {
		dir, file := path.Split(name)
		if dir != certDir+"/" && dir != confDir+"/" || final.MatchString(file) || withTemporary && temporary.MatchString(file) {
			continue
		}
		return fmt.Errorf("%s is there", name)
	}
	return nil
}

// left holds what a cut has left against what was promised by then. `before` is what lay there when the run began, `after` when it ended.
func left(tree, before, after power.Tree, done bool) error {
	if err := onlyOurs(tree, true); err != nil {
		return err
	}
	if conf := tree[kubeconfig].Content; conf != before[kubeconfig].Content && conf != after[kubeconfig].Content {
		return fmt.Errorf("kubelet.conf, of %d bytes, is neither the old nor the new one", len(conf))
	}
	if tree[current] != before[current] {
		if _, err := linked(tree); err != nil {
			return err
		}
	}
	_, wasThere := before[kubeconfig]
	if _, isThere := tree[kubeconfig]; isThere && !wasThere {
		if _, err := linked(tree); err != nil {
			return fmt.Errorf("kubelet.conf is there, but %w", err)
		}
	}
	if !done {
		return nil
	}
	pem := strings.TrimPrefix(after[current].Content, Top+"/")
	for _, name := range []string{pem, current, kubeconfig} {
		if tree[name].Content != after[name].Content {
			return fmt.Errorf("the run had ended with success, and %s, of %d bytes, is not what it was then", name, len(tree[name].Content))
		}
	}
	return nil
}

// keyOf is the public key of the certificate in use.
func keyOf(tree power.Tree) (string, error) {
	pair, err := linked(tree)
	if err != nil {
		return "", errors.Join(errors.New("no certificate is in use"), err)
	}
	return string(pair.Leaf.RawSubjectPublicKeyInfo), nil
}
