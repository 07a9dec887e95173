// SPDX-License-Identifier: Apache-2.0

package states

// What interrupted runs leave, of kubelet and of this program.
const (
	temporary = "/.kubelet-bootstrap.tmp"
	someones  = CertDir + "/kubelet-server-current.pem"
)

var leftovers = []State{
	{Name: "an updated link is left beside a good one", Prepare: and(aNode(whole(good)), link(updated, newer))},
	{
		Name:    "an updated link to the good file, and no link",
		Prepare: and(aNode(whole(good)), rename(current, updated)), Action: Repaired, Kept: []string{newer},
	},
	{
		Name:    "an updated link that leads nowhere, and nothing else",
		Prepare: []Op{link(updated, newer)}, Action: NewCertificate,
	},
	// From here kubelet could not renew: it refuses to replace what is no link (client-go certificate_store.go, updateSymlink).
	{
		Name:    "a file has the name of the updated link, all else is good",
		Prepare: and(aNode(whole(good)), write(updated, garbage)), Action: Repaired, Kept: []string{aside(updated)},
	},
	{
		Name:    "a folder has the name of the updated link, all else is good",
		Prepare: and(aNode(whole(good)), folder(updated)), Action: Repaired, Kept: []string{aside(updated)},
	},
	{
		Name:    "a file has the name of the updated link, and the link is missing",
		Prepare: and(aNode(whole(good)), write(updated, garbage), remove(current)), Action: Repaired, Kept: []string{aside(updated), newer},
	},
	{
		Name:    "a good file has the name of the updated link, and nothing else is there",
		Prepare: []Op{write(updated, whole(good))}, Action: Repaired, Kept: []string{CertDir + "/kubelet-client-20*.pem"},
	},
	{
		Name:    "a folder has the name of the updated link, and the link is missing",
		Prepare: and(aNode(whole(good)), folder(updated), remove(current)), Action: Repaired, Kept: []string{aside(updated), newer},
	},
	{
		Name:    "a folder has the name of the updated link, and nothing else is there",
		Prepare: []Op{folder(updated)}, Action: NewCertificate, Kept: []string{aside(updated)},
	},
	{
		Name:    "temporary files are left",
		Prepare: []Op{write(CertDir+temporary, whole(good)), write(ConfDir+temporary, text("apiVersion"))},
		Action:  NewCertificate, Loses: []string{CertDir + temporary, ConfDir + temporary},
	},
	{
		Name:    "temporary files are left beside good ones",
		Prepare: and(aNode(whole(good)), write(CertDir+temporary, text("-----BEGIN")), write(ConfDir+temporary, text("apiVersion"))),
	},
	{
		Name:    "a temporary file is a link to another file",
		Prepare: []Op{write(other, text("someone's")), link(CertDir+temporary, other), link(ConfDir+temporary, other)},
		Action:  NewCertificate, Kept: []string{other},
	},
	{
		Name:    "a folder has the name of the temporary file",
		Prepare: []Op{folder(CertDir + temporary)},
		Action:  Refused, PassesCheck: true, Says: CertDir + temporary,
		Repair: []Op{remove(CertDir + temporary)}, Then: NewCertificate,
	},
	{
		Name:    "files were set aside before, all is good",
		Prepare: and(aNode(whole(good)), write(newer+".corrupt-2025-01-01-00-00-00", garbage), write(Kubeconfig+".replaced-2025-01-01-00-00-00", nulls)),
	},
	{
		Name: "files were set aside before, and it happens again",
		Prepare: and(aNode(garbage), write(newer+".corrupt-2025-01-01-00-00-00", garbage), write(Kubeconfig+".replaced-2025-01-01-00-00-00", nulls),
			write(Kubeconfig, text(""))),
		Action: NewCertificate,
		Kept: []string{newer + ".corrupt-2025-01-01-00-00-00", newer + ".corrupt-202[!5]*",
			Kubeconfig + ".replaced-2025-01-01-00-00-00", Kubeconfig + ".replaced-202[!5]*"},
	},
	{
		Name: "cert-dir holds kubelet's serving certificate and other files",
		Prepare: []Op{write(someones, whole(pair{user: "server"})), write(CertDir+"/kubelet.crt", whole(good)),
			write(CertDir+"/kubelet.key", keyIn(CertDir+"/kubelet.crt")), write(CertDir+"/README/file", text("someone's"))},
		Action: NewCertificate, Kept: []string{someones, CertDir + "/kubelet.crt", CertDir + "/kubelet.key", CertDir + "/README/file"},
	},
}
