/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml_scalar.h"

#include <string.h>

#include "json.h"

#define DIGITS "0123456789"

static const char ambiguous[] = "ambiguous value; it must be quoted, and a comment needs a line of its own";

/* Words that are no strings (go.yaml.in/yaml/v2 resolve.go), after what they are. */
static const char *const words[] = {"null", "~", "true", "y", "yes", "on", "false", "n", "no", "off"};
#define WORD_TRUE  2
#define WORD_FALSE 6
#define WORD_COUNT (sizeof words / sizeof words[0])

/* Which of them it is, in whatever case; WORD_COUNT: none. */
static size_t find_word(struct view text)
{
	size_t i = 0;

	while (i < WORD_COUNT && !view_equals_ignoring_case(text, words[i])) {
		i++;
	}
	return i;
}

/* One of the spellings "true", "True", "TRUE". */
static bool is_cased(struct view text)
{
	size_t capitals = 0;

	for (size_t i = 0; i < text.len; i++) {
		capitals += text.data[i] >= 'A' && text.data[i] <= 'Z';
	}
	return capitals == 0 || capitals == text.len || (capitals == 1 && text.data[0] < 'a');
}

/* The JSON literal that a plain scalar stands for, or NULL. */
static const char *literal_of(struct view plain)
{
	size_t word = find_word(plain);

	if (word == WORD_COUNT || !is_cased(plain)) {
		return NULL;
	}
	return words[word < WORD_TRUE ? 0 : word < WORD_FALSE ? WORD_TRUE : WORD_FALSE];
}

/* Take one character of `set` off the front, and underscores before it: go-yaml drops these first. */
static bool take_one(struct view *text, const char *set)
{
	while (text->len > 0 && text->data[0] == '_') {
		text->data++;
		text->len--;
	}
	if (text->len == 0 || strchr(set, text->data[0]) == NULL) {
		return false;
	}
	text->data++;
	text->len--;
	return true;
}

static bool take_some(struct view *text, const char *set)
{
	bool taken = false;

	while (take_one(text, set)) {
		taken = true;
	}
	return taken;
}

/* 2001-12-14, alone or with what may be a time behind it. */
static bool is_date(struct view text)
{
	for (const char *part = "dddd-d?-d?"; *part != '\0'; part++) { /* ?: a digit, or none */
		if (!take_one(&text, *part == '-' ? "-" : DIGITS) && *part != '?') {
			return false;
		}
	}
	return text.len == 0 || strchr("Tt ", text.data[0]) != NULL;
}

/* Whether go-yaml, or another reader of YAML 1.1, may take plain text for a number; 1:30 is one in base 60. */
static bool is_number(struct view text)
{
	if (strchr("+-." DIGITS, text.data[0]) == NULL) {
		return false;
	}
	(void)take_one(&text, "+-"); /* it may have none */
	if (view_equals_ignoring_case(text, ".inf") || view_equals_ignoring_case(text, ".nan")) {
		return true;
	}

	struct view rest = text;
	if (take_one(&rest, "0")) {
		const char *digits = take_one(&rest, "xX") ? DIGITS "abcdefABCDEF" : take_one(&rest, "bBoO") ? DIGITS : "";
		if (take_some(&rest, digits) && rest.len == 0) {
			return true;
		}
	}
	bool has_digits = take_some(&text, DIGITS);
	while (has_digits && take_one(&text, ":")) {
		has_digits = take_some(&text, DIGITS);
	}
	if (take_one(&text, ".")) {
		has_digits |= take_some(&text, DIGITS);
	}
	if (has_digits && take_one(&text, "eE")) {
		(void)take_one(&text, "+-"); /* as above */
		has_digits = take_some(&text, DIGITS);
	}
	return has_digits && text.len == 0;
}

static bool is_json_number(struct view text)
{
	struct json json;

	return json_parse(&json, text) == 0 && json.kind == JSON_NUMBER;
}

/* A quoted scalar must end with its quote, and hold no other quote but an escaped one. */
static bool is_quoted(struct view scalar)
{
	char quote = scalar.data[0];

	for (size_t i = 1; i < scalar.len; i++) {
		char next = i + 1 < scalar.len ? scalar.data[i + 1] : '\0';
		if (scalar.data[i] == quote && (quote == '"' || next != quote)) {
			return i + 1 == scalar.len;
		}
		if (quote == '"' && scalar.data[i] == '\\' && next != '"' && next != '\\') {
			return false;
		}
		i += scalar.data[i] == quote || (quote == '"' && scalar.data[i] == '\\');
	}
	return false;
}

const char *yaml_check_key(struct view key)
{
	return literal_of(key) != NULL || is_number(key) || is_date(key) ? ambiguous : NULL;
}

const char *yaml_check_scalar(struct view scalar)
{
	if (scalar.len == 0 || view_equals(scalar, "{}") || view_equals(scalar, "[]")) {
		return NULL;
	}
	if (scalar.data[0] == '"' || scalar.data[0] == '\'') {
		return is_quoted(scalar) ? NULL : "quoted text that is not closed, or holds an escape that is not supported";
	}
	if (strchr("&*!|>%@`{}[],#?", scalar.data[0]) != NULL || view_starts_with(scalar, "- ") || view_equals(scalar, "-")) {
		return "only plain and quoted values are supported (no anchor, tag, block or flow style)";
	}
	if (view_find(scalar, " #", 2) != NULL || view_find(scalar, ": ", 2) != NULL || scalar.data[scalar.len - 1] == ':' ||
	    view_equals(scalar, "=") || view_equals(scalar, "<<") || is_date(scalar) || (is_number(scalar) && !is_json_number(scalar))) {
		return ambiguous;
	}
	return NULL;
}

void yaml_add_scalar(struct buffer *json, struct view scalar)
{
	const char *literal = scalar.len == 0 ? words[0] : literal_of(scalar);
	char quote = scalar.len == 0 ? '\0' : scalar.data[0];
	bool is_quoted_text = quote == '"' || quote == '\'';

	if (literal != NULL) {
		buffer_add_text(json, literal);
		return;
	}
	if (quote == '"' || quote == '{' || quote == '[' || is_json_number(scalar)) { /* its escapes are those of JSON */
		buffer_add_view(json, scalar);
		return;
	}
	buffer_add_text(json, "\"");
	for (size_t i = is_quoted_text; i < scalar.len - is_quoted_text; i++) {
		if (scalar.data[i] == '"' || scalar.data[i] == '\\') {
			buffer_add_text(json, "\\");
		}
		i += is_quoted_text && scalar.data[i] == '\'';
		buffer_add(json, scalar.data + i, 1);
	}
	buffer_add_text(json, "\"");
}

/* Plain text of these characters, begun with a letter or a slash, is a string unless it is one of the words. */
static bool is_plain(struct view text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/';
		bool inside = (c >= '0' && c <= '9') || strchr("-_.=+@[]", c) != NULL || (c == ':' && i + 1 < text.len);
		if (!letter && (i == 0 || !inside)) {
			return false;
		}
	}
	return text.len > 0 && find_word(text) == WORD_COUNT;
}

void yaml_format_scalar(struct buffer *buf, const char *text)
{
	if (is_plain(view_of(text))) {
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
