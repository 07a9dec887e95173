// SPDX-License-Identifier: Apache-2.0

package controlplane

import "strconv"

func etcdFlags(dir, client, peer string) []string {
	return []string{
		"--name=default",
		"--data-dir=" + dir,
		"--unsafe-no-fsync", // nothing here has to survive a crash
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
		"--log-level=warn",
	}
}

func (cp *ControlPlane) apiServerFlags(etcd string) []string {
	return []string{
		"--etcd-servers=" + etcd,
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(cp.Port),
		"--tls-cert-file=" + cp.path("kube-apiserver.crt"),
		"--tls-private-key-file=" + cp.path("kube-apiserver.key"),
		"--client-ca-file=" + cp.path("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + cp.path("sa.pub"),
		"--service-account-signing-key-file=" + cp.path("sa.key"),
		"--service-cluster-ip-range=10.0.0.0/24",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--enable-bootstrap-token-auth",
		"--endpoint-reconciler-type=none", // a loopback address must not become a Service endpoint
	}
}

// controllerFlags name the controllers one by one: bootstrapsigner and tokencleaner are off unless named.
func (cp *ControlPlane) controllerFlags() []string {
	return []string{
		"--kubeconfig=" + cp.path("controllers.conf"),
		"--controllers=csrapproving,csrsigning,csrcleaner,bootstrapsigner,tokencleaner",
		"--cluster-signing-cert-file=" + cp.path("ca.crt"),
		"--cluster-signing-key-file=" + cp.path("ca.key"),
		"--root-ca-file=" + cp.path("ca.crt"),
		"--use-service-account-credentials", // the controllers' roles are bound to their service accounts
		"--service-account-private-key-file=" + cp.path("sa.key"),
		"--leader-elect=false",
		"--secure-port=0",
		"--v=1",
	}
}
