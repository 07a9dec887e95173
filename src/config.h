/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file: INI, read with inih, behind a guard that closes inih's traps (see config.c). Keys: README.md,
 * "Configuration".
 *
 * To add a key: a field here, a row in config_keys.c and its number in config_keys.h, a line in README.md and in the manual page.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdint.h>

#include "error.h"
#include "proxy.h"
#include "token.h"
#include "url.h"

#define CONFIG_PATH_DEFAULT        "/etc/kubernetes/kubelet-bootstrap.ini"
#define CONFIG_BOOTSTRAP_DEFAULT   "/etc/kubernetes/bootstrap-kubelet.conf"
#define CONFIG_KUBECONFIG_DEFAULT  "/etc/kubernetes/kubelet.conf"
#define CONFIG_CERT_DIR_DEFAULT    "/var/lib/kubelet/pki"
#define CONFIG_DEADLINE_DEFAULT_MS 3600000

/* Where a setting came from. */
enum config_origin {
	CONFIG_NOWHERE,
	CONFIG_FILE,       /* this file */
	CONFIG_KUBECONFIG, /* the bootstrap kubeconfig */
	CONFIG_CREDENTIAL, /* the systemd credential */
	CONFIG_HOST,       /* the host name */
	CONFIG_DISCOVERED, /* the cluster itself: cluster-info */
};

/*
 * What every run needs comes first: pages that nobody writes to cost nothing. Texts are NUL-terminated and empty when the key is not given.
 * Paths are absolute. What the file leaves open access_complete() (access.h) fills in.
 */
struct config {
	char node_name[NODE_NAME_LIMIT];
	char kubeconfig_path[PATH_LIMIT];
	char cert_dir[PATH_LIMIT];
	int64_t deadline_ms; /* of the whole run; 0: none */
	bool remove_after_use;
	enum config_origin servers_from;
	enum config_origin authority_from;
	enum config_origin credential_from;
	enum config_origin name_from;
	char ca_path[PATH_LIMIT]; /* certificate-authority: kubelet.conf will name it */
	size_t ca_data_len;       /* of `ca_data`; 0: not given, or not known yet */
	size_t server_count;
	size_t main_server;                     /* the one that kubelet.conf gets */
	struct token token;                     /* secret */
	struct url servers[SERVER_LIMIT + 1];   /* one more that cluster-info brings */
	char ca_data[CA_LIMIT];                 /* certificate-authority-data, decoded: PEM. access_complete() also reads ca_path into it */
	unsigned char pins[PIN_LIMIT][PIN_LEN]; /* ca-cert-hash: SHA-256 of public keys */
	size_t pin_count;
	char tls_server_name[HOST_LIMIT];
	struct proxy proxy;              /* secret; `text` is empty when none */
	char bootstrap_path[PATH_LIMIT]; /* [bootstrap] kubeconfig */
	char token_path[PATH_LIMIT];     /* token-file */
	char client_certificate_path[PATH_LIMIT];
	char client_key_path[PATH_LIMIT];
	char client_certificate[PEM_LIMIT];
	size_t client_certificate_len;
	char client_key[CLIENT_KEY_LIMIT]; /* secret */
	size_t client_key_len;
};

/* What holds where nothing is given. `config` must be all zeros: it is large, and memory that is not written to costs nothing. */
void config_set_defaults(struct config *config);

/* Whether a certificate authority is known, and whether there is a credential, be it in a file that is not read yet. */
bool config_has_authority(const struct config *config);
bool config_has_credential(const struct config *config);

/*
 * Set the defaults and read the text of the file `name` (the name is for messages only).
 *
 * Returns 0, or -1 with ERROR_CONFIG: unknown section or key, duplicate, bad value, NUL byte, over-long line, text that is no
 * "key = value"; neither server nor a bootstrap kubeconfig, nothing to verify the server with and no bootstrap kubeconfig; both kinds of
 * certificate authority, or more than one kind of credential. The message names file, line, section, key, value (secrets excepted) and
 * what is accepted. That there is a credential at all is not checked: a valid certificate needs none.
 */
int config_parse(struct config *config, const char *name, struct view text, struct error *err) __attribute__((warn_unused_result));

#endif
