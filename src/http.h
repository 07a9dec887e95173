/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 responses (RFC 9112), read as they come in: any cut of the bytes gives the same result.
 *
 * Of two pipelined requests the second response begins in the bytes that http_feed() did not take from the first.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdint.h>

#include "buffer.h"
#include "error.h"

enum http_state {
	HTTP_HEAD,
	HTTP_BODY,
	HTTP_DONE,
};

enum http_framing {
	HTTP_LENGTH,  /* Content-Length, 0 included */
	HTTP_CHUNKED, /* Transfer-Encoding: chunked */
	HTTP_CLOSE,   /* neither: the body ends with the connection */
};

/* Where a chunked body stands. */
enum http_chunk {
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_DATA,
	HTTP_CHUNK_END,
	HTTP_TRAILER,
};

struct http_response {
	enum http_state state;
	int status;         /* 100..999; 0 while the status line is not read */
	int retry_after_s;  /* the Retry-After header in seconds, at most an hour; -1 when there is none or it is a date */
	bool closes;        /* the server closes the connection after this response */
	struct buffer body; /* the caller's memory; the caller may drop what it has used */
	enum http_framing framing;
	enum http_chunk chunk;
	long long left; /* bytes of the body, or of the chunk, still to come */
	size_t line_len;
	char line[HTTP_LINE_LIMIT]; /* a line of the head that is not complete yet */
};

/* Begin a response. `memory` of `capacity` bytes takes the body. */
void http_begin(struct http_response *response, char *memory, size_t capacity);

/*
 * Take bytes off the front of `input`: until it is empty or the response is done. Interim responses (1xx) are passed over.
 *
 * Returns 0, or -1 with ERROR_UNTRUSTED: what came is not HTTP/1.x, a line is over HTTP_LINE_LIMIT, or the body is larger than the
 * room left in `response->body`.
 */
int http_feed(struct http_response *response, struct view *input, struct error *err) __attribute__((warn_unused_result));

/*
 * The connection has ended. Returns 0 and HTTP_DONE when the response is complete by that (RFC 9112 §8), or -1 when it was cut off,
 * ERROR_UNREACHABLE.
 */
int http_end(struct http_response *response, struct error *err) __attribute__((warn_unused_result));

#endif
