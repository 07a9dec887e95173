/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mbed TLS as the rest of the program sees it: the crypto table (src/crypto.h), and what must be done before either is used.
 *
 * No other folder includes a header of Mbed TLS.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "crypto.h"

extern const struct crypto library_crypto;

/* Give the library its arena, clock and randomness. Call once, first. 0, or -1 with ERROR_INTERNAL. */
int library_start(struct error *err) __attribute__((warn_unused_result));

#endif
