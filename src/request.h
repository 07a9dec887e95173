/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP/1.1 requests of an enrolment (RFC 9112): learn of the cluster, create the request object, and watch it. */
#ifndef REQUEST_H
#define REQUEST_H

#include "identity.h"
#include "url.h"

struct request {
	const struct url *server;
	const char *token; /* "" for none: the connection has a client certificate */
	const struct identity *identity;
};

/* Append the GET of cluster-info, without the token: the server is not verified yet, and only anonymous may read it. */
void request_format_discovery(struct buffer *buf, const struct url *server);

/* Append the POST. The free room of `memory` is used for its body, and free again on return; too little is an overflow of `buf`. */
void request_format_create(struct buffer *buf, const struct request *request, struct buffer memory);

/*
 * Append the GET that watches the one object: what there is of it comes first (resourceVersion=0), then every change. The server ends
 * the watch after `timeout_s`.
 */
void request_format_watch(struct buffer *buf, const struct request *request, int64_t timeout_s);

#endif
