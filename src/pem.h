/* SPDX-License-Identifier: Apache-2.0 */
/* PEM blocks (RFC 7468): base64 of DER between BEGIN and END lines. */
#ifndef PEM_H
#define PEM_H

#include "buffer.h"

/*
 * Find the first block of `label` ("CERTIFICATE") in `text`; other text and blocks are passed over. `body` becomes what stands between
 * the two lines: base64, not yet checked. False when there is no such block, or its END line is missing.
 */
bool pem_find(struct view text, const char *label, struct view *body);

/* The same, and take all up to the end of the block off the front of `text`. */
bool pem_take(struct view *text, const char *label, struct view *body);

/* Append a block: lines of 64 characters, as Go's encoding/pem. */
void pem_format(struct buffer *buf, const char *label, struct view der);

#endif
