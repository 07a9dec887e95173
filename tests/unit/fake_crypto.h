/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crypto library (src/crypto.h) without secrets and chance: keys have numbers, and a certificate is the base64 of a struct, so that a
 * test can make any.
 */
#ifndef FAKE_CRYPTO_H
#define FAKE_CRYPTO_H

#include "crypto.h"
#include "support.h"

struct fake_crypto_state {
	unsigned char keys_made; /* generate_key() has given fake_key(1) to fake_key(keys_made) */
	bool generate_fails;
	bool sign_fails;
	bool derive_fails;
	bool read_fails;
	bool authenticate_fails;
};

extern struct fake_crypto_state fake_crypto_state;
extern const struct crypto fake_crypto;

void fake_crypto_reset(void);

/* The key with this number, 1 to 255. */
struct key fake_key(unsigned char number);

/* A node's certificate for `key`, good from 1970 until `not_after_s`. */
struct certificate fake_certificate(const char *node_name, const struct key *key, int64_t not_after_s);

/* Append it as a CERTIFICATE block that fake_crypto can read. */
void fake_certificate_format(struct buffer *buf, const struct certificate *certificate);

/* Append what a dated file holds: certificate, then key. */
void fake_pem_format(struct buffer *buf, const struct certificate *certificate, const struct key *key);

#endif
