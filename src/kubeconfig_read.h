/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kubeconfig that is given: YAML (see yaml.h for how much of it) or JSON, read as client-go reads it, or refused.
 *
 * Source: k8s.io/client-go tools/clientcmd/api/v1/types.go (the fields), validation.go (what is refused). Unknown keys are ignored.
 * Every -1 comes with ERROR_CONFIG and a text that names what is wrong, never a value of a token, password or key.
 */
#ifndef KUBECONFIG_READ_H
#define KUBECONFIG_READ_H

#include "buffer.h"
#include "error.h"
#include "json.h"
#include "sizes.h"

#define KUBECONFIG_NAME_LIMIT 256 /* of a context, cluster or user, with its NUL: that of an EKS cluster has about 100 characters */

/*
 * Read `text`. JSON is what begins with '{', and `root` then points into `text`, otherwise into `memory`, of KUBECONFIG_JSON_LIMIT bytes:
 * there the first `root->text.len` are to be wiped when `root` is needed no more.
 *
 * Returns 0, or -1 ("line 7: ..."); then `root` is what comes before that, or null.
 */
int kubeconfig_read(struct json *root, struct view text, struct buffer memory, struct error *err) __attribute__((warn_unused_result));

/* What the current context leads to: objects, or the literal null. */
struct kubeconfig_choice {
	struct json cluster;
	struct json user; /* null where the context names none, and no user has the name "" */
	char cluster_name[KUBECONFIG_NAME_LIMIT];
	char user_name[KUBECONFIG_NAME_LIMIT];
};

/*
 * Follow current-context to its cluster and user. What kubelet refuses is refused: another kind or apiVersion, a name that is not there
 * or there twice, no server, a certificate authority, client certificate or key both as file and as data. A user that is not there is
 * refused, too, with those there are; client-go goes on as anonymous.
 */
int kubeconfig_follow(struct kubeconfig_choice *choice, const struct json *root, struct error *err) __attribute__((warn_unused_result));

/*
 * The same for a bootstrap. Also refused: what is not supported here (insecure-skip-tls-verify, exec, auth-provider, passwords,
 * impersonation), and what leaves a question open (token and tokenFile, a client certificate without its key or the reverse).
 */
int kubeconfig_choose(struct kubeconfig_choice *choice, const struct json *root, struct error *err) __attribute__((warn_unused_result));

/*
 * Of a cluster-info document (k8s.io/kubernetes cmd/kubeadm/app/util/kubeconfig): the cluster of its current context, else the one
 * named "", else the only one. What kubeconfig_choose() refuses of a cluster is refused.
 */
int kubeconfig_choose_cluster(struct json *cluster, const struct json *root, struct error *err) __attribute__((warn_unused_result));

/*
 * The text of a field, with a NUL; absent, null and "" give "". Returns 0, or -1: given twice, not a string, control characters in it, or
 * longer than `capacity`.
 */
int kubeconfig_take_text(char *text, size_t capacity, const struct json *mapping, const char *field, struct error *err)
	__attribute__((warn_unused_result));

/* The same for a base64 field, "...-data", decoded and appended to `data`. Absent appends nothing. */
int kubeconfig_take_data(struct buffer *data, const struct json *mapping, const char *field, struct error *err)
	__attribute__((warn_unused_result));

#endif
