/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this program asks of a crypto library, as a table of functions. platform/mbedtls fills it in; changing the library means
 * another folder there.
 */
#ifndef CRYPTO_H
#define CRYPTO_H

#include "certificate.h"
#include "csr.h"
#include "error.h"
#include "key.h"

struct crypto {
	/* Make a new P-256 key, both parts. Waits for the kernel's random pool. 0, or -1 with ERROR_INTERNAL. */
	int (*generate_key)(struct key *key, struct error *err);

	/* Compute the public part from the private one. 0, or -1 when it is no P-256 key (0, or beyond the order of the curve). */
	int (*derive_public)(struct key *key);

	/* ECDSA with SHA-256 over `message`. 0, or -1 with ERROR_INTERNAL. */
	int (*sign)(const struct key *key, struct view message, unsigned char signature[CSR_SIGNATURE_LEN], struct error *err);

	/* SHA-512/256 (FIPS 180-4 §6.7). Cannot fail. */
	void (*digest)(struct view message, unsigned char digest[CSR_DIGEST_LEN]);

	/* Read the first certificate of PEM text. 0, or -1 when there is none that can be read. */
	int (*read_certificate)(struct certificate *certificate, struct view pem);
};

#endif
