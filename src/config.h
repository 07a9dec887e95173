/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file: INI, read with inih, behind a guard that closes inih's traps (see config.c). Keys: README.md,
 * "Configuration".
 *
 * To add a key: a field here, a row in the table of config.c, a line in the README.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdint.h>

#include "error.h"
#include "proxy.h"
#include "token.h"
#include "url.h"

#define CONFIG_PATH_DEFAULT        "/etc/kubernetes/kubelet-bootstrap.ini"
#define CONFIG_KUBECONFIG_DEFAULT  "/etc/kubernetes/kubelet.conf"
#define CONFIG_CERT_DIR_DEFAULT    "/var/lib/kubelet/pki"
#define CONFIG_DEADLINE_DEFAULT_MS 3600000

/* Texts are NUL-terminated and empty when the key is not given. Paths are absolute. */
struct config {
	struct url servers[SERVER_LIMIT]; /* at least one */
	size_t server_count;
	char ca_path[PATH_LIMIT]; /* certificate-authority, or: */
	char ca_data[CA_LIMIT];   /* certificate-authority-data, decoded: PEM */
	size_t ca_data_len;       /* 0 when not given */
	char tls_server_name[HOST_LIMIT];
	struct proxy proxy;          /* proxy-url */
	struct token token;          /* secret */
	char token_path[PATH_LIMIT]; /* token-file */
	char node_name[NODE_NAME_LIMIT];
	char kubeconfig_path[PATH_LIMIT];
	char cert_dir[PATH_LIMIT];
	int64_t deadline_ms; /* of the whole run; 0: none */
};

/*
 * Read the text of the file `name` (the name is for messages only) and put the defaults where nothing is given. `config` must be all
 * zeros: it is large, and memory that is not written to costs nothing.
 *
 * Returns 0, or -1 with ERROR_CONFIG: unknown section or key, duplicate, bad value, NUL byte, over-long line, text that is no
 * "key = value", no server, no certificate authority or both kinds, both kinds of token. The message names file, line, section, key,
 * value (secrets excepted) and what is accepted. That there is a token at all is not checked: a valid certificate needs none.
 */
int config_parse(struct config *config, const char *name, struct view text, struct error *err) __attribute__((warn_unused_result));

#endif
