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

#define CRYPTO_MAC_LEN 32

/* What became of bytes that should be a key or a certificate. */
enum crypto_result {
	CRYPTO_OK,
	CRYPTO_UNFIT,  /* they are none */
	CRYPTO_FAILED, /* it cannot be found out just now (memory, random numbers); `err` tells, ERROR_INTERNAL */
};

struct crypto {
	/* Make a new P-256 key, both parts. Waits for the kernel's random pool. 0, or -1 with ERROR_INTERNAL. */
	int (*generate_key)(struct key *key, struct error *err);

	/* Compute the public part from the private one. CRYPTO_UNFIT: it is no P-256 key (0, or beyond the order of the curve). */
	enum crypto_result (*derive_public)(struct key *key, struct error *err);

	/* ECDSA with SHA-256 over `message`. 0, or -1 with ERROR_INTERNAL. */
	int (*sign)(const struct key *key, struct view message, unsigned char signature[CSR_SIGNATURE_LEN], struct error *err);

	/* HMAC with SHA-256 (RFC 2104). 0, or -1 with ERROR_INTERNAL. */
	int (*authenticate)(struct view key, struct view message, unsigned char mac[CRYPTO_MAC_LEN], struct error *err);

	/*
	 * SHA-256 of the public key (DER SubjectPublicKeyInfo) of the first certificate of PEM text, and take that off the front of `pem`.
	 * CRYPTO_UNFIT: there is none, or it is damaged.
	 */
	enum crypto_result (*take_pin)(unsigned char pin[PIN_LEN], struct view *pem, struct error *err);

	/* SHA-512/256 (FIPS 180-4 §6.7). Cannot fail. */
	void (*digest)(struct view message, unsigned char digest[CSR_DIGEST_LEN]);

	/* Read the first certificate of PEM text. CRYPTO_UNFIT: there is none, or it is damaged. */
	enum crypto_result (*read_certificate)(struct certificate *certificate, struct view pem, struct error *err);
};

#endif
