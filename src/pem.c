/* SPDX-License-Identifier: Apache-2.0 */
#include "pem.h"

#include <string.h>

#include "base64.h"

#define LINE_BYTES 48 /* 64 characters of base64 */

/* True when `line` is "-----<edge> <label>-----". */
static bool is_edge(struct view line, const char *edge, const char *label)
{
	const char *const parts[] = {"-----", edge, " ", label, "-----"};

	line = view_trim(line);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!view_starts_with(line, parts[i])) {
			return false;
		}
		line.data += strlen(parts[i]);
		line.len -= strlen(parts[i]);
	}
	return line.len == 0;
}

bool pem_find(struct view text, const char *label, struct view *body)
{
	return pem_take(&text, label, body);
}

bool pem_take(struct view *text, const char *label, struct view *body)
{
	const char *begin = NULL;
	struct view line;

	while (view_take_line(text, &line)) {
		if (begin == NULL && is_edge(line, "BEGIN", label)) {
			begin = text->data;
		} else if (begin != NULL && is_edge(line, "END", label)) {
			*body = (struct view){begin, (size_t)(line.data - begin)};
			return true;
		}
	}
	return false;
}

void pem_format(struct buffer *buf, const char *label, struct view der)
{
	buffer_format(buf, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < der.len; i += LINE_BYTES) {
		base64_format(buf, der.data + i, der.len - i < LINE_BYTES ? der.len - i : LINE_BYTES);
		buffer_add_text(buf, "\n");
	}
	buffer_format(buf, "-----END %s-----\n", label);
}
