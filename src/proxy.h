/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP proxy between this machine and the API servers: a tunnel by CONNECT (RFC 9110 §9.3.6), with Basic credentials where the URL
 * has some (RFC 7617).
 */
#ifndef PROXY_H
#define PROXY_H

#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "sizes.h"
#include "url.h"

struct proxy {
	char text[URL_LIMIT];  /* as configured, for kubelet.conf; secret where it holds credentials */
	char host[HOST_LIMIT]; /* name or address; an IPv6 address without its brackets */
	uint16_t port;
	char authorization[PROXY_AUTHORIZATION_LIMIT]; /* base64 of user:password, secret; "" when none */
};

/*
 * Read `text`: http://[user:password@]host[:port]. No path but "/", no query or fragment; user and password may be percent-encoded; port 80
 * when none is given (as Go's net/http has it).
 *
 * Returns 0, or -1 with ERROR_CONFIG and what is accepted. The message holds no part of `text`.
 */
int proxy_parse(struct proxy *proxy, struct view text, struct error *err) __attribute__((warn_unused_result));

/* Append the CONNECT request for `server`, whose name the proxy resolves. It holds the credentials: secret. */
void proxy_format_connect(struct buffer *buf, const struct proxy *proxy, const struct url *server);

/*
 * Look at all that the proxy has answered so far.
 *
 * Returns 1 when the tunnel stands: a 2xx, its head is complete, and nothing is behind it, since a TLS server never speaks first (what
 * the head says of a body means nothing, RFC 9110 §9.3.6). 0 when more must come. -1 with ERROR_UNREACHABLE when the proxy refuses, does
 * not speak HTTP/1.x, or its head is larger than PROXY_ANSWER_LIMIT.
 */
int proxy_read_answer(const struct proxy *proxy, struct view received, struct error *err) __attribute__((warn_unused_result));

/* Fill `err` with ERROR_UNREACHABLE and "proxy http://host:port <words>", without credentials, and return -1. */
int proxy_blame(const struct proxy *proxy, struct view words, struct error *err);

#endif
