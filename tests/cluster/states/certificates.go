// SPDX-License-Identifier: Apache-2.0

package states

import (
	"crypto/x509"
	"path/filepath"
	"strings"
)

// The pem file that the link leads to.
var certificates = []State{
	{Name: "there is nothing", Action: NewCertificate, Says: "does not exist"},
	{Name: "all is good", Prepare: aNode(whole(good)), Says: "valid"},

	damaged("the pem is empty", text("")),
	damaged("the pem is all nulls", nulls),
	damaged("the pem is garbage", garbage),
	damaged("the pem is cut off in the certificate", cutBefore(whole(good), "-----END CERT", -100)),
	damaged("the pem is cut off between certificate and key", cutBefore(whole(good), "-----BEGIN EC", 0)),
	damaged("the pem is cut off in the first line of the key", cutBefore(whole(good), "-----BEGIN EC", 15)),
	damaged("the pem is cut off in the key", cutBefore(whole(good), "-----END EC", -50)),
	damaged("the pem is cut off in the last line", cutBefore(whole(good), "-----END EC", 10)),
	damaged("the pem has nulls where the key was", changed(whole(good), func(s string) string {
		at := strings.Index(s, "-----BEGIN EC")
		return s[:at] + strings.Repeat("\x00", len(s)-at)
	})),
	damaged("the pem is a certificate without key", certificateOf(good)),
	damaged("the pem is a key without certificate", keyOf(good)),
	damaged("the pem holds the certificate of one key and another key", joined(certificateOf(good), keyOf(good))),
	damaged("the pem begins with another certificate", arranged(good, "{ca}{certificate}{key}")),
	damaged("the pem has a wrong letter in the certificate", changed(whole(good), func(s string) string {
		return s[:200] + "!" + s[201:]
	})),
	damaged("the pem is larger than any of kubelet", joined(whole(good), text(strings.Repeat("# far too long\n", 4000)))),
	// kubelet never makes the next two; it would use them.
	unfit("the pem is an RSA pair", "another kind", pair{key: rsaKey}),
	unfit("the pem is a P-384 pair", "another kind", pair{key: p384}),

	unfit("the certificate is expired", "is expired", expired),
	unfit("the certificate is another node's", "is for another node or organization", pair{user: "system:node:another"}),
	unfit("the certificate is a user's", "is for another node or organization", pair{user: "jane"}),
	unfit("the certificate is of another organisation", "", pair{group: "system:masters"}),
	unfit("the certificate has an organisational unit, too", "", pair{unit: "rack-7"}),
	unfit("the certificate is for servers", "not for client authentication", pair{usage: x509.ExtKeyUsageServerAuth}),
	{Name: "the certificate is not valid yet: the clock may be behind", Prepare: aNode(whole(future)), NotYet: true},

	{Name: "the key stands before the certificate", Prepare: aNode(arranged(good, "{key}{certificate}"))},
	{Name: "the pem has the line ends of Windows", Prepare: aNode(replaced(whole(good), "\n", "\r\n"))},
	{Name: "the pem has no line end behind the last line", Prepare: aNode(changed(whole(good), strings.TrimSpace))},
	{Name: "the pem has text around its blocks", Prepare: aNode(
		arranged(good, "Bag Attributes\n  friendlyName: node\n{certificate}and\n{key}\nend\n"))},
	{Name: "the key is PKCS#8", Prepare: aNode(whole(pair{pkcs8: true}))},
	{Name: "the pem holds the cluster's CA behind the certificate", Prepare: aNode(arranged(good, "{certificate}{ca}{key}"))},
	{Name: "the pem belongs to another user", Prepare: and(aNode(whole(good)), owner(newer, 1000))},
	{Name: "the pem can be read by all", Prepare: and(aNode(whole(good)), mode(newer, 0o644))},
	{Name: "the pem has another name, too", Prepare: and(aNode(whole(good)), folder("srv"), hardLink(other, newer))},
}

// damaged is a pem that cannot be used by anybody, or not by this program. It is set aside.
func damaged(name string, pem content) State {
	return State{Name: name, Prepare: aNode(pem), Action: NewCertificate, Says: filepath.Base(newer) + " ", Kept: []string{aside(newer)}}
}

// unfit is a whole pem that is not for this node or this time. It stays where it is.
func unfit(name, says string, s pair) State {
	return State{Name: name, Prepare: aNode(whole(s)), Action: NewCertificate, Says: says, Kept: []string{newer}}
}

func aside(name string) string { return name + ".corrupt-*" }
