/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml.h"

#include <string.h>

void yaml_begin(struct yaml *yaml, struct view text)
{
	*yaml = (struct yaml){.rest = text};
}

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
}

static struct view without(struct view view, size_t front)
{
	return (struct view){view.data + front, view.len - front};
}

/* A quoted scalar must end with its quote, and hold no other quote but an escaped one. */
static bool is_quoted(struct view scalar)
{
	char quote = scalar.data[0];
	size_t i = 1;

	while (i < scalar.len) {
		bool doubled = quote == '\'' && i + 1 < scalar.len && scalar.data[i] == '\'' && scalar.data[i + 1] == '\'';
		bool escaped = quote == '"' && i + 1 < scalar.len && scalar.data[i] == '\\' &&
			       (scalar.data[i + 1] == '"' || scalar.data[i + 1] == '\\');
		if (doubled || escaped) {
			i += 2;
		} else if (scalar.data[i] == quote) {
			return i + 1 == scalar.len;
		} else if (quote == '"' && scalar.data[i] == '\\') {
			return false;
		} else {
			i++;
		}
	}
	return false;
}

static const char *check_scalar(struct view scalar)
{
	if (scalar.len == 0 || view_equals(scalar, "{}") || view_equals(scalar, "[]")) {
		return NULL;
	}
	if (scalar.data[0] == '"' || scalar.data[0] == '\'') {
		return is_quoted(scalar) ? NULL : "quoted text that is not closed, or holds an escape that is not supported";
	}
	if (strchr("&*!|>%@`{}[],#?", scalar.data[0]) != NULL || view_starts_with(scalar, "- ")) {
		return "only plain and quoted values are supported (no anchor, tag, block or flow style)";
	}
	if (view_find(scalar, " #", 2) != NULL || view_find(scalar, ": ", 2) != NULL || scalar.data[scalar.len - 1] == ':') {
		return "ambiguous value; it must be quoted, and a comment needs a line of its own";
	}
	return NULL;
}

/* `line` without its indentation and without spaces at its end. */
static const char *parse_entry(struct yaml_entry *entry, struct view line)
{
	size_t end = 0;

	if (view_starts_with(line, "- ")) {
		size_t skip = 1;
		while (skip < line.len && line.data[skip] == ' ') {
			skip++;
		}
		entry->is_item = true;
		entry->indent += skip;
		line = without(line, skip);
	}
	while (end < line.len && is_key_char(line.data[end])) {
		end++;
	}
	if (end == 0 || end == line.len || line.data[end] != ':' || (end + 1 < line.len && line.data[end + 1] != ' ')) {
		return "not a \"key: value\" line";
	}
	entry->key = (struct view){line.data, end};
	entry->scalar = view_trim(without(line, end + 1));
	return check_scalar(entry->scalar);
}

int yaml_take(struct yaml *yaml, struct yaml_entry *entry)
{
	struct view line;

	while (view_take_line(&yaml->rest, &line)) {
		size_t indent = 0;

		yaml->line_number++;
		while (indent < line.len && line.data[indent] == ' ') {
			indent++;
		}
		for (size_t i = 0; i < line.len; i++) {
			if ((unsigned char)line.data[i] < ' ' || line.data[i] == 0x7f) {
				yaml->fault = "control character (tabs included)";
				return -1;
			}
		}
		line = view_trim(without(line, indent));
		if (line.len == 0 || line.data[0] == '#' || (yaml->line_number == 1 && view_equals(line, "---"))) {
			continue;
		}
		*entry = (struct yaml_entry){.indent = indent};
		yaml->fault = parse_entry(entry, line);
		return yaml->fault == NULL ? 1 : -1;
	}
	return 0;
}

void yaml_add_scalar(struct buffer *buf, struct view scalar)
{
	if (scalar.len == 0 || view_equals(scalar, "null") || view_equals(scalar, "~")) {
		return;
	}
	if (scalar.data[0] != '"' && scalar.data[0] != '\'') {
		buffer_add_view(buf, scalar);
		return;
	}
	for (size_t i = 1; i + 1 < scalar.len; i++) {
		i += scalar.data[i] == '\\' && scalar.data[0] == '"';
		i += scalar.data[i] == '\'' && scalar.data[0] == '\'';
		buffer_add(buf, scalar.data + i, 1);
	}
}

/* Plain text of these characters, begun with a letter or a slash, is a string unless it is one of the words below. */
static bool is_plain(const char *text)
{
	static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
	struct view view = view_of(text);
	char folded[8];

	for (size_t i = 0; i < view.len; i++) {
		char c = text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/';
		bool inside = (c >= '0' && c <= '9') || strchr("-_.=+@[]", c) != NULL || (c == ':' && i + 1 < view.len);
		if (!letter && (i == 0 || !inside)) {
			return false;
		}
		if (i < sizeof folded - 1) {
			folded[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		}
	}
	folded[view.len < sizeof folded - 1 ? view.len : sizeof folded - 1] = '\0';
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(folded, words[i]) == 0) {
			return false;
		}
	}
	return view.len > 0;
}

void yaml_format_scalar(struct buffer *buf, const char *text)
{
	if (is_plain(text)) {
		buffer_add_text(buf, text);
		return;
	}
	buffer_add_text(buf, "'");
	for (; *text != '\0'; text++) {
		buffer_add(buf, text, 1);
		if (*text == '\'') {
			buffer_add(buf, text, 1);
		}
	}
	buffer_add_text(buf, "'");
}
