/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdlib.h>

#include "csr.h"

/* openssl req -new -sha256 -utf8 -subj /O=system:nodes/CN=system:node:node-1 with the vector's key */
#define REFERENCE                                                                                                                        \
	"3081ee308196020100303431153013060355040a0c0c73797374656d3a6e6f646573311b301906035504030c1273797374656d3a6e6f64653a6e6f64652d31" \
	"3059301306072a8648ce3d020106082a8648ce3d030107034200047a593180860c4037c83c12749845c8ee1424dd297fadcb895e358255d2c7d2b2a8ca2558" \
	"0f2626fe579062ff1b99ff91c24a0da06fb32b5be20148c9249f5650a000300a06082a8648ce3d040302034700304402203051da7568d6a9c65aec3c0c5f50" \
	"3318df85ed99e9b66d6e6f95ae72a009a12f022028fc620d2514ccd82a1a07685ab9f947bb227dab0c2d5b95f87c82c4038f6f41"
#define REFERENCE_R "3051da7568d6a9c65aec3c0c5f503318df85ed99e9b66d6e6f95ae72a009a12f"
#define REFERENCE_S "28fc620d2514ccd82a1a07685ab9f947bb227dab0c2d5b95f87c82c4038f6f41"

/* What stands in front of the name "aaa...", 253 times; lengths of two bytes throughout. */
#define LONG_HEAD \
	"308201950201003082013131153013060355040a0c0c73797374656d3a6e6f646573318201163082011206035504030c82010973797374656d3a6e6f64653a"

static void format(struct buffer *csr, const char *node_name, const char *r_and_s)
{
	unsigned char spki[KEY_SPKI_LEN];
	unsigned char signature[CSR_SIGNATURE_LEN];
	BUFFER(info, CSR_LIMIT);

	support_vector_spki(spki);
	assert_int_equal(support_hex(signature, sizeof signature, r_and_s), sizeof signature);
	csr_format_info(&info, spki, node_name);
	assert_false(info.overflow);
	csr_format(csr, buffer_view(&info), signature);
}

TEST(the_request_is_byte_by_byte_that_of_openssl)
{
	unsigned char expected[CSR_LIMIT];
	size_t len = support_hex(expected, sizeof expected, REFERENCE);
	BUFFER(csr, CSR_LIMIT);

	format(&csr, "node-1", REFERENCE_R REFERENCE_S);
	assert_false(csr.overflow);
	assert_int_equal(csr.len, len);
	assert_memory_equal(csr.data, expected, len);
}

TEST(the_longest_node_name_gives_a_request_that_fits)
{
	unsigned char expected[CSR_LIMIT];
	unsigned char spki[KEY_SPKI_LEN];
	char name[NODE_NAME_LIMIT];
	size_t len = support_hex(expected, sizeof expected, LONG_HEAD);
	BUFFER(info, CSR_LIMIT);
	BUFFER(csr, CSR_LIMIT);

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	memcpy(expected + len, name, sizeof name - 1);
	len += sizeof name - 1;
	support_vector_spki(spki);
	memcpy(expected + len, spki, sizeof spki);
	len += sizeof spki;
	memcpy(expected + len, "\xa0\0", 2);
	len += 2;
	csr_format_info(&info, spki, name);
	assert_false(info.overflow);
	assert_int_equal(info.len, len);
	assert_memory_equal(info.data, expected, len);

	format(&csr, name,
	       "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	       "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
	assert_false(csr.overflow);
}

#define ZEROS_31 "00000000000000000000000000000000000000000000000000000000000000"
#define ONES_30  "111111111111111111111111111111111111111111111111111111111111"

TEST(the_numbers_of_a_signature_have_no_zero_too_many_or_too_few)
{
	static const struct {
		const char *r, *r_der;
	} rows[] = {
		{ZEROS_31 "01", "020101"},
		{ZEROS_31 "7f", "02017f"},
		{ZEROS_31 "80", "02020080"},
		{ZEROS_31 "00", "020100"},
		{"7f11" ONES_30, "02207f11" ONES_30},
		{"8011" ONES_30, "0221008011" ONES_30},
		{"0011" ONES_30, "021f11" ONES_30},
		{"0080" ONES_30, "02200080" ONES_30},
		{"ff11" ONES_30, "022100ff11" ONES_30},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned char expected[96];
		char both[CSR_SIGNATURE_LEN * 2 + 1];
		char der[256];
		BUFFER(csr, CSR_LIMIT);
		text_format(both, sizeof both, "%s%s", rows[i].r, rows[i].r);
		text_format(der, sizeof der, "%s%s", rows[i].r_der, rows[i].r_der);
		size_t len = support_hex(expected, sizeof expected, der);
		format(&csr, "node-1", both);
		assert_row(rows[i].r, csr.len > len + 5 && memcmp(csr.data + csr.len - len, expected, len) == 0);
		/* BIT STRING, length, no unused bits, SEQUENCE, length */
		const unsigned char *head = (const unsigned char *)csr.data + csr.len - len - 5;
		assert_row(rows[i].r, head[0] == 0x03 && head[1] == len + 3 && head[2] == 0 && head[3] == 0x30 && head[4] == len);
	}
}

TEST(what_does_not_fit_is_told_by_the_overflow)
{
	for (size_t capacity = 0; capacity < 241; capacity++) {
		struct buffer csr;
		char *memory = malloc(capacity + 1);
		assert_non_null(memory);
		buffer_init(&csr, memory, capacity);
		format(&csr, "node-1", REFERENCE_R REFERENCE_S);
		assert_true(csr.overflow);
		free(memory);
	}
}

/* digestedName of k8s.io/kubernetes pkg/kubelet/certificate/bootstrap/bootstrap.go, vector of kubelet 1.37.2 */
TEST(the_object_has_the_name_that_kubelet_gives_it)
{
	unsigned char spki[KEY_SPKI_LEN];
	unsigned char digest[CSR_DIGEST_LEN];
	char name[CSR_NAME_LIMIT];
	BUFFER(input, 512);

	support_vector_spki(spki);
	csr_format_name_input(&input, spki, "node-1");
	assert_text("input", buffer_view(&input),
		    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEelkxgIYMQDfIPBJ0mEXI7hQk3Sl_rcuJXjWCVdLH0rKoyiVYDyYm_leQYv8bmf-RwkoNoG-"
		    "zK1viAUjJJJ9WUA|"
		    "c3lzdGVtOm5vZGU6bm9kZS0x|c3lzdGVtOm5vZGVz|ZGlnaXRhbCBzaWduYXR1cmU|Y2xpZW50IGF1dGg|");
	/* SHA-512/256 of the above, by Python's hashlib */
	assert_int_equal(support_hex(digest, sizeof digest, "14432732462a543a137db1d67c79da1ba5575255d70a74673df2ea32c9f4d845"),
			 sizeof digest);
	csr_format_name(name, digest);
	assert_string_equal(name, "node-csr-FEMnMkYqVDoTfbHWfHnaG6VXUlXXCnRnPfLqMsn02EU");
}

TEST(the_object_to_be_posted_is_exactly_this)
{
	unsigned char der[CSR_LIMIT];
	size_t len = support_hex(der, sizeof der, REFERENCE);
	BUFFER(object, 2048);

	csr_format_object(&object, "node-csr-x", (struct view){(const char *)der, len});
	assert_text(
		"object", buffer_view(&object),
		"{\"apiVersion\":\"certificates.k8s.io/v1\",\"kind\":\"CertificateSigningRequest\",\"metadata\":{\"name\":\"node-csr-x\"},"
		"\"spec\":{\"request\":\""
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIdU1JR1dBZ0VBTURReEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekViTUJrR0ExVU"
		"VBd3dT"
		"YzNsegpkR1Z0T201dlpHVTZibTlrWlMweE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRWVsa3hnSVlNClFEZklQQkowbUVYSTdoUWszU2wvcm"
		"N1Slhq"
		"V0NWZExIMHJLb3lpVllEeVltL2xlUVl2OGJtZitSd2tvTm9HK3oKSzF2aUFVakpKSjlXVUtBQU1Bb0dDQ3FHU000OUJBTUNBMGNBTUVRQ0lEQlIyblZvMXFuR1"
		"d1dzhE"
		"RjlRTXhqZgpoZTJaNmJadGJtK1ZybktnQ2FFdkFpQW8vR0lOSlJUTTJDb2FCMmhhdWZsSHV5Sjlxd3d0VzVYNGZJTEVBNDl2ClFRPT0KLS0tLS1FTkQgQ0VSVE"
		"lGSUNB"
		"VEUgUkVRVUVTVC0tLS0tCg=="
		"\",\"signerName\":\"kubernetes.io/kube-apiserver-client-kubelet\",\"usages\":[\"digital signature\",\"client auth\"]}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_is_byte_by_byte_that_of_openssl),
		cmocka_unit_test(the_longest_node_name_gives_a_request_that_fits),
		cmocka_unit_test(the_numbers_of_a_signature_have_no_zero_too_many_or_too_few),
		cmocka_unit_test(what_does_not_fit_is_told_by_the_overflow),
		cmocka_unit_test(the_object_has_the_name_that_kubelet_gives_it),
		cmocka_unit_test(the_object_to_be_posted_is_exactly_this),
	};
	return RUN("csr", tests);
}
