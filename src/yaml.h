/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of YAML that client-go writes a kubeconfig in: block mappings and lists, one scalar on a line.
 *
 * Accepted: mappings of `key: value`; lists with the dash at the parent's column or deeper, of mappings or scalars; scalars plain,
 * single-quoted, double-quoted (no escapes but \" and \\), null, `{}` and `[]`; comment lines, empty lines, `---` as first line.
 * Everything else is refused, never guessed: tabs, anchors, tags, flow collections, block scalars, comments behind a value, quoted keys,
 * several documents, scalars over several lines, and plain text that another reader may take for a number or a date.
 */
#ifndef YAML_H
#define YAML_H

#include "buffer.h"

/* Why a line is outside of that. */
struct yaml_fault {
	int line_number; /* 1-based */
	const char *text;
};

/*
 * Append to `json` what `text` stands for, as sigs.k8s.io/yaml does before it decodes; an empty text is null. A key that is given twice
 * is there twice. Nested 16 deep at most, lists and mappings counted.
 *
 * Returns 0, or -1 with `fault`; then `json` is what the lines before that one stand for. `json->overflow` tells of a buffer too small.
 */
int yaml_to_json(struct buffer *json, struct view text, struct yaml_fault *fault) __attribute__((warn_unused_result));

/*
 * True when `text` is UTF-8 without control characters (a tab may be), and without those that one reader of YAML or another refuses or
 * takes for the end of a line: U+0085, U+2028, U+2029, U+FEFF, U+FFFE, U+FFFF.
 */
bool yaml_is_text(struct view text);

#endif
