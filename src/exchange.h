/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation with the API servers: create the request object and watch it until a certificate is issued.
 *
 * Both requests go out back to back in one write (HTTP/1.1 pipelining, RFC 9112 §9.3.2); while the request waits for approval the watch
 * is the only thing that is open. Where something in between does not carry pipelined requests, the next attempt sends one at a time.
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "cluster_info.h"
#include "config.h"
#include "enroll.h"
#include "host.h"
#include "http.h"
#include "identity.h"
#include "transport.h"

struct exchange {
	struct config *config;           /* servers, server name, token; discovery adds to it */
	const struct identity *identity; /* the request and its name */
	const struct host *host;
	const struct crypto *crypto;
	const struct transport *transport;
	struct cluster_info_memory memory;
	bool only_discovers; /* stop when the certificate authority is known */
	int64_t deadline_ms; /* of the whole run, host time; INT64_MAX: none */
	char credential[32]; /* what we ask with, for messages */
	struct error early;  /* of the server that can be trusted first, when the clock is right */
	struct http_response response;
	char request[REQUEST_LIMIT]; /* holds the token: secret */
	char answer[ANSWER_LIMIT];
	char received[2048]; /* the transport keeps what does not fit */
};

/*
 * Talk until the outcome is final or the deadline has come. Where `config` has no certificate authority, discover it first.
 *
 * Returns
 *   ENROLL_CREATE     it only discovers, and has
 *   ENROLL_ISSUED     the certificate (PEM) is appended to `certificate`
 * or, with `err`,
 *   ENROLL_DENIED     ERROR_REFUSED; the key is of no further use
 *   ENROLL_FAILED     the same
 *   ENROLL_REFUSED    ERROR_REFUSED, ERROR_UNTRUSTED or ERROR_INTERNAL
 *   ENROLL_TIMED_OUT  ERROR_PENDING when the request stands, otherwise what was in the way last: ERROR_UNREACHABLE, ERROR_REFUSED or
 *                     ERROR_UNTRUSTED
 *
 * `exchange` needs no initialisation beyond what stands in front of `credential`.
 */
enum enroll_state exchange_run(struct exchange *exchange, struct buffer *certificate, struct error *err);

#endif
