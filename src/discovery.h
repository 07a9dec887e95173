/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beginning of a connection to a server that nobody vouches for yet: ask it for cluster-info, and verify it with what that says.
 * Nothing secret is sent before.
 */
#ifndef DISCOVERY_H
#define DISCOVERY_H

#include "exchange.h"

/*
 * On the connection that is open to `peer`. Afterwards, with ENROLL_DISCOVERED, it is a verified one, or closed when
 * `exchange->response.closes`.
 *
 * Returns ENROLL_DISCOVERED; otherwise what was in the way, with `err`.
 */
enum enroll_event discovery_hold(struct exchange *exchange, struct transport_peer *peer, struct error *err);

#endif
