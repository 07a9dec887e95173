// SPDX-License-Identifier: Apache-2.0

package states

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"os"
	"strings"
)

// content makes what is in a file.
type content func(p *Place) string

func text(s string) content { return func(*Place) string { return s } }

// arranged is text around a certificate and its key, and the cluster's CA.
func arranged(s pair, layout string) content {
	return func(p *Place) string {
		certificate, key := s.make(p)
		return strings.NewReplacer("{certificate}", certificate, "{key}", key, "{ca}", ca(p)).Replace(layout)
	}
}

// whole is as kubelet writes it; the other two are parts of it.
func whole(s pair) content         { return arranged(s, "{certificate}{key}") }
func certificateOf(s pair) content { return arranged(s, "{certificate}") }
func keyOf(s pair) content         { return arranged(s, "{key}") }

// changed is the content after an edit.
func changed(c content, edit func(string) string) content {
	return func(p *Place) string { return edit(c(p)) }
}

// cutBefore leaves what stands before the mark and some bytes of what follows.
func cutBefore(c content, mark string, more int) content {
	return changed(c, func(s string) string { return s[:strings.Index(s, mark)+more] })
}

// replaced has another text in all places of one.
func replaced(c content, old, replacement string) content {
	return changed(c, func(s string) string { return strings.ReplaceAll(s, old, replacement) })
}

// joined is one content after the other.
func joined(parts ...content) content {
	return func(p *Place) string {
		var all strings.Builder
		for _, part := range parts {
			all.WriteString(part(p))
		}
		return all.String()
	}
}

// ca is the cluster's CA.
func ca(p *Place) string { return string(must(os.ReadFile(p.CA))) }

// garbage is what no program has written, nulls what a file system may leave of a file after a power cut.
func garbage(*Place) string {
	random := make([]byte, 1200)
	must(rand.Read(random))
	return string(bytes.ReplaceAll(random, []byte{0}, []byte{1}))
}

func nulls(*Place) string { return strings.Repeat("\x00", 1300) }

// keyIn is the private key of another file.
func keyIn(name string) content {
	return func(p *Place) string {
		pem := string(must(os.ReadFile(p.Path(name))))
		return pem[strings.Index(pem, "-----BEGIN EC PRIVATE KEY"):]
	}
}

// kubeconfig is what kubelet and kubelet-bootstrap write.
func kubeconfig(p *Place) string {
	return `apiVersion: v1
clusters:
- cluster:
    certificate-authority: ` + p.CA + `
    server: ` + p.Server + `
  name: default-cluster
contexts:
- context:
    cluster: default-cluster
    namespace: default
    user: default-auth
  name: default-context
current-context: default-context
kind: Config
users:
- name: default-auth
  user:
    client-certificate: ` + p.Inside(current) + `
    client-key: ` + p.Inside(current) + `
`
}

// kubeconfigWithin holds certificate and key, as kubeadm writes it for the first node.
func kubeconfigWithin(p *Place) string {
	certificate, key := good.make(p)
	before, _, _ := strings.Cut(kubeconfig(p), "    client-certificate")
	return before + "    client-certificate-data: " + base64.StdEncoding.EncodeToString([]byte(certificate)) +
		"\n    client-key-data: " + base64.StdEncoding.EncodeToString([]byte(key)) + "\n"
}

// kubeconfigJSON says the same.
func kubeconfigJSON(p *Place) string {
	return strings.NewReplacer("{ca}", p.CA, "{server}", p.Server, "{pem}", p.Inside(current)).Replace(`{"apiVersion":"v1","kind":"Config",
"clusters":[{"name":"c","cluster":{"certificate-authority":"{ca}","server":"{server}"}}],
"users":[{"name":"u","user":{"client-certificate":"{pem}","client-key":"{pem}"}}],
"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"}
`)
}

const kubeletConfiguration = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
rotateCertificates: true
`
