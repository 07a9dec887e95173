// SPDX-License-Identifier: Apache-2.0

package states

import "strings"

// kubelet-client-current.pem, the link.
var links = []State{
	lost("the link is missing", remove(current)),
	lost("the link leads to a file that is gone", link(current, older)),
	lost("the link leads to itself", link(current, current)),
	lost("the link leads in a circle", link(current, updated), link(updated, current)),
	lost("the link leads to the good file by way of another link", link(CertDir+"/latest.pem", newer), link(current, CertDir+"/latest.pem")),
	lost("the link leads to the good file by a path that is not the shortest", rawLink(current, "../pki/kubelet-client-2025-01-02-03-04-05.pem")),
	lost("the link is longer than any path", rawLink(current, "/"+strings.Repeat("long/", 300))),
	lost("the link leads to a folder", link(current, CertDir)),
	lost("the link leads to a device", rawLink(current, "/dev/zero")),
	{Name: "the link is relative", Prepare: and(aNode(whole(good)), rawLink(current, "kubelet-client-2025-01-02-03-04-05.pem"))},
	{
		Name:    "the link leads to a good file of another name",
		Prepare: and(aNode(whole(good)), rename(newer, CertDir+"/mine.pem"), link(current, CertDir+"/mine.pem")),
	},
	{
		Name:    "the link leads nowhere, and no pem is there",
		Prepare: and(aNode(whole(good)), remove(newer)), Action: NewCertificate, Says: "does not exist",
	},
	{
		Name:    "the link leads to itself, and no pem is there",
		Prepare: []Op{link(current, current), write(Kubeconfig, kubeconfig)}, Action: NewCertificate, Says: "is not a file",
	},
	{
		Name:    "the link leads out of cert-dir, to a good file",
		Prepare: []Op{write(other, whole(good)), link(current, other), write(Kubeconfig, kubeconfig)},
		Action:  NewCertificate, Says: "where no certificate is kept", Kept: []string{other},
	},
	{
		Name:    "the link leads to the name of the updated link, and a good file has it",
		Prepare: []Op{write(updated, whole(good)), link(current, updated), write(Kubeconfig, kubeconfig)},
		Action:  Repaired, Says: "where no certificate is kept", Kept: []string{CertDir + "/kubelet-client-20*.pem"},
	},
	{
		Name:    "the link leads to a file that is no certificate of a node, and needed by others",
		Prepare: and(aNode(whole(good)), remove(newer), write(CertDir+"/ca.crt", certificateOf(good)), link(current, CertDir+"/ca.crt")),
		Action:  NewCertificate, Kept: []string{CertDir + "/ca.crt"},
	},
	{
		Name:    "the link leads to kubelet-client.key.tmp",
		Prepare: []Op{write(keyFile, keyOf(good)), link(current, keyFile), write(Kubeconfig, kubeconfig)},
		Action:  NewCertificate, Says: "where no certificate is kept",
	},
	{
		Name:    "the link leads to a FIFO",
		Prepare: and(aNode(whole(good)), remove(newer), fifo(newer)), Action: NewCertificate, Says: "is not a file", Kept: []string{newer},
	},
	{
		Name:    "a good file has the link's place",
		Prepare: and(aNode(whole(good)), remove(current), rename(newer, current)), Action: Repaired, Says: "is not a symlink",
	},
	{
		Name:    "a good file has the link's place, and is the same as a dated one",
		Prepare: and(aNode(whole(good)), remove(current), hardLink(current, newer)), Action: Repaired, Kept: []string{newer},
	},
	taken("an expired file has the link's place", whole(expired)),
	taken("garbage has the link's place", garbage),
	taken("an empty file has the link's place", text("")),
	{
		Name:    "garbage has the link's place, a dated file is good",
		Prepare: and(aNode(whole(good)), remove(current), write(current, garbage)),
		Action:  Repaired, Kept: []string{aside(current), newer},
	},
	{
		Name:    "a folder has the link's place, a dated file is good",
		Prepare: and(aNode(whole(good)), remove(current), write(current+"/file", text("someone's"))),
		Action:  Repaired, Kept: []string{aside(current) + "/file", newer},
	},
	{
		Name:    "a folder has the link's place",
		Prepare: []Op{write(current+"/file", text("someone's"))}, Action: NewCertificate, Kept: []string{aside(current) + "/file"},
	},
	{
		Name:    "a FIFO has the link's place",
		Prepare: []Op{folder(CertDir), fifo(current)}, Action: NewCertificate, Kept: []string{aside(current)},
	},
}

// lost is a node whose link is at fault, and nothing else.
func lost(name string, fault ...Op) State {
	return State{Name: name, Prepare: and(aNode(whole(good)), fault...), Action: Repaired, Says: "kubelet-client-current.pem", Kept: []string{newer}}
}

// taken has a file in the link's place that is of no use.
func taken(name string, c content) State {
	return State{Name: name, Prepare: []Op{write(current, c), write(Kubeconfig, kubeconfig)}, Action: NewCertificate,
		Says: "is not a symlink", Kept: []string{aside(current)}}
}
