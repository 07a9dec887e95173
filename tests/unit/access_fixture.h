/* SPDX-License-Identifier: Apache-2.0 */
/* access_complete() over the files of fake_host: a configuration, a bootstrap kubeconfig, and what they name. */
#ifndef ACCESS_FIXTURE_H
#define ACCESS_FIXTURE_H

#include "access.h"
#include "config_text.h"
#include "fake_crypto.h"
#include "fake_host.h"

#define KUBECONFIG    "/etc/kubernetes/bootstrap-kubelet.conf"
#define INI           "/etc/kb.ini"
#define NAMES_IT      "[bootstrap]\nkubeconfig = " KUBECONFIG "\n"
#define TOKEN         "abcdef.0123456789abcdef"
#define OTHER_PIN     "ca-cert-hash = sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
#define KUBECONFIG_CA "    certificate-authority: ca.crt\n" /* lines of the cluster */
#define WITH_TOKEN    "\n    token: " TOKEN                 /* lines of the user */

struct access_fixture {
	struct config config;
	struct error err;
	char text[KUBECONFIG_LIMIT];
	char json[KUBECONFIG_JSON_LIMIT];
};

extern struct access_fixture access_fixture;

/* cmocka's setup: a CA at /ca.crt and beside the kubeconfig, which is not there. */
int access_setup(void **state);

/* Put a kubeconfig at `path` with these lines in its cluster and its user. */
void access_add_kubeconfig(const char *path, const char *cluster, const char *user);

/* A certificate has to be asked for; the configuration has mode 0600. */
struct access_place access_place_in(const char *root);

/* Read the configuration `ini`, which must be good, and complete it. */
int access_complete_at(const struct access_place *place, const char *ini);
int access_complete_ini(const char *ini);

#endif
