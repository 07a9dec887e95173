/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address of an API server: https://host[:port][/path] (RFC 3986; what client-go accepts as `server`).
 */
#ifndef URL_H
#define URL_H

#include <stdint.h>

#include "buffer.h"
#include "error.h"

struct url {
	char text[URL_LIMIT];  /* as configured, without a slash at the end */
	char host[HOST_LIMIT]; /* name or address; an IPv6 address without its brackets */
	uint16_t port;         /* 443 when none is given */
	size_t path_at;        /* where the path begins in `text`: "" or "/prefix" */
};

/*
 * Read `text`. Scheme https only; no user, query or fragment; printable ASCII without spaces.
 *
 * Returns 0, or -1 with ERROR_CONFIG and what is accepted.
 */
int url_parse(struct url *url, struct view text, struct error *err) __attribute__((warn_unused_result));

#endif
