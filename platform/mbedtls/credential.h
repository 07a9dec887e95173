/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate and key that this program itself shows to a server: RSA, P-256 or P-384. */
#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "transport.h"

struct credential_pair {
	mbedtls_x509_crt chain;
	mbedtls_pk_context key; /* secret */
};

/*
 * Read both from `material`. `pair` must be initialised with the library's functions.
 *
 * Returns 0, or -1 with ERROR_CONFIG (none, damaged, encrypted, of another kind, or they do not fit each other) or ERROR_INTERNAL.
 */
int credential_load(struct credential_pair *pair, const struct transport_material *material, struct error *err)
	__attribute__((warn_unused_result));

#endif
