/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalars of YAML on one line: what they are, and what they are as JSON. For yaml.h.
 *
 * What plain text is, is what client-go's reader makes of it (go.yaml.in/yaml/v2 resolve.go): "yes" is true, "1_000" is a number.
 */
#ifndef YAML_SCALAR_H
#define YAML_SCALAR_H

#include "buffer.h"

/* Why `scalar`, as it stands behind its key or dash, is not supported, or NULL when it is. It has passed yaml_is_text(). */
const char *yaml_check_scalar(struct view scalar);

/* The same for a plain key: one that is no string. */
const char *yaml_check_key(struct view key);

/* Append a scalar that has passed the check, as JSON. An empty one is null. */
void yaml_add_scalar(struct buffer *json, struct view scalar);

/*
 * Append `text` as a scalar: plain where YAML 1.1 and 1.2 read it as this string, otherwise in single quotes. `text` has no control
 * characters.
 */
void yaml_format_scalar(struct buffer *buf, const char *text);

#endif
