/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How to reach the cluster, and how to prove who we are: what the configuration file leaves open comes from the bootstrap kubeconfig it
 * names; the credential may also be a systemd credential; and the files that are named are read.
 *
 * What the file says wins, setting by setting; of credentials, any kind in the file wins over the systemd credential, and that over the
 * kubeconfig's user.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "config.h"
#include "crypto.h"
#include "host.h"

#define ACCESS_CREDENTIAL "kubelet-bootstrap.token" /* name of the systemd credential */

struct access_place {
	const struct host *host;
	const struct crypto *crypto;
	const char *root;
	const char *config_name; /* of the configuration file, for messages */
	bool is_default;         /* there is no such file: all is at its default */
	unsigned int mode;       /* its permission bits */
	bool asks;               /* a certificate will be asked for */
	const char *reason;      /* what is wrong on disk, for messages */
	struct buffer text; /* working memory: KUBECONFIG_LIMIT and KUBECONFIG_JSON_LIMIT bytes; secrets pass through, both are wiped */
	struct buffer json;
};

/*
 * Complete `config`. Without `asks` only kubelet.conf will be written: no credential is needed then, unless the certificate authority has
 * to be discovered, and no bootstrap kubeconfig where the configuration file says enough. Says which secrets others can read.
 *
 * Returns 0: there is a server, and a certificate authority (`ca_data`, or without `asks` just `ca_path`), or a pin and a bootstrap token
 * to discover it with; with `asks` a token or a client certificate. Otherwise -1 with
 *   ERROR_CONFIG     one of those is missing, or a file is not what it should be
 *   ERROR_DISK       a file cannot be read
 *   ERROR_UNTRUSTED  the certificate authority is not the one that is pinned
 *   ERROR_INTERNAL   from the crypto library
 */
int access_complete(struct config *config, const struct access_place *place, struct error *err) __attribute__((warn_unused_result));

#endif
