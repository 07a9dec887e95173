/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and digests with the PSA Crypto interface: the entries of struct crypto (src/crypto.h), which describes them. */
#ifndef KEYS_H
#define KEYS_H

#include "crypto.h"

int keys_generate(struct key *key, struct error *err);
enum crypto_result keys_derive_public(struct key *key, struct error *err);
int keys_sign(const struct key *key, struct view message, unsigned char signature[CSR_SIGNATURE_LEN], struct error *err);
int keys_authenticate(struct view key, struct view message, unsigned char mac[CRYPTO_MAC_LEN], struct error *err);
void keys_digest(struct view message, unsigned char digest[CSR_DIGEST_LEN]);

#endif
