/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base64.h"
#include "pem.h"

#define BEGIN(label) "-----BEGIN " label "-----\n"
#define END(label)   "-----END " label "-----\n"

TEST(the_first_block_of_the_label_is_found)
{
	static const struct {
		const char *name, *text, *body; /* NULL: none */
	} rows[] = {
		{"alone", BEGIN("CERTIFICATE") "AAAA\n" END("CERTIFICATE"), "AAAA\n"},
		{"without a newline at the end", BEGIN("CERTIFICATE") "AAAA\n-----END CERTIFICATE-----", "AAAA\n"},
		{"with text around", "hello\n" BEGIN("CERTIFICATE") "AAAA\n" END("CERTIFICATE") "bye\n", "AAAA\n"},
		{"with CR LF", "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n", "AAAA\r\n"},
		{"the first of two", BEGIN("CERTIFICATE") "AAAA\n" END("CERTIFICATE") BEGIN("CERTIFICATE") "BBBB\n" END("CERTIFICATE"),
		 "AAAA\n"},
		{"behind another label",
		 BEGIN("EC PRIVATE KEY") "BBBB\n" END("EC PRIVATE KEY") BEGIN("CERTIFICATE") "AAAA\n" END("CERTIFICATE"), "AAAA\n"},
		{"empty body", BEGIN("CERTIFICATE") END("CERTIFICATE"), ""},
		{"empty text", "", NULL},
		{"no END", BEGIN("CERTIFICATE") "AAAA\n", NULL},
		{"END cut off", BEGIN("CERTIFICATE") "AAAA\n-----END CERTIFICATE----", NULL},
		{"END of another label", BEGIN("CERTIFICATE") "AAAA\n" END("CERTIFICATE REQUEST"), NULL},
		{"label with more behind it", BEGIN("CERTIFICATE REQUEST") "AAAA\n" END("CERTIFICATE REQUEST"), NULL},
		{"label with more in front of it", BEGIN("TRUSTED CERTIFICATE") "AAAA\n" END("TRUSTED CERTIFICATE"), NULL},
		{"END before BEGIN", END("CERTIFICATE") BEGIN("CERTIFICATE") "AAAA\n", NULL},
		{"BEGIN not on a line of its own", "x" BEGIN("CERTIFICATE") "AAAA\n" END("CERTIFICATE"), NULL},
		{"four dashes", "----BEGIN CERTIFICATE----\nAAAA\n----END CERTIFICATE----\n", NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct view body = {NULL, 0};
		bool found = pem_find(support_exact(view_of(rows[i].text)), "CERTIFICATE", &body);
		assert_row(rows[i].name, found == (rows[i].body != NULL));
		if (found) {
			assert_text(rows[i].name, body, rows[i].body);
		}
	}
}

TEST(a_block_cut_off_anywhere_is_none)
{
	struct view text = LITERAL(BEGIN("CERTIFICATE") "AAAABBBB\n" END("CERTIFICATE"));

	for (size_t len = 0; len < text.len - 1; len++) { /* without its last newline it is whole */
		struct view body;
		assert_false(pem_find(support_exact((struct view){text.data, len}), "CERTIFICATE", &body));
	}
}

TEST(lines_have_64_characters_as_openssl_writes_them)
{
	unsigned char spki[KEY_SPKI_LEN];
	BUFFER(buf, 512);

	support_vector_spki(spki);
	pem_format(&buf, "PUBLIC KEY", (struct view){(const char *)spki, sizeof spki});
	assert_text("openssl ec -pubout", buffer_view(&buf),
		    BEGIN("PUBLIC KEY") "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEelkxgIYMQDfIPBJ0mEXI7hQk3Sl/\n"
					"rcuJXjWCVdLH0rKoyiVYDyYm/leQYv8bmf+RwkoNoG+zK1viAUjJJJ9WUA==\n" END("PUBLIC KEY"));
}

TEST(what_was_written_is_found_at_every_length)
{
	char bytes[200];

	memset(bytes, 'x', sizeof bytes);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		struct view body;
		BUFFER(pem, 512);
		BUFFER(der, 256);
		pem_format(&pem, "CERTIFICATE", (struct view){bytes, len});
		assert_false(pem.overflow);
		assert_true(pem_find(buffer_view(&pem), "CERTIFICATE", &body));
		assert_int_equal(base64_parse(&der, body), 0);
		assert_view("body", buffer_view(&der), ((struct view){bytes, len}));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_block_of_the_label_is_found),
		cmocka_unit_test(a_block_cut_off_anywhere_is_none),
		cmocka_unit_test(lines_have_64_characters_as_openssl_writes_them),
		cmocka_unit_test(what_was_written_is_found_at_every_length),
	};
	return RUN("pem", tests);
}
