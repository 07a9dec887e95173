/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

TEST(an_error_has_a_class_and_a_formatted_text)
{
	struct error err;

	assert_int_equal(error_set(&err, ERROR_DISK, "cannot read %s:%d: %c%%", "file", 7, 'x'), -1);
	assert_int_equal(err.class, ERROR_DISK);
	assert_string_equal(err.text, "cannot read file:7: x%");
}

TEST(context_is_put_in_front_and_the_class_stays)
{
	struct error err;

	(void)error_set(&err, ERROR_REFUSED, "403 Forbidden");
	assert_int_equal(error_wrap(&err, "cannot ask %s", "https://a"), -1);
	assert_int_equal(error_wrap(&err, "gave up after %lld s", 5LL), -1);
	assert_int_equal(err.class, ERROR_REFUSED);
	assert_string_equal(err.text, "gave up after 5 s: cannot ask https://a: 403 Forbidden");
}

TEST(a_text_that_is_too_long_is_cut_and_ends_in_a_nul)
{
	char text[ERROR_TEXT_LIMIT * 2];
	struct error err;

	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	(void)error_set(&err, ERROR_CONFIG, "%s", text);
	assert_int_equal(strlen(err.text), ERROR_TEXT_LIMIT - 1);
	(void)error_wrap(&err, "%s", "context");
	assert_int_equal(strlen(err.text), ERROR_TEXT_LIMIT - 1);
	assert_int_equal(strncmp(err.text, "context: aaaa", 13), 0);
	(void)error_wrap(&err, "%s", text);
	assert_int_equal(strlen(err.text), ERROR_TEXT_LIMIT - 1);
}

TEST(a_text_may_be_wrapped_in_a_part_of_itself)
{
	struct error err;

	(void)error_set(&err, ERROR_CONFIG, "%s", "cause");
	char copy[16];
	memcpy(copy, err.text, sizeof copy);
	(void)error_wrap(&err, "%s", copy);
	assert_string_equal(err.text, "cause: cause");
}

TEST(the_classes_are_the_exit_statuses_that_the_readme_promises)
{
	assert_int_equal(ERROR_USAGE, 64);
	assert_int_equal(ERROR_UNREACHABLE, 69);
	assert_int_equal(ERROR_INTERNAL, 70);
	assert_int_equal(ERROR_DISK, 73);
	assert_int_equal(ERROR_PENDING, 75);
	assert_int_equal(ERROR_UNTRUSTED, 76);
	assert_int_equal(ERROR_REFUSED, 77);
	assert_int_equal(ERROR_CONFIG, 78);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_has_a_class_and_a_formatted_text),
		cmocka_unit_test(context_is_put_in_front_and_the_class_stays),
		cmocka_unit_test(a_text_that_is_too_long_is_cut_and_ends_in_a_nul),
		cmocka_unit_test(a_text_may_be_wrapped_in_a_part_of_itself),
		cmocka_unit_test(the_classes_are_the_exit_statuses_that_the_readme_promises),
	};
	return RUN("error", tests);
}
