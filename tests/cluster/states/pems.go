// SPDX-License-Identifier: Apache-2.0

package states

// Several pem files, and what is left of one.
var moreCertificates = []State{
	{
		Name:    "the pem is damaged, an older one is good",
		Prepare: and(aNode(garbage), write(older, whole(good))),
		Action:  Repaired, Says: "is damaged", Kept: []string{aside(newer), older},
	},
	{
		Name:    "the pem is empty, an older one is good, kubelet.conf is missing",
		Prepare: and(aNode(text("")), write(older, whole(good)), remove(Kubeconfig)),
		Action:  Repaired, Kept: []string{aside(newer), older},
	},
	{
		Name:    "the pem is damaged, kubelet.conf is missing",
		Prepare: and(aNode(garbage), remove(Kubeconfig)),
		Action:  NewCertificate, Kept: []string{aside(newer)},
	},
	{
		Name:    "the pem is damaged, and so is kubelet.conf",
		Prepare: and(aNode(nulls), write(Kubeconfig, nulls)),
		Action:  NewCertificate, Kept: []string{aside(newer), copies},
	},
	{
		Name:    "the certificate is expired, an older file is good",
		Prepare: and(aNode(whole(expired)), write(older, whole(good))),
		Action:  Repaired, Says: "is expired", Kept: []string{newer, older},
	},
	{
		Name:    "the certificate is another node's, an older file is good",
		Prepare: and(aNode(whole(pair{user: "system:node:another"})), write(older, whole(good))),
		Action:  Repaired, Kept: []string{newer, older},
	},
	{
		Name:    "all pem files are damaged",
		Prepare: and(aNode(garbage), write(older, text(""))),
		Action:  NewCertificate, Kept: []string{aside(newer), older},
	},
	{
		Name:    "no link, the newest pem is damaged, the older one is good",
		Prepare: and(aNode(whole(good)), rename(newer, older), write(newer, garbage), remove(current)),
		Action:  Repaired, Says: "does not exist", Kept: []string{newer, older},
	},
	{
		Name:    "no link, and the certificate that lasts longest is not in the newest file",
		Prepare: and(aNode(whole(good)), write(older, whole(longest)), remove(current)),
		Action:  Repaired, Kept: []string{newer, older},
	},
	{
		Name:    "no link, no kubelet.conf, a good pem",
		Prepare: []Op{write(newer, whole(good))},
		Action:  Repaired, Kept: []string{newer},
	},
	{
		Name:    "a folder has the name of a pem, and nothing else is there",
		Prepare: []Op{folder(newer)},
		Action:  NewCertificate, Kept: []string{newer},
	},
	{
		Name:    "a folder has the name of a newer pem",
		Prepare: and(aNode(whole(good)), rename(newer, older), folder(newer+"/inside"), remove(current)),
		Action:  Repaired, Kept: []string{newer + "/inside", older},
	},
	{
		Name: "no link, and more old pem files than are kept",
		Prepare: and(aNode(whole(good)), remove(current), write(CertDir+"/kubelet-client-2021-01-01-00-00-00.pem", whole(expired)),
			write(CertDir+"/kubelet-client-2022-01-01-00-00-00.pem", whole(expired)),
			write(CertDir+"/kubelet-client-2023-01-01-00-00-00.pem", whole(expired)), write(older, whole(expired))),
		Action: Repaired, Kept: []string{newer, older, CertDir + "/kubelet-client-2023-*"},
		Loses: []string{CertDir + "/kubelet-client-2021-*", CertDir + "/kubelet-client-2022-*"},
	},
	{
		Name:    "the disk does not give back what is in the pem",
		Prepare: and(aNode(whole(good)), unreadable(newer)), Apart: true,
		Action: NewCertificate, Kept: []string{newer},
	},
	{
		Name:    "the disk does not give back what is in the pem, an older one is good",
		Prepare: and(aNode(whole(good)), write(older, whole(good)), unreadable(newer)), Apart: true,
		Action: Repaired, Kept: []string{newer, older},
	},
	{
		Name:    "no link, and the disk does not give back what is in the only pem",
		Prepare: and(aNode(whole(good)), remove(current), unreadable(newer)), Apart: true,
		Action: NewCertificate, Kept: []string{newer},
	},
	{
		Name:    "the damaged pem cannot be changed, not even by root",
		Prepare: and(aNode(garbage), immutable(newer)),
		Action:  NewCertificate, Kept: []string{newer},
	},
	{
		Name:    "the good pem cannot be changed, not even by root",
		Prepare: and(aNode(whole(good)), immutable(newer)),
	},
}
