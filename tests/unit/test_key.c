/* SPDX-License-Identifier: Apache-2.0 */
/* All keys here were made by OpenSSL 3.0 for this test. */
#include "support.h"

#include "base64.h"
#include "key.h"
#include "pem.h"

/* The P-256 key 00 01 02 .. 1f: openssl ec; openssl pkcs8 -topk8 -nocrypt; openssl ec -no_public */
#define SEC1                                                                 \
	"-----BEGIN EC PRIVATE KEY-----\n"                                   \
	"MHcCAQEEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4foAoGCCqGSM49\n" \
	"AwEHoUQDQgAEelkxgIYMQDfIPBJ0mEXI7hQk3Sl/rcuJXjWCVdLH0rKoyiVYDyYm\n" \
	"/leQYv8bmf+RwkoNoG+zK1viAUjJJJ9WUA==\n"                             \
	"-----END EC PRIVATE KEY-----\n"
#define PKCS8                                                                \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAECAwQFBgcICQoL\n" \
	"DA0ODxAREhMUFRYXGBkaGxwdHh+hRANCAAR6WTGAhgxAN8g8EnSYRcjuFCTdKX+t\n" \
	"y4leNYJV0sfSsqjKJVgPJib+V5Bi/xuZ/5HCSg2gb7MrW+IBSMkkn1ZQ\n"         \
	"-----END PRIVATE KEY-----\n"
#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"

/* The whole of another kind, in base64. */
#define P384                                                                                                                               \
	"MIGkAgEBBDDjJwuHI2mo2tXVP2DHXX/C97EE2WRMQekyqzyqq6h3qPmhWUX5ReTKLKbflP8iWRigBwYFK4EEACKhZANiAAS9mA1G7gfk9N6qS3Dh5/tqZopSDCkyESPx" \
	"uJLjiNkP8OUNmuPrnMVH+fKrvAjMbkSWCUL3zSTOiIrcL69XYiFgARgStBDZ8Bfwjk7zebicJQ1t4EXLfgehCcblSYFMN1g="
#define SECP256K1                                                                                                                          \
	"MHQCAQEEIHCZzD6QSGiZkElrb+u6hH4HuDmGzCLbbxrZ67Tf6z6moAcGBSuBBAAKoUQDQgAEgDaArdBifZBQ5QPyqcsztxFf2ZHPXBLJeUO916YyBF7Bm698nkCtFgBk" \
	"RPVGB5muN3Iz5gT3GgBOig55Nc1Jlg=="
#define SM2_PKCS8                                                                                                                          \
	"MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgwwT5sS+c8v0lNJGtxZeCMjSkz/Q/bDp21+32THkFmOChRANCAARt7qxrcD/JHma8u/xaoyAarUNO3dDL" \
	"iklWOcZft21PClUObaDc3wp9TeG29KbH37T0PJgBKoivLRfiYdKAFjWI"
#define RSA                                                                                                                                \
	"MIICXQIBAAKBgQDUCuw9/Zzqh8Tr0I4fN9rP69getIeaeXgT9j/gErfFAeN7TnoCTlNzvHTn6MwtObx9jKe2HVdJkPh37ajecGDTeScr5+qnT08FzmwuXYDVDPqGiWzY" \
	"O3cXxqQ7ZAEdhCXJMzSSSo86pIr3vCtJpjl74dkefshV/XAn92yNZFXVeQIDAQABAoGACxQHA7YcXKR7RVbAFiF07SgFQpVsAEYYX/Kdo7dWopRWrjqLZVNySLmv4e3n" \
	"vPUnQ+f1Wy5tQQqx8JIaIIT+ifWKSoceYl5ICbE2oOIsV90k1ssEeffb/x9nYJnLzsomwxgIczCk2qH7cdWPy2V0yVfwHcK7O4amFoGQm4nl+YECQQD06klWT1hcF51S" \
	"6O+UEJB+cdo6/fDdyWBfQIB2FsdGwoAJLag5SuekjBIw6/jhbnW0D2etSun9nreKB0eCkEarAkEA3aPCKg/VLkBhzzod1GmJOwrFcEhAKcsZ11oo5c9gj4PKc1UHS0hE" \
	"Ijue46YfVFSvGL6FjwXtDg13CGC0WUjkawJBAJ125J/xc8YCCMx9p0tzOvORD9ZN3sc56hRTzEQgcQ81jkxYZogveK96v1dk4CdQdazHGsl4GOlPWoIMHBX93PECQQCs" \
	"h/V1WK3SOzvoXI0r9Jtm4pOfPB72aavL/9smSbAZB7Zo4R+0cqTXISImhAKPWvySfnzpQOuvrLukQeMiPaPRAkBHO6O/7NwLeSKxdmB15PfKdpEAFeMZjGe0iJBHY9ag" \
	"jtIDL3PCplVXsb+XHCggIVJHNNHFE9y1ICuPl5nfkS0G"

static int parse(unsigned char private[KEY_PRIVATE_LEN], struct view pem)
{
	memset(private, 0xee, KEY_PRIVATE_LEN);
	return key_parse_pem(private, support_exact(pem));
}

TEST(the_private_part_is_read_from_either_form)
{
	static const char *const rows[] = {
		SEC1, PKCS8, CERTIFICATE SEC1, CERTIFICATE CERTIFICATE PKCS8, SEC1 CERTIFICATE, "some text\n" PKCS8 "more text\n",
	};
	unsigned char expected[KEY_PRIVATE_LEN];

	support_vector_private(expected);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned char private[KEY_PRIVATE_LEN];
		assert_row(rows[i], parse(private, view_of(rows[i])) == 0);
		assert_memory_equal(private, expected, sizeof private);
	}
}

/* A file whose end a crash has cut off must never give a key. */
TEST(a_key_cut_off_anywhere_is_refused)
{
	static const char *const rows[] = {SEC1, PKCS8, CERTIFICATE SEC1};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t len = 0; len < strlen(rows[i]) - 1; len++) { /* without its last newline it is whole */
			unsigned char private[KEY_PRIVATE_LEN];
			assert_int_equal(parse(private, (struct view){rows[i], len}), -1);
		}
	}
}

TEST(a_key_with_a_tail_of_nuls_is_refused)
{
	char text[sizeof SEC1] = SEC1;

	for (size_t at = sizeof SEC1 - 3; at > 0; at--) {
		unsigned char private[KEY_PRIVATE_LEN];
		text[at] = '\0';
		assert_int_equal(parse(private, (struct view){text, sizeof text - 1}), -1);
	}
}

TEST(keys_of_another_kind_are_refused)
{
	static const struct {
		const char *name, *label, *base64;
	} rows[] = {
		{"P-384", "EC PRIVATE KEY", P384},
		{"secp256k1", "EC PRIVATE KEY", SECP256K1},
		{"SM2", "PRIVATE KEY", SM2_PKCS8},
		{"RSA", "RSA PRIVATE KEY", RSA},
		{"RSA in a wrong dress", "PRIVATE KEY", RSA},
		{"RSA as EC", "EC PRIVATE KEY", RSA},
		{"nothing", "EC PRIVATE KEY", ""},
		{"no base64", "EC PRIVATE KEY", "!!!!"},
		{"public only", "PUBLIC KEY", "QUJD"},
		{"encrypted", "ENCRYPTED PRIVATE KEY", P384},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 2048);
		unsigned char private[KEY_PRIVATE_LEN];
		buffer_format(&text, "-----BEGIN %s-----\n%s\n-----END %s-----\n", rows[i].label, rows[i].base64, rows[i].label);
		assert_false(text.overflow);
		assert_row(rows[i].name, parse(private, buffer_view(&text)) == -1);
	}
}

/* Every byte around private and public key is fixed; among them the curve, which SM2 writes at the same length. */
TEST(a_key_with_a_byte_changed_in_its_frame_is_refused)
{
	static const struct {
		const char *text, *label;
		size_t private_at, frame_at, frame_end;
	} rows[] = {{SEC1, "EC PRIVATE KEY", 7, 39, 56}, {PKCS8, "PRIVATE KEY", 36, 68, 73}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct view body;
		BUFFER(der, 256);
		assert_true(pem_find(view_of(rows[i].text), rows[i].label, &body));
		assert_int_equal(base64_parse(&der, body), 0);
		for (size_t at = 0; at < rows[i].frame_end; at++) {
			BUFFER(text, 512);
			unsigned char private[KEY_PRIVATE_LEN];
			bool is_frame = at < rows[i].private_at || at >= rows[i].frame_at;
			der.data[at] ^= 0x10;
			pem_format(&text, rows[i].label, buffer_view(&der));
			assert_int_equal(parse(private, buffer_view(&text)), is_frame ? -1 : 0);
			der.data[at] ^= 0x10;
		}
	}
}

TEST(a_key_with_bytes_behind_it_is_refused)
{
	struct view body;
	BUFFER(der, 256);
	BUFFER(text, 512);
	unsigned char private[KEY_PRIVATE_LEN];

	assert_true(pem_find(view_of(SEC1), "EC PRIVATE KEY", &body));
	assert_int_equal(base64_parse(&der, body), 0);
	buffer_add(&der, "\0", 1);
	pem_format(&text, "EC PRIVATE KEY", buffer_view(&der));
	assert_int_equal(parse(private, buffer_view(&text)), -1);
}

TEST(a_key_is_written_byte_by_byte_as_openssl_and_kubelet_do)
{
	struct key key;
	BUFFER(text, KEY_PEM_LIMIT);

	support_vector_private(key.private);
	support_vector_spki(key.spki);
	key_format_pem(&text, &key);
	assert_text("SEC1", buffer_view(&text), SEC1);
}

TEST(what_was_written_is_read_back)
{
	struct key key;
	unsigned char private[KEY_PRIVATE_LEN];

	memset(key.spki, 0x55, sizeof key.spki);
	for (int fill = 0; fill < 256; fill++) {
		BUFFER(text, KEY_PEM_LIMIT);
		memset(key.private, fill, sizeof key.private);
		key_format_pem(&text, &key);
		assert_int_equal(parse(private, buffer_view(&text)), 0);
		assert_memory_equal(private, key.private, sizeof private);
	}
}

TEST(a_point_becomes_a_subject_public_key_info)
{
	unsigned char spki[KEY_SPKI_LEN];
	struct key key;

	support_vector_spki(spki);
	memset(&key, 0, sizeof key);
	key_set_point(&key, spki + KEY_SPKI_LEN - 65);
	assert_memory_equal(key.spki, spki, sizeof spki);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_private_part_is_read_from_either_form),
		cmocka_unit_test(a_key_cut_off_anywhere_is_refused),
		cmocka_unit_test(a_key_with_a_tail_of_nuls_is_refused),
		cmocka_unit_test(keys_of_another_kind_are_refused),
		cmocka_unit_test(a_key_with_a_byte_changed_in_its_frame_is_refused),
		cmocka_unit_test(a_key_with_bytes_behind_it_is_refused),
		cmocka_unit_test(a_key_is_written_byte_by_byte_as_openssl_and_kubelet_do),
		cmocka_unit_test(what_was_written_is_read_back),
		cmocka_unit_test(a_point_becomes_a_subject_public_key_info),
	};
	return RUN("key", tests);
}
