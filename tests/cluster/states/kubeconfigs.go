// SPDX-License-Identifier: Apache-2.0

package states

import "strings"

const notOurs = "it is not a kubeconfig"

// kubelet.conf, of a node whose certificate is good.
var kubeconfigs = []State{
	{Name: "kubelet.conf is missing", Prepare: and(aNode(whole(good)), remove(Kubeconfig)), Action: Repaired, Says: "does not exist"},
	rewritten("kubelet.conf is empty", text("")),
	rewritten("kubelet.conf is all nulls", nulls),
	rewritten("kubelet.conf is cut off", cutBefore(kubeconfig, "current-context", 0)),
	rewritten("kubelet.conf is cut off in its last line", cutBefore(kubeconfig, "    client-key", 20)),
	rewritten("kubelet.conf is cut off and filled up with nulls", changed(cutBefore(kubeconfig, "current-context", 0), func(s string) string {
		return s + strings.Repeat("\x00", 300)
	})),
	rewritten("kubelet.conf names another certificate", replaced(kubeconfig, "kubelet-client-current.pem", "another.pem")),
	rewritten("kubelet.conf holds a certificate, too", joined(kubeconfig, text("    client-certificate-data: QUJD\n"))),
	rewritten("kubelet.conf has no server", replaced(kubeconfig, "server:", "proxy-url:")),
	rewritten("kubelet.conf is JSON and names another certificate", replaced(kubeconfigJSON, "kubelet-client-current.pem", "another.pem")),
	rewritten("kubelet.conf names another key", replaced(kubeconfig, "key: ", "key: /srv")),
	rewritten("kubelet.conf names the dated file", replaced(kubeconfig, "kubelet-client-current.pem", "kubelet-client-2025-01-02-03-04-05.pem")),
	rewritten("kubelet.conf holds a token instead of a certificate", func(p *Place) string {
		return strings.Split(kubeconfig(p), "    client-certificate")[0] + "    token: abcdef.0123456789abcdef\n"
	}),
	rewritten("kubelet.conf holds another certificate", func(p *Place) string {
		return strings.Split(kubeconfig(p), "    client-certificate")[0] + "    client-certificate-data: QUJD\n    client-key-data: QUJD\n"
	}),
	rewritten("kubelet.conf is good, in a form of YAML that kubelet never writes", func(p *Place) string {
		before, _, _ := strings.Cut(kubeconfig(p), "  user:")
		return before + "  user: {client-certificate: " + p.Inside(current) + ", client-key: " + p.Inside(current) + "}\n"
	}),
	rewritten("kubelet.conf has no user", func(p *Place) string { return strings.Split(kubeconfig(p), "users:")[0] + "users: []\n" }),

	{
		Name:    "kubelet.conf holds a good certificate itself, and there is no other",
		Prepare: []Op{write(Kubeconfig, kubeconfigWithin)}, Action: NewCertificate, Kept: []string{copies},
	},

	{Name: "kubelet.conf names another server", Prepare: and(aNode(whole(good)), write(Kubeconfig, func(p *Place) string {
		return strings.Replace(kubeconfig(p), p.Server, "https://127.0.0.1:1", 1)
	}))},
	{Name: "kubelet.conf has comments", Prepare: and(aNode(whole(good)), write(Kubeconfig, joined(text("# by hand\n"), kubeconfig)))},
	{Name: "kubelet.conf has the line ends of Windows", Prepare: and(aNode(whole(good)), write(Kubeconfig, replaced(kubeconfig, "\n", "\r\n")))},
	{Name: "kubelet.conf is JSON", Prepare: and(aNode(whole(good)), write(Kubeconfig, kubeconfigJSON))},
	{Name: "kubelet.conf can be read by all", Prepare: and(aNode(whole(good)), mode(Kubeconfig, 0o644))},
	{Name: "kubelet.conf belongs to another user", Prepare: and(aNode(whole(good)), owner(Kubeconfig, 1000))},
	{Name: "kubelet.conf has another name, too", Prepare: and(aNode(whole(good)), folder("srv"), hardLink(other, Kubeconfig))},
	{Name: "kubelet.conf cannot be changed, not even by root, and is good", Prepare: and(aNode(whole(good)), immutable(Kubeconfig))},

	{Name: "kubelet.conf is good, all else is missing", Prepare: []Op{write(Kubeconfig, kubeconfig)}, Action: NewCertificate},
	foreign("kubelet.conf is garbage", notOurs, write(Kubeconfig, garbage)),
	foreign("kubelet.conf is some text", notOurs, write(Kubeconfig, text("to be done\n"))),
	foreign("kubelet.conf is a KubeletConfiguration", notOurs, write(Kubeconfig, text(kubeletConfiguration))),
	foreign("kubelet.conf is JSON that is cut off", notOurs, write(Kubeconfig, cutBefore(kubeconfigJSON, "current-context", 0))),
	foreign("kubelet.conf is larger than any of kubelet", "larger than",
		write(Kubeconfig, joined(kubeconfig, text(strings.Repeat("# far too long\n", 4000))))),
	{Name: "kubelet.conf is a link to a good one", Prepare: and(aNode(whole(good)), write(other, kubeconfig), link(Kubeconfig, other))},
	{
		Name:    "kubelet.conf is a link to a good one, and the link to the certificate is missing",
		Prepare: and(aNode(whole(good)), write(other, kubeconfig), link(Kubeconfig, other), remove(current)), Action: Repaired,
	},
	foreign("kubelet.conf is a link to one of somebody else", "symlink", write(other, replaced(kubeconfig, "kubelet-client-current.pem", "another.pem")), link(Kubeconfig, other)),
	foreign("kubelet.conf is a link that leads nowhere", "symlink", link(Kubeconfig, other)),
	foreign("kubelet.conf is a folder", "directory", remove(Kubeconfig), folder(Kubeconfig)),
	foreign("kubelet.conf is a FIFO", "device", remove(Kubeconfig), fifo(Kubeconfig)),
	{
		Name: "kubelet.conf is a KubeletConfiguration, and there is no certificate", Prepare: []Op{write(Kubeconfig, text(kubeletConfiguration))},
		Action: Refused, Says: notOurs, Repair: []Op{rename(Kubeconfig, Kubeconfig+".old")}, Then: NewCertificate,
	},
	{
		Name: "kubelet.conf cannot be read just now", Prepare: and(aNode(whole(good)), unreadable(Kubeconfig)), Apart: true,
		Action: Refused, Says: "I/O error", Repair: []Op{readable(Kubeconfig)}, Then: Nothing,
	},
	{
		Name:    "kubelet.conf cannot be changed, not even by root, and names another certificate",
		Prepare: and(aNode(whole(good)), write(Kubeconfig, replaced(kubeconfig, "kubelet-client-current.pem", "another.pem")), immutable(Kubeconfig)),
		Action:  Refused, PassesCheck: true, Says: Kubeconfig, Repair: []Op{mutable(Kubeconfig)}, Then: Repaired,
	},
	{
		Name: "kubelet.conf is a mount of its own, and names another certificate", Apart: true,
		Prepare: and(aNode(whole(good)), write(other, replaced(kubeconfig, "kubelet-client-current.pem", "another.pem")),
			shell(`mount --bind "$1/../../srv/other.pem" "$1/kubelet.conf"`)),
		Action: Refused, PassesCheck: true, Says: Kubeconfig, Repair: []Op{unmounted(Kubeconfig), remove(Kubeconfig)}, Then: Repaired,
	},
}

// rewritten is a kubelet.conf that is replaced, and leaves a copy.
func rewritten(name string, c content) State {
	return State{Name: name, Prepare: and(aNode(whole(good)), write(Kubeconfig, c)), Action: Repaired,
		Says: "does not name the certificate", Kept: []string{copies, newer}}
}

// foreign is something that a person has to move away.
func foreign(name, says string, ops ...Op) State {
	return State{Name: name, Prepare: and(aNode(whole(good)), ops...), Action: Refused, Says: says,
		Repair: []Op{rename(Kubeconfig, Kubeconfig+".old")}, Then: Repaired}
}
