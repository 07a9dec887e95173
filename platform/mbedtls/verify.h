/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a server is who it should be: its chain against the authorities, its name against the subject alternative names (RFC 9525),
 * validity, RSA of 2048 bits or P-256 or P-384, SHA-256 or better.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include <mbedtls/x509_crt.h>

#include "certificate.h"
#include "error.h"

struct verify {
	mbedtls_x509_crt authorities;
	char name[CERTIFICATE_NAME_LIMIT]; /* of the certificate in the chain that has expired, otherwise of the one that is not valid yet
					    */
	int64_t not_before_s;              /* when all of those are valid that are not yet; 0: none is not */
	int64_t not_after_s;               /* when that one has expired; 0: none has */
};

extern const mbedtls_x509_crt_profile verify_profile;

/*
 * Take every certificate of the PEM text for an authority, and none that was one before. `source` says where it comes from.
 *
 * Returns 0, or -1 with ERROR_CONFIG (none in it, or a damaged one) or ERROR_INTERNAL (more than the arena can hold).
 */
int verify_load(struct verify *verify, struct view pem, const char *source, struct error *err) __attribute__((warn_unused_result));

/* A handshake begins: forget the dates of the one before. */
void verify_begin(struct verify *verify);

/* The callback of mbedtls_ssl_conf_verify(): what the library does not look at. `context` is the struct verify. */
int verify_look(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

/* Verify the chain of a server that must have `name`. The flags of the library: 0 when all is well. */
uint32_t verify_chain(struct verify *verify, mbedtls_x509_crt *chain, const char *name);

/* Put flags that are not 0 into words: ERROR_UNTRUSTED. Returns -1. */
int verify_explain(const struct verify *verify, uint32_t flags, const char *name, struct error *err);

#endif
