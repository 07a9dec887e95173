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

#endif
