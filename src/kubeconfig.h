/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubelet.conf: the kubeconfig that points kubelet at its certificate. What is read from one: kubeconfig_read.h.
 *
 * Source of the form: k8s.io/kubernetes pkg/kubelet/certificate/bootstrap/bootstrap.go (writeKubeconfigFromBootstrapping) and
 * k8s.io/client-go tools/clientcmd (sorted keys, two spaces).
 */
#ifndef KUBECONFIG_H
#define KUBECONFIG_H

#include "kubeconfig_read.h"

/* What is to be written. Paths are final ones, without --root. */
struct kubeconfig {
	const char *server;
	const char *ca_path; /* certificate-authority; NULL: `ca_pem` goes in as certificate-authority-data */
	struct view ca_pem;
	const char *tls_server_name; /* "" when none */
	const char *certificate;     /* path of the symlink, for client-certificate and client-key */
	const char *proxy;           /* proxy-url; "" when none */
};

void kubeconfig_format(struct buffer *buf, const struct kubeconfig *config);

/* What a file that is in the way of ours turned out to be. */
enum kubeconfig_kind {
	KUBECONFIG_OURS,    /* its current user has the wanted path as client-certificate and client-key, its cluster a server */
	KUBECONFIG_OTHER,   /* a kubeconfig with another user, or one that kubelet would refuse */
	KUBECONFIG_DAMAGED, /* empty, or the beginning of a kubeconfig, or one with a fault */
	KUBECONFIG_FOREIGN, /* anything else, a KubeletConfiguration for example: not ours to replace */
};

/* `memory` as for kubeconfig_read(), KUBECONFIG_JSON_LIMIT bytes; it is wiped. */
enum kubeconfig_kind kubeconfig_judge(struct view text, const char *certificate, struct buffer memory);

#endif
