// SPDX-License-Identifier: Apache-2.0

package states

// kubelet-client.key.tmp. One that is damaged, or that others may know, is replaced.
var keys = []State{
	{Name: "a key is left", Prepare: []Op{write(keyFile, keyOf(good))}, Action: NewCertificate},
	{Name: "a PKCS#8 key is left", Prepare: []Op{write(keyFile, keyOf(pair{pkcs8: true}))}, Action: NewCertificate, Loses: []string{keyFile}},
	replacedKey("the key is empty", write(keyFile, text(""))),
	replacedKey("the key is garbage", write(keyFile, garbage)),
	replacedKey("the key is all nulls", write(keyFile, nulls)),
	replacedKey("the key is cut off", write(keyFile, cutBefore(keyOf(good), "-----END EC", -50))),
	replacedKey("the key is an RSA key", write(keyFile, keyOf(pair{key: rsaKey}))),
	replacedKey("the key is a certificate", write(keyFile, certificateOf(good))),
	replacedKey("the key belongs to another user", write(keyFile, keyOf(good)), owner(keyFile, 1000)),
	replacedKey("the key can be read by all", write(keyFile, keyOf(good)), mode(keyFile, 0o644)),
	{
		Name:    "the key has another name, too",
		Prepare: []Op{write(other, keyOf(good)), folder(CertDir), hardLink(keyFile, other)}, Action: NewCertificate, Kept: []string{other},
	},
	{
		Name:    "the key is a link to a good key",
		Prepare: []Op{write(other, keyOf(good)), link(keyFile, other)}, Action: NewCertificate, Kept: []string{other},
	},
	{Name: "the key is a link that leads nowhere", Prepare: []Op{link(keyFile, other)}, Action: NewCertificate},
	{Name: "the key is a FIFO", Prepare: []Op{folder(CertDir), fifo(keyFile)}, Action: NewCertificate},
	{Name: "the key is a folder", Prepare: []Op{write(keyFile+"/file", text("someone's"))}, Action: NewCertificate,
		Kept: []string{aside(keyFile) + "/file"}},
	{
		Name:    "the key is a folder, the link is missing",
		Prepare: and(aNode(whole(good)), write(keyFile+"/file", text("someone's")), remove(current)), Action: Repaired, Kept: []string{newer},
	},
	{Name: "the key is a folder, all else is good", Prepare: and(aNode(whole(good)), folder(keyFile))},
	{
		Name:    "the disk does not give back what is in the key, and it cannot be replaced", // for it is a mount of its own
		Prepare: []Op{write(keyFile, keyOf(good)), unreadable(keyFile)}, Apart: true,
		Action: Refused, PassesCheck: true, Says: keyFile, Kept: []string{keyFile},
		Repair: []Op{readable(keyFile)}, Then: NewCertificate,
	},
	{
		Name:    "the key of the good pem is left",
		Prepare: []Op{write(newer, whole(good)), link(current, newer), write(Kubeconfig, kubeconfig), write(keyFile, keyIn(newer))},
		Loses:   []string{keyFile},
	},
	{Name: "a key is left beside good files", Prepare: and(aNode(whole(good)), write(keyFile, keyOf(good))), Loses: []string{keyFile}},
	{Name: "garbage is left for a key beside good files", Prepare: and(aNode(whole(good)), write(keyFile, garbage)), Loses: []string{keyFile}},
	{
		Name:    "the key of the pem is left, kubelet.conf is missing",
		Prepare: and(aNode(whole(good)), write(keyFile, keyIn(newer)), remove(Kubeconfig)), Action: Repaired, Loses: []string{keyFile},
	},
	{
		Name:    "a key is left, the certificate is expired",
		Prepare: and(aNode(whole(expired)), write(keyFile, keyOf(good))), Action: NewCertificate, Kept: []string{newer},
	},
	{
		Name:    "a key is left, the pem is damaged",
		Prepare: and(aNode(garbage), write(keyFile, keyOf(good))), Action: NewCertificate, Kept: []string{aside(newer)},
	},
}

func replacedKey(name string, ops ...Op) State {
	return State{Name: name, Prepare: ops, Action: NewCertificate, Loses: []string{keyFile}}
}
