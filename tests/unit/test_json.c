/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and taking apart; what is JSON at all is in test_json_grammar.c. */
#include "support.h"

#include "json.h"

static struct json parse(const char *text)
{
	struct json json;

	if (json_parse(&json, support_exact(view_of(text))) != 0) {
		fail_msg("is no JSON: %s", text);
	}
	return json;
}

TEST(each_kind_of_value_is_known)
{
	static const struct {
		const char *text;
		enum json_kind kind;
		const char *inside;
	} rows[] = {
		{"{}", JSON_OBJECT, "{}"},        {" [1] ", JSON_ARRAY, "[1]"},         {"\"a\\\"b\"", JSON_STRING, "a\\\"b"},
		{"\"\"", JSON_STRING, ""},        {" -1.5e3\n", JSON_NUMBER, "-1.5e3"}, {"true", JSON_LITERAL, "true"},
		{"false", JSON_LITERAL, "false"}, {"null", JSON_LITERAL, "null"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json json = parse(rows[i].text);
		assert_row(rows[i].text, json.kind == rows[i].kind);
		assert_text(rows[i].text, json.text, rows[i].inside);
	}
}

TEST(members_are_found_by_their_path)
{
	static const char text[] =
		"{\"type\" : \"ADDED\",\"object\":{\"metadata\":{\"name\":\"n\",\"uid\":7},\"status\":{},\"list\":[{\"a\":1}],"
		"\"empty\":[],\"metadata\":{\"name\":\"second\"}},\"a.b\":1,\"\":2,\"nothing\":null,\"spec\":{\"x\":[[],{}]} }";
	static const struct {
		const char *path, *found; /* NULL: not there */
	} rows[] = {
		{"type", "ADDED"},
		{"object.metadata.name", "n"},
		{"object.metadata.uid", "7"},
		{"object.status", "{}"},
		{"object.list", "[{\"a\":1}]"},
		{"object.empty", "[]"},
		{"nothing", "null"},
		{"spec.x", "[[],{}]"},
		{"", "2"},
		{"name", NULL},
		{"object.name", NULL},
		{"object.metadata.name.x", NULL},
		{"object.list.a", NULL},
		{"typ", NULL},
		{"types", NULL},
		{"TYPE", NULL},
		{"object.status.x", NULL},
		{"nothing.x", NULL},
		{"a.b", NULL},
		{"ADDED", NULL},
	};
	struct json json = parse(text);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json found;
		assert_row(rows[i].path, json_find(&json, rows[i].path, &found) == (rows[i].found != NULL));
		if (rows[i].found != NULL) {
			assert_text(rows[i].path, found.text, rows[i].found);
		}
	}
}

TEST(the_result_may_take_the_place_of_what_is_searched)
{
	struct json json = parse("{\"a\":{\"b\":{\"c\":3}}}");

	assert_true(json_find(&json, "a.b", &json));
	assert_true(json_find(&json, "c", &json));
	assert_text("c", json.text, "3");
	assert_false(json_find(&json, "c", &json));
}

TEST(a_name_is_compared_as_it_is_written)
{
	struct json json = parse("{\"\\u0061\":1,\"a\":2}");
	struct json found;

	assert_true(json_find(&json, "a", &found));
	assert_text("a", found.text, "2");
}

TEST(elements_are_taken_in_their_order)
{
	static const struct {
		const char *text;
		size_t count;
		const char *elements[5];
	} rows[] = {
		{"[]", 0, {NULL}},
		{" [ ] ", 0, {NULL}},
		{"[1]", 1, {"1"}},
		{"[ 1 , \"a,]\" , [2,3] , {\"x\":[]} , null ]", 5, {"1", "a,]", "[2,3]", "{\"x\":[]}", "null"}},
		{"[[],[]]", 2, {"[]", "[]"}},
		{"{}", 0, {NULL}},
		{"{\"a\":1}", 0, {NULL}},
		{"\"abc\"", 0, {NULL}},
		{"12", 0, {NULL}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json array = parse(rows[i].text);
		struct json element;
		for (size_t j = 0; j < rows[i].count; j++) {
			assert_row(rows[i].text, json_take_element(&array, &element));
			assert_text(rows[i].text, element.text, rows[i].elements[j]);
		}
		assert_row(rows[i].text, !json_take_element(&array, &element));
		assert_row(rows[i].text, !json_take_element(&array, &element));
	}
}

TEST(the_members_of_elements_are_found)
{
	struct json json = parse("{\"conditions\":[{\"type\":\"A\"},{\"type\":\"B\",\"reason\":\"r\"}]}");
	struct json element;
	struct json member;

	assert_true(json_find(&json, "conditions", &json));
	assert_true(json_take_element(&json, &element));
	assert_true(json_find(&element, "type", &member) && json_is(&member, "A"));
	assert_false(json_find(&element, "reason", &member));
	assert_true(json_take_element(&json, &element));
	assert_true(json_find(&element, "reason", &member) && json_is(&member, "r"));
}

TEST(escapes_become_utf_8)
{
	static const struct {
		const char *text, *utf8;
	} rows[] = {
		{"\"\"", ""},
		{"\"abc\"", "abc"},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"\\u0041\\u007f\"", "A\x7f"},
		{"\"\\u0080\\u07ff\"", "\xc2\x80\xdf\xbf"},
		{"\"\\u0800\\uFFFF\"", "\xe0\xa0\x80\xef\xbf\xbf"},
		{"\"\\u20AC\\u20ac\"", "\xe2\x82\xac\xe2\x82\xac"},
		{"\"\\ud800\\udc00\"", "\xf0\x90\x80\x80"},
		{"\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80"},
		{"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf"},
		{"\"\\ud800\"", "\xef\xbf\xbd"},
		{"\"\\udc00\"", "\xef\xbf\xbd"},
		{"\"\\ud800x\"", "\xef\xbf\xbdx"},
		{"\"\\ud800\\n\"", "\xef\xbf\xbd\n"},
		{"\"\\ud800six...\"", "\xef\xbf\xbdsix..."},
		{"\"\\ud800\\nfive.\"", "\xef\xbf\xbd\nfive."},
		{"\"\\ud800\\ue000\"", "\xef\xbf\xbd\xee\x80\x80"},
		{"\"\\ud800\\u0041\"", "\xef\xbf\xbd"
				       "A"},
		{"\"\\ud800\\ud800\\udc00\"", "\xef\xbf\xbd\xf0\x90\x80\x80"},
		{"\"\\udc00\\ud800\"", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\"\xc3\xa9\"", "\xc3\xa9"},
		{"\"\\\\u0041\"", "\\u0041"},
		{"1", ""},
		{"true", ""},
		{"[\"a\"]", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json json = parse(rows[i].text);
		BUFFER(buf, 32);
		json_add_string(&buf, &json);
		assert_text(rows[i].text, buffer_view(&buf), rows[i].utf8);
	}
}

TEST(a_nul_may_be_escaped)
{
	struct json json = parse("\"a\\u0000b\"");
	BUFFER(buf, 8);

	json_add_string(&buf, &json);
	assert_view("NUL", buffer_view(&buf), LITERAL("a\0b"));
}

/* It is a fault of the caller, and must not become one of memory. */
TEST(a_value_that_was_never_checked_is_not_read_beyond_its_end)
{
	static const char *const rows[] = {"", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":[", "{\"b\":1", "{\"b\":1,"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json found;
		struct json broken = {JSON_OBJECT, support_exact(view_of(rows[i]))};
		assert_row(rows[i], !json_find(&broken, "a", &found));
		broken.kind = JSON_ARRAY;
		(void)json_take_element(&broken, &found); /* whatever it gives */
		assert_row(rows[i], broken.text.len <= strlen(rows[i]));
	}
}

TEST(only_strings_are_equal_to_a_text)
{
	struct json string = parse("\"true\"");
	struct json literal = parse("true");

	assert_true(json_is(&string, "true"));
	assert_false(json_is(&string, "tru"));
	assert_false(json_is(&literal, "true"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_value_is_known),
		cmocka_unit_test(members_are_found_by_their_path),
		cmocka_unit_test(the_result_may_take_the_place_of_what_is_searched),
		cmocka_unit_test(a_name_is_compared_as_it_is_written),
		cmocka_unit_test(elements_are_taken_in_their_order),
		cmocka_unit_test(the_members_of_elements_are_found),
		cmocka_unit_test(escapes_become_utf_8),
		cmocka_unit_test(a_nul_may_be_escaped),
		cmocka_unit_test(a_value_that_was_never_checked_is_not_read_beyond_its_end),
		cmocka_unit_test(only_strings_are_equal_to_a_text),
	};
	return RUN("json", tests);
}
