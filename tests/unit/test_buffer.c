/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <limits.h>
#include <stdio.h>

TEST(views_are_compared_and_searched_within_their_bounds)
{
	struct view abc = support_exact(LITERAL("abc"));

	assert_true(view_equals(abc, "abc"));
	assert_false(view_equals(abc, "ab"));
	assert_false(view_equals(abc, "abcd"));
	assert_true(view_equals(support_exact(LITERAL("")), ""));
	assert_true(view_starts_with(abc, ""));
	assert_true(view_starts_with(abc, "abc"));
	assert_false(view_starts_with(abc, "abcd"));
	assert_ptr_equal(view_find(abc, "bc", 2), abc.data + 1);
	assert_ptr_equal(view_find(abc, "abc", 3), abc.data);
	assert_null(view_find(abc, "cd", 2));
	assert_null(view_find(abc, "abcd", 4));
	assert_null(view_find(support_exact(LITERAL("")), "a", 1));
}

TEST(white_space_is_trimmed_on_both_sides_only)
{
	static const struct {
		const char *text, *trimmed;
	} rows[] = {
		{"", ""}, {" ", ""}, {" \t\r\n", ""}, {"a", "a"}, {" a b\n", "a b"}, {"\r\na\t", "a"}, {"a  ", "a"}, {"\va\f", "\va\f"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_text(rows[i].text, view_trim(support_exact(view_of(rows[i].text))), rows[i].trimmed);
	}
}

TEST(lines_are_taken_one_by_one_with_any_line_end)
{
	static const char *const lines[] = {"one", "", "two\r", "three", "\rfour", "last\r"};
	struct view text = support_exact(LITERAL("one\n\ntwo\r\r\nthree\r\n\rfour\nlast\r"));
	struct view line;

	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_true(view_take_line(&text, &line));
		assert_text(lines[i], line, lines[i]);
	}
	assert_false(view_take_line(&text, &line));
}

TEST(a_last_line_end_begins_no_further_line)
{
	struct view text = support_exact(LITERAL("a\n"));
	struct view line;

	assert_true(view_take_line(&text, &line));
	assert_text("a", line, "a");
	assert_false(view_take_line(&text, &line));
}

TEST(numbers_are_digits_only_and_in_range)
{
	static const struct {
		const char *text;
		long long max, number; /* -1: refused */
	} rows[] = {
		{"0", 9, 0},
		{"007", 9, 7},
		{"65535", 65535, 65535},
		{"65536", 65535, -1},
		{"", 9, -1},
		{"-1", 9, -1},
		{"+1", 9, -1},
		{" 1", 9, -1},
		{"1 ", 9, -1},
		{"1a", 9, -1},
		{"0x1", 99, -1},
		{"1.0", 99, -1},
		{"10", 9, -1},
		{"9223372036854775807", LLONG_MAX, LLONG_MAX},
		{"9223372036854775808", LLONG_MAX, -1},
		{"99999999999999999999999", LLONG_MAX, -1},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		long long number = -2;
		bool is_number = view_parse_number(support_exact(view_of(rows[i].text)), rows[i].max, &number);
		assert_row(rows[i].text, is_number == (rows[i].number >= 0));
		assert_row(rows[i].text, number == (is_number ? rows[i].number : -2));
	}
}

TEST(a_copy_needs_room_for_its_nul)
{
	char text[4] = "xyz";

	assert_true(view_copy(support_exact(LITERAL("abc")), text, sizeof text));
	assert_string_equal(text, "abc");
	assert_false(view_copy(support_exact(LITERAL("abcd")), text, sizeof text));
	assert_string_equal(text, "");
	assert_true(view_copy(support_exact(LITERAL("")), text, 1));
	assert_string_equal(text, "");
}

TEST(a_buffer_takes_what_fits_and_remembers_that_it_was_too_small)
{
	BUFFER(buf, 5);

	buffer_add_text(&buf, "abc");
	assert_false(buf.overflow);
	buffer_add(&buf, "de", 2);
	assert_false(buf.overflow);
	assert_text("full", buffer_view(&buf), "abcde");
	buffer_add_view(&buf, LITERAL(""));
	assert_false(buf.overflow);
	buffer_add_text(&buf, "f");
	assert_true(buf.overflow);
	assert_text("over", buffer_view(&buf), "abcde");
}

TEST(bytes_are_dropped_from_the_front)
{
	BUFFER(buf, 8);

	buffer_add_text(&buf, "abcdef");
	buffer_drop(&buf, 2);
	assert_text("two", buffer_view(&buf), "cdef");
	buffer_drop(&buf, 0);
	assert_text("none", buffer_view(&buf), "cdef");
	buffer_drop(&buf, 4);
	assert_text("all", buffer_view(&buf), "");
}

TEST(each_conversion_prints_as_in_the_c_library)
{
	BUFFER(buf, 512);
	char expected[128]; /* the size of size_t is the target's */

	buffer_format(&buf, "%s|%.*s|%c|%d|%u|%x|%zu|%lld|%02d|%%", "text", 2, "cut", 'c', -7, 7u, 0xbeefu, (size_t)99, -5000000000LL, 3);
	assert_text("all", buffer_view(&buf), "text|cu|c|-7|7|beef|99|-5000000000|03|%");
	buf.len = 0;
	buffer_format(&buf, "%d %d %u %x %x %zu %lld %lld %02d", INT_MIN, INT_MAX, UINT_MAX, UINT_MAX, 0u, SIZE_MAX, LLONG_MIN, LLONG_MAX,
		      123);
	(void)snprintf(expected, sizeof expected,
		       "-2147483648 2147483647 4294967295 ffffffff 0 %zu -9223372036854775808 9223372036854775807 123", SIZE_MAX);
	assert_text("bounds", buffer_view(&buf), expected);
	buf.len = 0;
	buffer_format(&buf, "%.*s|%.*s|", 0, "none", 3, "abc");
	assert_text("precision", buffer_view(&buf), "|abc|");
}

/* The header says "%.*s", and the compiler checks it as printf's: there the text also ends at a NUL. */
TEST(a_precision_beyond_the_end_of_a_text_stops_at_its_nul)
{
	BUFFER(buf, 64);
	const struct view text = support_exact((struct view){"abc", 4});

	buffer_format(&buf, "<%.*s>", 4, text.data);
	assert_text("%.*s", buffer_view(&buf), "<abc>");
}

TEST(formatted_text_that_does_not_fit_is_cut_and_ends_in_a_nul)
{
	char text[6];

	text_format(text, sizeof text, "%s-%d", "ab", 12345);
	assert_string_equal(text, "ab-12");
	text_format(text, 1, "%s", "abc");
	assert_string_equal(text, "");
}

TEST(control_characters_of_others_become_question_marks)
{
	static const struct {
		const char *text, *clean;
	} rows[] = {
		{"", ""},
		{"abc ~", "abc ~"},
		{"\x1b[31mred\x1b[0m\r\n", "?[31mred?[0m??"},
		{"a\tb\x7f", "a?b?"},
		{"\xc2\x80\xc2\x9f", "??"},
		{"\xc2\x7f\xc2\xa0", "\xc2?\xc2\xa0"}, /* not of C1, and not broken up */
		{"\xc3\x80\xc2", "\xc3\x80\xc2"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(buf, 32);
		buffer_add_clean(&buf, support_exact((struct view){rows[i].text, strlen(rows[i].text) + 1}).data);
		assert_text(rows[i].clean, buffer_view(&buf), rows[i].clean);
	}
}

TEST(wiping_leaves_zeros)
{
	char secret[8] = "secret!";
	static const char zeros[8];

	buffer_wipe(secret, sizeof secret);
	assert_memory_equal(secret, zeros, sizeof secret);
	buffer_wipe(secret, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_are_compared_and_searched_within_their_bounds),
		cmocka_unit_test(white_space_is_trimmed_on_both_sides_only),
		cmocka_unit_test(lines_are_taken_one_by_one_with_any_line_end),
		cmocka_unit_test(a_last_line_end_begins_no_further_line),
		cmocka_unit_test(numbers_are_digits_only_and_in_range),
		cmocka_unit_test(a_copy_needs_room_for_its_nul),
		cmocka_unit_test(a_buffer_takes_what_fits_and_remembers_that_it_was_too_small),
		cmocka_unit_test(bytes_are_dropped_from_the_front),
		cmocka_unit_test(each_conversion_prints_as_in_the_c_library),
		cmocka_unit_test(a_precision_beyond_the_end_of_a_text_stops_at_its_nul),
		cmocka_unit_test(formatted_text_that_does_not_fit_is_cut_and_ends_in_a_nul),
		cmocka_unit_test(control_characters_of_others_become_question_marks),
		cmocka_unit_test(wiping_leaves_zeros),
	};
	return RUN("buffer", tests);
}
