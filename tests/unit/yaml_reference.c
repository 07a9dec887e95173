/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "yaml_reference.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h> /* libyaml's, see tests.mk */

#define DEPTH_LIMIT 64

/* Plain text and what it is; of a number in any form nothing but the text can be compared. */
static const struct {
	const char *pattern;
	const char *json;
} types[] = {
	{"^(~|null|Null|NULL|)$", "null"},
	{"^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$", "true"},
	{"^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$", "false"},
	{"^([-+]_*)?(0_*[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|0_*[bB]_*[01][01_]*|0_*[oO]_*[0-7][0-7_]*)$", NULL},
	{"^([-+]_*)?([0-9][0-9_]*(\\.[0-9_]*)?|\\.[0-9][0-9_]*)([eE]_*[-+]?_*[0-9][0-9_]*)?$", NULL},
	{"^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?$", NULL},
	{"^([-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)|=|<<)$", NULL},
	{"^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(([Tt]|[ \t]+)[0-9].*)?$", NULL},
};

static bool matches(size_t type, const char *text)
{
	static regex_t regexes[sizeof types / sizeof types[0]];
	static bool is_compiled[sizeof types / sizeof types[0]];

	if (!is_compiled[type] && regcomp(&regexes[type], types[type].pattern, REG_EXTENDED | REG_NOSUB) != 0) {
		abort();
	}
	is_compiled[type] = true;
	return regexec(&regexes[type], text, 0, NULL, 0) == 0;
}

static void add_scalar(struct buffer *json, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	for (size_t i = 0; is_plain && i < sizeof types / sizeof types[0]; i++) {
		if (matches(i, text)) {
			buffer_add_text(json, types[i].json != NULL ? types[i].json : text);
			return;
		}
	}
	buffer_add_text(json, "\"");
	for (size_t i = 0; i < event->data.scalar.length; i++) {
		if (text[i] == '"' || text[i] == '\\') {
			buffer_add_text(json, "\\");
		}
		buffer_add(json, text + i, 1);
	}
	buffer_add_text(json, "\"");
}

/* Where the parser is in a document. */
struct place {
	char brackets[DEPTH_LIMIT];
	size_t counts[DEPTH_LIMIT]; /* of scalars, mappings and lists; a mapping has two for each of its keys */
	size_t depth;
};

static void add_separator(struct buffer *json, struct place *place)
{
	size_t count = place->depth > 0 ? place->counts[place->depth - 1]++ : 0;

	if (count > 0) {
		buffer_add_text(json, place->brackets[place->depth - 1] == '}' && count % 2 == 1 ? ":" : ",");
	}
}

/* Returns false for what the subset does not have. */
static bool add_event(struct buffer *json, struct place *place, const yaml_event_t *event)
{
	bool is_scalar = event->type == YAML_SCALAR_EVENT;
	bool is_list = event->type == YAML_SEQUENCE_START_EVENT;

	if (is_scalar || is_list || event->type == YAML_MAPPING_START_EVENT) {
		add_separator(json, place);
	}
	if (is_scalar) {
		add_scalar(json, event);
		return event->data.scalar.anchor == NULL && event->data.scalar.tag == NULL;
	}
	if (is_list || event->type == YAML_MAPPING_START_EVENT) {
		if (place->depth == DEPTH_LIMIT) {
			return false;
		}
		buffer_add_text(json, is_list ? "[" : "{");
		place->counts[place->depth] = 0;
		place->brackets[place->depth++] = is_list ? ']' : '}';
		/* The members of both unions lie at the same places. */
		return event->data.mapping_start.anchor == NULL && event->data.mapping_start.tag == NULL;
	}
	if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT) {
		buffer_add(json, &place->brackets[--place->depth], 1);
	}
	return event->type != YAML_ALIAS_EVENT;
}

int yaml_reference_to_json(struct buffer *json, struct view text)
{
	struct place place = {.depth = 0};
	yaml_parser_t parser;
	yaml_event_t event;
	size_t documents = 0;
	bool is_good = yaml_parser_initialize(&parser) == 1;
	bool is_end = false;

	yaml_parser_set_input_string(&parser, (const unsigned char *)text.data, text.len);
	while (is_good && !is_end) {
		is_good = yaml_parser_parse(&parser, &event) == 1;
		if (!is_good) {
			break;
		}
		documents += event.type == YAML_DOCUMENT_START_EVENT;
		is_end = event.type == YAML_STREAM_END_EVENT;
		is_good = documents <= 1 && add_event(json, &place, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (is_good && documents == 0) {
		buffer_add_text(json, "null");
	}
	return is_good && !json->overflow ? 0 : -1;
}
