/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.2 and 1.3 over TCP: the transport (src/transport.h, which describes it).
 *
 * The server is always verified: chain to the given authorities, host name or address against the subject alternative names, validity,
 * RSA of 2048 bits or P-256 or P-384, SHA-256 or better. There is no way to turn that off.
 */
#ifndef TLS_H
#define TLS_H

#include "transport.h"

/*
 * Make ready to connect; there is one connection at a time.
 *
 * Returns 0, or -1 with ERROR_CONFIG (authorities, certificate or key are none) or ERROR_INTERNAL (more than the arena can hold).
 */
int tls_start(struct transport *transport, const struct transport_material *material, struct error *err)
	__attribute__((warn_unused_result));

/* Overwrite the key of the client certificate. Nothing else may be called after it. */
void tls_wipe(void);

#endif
