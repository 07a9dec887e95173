/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: the entries of struct crypto (src/crypto.h), which describes them, and what is behind them. */
#ifndef X509_H
#define X509_H

#include <mbedtls/x509_crt.h>

#include "crypto.h"

/* Seconds since 1970. */
int64_t x509_seconds(const mbedtls_x509_time *time);

/* The common name of a subject or an issuer; empty when there is none that fits. */
void x509_read_common_name(char text[CERTIFICATE_NAME_LIMIT], const mbedtls_x509_name *name);

enum crypto_result x509_read_certificate(struct certificate *certificate, struct view pem, struct error *err);

enum crypto_result x509_take_pin(unsigned char pin[PIN_LEN], struct view *pem, struct error *err);

/*
 * Take the next "CERTIFICATE" block off the front of `pem` and append it to `chain`.
 *
 * Returns 1, 0 when there is no further block, or a negative error of Mbed TLS.
 */
int x509_parse_next(mbedtls_x509_crt *chain, struct view *pem);

#endif
