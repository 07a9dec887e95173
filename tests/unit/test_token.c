/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "token.h"

TEST(a_token_is_read_with_white_space_around_it)
{
	static const char *const rows[] = {
		"abcdef.0123456789abcdef",   "abcdef.0123456789abcdef\n",   "abcdef.0123456789abcdef\r\n",
		" abcdef.0123456789abcdef ", "\n\tabcdef.0123456789abcdef",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token token;
		struct error err;
		assert_row(rows[i], token_parse(&token, support_exact(view_of(rows[i])), &err) == 0);
		assert_text(rows[i], view_of(token.text), "abcdef.0123456789abcdef");
	}
}

TEST(anything_else_is_refused_and_never_shown)
{
	static const char *const rows[] = {
		"",
		"\n",
		".",
		"abcdef",
		"abcdef.",
		"abcdef.0123456789abcde",
		"abcdef.0123456789abcdef0",
		"abcdef.0123456789abcdef abcdef.0123456789abcdef",
		"ABCDEF.0123456789abcdef",
		"abcdef.0123456789ABCDEF",
		"abcdef:0123456789abcdef",
		"abcdef 0123456789abcdef",
		"abcde..0123456789abcdef",
		"abcdef.0123456789abcde.",
		"abcde.f0123456789abcdef",
		"abcdef.0123456789 bcdef",
		"abcdef.0123456789abcd\xc3\xa9",
		"abcdef.0123456789abcde{",
		"\"abcdef.0123456789abcdef\"",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token token;
		struct error err;
		assert_row(rows[i], token_parse(&token, support_exact(view_of(rows[i])), &err) == -1);
		assert_error(rows[i], &err, ERROR_CONFIG, "must");
		assert_row(rows[i], strstr(err.text, "012345678") == NULL || strstr(err.text, "as in abcdef.0123456789abcdef") != NULL);
	}
}

TEST(no_part_of_a_mistyped_token_is_in_the_message)
{
	struct token token;
	struct error err;

	assert_int_equal(token_parse(&token, LITERAL("zzzzzz.qqqqwwwweeeerrr"), &err), -1);
	assert_null(strstr(err.text, "zzz"));
	assert_null(strstr(err.text, "qqq"));
	assert_int_equal(token_parse(&token, LITERAL("zzzzzz.qqqqwwwweeeerrrr!"), &err), -1);
	assert_null(strstr(err.text, "zzz"));
	assert_int_equal(token_parse(&token, LITERAL("zzzzzz.qqqqwwwweeeerrrR"), &err), -1);
	assert_null(strstr(err.text, "qqq"));
}

TEST(a_nul_byte_is_no_part_of_a_token)
{
	struct token token;
	struct error err;

	assert_int_equal(token_parse(&token, support_exact(LITERAL("abcdef.0123456789abcd\0f")), &err), -1);
	assert_int_equal(token_parse(&token, support_exact(LITERAL("abcdef.0123456789abcdef\0")), &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_read_with_white_space_around_it),
		cmocka_unit_test(anything_else_is_refused_and_never_shown),
		cmocka_unit_test(no_part_of_a_mistyped_token_is_in_the_message),
		cmocka_unit_test(a_nul_byte_is_no_part_of_a_token),
	};
	return RUN("token", tests);
}
