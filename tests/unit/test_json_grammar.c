/* SPDX-License-Identifier: Apache-2.0 */
/* What is JSON by RFC 8259 and what is not. */
#include "support.h"

#include "json.h"

static bool is_json(struct view text)
{
	struct json json;

	return json_parse(&json, support_exact(text)) == 0;
}

TEST(what_the_rfc_allows_is_accepted)
{
	static const char *const rows[] = {
		"0",
		"-0",
		"1",
		"-1",
		"10",
		"1.0",
		"0.1",
		"1e1",
		"1E+1",
		"1e-1",
		"0e0",
		"-0.0e-0",
		"123456789012345678901234567890",
		"true",
		"false",
		"null",
		"\"\"",
		"\"a\"",
		"\"\xe2\x82\xac\"",
		"\"\x7f\"",
		"\"\\u0000\"",
		"\"\\uABCD\\uabcd\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"[]",
		"[ ]",
		"[[]]",
		"[1,2]",
		" [ 1 , 2 ] ",
		"[[],{}]",
		"[null,true,false,\"\",0]",
		"{}",
		"{ }",
		"{\"a\":1}",
		" { \"a\" : 1 , \"b\" : [ ] } ",
		"{\"\":{\"\":[{}]}}",
		"{\"a\":1,\"a\":2}",
		"\t\r\n 1\t\r\n ",
		"[\n1\r\n,\t2]",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_row(rows[i], is_json(view_of(rows[i])));
	}
}

TEST(anything_else_is_refused)
{
	static const char *const rows[] = {
		"",
		" ",
		"a",
		"tru",
		"truex",
		"True",
		"nul",
		"nullnull",
		"undefined",
		"NaN",
		"Infinity",
		"+1",
		"-",
		"--1",
		"01",
		"-01",
		".1",
		"1.",
		"-.1",
		"1.e1",
		"1e",
		"1e+",
		"1ee1",
		"0x1",
		"1 2",
		"1,",
		"1a",
		"1.1.1",
		"00",
		"\"",
		"\"a",
		"a\"",
		"\"a\"b",
		"'a'",
		"\"\n\"",
		"\"\t\"",
		"\"\x1f\"",
		"\"\\\"",
		"\"\\",
		"\"\\a\"",
		"\"\\x41\"",
		"\"\\'\"",
		"\"\\u\"",
		"\"\\u12\"",
		"\"\\u123\"",
		"\"\\u123g\"",
		"\"\\U0041\"",
		"\"\\u00",
		"\"\\\n\"",
		"[",
		"]",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[,]",
		"[1,,2]",
		"[1 2]",
		"[1]]",
		"[1}",
		"[}",
		"[\"a\"",
		"[1:2]",
		"[[]",
		"{",
		"}",
		"{]",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":1",
		"{\"a\":1,",
		"{\"a\":1,}",
		"{,}",
		"{,\"a\":1}",
		"{\"a\"}",
		"{\"a\",1}",
		"{\"a\" 1}",
		"{\"a\"::1}",
		"{\"a\":1:2}",
		"{a:1}",
		"{1:1}",
		"{'a':1}",
		"{null:1}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":1,,\"b\":2}",
		"{\"a\":1}}",
		"{\"a\":1]",
		"{\"a\":}",
		"{:1}",
		"{}{}",
		"[][]",
		"{},",
		",{}",
		"\xef\xbb\xbf{}",
		"/**/1",
		"1//",
		"[truefalse]",
		"[\"a\"\"b\"]",
		"\v1",
		"1\f",
		"[1\v]",
		"\xc2\xa0 1",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_row(rows[i], !is_json(view_of(rows[i])));
	}
}

TEST(a_nul_byte_is_refused_wherever_it_is)
{
	static const struct view rows[] = {
		{"\0", 1}, {"1\0", 2}, {"\0001", 2}, {"\"\0\"", 3}, {"\"\\\0\"", 4}, {"[\0]", 3}, {"{\"a\"\0:1}", 8}, {"\"\\u00\0000\"", 8},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(is_json(rows[i]));
	}
}

/* Arrays, objects, and both in turn. */
TEST(nesting_is_allowed_down_to_the_limit)
{
	static const char *const opening[][2] = {{"[", "["}, {"{\"a\":", "{\"a\":"}, {"[", "{\"a\":"}};

	for (size_t kind = 0; kind < COUNT(opening); kind++) {
		for (size_t depth = 1; depth <= JSON_DEPTH_LIMIT + 2; depth++) {
			BUFFER(text, 512);
			for (size_t i = 0; i < depth; i++) {
				buffer_add_text(&text, opening[kind][i % 2]);
			}
			buffer_add_text(&text, "1");
			for (size_t i = depth; i-- > 0;) {
				buffer_add_text(&text, opening[kind][i % 2][0] == '[' ? "]" : "}");
			}
			assert_false(text.overflow);
			assert_int_equal(is_json(buffer_view(&text)), depth <= JSON_DEPTH_LIMIT);
		}
	}
}

TEST(many_values_beside_each_other_are_no_nesting)
{
	BUFFER(text, 4096);

	buffer_add_text(&text, "[[]");
	for (int i = 0; i < 400; i++) {
		buffer_add_text(&text, ",[[{}]]");
	}
	buffer_add_text(&text, "]");
	assert_true(is_json(buffer_view(&text)));
}

TEST(a_text_cut_off_anywhere_is_refused)
{
	static const char text[] = "{\"type\":\"ADDED\",\"object\":{\"a\":[1,-2.5e+3,true,null],\"b\":\"\\u20ac\\n\"}}";

	for (size_t len = 0; len < sizeof text - 1; len++) {
		assert_false(is_json((struct view){text, len}));
	}
	assert_true(is_json(view_of(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_rfc_allows_is_accepted),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_nul_byte_is_refused_wherever_it_is),
		cmocka_unit_test(nesting_is_allowed_down_to_the_limit),
		cmocka_unit_test(many_values_beside_each_other_are_no_nesting),
		cmocka_unit_test(a_text_cut_off_anywhere_is_refused),
	};
	return RUN("json grammar", tests);
}
