/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648 §4 with padding, and §5 without). */
#ifndef BASE64_H
#define BASE64_H

#include "buffer.h"

/* Append `data` of `len` bytes as base64 with padding, on one line. */
void base64_format(struct buffer *buf, const void *data, size_t len);

/* The same with '-' and '_' and without padding, as Go's base64.RawURLEncoding. */
void base64_format_url(struct buffer *buf, const void *data, size_t len);

/*
 * Append what `text` stands for. White space (space, tab, CR, LF) is skipped; padding is required; the unused bits of the last
 * character must be zero.
 *
 * Returns 0, or -1 when `text` is not base64. `buf->overflow` tells of a buffer too small.
 */
int base64_parse(struct buffer *buf, struct view text) __attribute__((warn_unused_result));

#endif
