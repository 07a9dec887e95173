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

TEST(a_bearer_token_may_have_any_shape)
{
	static const struct {
		const char *text, *token;
		bool is_bootstrap;
	} rows[] = {
		{"abcdef.0123456789abcdef\n", "abcdef.0123456789abcdef", true},
		{"  Abcdef.0123456789abcdef", "Abcdef.0123456789abcdef", false},
		{"x", "x", false},
		{"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2ln-_\r\n", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2ln-_", false},
		{"Static/Token+of~no-Shape==", "Static/Token+of~no-Shape==", false},
		{"abcdef.0123456789abcdef0", "abcdef.0123456789abcdef0", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token token = {.is_bootstrap = !rows[i].is_bootstrap};
		struct error err;
		assert_row(rows[i].text, token_parse_bearer(&token, support_exact(view_of(rows[i].text)), &err) == 0);
		assert_text(rows[i].text, view_of(token.text), rows[i].token);
		assert_row(rows[i].text, token.is_bootstrap == rows[i].is_bootstrap);
		const char *secret = rows[i].is_bootstrap ? strchr(rows[i].token, '.') + 1 : rows[i].token;
		assert_text(rows[i].text, view_of(token_secret(&token)), secret);
	}
}

/* It goes into the head of a request as it is. */
TEST(what_could_end_a_line_or_a_word_is_no_bearer_token)
{
	static const struct view rows[] = {
		LITERAL(""),
		LITERAL(" \n"),
		LITERAL("secret secret"),
		LITERAL("secret\r\nHost: x"),
		LITERAL("secret\tsecret"),
		LITERAL("secret\0secret"),
		LITERAL("secret\x7f"
			"x"),
		LITERAL("secret\xc3\xa9"),
		LITERAL("secret\x1b[0m"),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token token;
		struct error err;
		assert_row("row", token_parse_bearer(&token, support_exact(rows[i]), &err) == -1);
		assert_error("row", &err, ERROR_CONFIG, "must ");
		assert_row("row", strstr(err.text, "secret") == NULL);
	}
}

TEST(a_bearer_token_has_a_greatest_length)
{
	static char text[TOKEN_LIMIT];
	static struct token token;
	struct error err;

	memset(text, 'a', sizeof text);
	assert_int_equal(token_parse_bearer(&token, support_exact((struct view){text, TOKEN_LIMIT - 1}), &err), 0);
	assert_int_equal(strlen(token.text), TOKEN_LIMIT - 1);
	assert_int_equal(token_parse_bearer(&token, support_exact((struct view){text, TOKEN_LIMIT}), &err), -1);
	assert_error("long", &err, ERROR_CONFIG, "must have 1 to 4095 characters");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_read_with_white_space_around_it),
		cmocka_unit_test(anything_else_is_refused_and_never_shown),
		cmocka_unit_test(no_part_of_a_mistyped_token_is_in_the_message),
		cmocka_unit_test(a_nul_byte_is_no_part_of_a_token),
		cmocka_unit_test(a_bearer_token_may_have_any_shape),
		cmocka_unit_test(what_could_end_a_line_or_a_word_is_no_bearer_token),
		cmocka_unit_test(a_bearer_token_has_a_greatest_length),
	};
	return RUN("token", tests);
}
