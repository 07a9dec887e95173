/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdint.h>
#include <string.h>

/* What may come next in the text. */
enum expect {
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END, /* after '[' */
	EXPECT_NAME,         /* after ',' in an object */
	EXPECT_NAME_OR_END,  /* after '{' */
	EXPECT_COMMA_OR_END,
};

struct scanner {
	const char *at;
	const char *end;
	uint32_t objects; /* bit n: nesting level n is an object, not an array */
	unsigned int depth;
};

static void skip_space(struct scanner *scan)
{
	while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r' || *scan->at == '\n')) {
		scan->at++;
	}
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Stand behind the closing quote; `at` is behind the opening one. */
static int scan_string(struct scanner *scan)
{
	while (scan->at < scan->end) {
		char c = *scan->at++;
		if (c == '"') {
			return 0;
		}
		if ((unsigned char)c < 0x20) {
			return -1;
		}
		if (c != '\\') {
			continue;
		}
		if (scan->at == scan->end || memchr("\"\\/bfnrtu", *scan->at, 9) == NULL) {
			return -1;
		}
		if (*scan->at++ == 'u') {
			for (int i = 0; i < 4; i++) {
				if (scan->at == scan->end || !is_hex(*scan->at++)) {
					return -1;
				}
			}
		}
	}
	return -1;
}

static bool scan_digits(struct scanner *scan)
{
	const char *begin = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
		scan->at++;
	}
	return scan->at > begin;
}

static int scan_number(struct scanner *scan)
{
	scan->at += *scan->at == '-';
	if (scan->at < scan->end && *scan->at == '0') {
		scan->at++;
	} else if (!scan_digits(scan)) {
		return -1;
	}
	if (scan->at < scan->end && *scan->at == '.') {
		scan->at++;
		if (!scan_digits(scan)) {
			return -1;
		}
	}
	if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
		scan->at++;
		scan->at += scan->at < scan->end && (*scan->at == '+' || *scan->at == '-');
		if (!scan_digits(scan)) {
			return -1;
		}
	}
	return 0;
}

static int scan_literal(struct scanner *scan)
{
	static const char *const literals[] = {"true", "false", "null"};
	struct view rest = {scan->at, (size_t)(scan->end - scan->at)};

	for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
		if (view_starts_with(rest, literals[i])) {
			scan->at += strlen(literals[i]);
			return 0;
		}
	}
	return -1;
}

/* A value that is neither object nor array. */
static int scan_scalar(struct scanner *scan)
{
	if (*scan->at == '"') {
		scan->at++;
		return scan_string(scan);
	}
	if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9')) {
		return scan_number(scan);
	}
	return scan_literal(scan);
}

/* `"name" :`; `at` is on the opening quote. */
static int scan_name(struct scanner *scan)
{
	if (*scan->at++ != '"' || scan_string(scan) != 0) {
		return -1;
	}
	skip_space(scan);
	if (scan->at == scan->end || *scan->at++ != ':') {
		return -1;
	}
	return 0;
}

static bool in_object(const struct scanner *scan)
{
	return (scan->objects >> (scan->depth - 1) & 1) != 0;
}

static int scan_open(struct scanner *scan, enum expect *expect)
{
	uint32_t object = *scan->at++ == '{';

	if (scan->depth == JSON_DEPTH_LIMIT) {
		return -1;
	}
	scan->objects = (scan->objects & ~((uint32_t)1 << scan->depth)) | object << scan->depth;
	scan->depth++;
	*expect = object != 0 ? EXPECT_NAME_OR_END : EXPECT_VALUE_OR_END;
	return 0;
}

/* One step: a scalar, a name, a bracket or a comma. */
static int scan_step(struct scanner *scan, enum expect *expect)
{
	char c = *scan->at;
	bool may_end = *expect != EXPECT_VALUE && *expect != EXPECT_NAME && scan->depth > 0;

	if (may_end && c == (in_object(scan) ? '}' : ']')) {
		scan->at++;
		scan->depth--;
		*expect = EXPECT_COMMA_OR_END;
		return 0;
	}
	if (*expect == EXPECT_COMMA_OR_END) {
		*expect = in_object(scan) ? EXPECT_NAME : EXPECT_VALUE;
		scan->at++;
		return c == ',' ? 0 : -1;
	}
	if (*expect == EXPECT_NAME || *expect == EXPECT_NAME_OR_END) {
		*expect = EXPECT_VALUE;
		return scan_name(scan);
	}
	if (c == '{' || c == '[') {
		return scan_open(scan, expect);
	}
	*expect = EXPECT_COMMA_OR_END;
	return scan_scalar(scan);
}

/* Stand behind one value, of any depth. */
static int scan_value(struct scanner *scan)
{
	enum expect expect = EXPECT_VALUE;

	do {
		skip_space(scan);
		if (scan->at == scan->end || scan_step(scan, &expect) != 0) {
			return -1;
		}
	} while (scan->depth > 0);
	return 0;
}

/* Read the value at the front of `text` into `json` and take it off. */
static int take_value(struct view *text, struct json *json)
{
	struct scanner scan = {.at = text->data, .end = text->data + text->len};

	skip_space(&scan);
	const char *begin = scan.at;
	if (scan_value(&scan) != 0) {
		return -1;
	}
	json->text = (struct view){begin, (size_t)(scan.at - begin)};
	*text = (struct view){scan.at, (size_t)(scan.end - scan.at)};
	switch (*begin) {
	case '{':
		json->kind = JSON_OBJECT;
		return 0;
	case '[':
		json->kind = JSON_ARRAY;
		return 0;
	case '"':
		json->kind = JSON_STRING;
		json->text.data++;
		json->text.len -= 2;
		return 0;
	case 't':
	case 'f':
	case 'n':
		json->kind = JSON_LITERAL;
		return 0;
	default:
		json->kind = JSON_NUMBER;
		return 0;
	}
}

int json_parse(struct json *json, struct view text)
{
	if (take_value(&text, json) != 0 || view_trim(text).len > 0) {
		return -1;
	}
	return 0;
}

/* Take the opening bracket, a comma, or the closing bracket off a checked object or array. False at the closing one. */
static bool take_separator(struct view *text)
{
	*text = view_trim(*text);
	if (text->len == 0 || text->data[0] == '}' || text->data[0] == ']') {
		return false;
	}
	text->data++;
	text->len--;
	*text = view_trim(*text);
	return text->len > 0 && text->data[0] != '}' && text->data[0] != ']';
}

bool json_take_member(struct json *object, struct view *name, struct json *value)
{
	struct view *rest = &object->text;
	struct json key;

	if (object->kind != JSON_OBJECT || !take_separator(rest) || take_value(rest, &key) != 0) {
		return false;
	}
	*rest = view_trim(*rest);
	if (rest->len == 0) {
		return false;
	}
	rest->data++; /* the colon */
	rest->len--;
	*name = key.text;
	return take_value(rest, value) == 0;
}

static bool find_member(struct json object, struct view name, struct json *found)
{
	struct view key;
	struct json value;

	while (json_take_member(&object, &key, &value)) {
		if (key.len == name.len && memcmp(key.data, name.data, name.len) == 0) {
			*found = value;
			return true;
		}
	}
	return false;
}

bool json_find(const struct json *json, const char *path, struct json *found)
{
	struct json at = *json;

	for (;;) {
		const char *dot = strchr(path, '.');
		size_t len = dot != NULL ? (size_t)(dot - path) : strlen(path);
		if (!find_member(at, (struct view){path, len}, &at)) {
			return false;
		}
		if (dot == NULL) {
			*found = at;
			return true;
		}
		path = dot + 1;
	}
}

bool json_take_element(struct json *array, struct json *element)
{
	return array->kind == JSON_ARRAY && take_separator(&array->text) && take_value(&array->text, element) == 0;
}

static uint32_t hex_value(const char *text)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = text[i];
		value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

static void add_utf8(struct buffer *buf, uint32_t code)
{
	unsigned char bytes[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; code >>= 6) {
		bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
	}
	bytes[0] = (unsigned char)(len == 1 ? code : code | (0xf00u >> len & 0xff));
	buffer_add(buf, bytes, len);
}

/* Append what "\uXXXX" at the front of `text` stands for; returns how many characters it took, 6 or 12 with a surrogate pair. */
static size_t add_unicode_escape(struct buffer *buf, struct view text)
{
	uint32_t code = hex_value(text.data + 2);
	size_t len = 6;

	if (code >= 0xd800 && code < 0xdc00 && text.len >= 12 && text.data[6] == '\\' && text.data[7] == 'u') {
		uint32_t low = hex_value(text.data + 8);
		if (low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			len = 12;
		}
	}
	add_utf8(buf, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
	return len;
}

void json_add_string(struct buffer *buf, const struct json *string)
{
	static const char escapes[] = "b\bf\fn\nr\rt\t";
	struct view rest = string->text;

	if (string->kind != JSON_STRING) {
		return;
	}
	while (rest.len > 0) {
		size_t taken = 1;
		if (rest.data[0] != '\\') {
			buffer_add(buf, rest.data, 1);
		} else if (rest.data[1] == 'u') {
			taken = add_unicode_escape(buf, rest);
		} else {
			const char *escape = strchr(escapes, rest.data[1]);
			buffer_add(buf, escape != NULL ? escape + 1 : rest.data + 1, 1);
			taken = 2;
		}
		rest.data += taken;
		rest.len -= taken;
	}
}

bool json_is(const struct json *json, const char *text)
{
	return json->kind == JSON_STRING && view_equals(json->text, text);
}
