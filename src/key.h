/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's key as bytes: ECDSA on P-256, the one kind kubelet makes (client-go/util/certificate/certificate_manager.go).
 *
 * What it computes with lies in platform/mbedtls; here are only its forms on disk.
 */
#ifndef KEY_H
#define KEY_H

#include "buffer.h"
#include "sizes.h"

struct key {
	unsigned char private[KEY_PRIVATE_LEN]; /* big-endian scalar; secret, to be wiped */
	unsigned char spki[KEY_SPKI_LEN];       /* DER SubjectPublicKeyInfo, uncompressed point */
};

/*
 * Find the private key in PEM text that may hold certificates too: "EC PRIVATE KEY" (SEC1, RFC 5915) or "PRIVATE KEY" (PKCS#8).
 *
 * Returns 0 and fills `private`, or -1 when there is none, it is cut off, or of another kind than P-256. That it is in range, and fits
 * a certificate, is not checked.
 */
int key_parse_pem(unsigned char private[KEY_PRIVATE_LEN], struct view pem) __attribute__((warn_unused_result));

/* Append the key as SEC1 PEM, as kubelet writes it: with curve and public key. */
void key_format_pem(struct buffer *buf, const struct key *key);

/* Build the SubjectPublicKeyInfo around an uncompressed point of 65 bytes, 04 X Y. */
void key_set_point(struct key *key, const unsigned char point[65]);

#endif
