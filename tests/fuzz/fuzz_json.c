/* SPDX-License-Identifier: Apache-2.0 */
/* src/json.h: the input is JSON. */
#include "fuzz.h"
#include "json.h"

/* The text of a value with what json.h leaves off: the quotes of a string. */
static struct view whole_of(const struct json *json)
{
	size_t quote = json->kind == JSON_STRING;

	return (struct view){json->text.data - quote, json->text.len + 2 * quote};
}

/* A value inside of `text` is JSON by itself, and the same. */
static void check_value(const struct json *json, struct view text)
{
	struct json again;

	FUZZ_CHECK(fuzz_is_inside(whole_of(json), text));
	FUZZ_CHECK(json_parse(&again, whole_of(json)) == 0);
	FUZZ_CHECK(again.kind == json->kind && again.text.data == json->text.data && again.text.len == json->text.len);
}

static void check_string(const struct json *json)
{
	struct buffer buf;
	char *memory = malloc(json->text.len);
	bool is_plain = json->kind == JSON_STRING && view_find(json->text, "\\", 1) == NULL;

	FUZZ_CHECK(memory != NULL);
	buffer_init(&buf, memory, json->text.len);
	json_add_string(&buf, json); /* no escape is shorter than what it stands for */
	FUZZ_CHECK(!buf.overflow);
	FUZZ_CHECK(json->kind == JSON_STRING || buf.len == 0);
	FUZZ_CHECK(!is_plain || fuzz_is_same(buffer_view(&buf), json->text));
	free(memory);
}

static void check_parts(const struct json *json, struct view text)
{
	static const char *const paths[] = {"type", "object", "metadata.name", "status.conditions", "status.certificate", "a", "a.b",
					    "",     "."};
	struct json rest = *json;
	struct json found;

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		if (json_find(json, paths[i], &found)) {
			FUZZ_CHECK(json->kind == JSON_OBJECT);
			check_value(&found, text);
			check_string(&found);
		}
	}
	for (size_t left = rest.text.len + 1; json_take_element(&rest, &found); left = rest.text.len) {
		FUZZ_CHECK(json->kind == JSON_ARRAY && rest.text.len < left);
		check_value(&found, text);
		check_string(&found);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);
	struct json json;
	struct json cut;

	int result = json_parse(&json, text);
	FUZZ_CHECK(result == 0 || result == -1);
	if (result == 0) {
		struct view whole = whole_of(&json);
		check_value(&json, text);
		check_string(&json);
		check_parts(&json, text);
		FUZZ_CHECK(json.kind == JSON_NUMBER || json_parse(&cut, (struct view){whole.data, whole.len - 1}) == -1);
	}
	return 0;
}
