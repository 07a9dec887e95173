/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster-info: the ConfigMap in which a cluster says who it is to those that know it by a bootstrap token and a public key pin only.
 *
 * Source: k8s.io/kubernetes cmd/kubeadm/app/discovery/token/token.go, k8s.io/cluster-bootstrap/token/jws/jws.go. A pin is required
 * here: the secret of a token alone is weak proof. For that same reason a server is verified with those authorities only that are pinned,
 * where kubeadm takes all when one of them is: whoever knows the token can sign a document with an authority of his own beside the
 * cluster's.
 */
#ifndef CLUSTER_INFO_H
#define CLUSTER_INFO_H

#include "config.h"
#include "crypto.h"
#include "enroll.h"

#define CLUSTER_INFO_PATH "/api/v1/namespaces/kube-public/configmaps/cluster-info"

/* Two pieces of working memory: KUBECONFIG_LIMIT and KUBECONFIG_JSON_LIMIT bytes. */
struct cluster_info_memory {
	struct buffer text;
	struct buffer json;
};

struct cluster_info {
	struct url server;  /* the address of the cluster */
	struct view pinned; /* those of its certificate authorities that are pinned, in `memory.json` */
};

/*
 * Read the body of a 200. When it is signed with the token of `config` and one of its certificate authorities is pinned, all of them
 * become `config->ca_data`. Nothing of it may be believed before the server it came from is verified with `info->pinned`.
 *
 * Returns ENROLL_DISCOVERED, or with `err` (and ca_data_len 0):
 *   ENROLL_UNREADY    no signature by this token, or one that does not fit: the signer may be behind. ERROR_UNTRUSTED
 *   ENROLL_UNTRUSTED  no pin fits, or the content is not what it should be. ERROR_UNTRUSTED
 *   ENROLL_BROKEN     ERROR_INTERNAL
 */
enum enroll_event cluster_info_read(struct config *config, struct cluster_info *info, struct view body, struct cluster_info_memory memory,
				    const struct crypto *crypto, struct error *err);

/* That server is the one for kubelet, whatever was configured. Those stay: one of them has just been found good. */
void cluster_info_add_server(struct config *config, const struct url *server);

/*
 * Append the certificates of `config->ca_data` whose public key is pinned to `pinned`, which has room for all (CA_LIMIT).
 * ENROLL_DISCOVERED when there are any, ENROLL_UNTRUSTED or ENROLL_BROKEN, as above.
 */
enum enroll_event cluster_info_check_pins(const struct config *config, struct buffer *pinned, const struct crypto *crypto,
					  struct error *err);

#endif
