// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"kubelet-bootstrap/tests/cluster/repo"
)

// Kubectl runs the real kubectl as the administrator and returns its stdout.
func (cp *ControlPlane) Kubectl(args ...string) (string, error) {
	return cp.KubectlAs(cp.Admin, "", args...)
}

// KubectlAs runs the real kubectl with any kubeconfig and input.
func (cp *ControlPlane) KubectlAs(kubeconfig, stdin string, args ...string) (string, error) {
	cmd := exec.Command(cp.Programs.Path("kubectl"), append([]string{"--kubeconfig=" + kubeconfig}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+cp.Dir) // kubectl keeps a cache in HOME
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = fmt.Errorf("kubectl %s: %w\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	return string(out), err
}

// Apply gives the cluster what an administrator would: every manifest of platform/cluster.
func (cp *ControlPlane) Apply() (string, error) {
	dir, err := repo.Manifests()
	if err != nil {
		return "", err
	}
	manifests, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(manifests) == 0 {
		return "", fmt.Errorf("cannot find manifests in %s (%v)", dir, err)
	}
	var args []string
	for _, m := range manifests {
		args = append(args, "--filename="+m)
	}
	return cp.Kubectl(append([]string{"apply"}, args...)...)
}

var tokenLine = regexp.MustCompile(`(?m)^#\s*token\s*=\s*([a-z0-9]{6}\.[a-z0-9]{16})\s*$`)

// NewToken runs platform/cluster/mint-token with the arguments and returns the token and the manifest that makes it one.
func (cp *ControlPlane) NewToken(args ...string) (token, manifest string, err error) {
	dir, err := repo.Manifests()
	if err != nil {
		return "", "", err
	}
	secret, err := exec.Command("sh", append([]string{filepath.Join(dir, "mint-token")}, args...)...).Output()
	if err != nil {
		return "", "", fmt.Errorf("cannot mint a token: mint-token: %w", err)
	}
	line := tokenLine.FindSubmatch(secret)
	if line == nil {
		return "", "", errors.New("cannot mint a token: mint-token printed no line '# token = ...'")
	}
	return string(line[1]), string(secret), nil
}

// MintUnapprovedToken makes one whose holders may ask and do nothing else, and nobody approves. To be called once, after Apply.
func (cp *ControlPlane) MintUnapprovedToken() (string, error) {
	const group = "--group=system:bootstrappers:by-hand"
	if _, err := cp.Kubectl("create", "clusterrolebinding", "by-hand", "--clusterrole=system:node-bootstrapper", group); err != nil {
		return "", err
	}
	return cp.MintToken(group)
}

// MintToken applies what NewToken gives, and returns the token once the API server lets it in and RBAC lets it list requests:
// both learn of it by a watch, a moment later.
func (cp *ControlPlane) MintToken(args ...string) (string, error) {
	token, manifest, err := cp.NewToken(args...)
	if err != nil {
		return "", err
	}
	if _, err := cp.KubectlAs(cp.Admin, manifest, "apply", "--filename=-"); err != nil {
		return "", fmt.Errorf("cannot mint a token: %w", err)
	}
	for range 100 {
		if cp.api.statusAs(token, "/apis/certificates.k8s.io/v1/certificatesigningrequests?limit=1") == 200 {
			return token, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", errors.New("the API server has not accepted the new token within 5 s; are platform/cluster's manifests applied?")
}

// apiClient asks plain questions of the API server without client-go, which takes a minute to compile.
type apiClient struct {
	server           string
	admin, anonymous *http.Client
}

func newAPIClient(server, ca, cert, key string) (*apiClient, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := func(certs ...tls.Certificate) *http.Client {
		return &http.Client{
			Timeout:   5 * time.Second,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certs}},
		}
	}
	return &apiClient{server: server, admin: client(pair), anonymous: client()}, nil
}

// status is the HTTP status of a GET as the administrator, 0 when there was none.
func (c *apiClient) status(path string) int { return status(c.admin, c.server+path, "") }

// statusAs is the same for whoever the bearer token stands for.
func (c *apiClient) statusAs(token, path string) int {
	return status(c.anonymous, c.server+path, token)
}

func status(client *http.Client, url, token string) int {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// BootstrapKubeconfig is what kubelet's own bootstrap would start from.
func BootstrapKubeconfig(server, ca, token string) string {
	return `apiVersion: v1
kind: Config
current-context: bootstrap
clusters:
- name: bootstrap
  cluster:
    server: ` + server + `
    certificate-authority: ` + ca + `
contexts:
- name: bootstrap
  context:
    cluster: bootstrap
    user: bootstrap
users:
- name: bootstrap
  user:
    token: ` + token + `
`
}
