/* SPDX-License-Identifier: Apache-2.0 */
/* cluster-info as fake_crypto reads it: certificate authorities have numbers, their pins too. */
#ifndef CLUSTER_INFO_SAMPLES_H
#define CLUSTER_INFO_SAMPLES_H

#include "config.h"

/* PEM of the authorities with these numbers, each a digit: "12". */
const char *sample_authorities(const char *numbers);

/* The kubeconfig in it. */
const char *sample_cluster_content(const char *server, const char *authorities);

/* What bootstrapsigner says to that content with a token. */
const char *sample_signature(const char *content, const char *token);

/* The ConfigMap; `signature` is under the id of `token`, NULL: none. */
const char *sample_cluster_info(const char *content, const char *token, const char *signature);

/* Pin the authorities with these numbers. */
void sample_pin(struct config *config, const char *numbers);

#endif
