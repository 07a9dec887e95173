/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml.h"

#include <stdint.h>
#include <string.h>

#include "yaml_scalar.h"

#define DEPTH_LIMIT 16
#define KEY_LIMIT   256 /* libyaml ends at 1024 characters */

/* A mapping or a list that is not at its end. */
struct level {
	size_t column; /* of its keys, or of its dashes */
	bool is_list;
};

struct nesting {
	struct buffer *json;
	struct level levels[DEPTH_LIMIT];
	size_t depth;
	bool is_waiting; /* the line before was a key without a value */
};

static void open_level(struct nesting *nesting, size_t column, bool is_list)
{
	nesting->levels[nesting->depth++] = (struct level){column, is_list};
	nesting->is_waiting = false;
	buffer_add_text(nesting->json, is_list ? "[" : "{");
}

/* End all levels but the outermost `depth`. */
static void close_levels(struct nesting *nesting, size_t depth)
{
	if (nesting->is_waiting) {
		buffer_add_text(nesting->json, "null");
	}
	nesting->is_waiting = false;
	while (nesting->depth > depth) {
		buffer_add_text(nesting->json, nesting->levels[--nesting->depth].is_list ? "]" : "}");
	}
}

/* Open or end levels, until the line belongs to the innermost. */
static const char *enter(struct nesting *nesting, struct level line)
{
	size_t depth = nesting->depth;
	const struct level *top = &nesting->levels[depth - (depth > 0)];

	if (depth == 0 || (nesting->is_waiting && line.column + line.is_list > top->column)) {
		if (depth + 2 > DEPTH_LIMIT) { /* an item may open a mapping of its own */
			return "nested too deep";
		}
		open_level(nesting, line.column, line.is_list);
		return NULL;
	}
	while (depth > 1 && (top->column > line.column || (top->column == line.column && top->is_list && !line.is_list))) {
		depth--;
		top--;
	}
	if (top->column != line.column || top->is_list != line.is_list) {
		return "this indentation does not fit what is above";
	}
	close_levels(nesting, depth);
	buffer_add_text(nesting->json, ",");
	return NULL;
}

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
}

static struct view without(struct view view, size_t front)
{
	return (struct view){view.data + front, view.len - front};
}

/* Split "key: value"; the whole is `scalar` when there is no key. Gives what is wrong with the key. */
static const char *split(struct view line, struct view *key, struct view *scalar)
{
	size_t end = 0;

	while (end < line.len && is_key_char(line.data[end])) {
		end++;
	}
	bool has_key = end > 0 && end <= KEY_LIMIT && end < line.len && line.data[end] == ':' &&
		       (end + 1 == line.len || line.data[end + 1] == ' ');
	*key = (struct view){line.data, has_key ? end : 0};
	*scalar = has_key ? view_trim(without(line, end + 1)) : line;
	return has_key ? yaml_check_key(*key) : NULL;
}

/* `line` without its indentation and without spaces at its end. */
static const char *add_entry(struct nesting *nesting, struct view line, size_t indent)
{
	struct view key;
	struct view scalar;
	size_t skip = 0;

	if (view_starts_with(line, "- ")) {
		do {
			skip++;
		} while (line.data[skip] == ' ');
	}
	const char *fault = split(without(line, skip), &key, &scalar);
	if (fault == NULL) {
		fault = key.len == 0 && skip == 0 ? "not a \"key: value\" line" : yaml_check_scalar(scalar);
	}
	if (fault == NULL) {
		fault = enter(nesting, (struct level){indent, skip > 0});
	}
	if (fault != NULL) {
		return fault;
	}
	if (key.len > 0) {
		if (skip > 0) {
			open_level(nesting, indent + skip, false);
		}
		buffer_format(nesting->json, "\"%.*s\":", (int)key.len, key.data);
		nesting->is_waiting = scalar.len == 0;
	}
	if (!nesting->is_waiting) {
		yaml_add_scalar(nesting->json, scalar);
	}
	return NULL;
}

static const char *add_line(struct nesting *nesting, struct view line, bool is_first)
{
	size_t indent = 0;

	if (!yaml_is_text(line) || memchr(line.data, '\t', line.len) != NULL) {
		return "a tab, a control character, or not UTF-8";
	}
	while (indent < line.len && line.data[indent] == ' ') {
		indent++;
	}
	struct view entry = view_trim(line);
	if (entry.len == 0 || entry.data[0] == '#' || (is_first && indent == 0 && view_equals(entry, "---"))) {
		return NULL;
	}
	return add_entry(nesting, entry, indent);
}

int yaml_to_json(struct buffer *json, struct view text, struct yaml_fault *fault)
{
	struct nesting nesting = {.json = json};
	struct view line;

	*fault = (struct yaml_fault){0, NULL};
	while (fault->text == NULL && view_take_line(&text, &line)) {
		fault->line_number++;
		fault->text = add_line(&nesting, line, fault->line_number == 1);
	}
	nesting.is_waiting |= nesting.depth == 0;
	close_levels(&nesting, 0);
	return fault->text == NULL ? 0 : -1;
}

/* Take one character of more than one byte off the front; 0 when it is not one of UTF-8. */
static uint32_t take_character(struct view *text)
{
	static const uint32_t least[] = {0x80, 0x800, 0x10000}; /* of two, three, four bytes */
	unsigned char first = (unsigned char)text->data[0];
	size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	uint32_t code = first & (0x3fu >> more);

	if (first < 0xc0 || first > 0xf7 || more >= text->len) {
		return 0;
	}
	for (size_t i = 1; i <= more; i++) {
		unsigned char c = (unsigned char)text->data[i];
		if ((c & 0xc0) != 0x80) {
			return 0;
		}
		code = code << 6 | (c & 0x3f);
	}
	*text = without(*text, more + 1);
	return code >= least[more - 1] && code <= 0x10ffff ? code : 0;
}

bool yaml_is_text(struct view text)
{
	while (text.len > 0) {
		unsigned char c = (unsigned char)text.data[0];
		if (c < 0x80) {
			if ((c < ' ' && c != '\t') || c == 0x7f) {
				return false;
			}
			text = without(text, 1);
			continue;
		}
		uint32_t code = take_character(&text);
		if (code < 0xa0 || (code >= 0xd800 && code < 0xe000) || code == 0x2028 || code == 0x2029 || code == 0xfeff ||
		    code == 0xfffe || code == 0xffff) {
			return false;
		}
	}
	return true;
}
