/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of YAML that client-go writes a kubeconfig in: block mappings and lists, one scalar on a line. Read line by line, in place.
 *
 * Accepted: `key: value`, `key:`, `- key: value`, comment lines, empty lines, `---` as first line; scalars plain, single-quoted,
 * double-quoted (no escapes but \" and \\), `{}` and `[]`. Everything else is refused, never guessed: tabs, anchors, tags, flow
 * collections, block scalars, comments behind a value, several documents, scalars over several lines.
 */
#ifndef YAML_H
#define YAML_H

#include "buffer.h"

struct yaml {
	struct view rest;
	int line_number;   /* of the entry read last, 1-based */
	const char *fault; /* what is wrong with that line, after -1 */
};

struct yaml_entry {
	size_t indent; /* column of the key, 0-based; behind the dash of a list item */
	bool is_item;  /* the line begins a list item */
	struct view key;
	struct view scalar; /* as it stands, quotes included; empty when nested lines follow or the value is null */
};

void yaml_begin(struct yaml *yaml, struct view text);

/* Read the next line that holds an entry. Returns 1, 0 at the end, or -1 with `yaml->fault` on a line outside the subset. */
int yaml_take(struct yaml *yaml, struct yaml_entry *entry) __attribute__((warn_unused_result));

/* Append the text of a scalar, without its quotes. `null` and `~` append nothing. */
void yaml_add_scalar(struct buffer *buf, struct view scalar);

/*
 * Append `text` as a scalar: plain where YAML 1.1 and 1.2 read it as this string, otherwise in single quotes. `text` has no control
 * characters.
 */
void yaml_format_scalar(struct buffer *buf, const char *text);

#endif
