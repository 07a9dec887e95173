/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kubelet.conf: the kubeconfig that points kubelet at its certificate.
 *
 * Source of the form: k8s.io/kubernetes pkg/kubelet/certificate/bootstrap/bootstrap.go (writeKubeconfigFromBootstrapping) and
 * k8s.io/client-go tools/clientcmd (sorted keys, two spaces).
 */
#ifndef KUBECONFIG_H
#define KUBECONFIG_H

#include "buffer.h"
#include "error.h"
#include "json.h"
#include "sizes.h"

/* What is to be written. Paths are final ones, without --root. */
struct kubeconfig {
	const char *server;
	const char *ca_path; /* certificate-authority; NULL: `ca_pem` goes in as certificate-authority-data */
	struct view ca_pem;
	const char *proxy;           /* proxy-url, "" when none */
	const char *tls_server_name; /* "" when none */
	const char *certificate;     /* path of the symlink, for client-certificate and client-key */
};

void kubeconfig_format(struct buffer *buf, const struct kubeconfig *config);

/* What a file that is in the way of ours turned out to be. */
enum kubeconfig_kind {
	KUBECONFIG_OURS,    /* its current user has the wanted path as client-certificate and client-key, its cluster a server */
	KUBECONFIG_OTHER,   /* a kubeconfig with another user, or one that kubelet would refuse */
	KUBECONFIG_DAMAGED, /* empty, or the beginning of a kubeconfig, or one with a fault */
	KUBECONFIG_FOREIGN, /* anything else, a KubeletConfiguration for example: not ours to replace */
};

int kubeconfig_read(struct json *root, struct view text, struct buffer memory, struct error *err);
struct kubeconfig_choice {
	struct json cluster;
	struct json user;
};
int kubeconfig_choose(struct kubeconfig_choice *choice, const struct json *root, struct error *err);
int kubeconfig_choose_cluster(struct json *cluster, const struct json *root, struct error *err);
int kubeconfig_take_text(char *text, size_t capacity, const struct json *mapping, const char *field, struct error *err);
int kubeconfig_take_data(struct buffer *data, const struct json *mapping, const char *field, struct error *err);

enum kubeconfig_kind kubeconfig_judge(struct view text, const char *certificate);

#endif
