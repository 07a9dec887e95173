/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base64.h"

static const struct {
	const char *plain, *coded, *coded_url;
} vectors[] = {
	/* RFC 4648 §10 */
	{"", "", ""},
	{"f", "Zg==", "Zg"},
	{"fo", "Zm8=", "Zm8"},
	{"foo", "Zm9v", "Zm9v"},
	{"foob", "Zm9vYg==", "Zm9vYg"},
	{"fooba", "Zm9vYmE=", "Zm9vYmE"},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	/* the two characters in which the alphabets differ */
	{"\xfb\xff\xfe", "+//+", "-__-"},
	{"\xff", "/w==", "_w"},
	{"\xfb\xf0", "+/A=", "-_A"},
};

TEST(bytes_are_written_with_padding)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		BUFFER(buf, 16);
		struct view plain = support_exact(view_of(vectors[i].plain));
		base64_format(&buf, plain.data, plain.len);
		assert_text(vectors[i].coded, buffer_view(&buf), vectors[i].coded);
	}
}

TEST(the_url_variant_has_its_own_letters_and_no_padding)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		BUFFER(buf, 16);
		struct view plain = support_exact(view_of(vectors[i].plain));
		base64_format_url(&buf, plain.data, plain.len);
		assert_text(vectors[i].coded_url, buffer_view(&buf), vectors[i].coded_url);
	}
}

TEST(text_is_read_back)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		BUFFER(buf, 16);
		assert_row(vectors[i].coded, base64_parse(&buf, support_exact(view_of(vectors[i].coded))) == 0);
		assert_text(vectors[i].coded, buffer_view(&buf), vectors[i].plain);
	}
}

TEST(all_byte_values_make_the_round_trip_at_every_length)
{
	char bytes[256];

	for (size_t i = 0; i < sizeof bytes; i++) {
		bytes[i] = (char)i;
	}
	for (size_t len = 0; len <= sizeof bytes; len++) {
		BUFFER(coded, 400);
		BUFFER(plain, 256);
		base64_format(&coded, bytes, len);
		assert_int_equal(coded.len, (len + 2) / 3 * 4);
		assert_int_equal(base64_parse(&plain, buffer_view(&coded)), 0);
		assert_int_equal(plain.len, len);
		assert_memory_equal(plain.data, bytes, len);
	}
}

TEST(white_space_is_passed_over)
{
	static const char *const rows[] = {"Zm9v\nYg==", "Zm9v\r\nYg==\r\n", " Z m9vYg=\t=", "\n\nZm9vYg==\n\n"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(buf, 16);
		assert_row(rows[i], base64_parse(&buf, support_exact(view_of(rows[i]))) == 0);
		assert_text(rows[i], buffer_view(&buf), "foob");
	}
}

TEST(what_is_no_base64_is_refused)
{
	static const char *const rows[] = {
		"Z",        "Zg",       "Zg=",   "Zm9",     "Zm9vY",                                /* cut off */
		"=",        "====",     "Z===",  "Zg===",   "Zm8==",                                /* padding where none belongs */
		"Zg==Zg==", "Zg==Zm9v", "Zg=g",  "Zm8=\nZ", "Zm9v=",                                /* something after the padding */
		"Zh==",     "Zm9=",     "Zv==",                                                     /* bits set that stand for nothing */
		"Zm-v",     "Zm_v",     "Zm9v!", "Zm9v.",   "Zm\x80v", "\xffZm9v", "Zm\vv", "Zm{v", /* other letters */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(buf, 16);
		assert_row(rows[i], base64_parse(&buf, support_exact(view_of(rows[i]))) == -1);
	}
}

TEST(a_nul_byte_is_refused)
{
	BUFFER(buf, 16);

	assert_int_equal(base64_parse(&buf, support_exact(LITERAL("Zm9v\0"))), -1);
}

TEST(a_buffer_too_small_is_told_by_its_overflow)
{
	BUFFER(buf, 3);

	assert_int_equal(base64_parse(&buf, LITERAL("Zm9v")), 0);
	assert_false(buf.overflow);
	assert_int_equal(base64_parse(&buf, LITERAL("Zg==")), 0);
	assert_true(buf.overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_written_with_padding),
		cmocka_unit_test(the_url_variant_has_its_own_letters_and_no_padding),
		cmocka_unit_test(text_is_read_back),
		cmocka_unit_test(all_byte_values_make_the_round_trip_at_every_length),
		cmocka_unit_test(white_space_is_passed_over),
		cmocka_unit_test(what_is_no_base64_is_refused),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(a_buffer_too_small_is_told_by_its_overflow),
	};
	return RUN("base64", tests);
}
