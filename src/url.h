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

/* 0, or -1 with ERROR_CONFIG when `text` holds what no URL does: a space, a control character, what is not ASCII, or one of "\<>^`{|}. */
int url_check_text(struct view text, struct error *err) __attribute__((warn_unused_result));

/*
 * Take "host[:port]" off the front of `rest`, up to a slash or what belongs to no host. `port` stays as it is when none is given.
 *
 * Returns 0, or -1 with ERROR_CONFIG and what is accepted.
 */
int url_take_host(struct view *rest, char host[HOST_LIMIT], uint16_t *port, struct error *err) __attribute__((warn_unused_result));

/* Append "host:port", an IPv6 address in brackets. */
void url_format_host(struct buffer *buf, const char *host, uint16_t port);

/*
 * Read `text`. Scheme https only; no user, query or fragment; printable ASCII without spaces.
 *
 * Returns 0, or -1 with ERROR_CONFIG and what is accepted.
 */
int url_parse(struct url *url, struct view text, struct error *err) __attribute__((warn_unused_result));

#endif
