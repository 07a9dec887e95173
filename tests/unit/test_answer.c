/* SPDX-License-Identifier: Apache-2.0 */
/* What the lines of a watch mean; HTTP statuses are in test_answer_status.c. */
#include "support.h"

#include "answer.h"
#include "base64.h"
#include "csr.h"

#define NAME        "node-csr-abc"
#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
#define ENCODED     "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClFVSkQKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

/* A PEM block with "!!" inside. */
#define NO_BASE64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KISEKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="

static unsigned char spki[KEY_SPKI_LEN];
static const struct answer_wanted wanted = {NAME, spki, "token abcdef"};
static char memory[PEM_LIMIT];
static struct buffer certificate;

static int set_up(void **state)
{
	(void)state;
	support_vector_spki(spki);
	return 0;
}

/* An object as the API server shows it, with a request for the wanted key or one that differs in its last bit. */
static void add_object(struct buffer *buf, const char *name, bool other_key, const char *status)
{
	unsigned char key[KEY_SPKI_LEN];
	static const unsigned char signature[CSR_SIGNATURE_LEN] = {1};
	BUFFER(info, CSR_LIMIT);
	BUFFER(csr, CSR_LIMIT);

	support_vector_spki(key);
	key[KEY_SPKI_LEN - 1] ^= other_key;
	csr_format_info(&info, key, "node-1");
	csr_format(&csr, buffer_view(&info), signature);
	csr_format_object(buf, name, buffer_view(&csr));
	buf->len--; /* its closing brace */
	buffer_format(buf, ",\"status\":%s}", status);
}

static enum enroll_event read_line(struct view line, struct error *err)
{
	*err = (struct error){.text = ""};
	buffer_init(&certificate, memory, sizeof memory);
	return answer_read_watch_line(support_exact(line), &wanted, &certificate, err);
}

static enum enroll_event read_object(const char *type, const char *status, struct error *err)
{
	BUFFER(line, 8192);

	buffer_format(&line, "{\"type\":\"%s\",\"object\":", type);
	add_object(&line, NAME, false, status);
	buffer_add_text(&line, "}");
	assert_false(line.overflow);
	return read_line(buffer_view(&line), err);
}

#define APPROVED "{\"type\":\"Approved\",\"status\":\"True\",\"reason\":\"AutoApproved\",\"message\":\"m\"}"
#define DENIED   "{\"type\":\"Denied\",\"status\":\"True\",\"reason\":\"No\",\"message\":\"not you\"}"
#define FAILED   "{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"SignerValidationFailure\"}"

TEST(each_state_of_the_object_has_its_meaning)
{
	static const struct {
		const char *status;
		enum enroll_event event;
		const char *text;
	} rows[] = {
		{"{}", ENROLL_PENDING, ""},
		{"null", ENROLL_PENDING, ""},
		{"{\"conditions\":[]}", ENROLL_PENDING, ""},
		{"{\"conditions\":null}", ENROLL_PENDING, ""},
		{"{\"conditions\":[{\"type\":\"Unknown\"}]}", ENROLL_PENDING, ""},
		{"{\"conditions\":[{\"status\":\"True\"},7]}", ENROLL_PENDING, ""},
		{"{\"conditions\":[" APPROVED "]}", ENROLL_APPROVED, ""},
		{"{\"conditions\":[" APPROVED "],\"certificate\":\"\"}", ENROLL_APPROVED, ""},
		{"{\"conditions\":[" APPROVED "],\"certificate\":null}", ENROLL_APPROVED, ""},
		{"{\"conditions\":[" APPROVED "],\"certificate\":\"" ENCODED "\"}", ENROLL_CERTIFIED, ""},
		{"{\"certificate\":\"" ENCODED "\",\"conditions\":[" APPROVED "]}", ENROLL_CERTIFIED, ""},
		{"{\"conditions\":[" DENIED "]}", ENROLL_WAS_DENIED, "it was denied: No: not you"},
		{"{\"conditions\":[" FAILED "]}", ENROLL_HAS_FAILED, "it failed: SignerValidationFailure"},
		{"{\"conditions\":[" APPROVED "," FAILED "]}", ENROLL_HAS_FAILED, "it failed"},
		{"{\"conditions\":[" APPROVED "," DENIED "]}", ENROLL_WAS_DENIED, "it was denied"},
		{"{\"conditions\":[" DENIED "],\"certificate\":\"" ENCODED "\"}", ENROLL_WAS_DENIED, "it was denied"},
		{"{\"certificate\":\"!!!\"}", ENROLL_MALFORMED, "its certificate is not base64"},
		{"{\"certificate\":\"QUJ\"}", ENROLL_MALFORMED, "its certificate is not base64"},
	};
	static const char *const types[] = {"ADDED", "MODIFIED"};

	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		struct error err;
		const char *status = rows[i / 2].status;
		enum enroll_event event = read_object(types[i % 2], status, &err);
		if (event != rows[i / 2].event) {
			fail_msg("%s %s is event %d: %s", types[i % 2], status, (int)event, err.text);
		}
		assert_row(status, strstr(err.text, rows[i / 2].text) != NULL);
		if (event == ENROLL_CERTIFIED) {
			assert_text(status, buffer_view(&certificate), CERTIFICATE);
		} else if (rows[i / 2].text[0] != '\0') {
			assert_row(status, err.class == (event == ENROLL_MALFORMED ? ERROR_UNTRUSTED : ERROR_REFUSED));
		}
	}
}

TEST(an_object_that_is_deleted_is_to_be_made_again)
{
	struct error err;

	assert_int_equal(read_object("DELETED", "{\"conditions\":[" APPROVED "]}", &err), ENROLL_DELETED);
	assert_error("DELETED", &err, ERROR_UNREACHABLE, "it was deleted while waiting");
}

TEST(an_object_with_our_name_and_another_key_is_not_ours)
{
	struct error err;
	BUFFER(line, 8192);

	buffer_add_text(&line, "{\"type\":\"ADDED\",\"object\":");
	add_object(&line, NAME, true, "{\"certificate\":\"" ENCODED "\"}");
	buffer_add_text(&line, "}");
	assert_int_equal(read_line(buffer_view(&line), &err), ENROLL_REPLACED);
	assert_error("key", &err, ERROR_REFUSED, "its name is taken by a request with another key");
}

TEST(an_object_without_a_request_that_can_be_read_is_not_ours)
{
	static const char *const specs[] = {
		"{}",
		"{\"request\":\"\"}",
		"{\"request\":7}",
		"{\"request\":\"!!\"}",
		"{\"request\":\"QUJD\"}",
		"{\"request\":\"" ENCODED "\"}",
		"{\"request\":\"" NO_BASE64 "\"}",
	};

	for (size_t i = 0; i < COUNT(specs); i++) {
		struct error err;
		BUFFER(line, 1024);
		buffer_format(&line, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"" NAME "\"},\"spec\":%s}}", specs[i]);
		assert_row(specs[i], read_line(buffer_view(&line), &err) == ENROLL_REPLACED);
	}
}

TEST(lines_about_something_else_are_passed_over)
{
	static const char *const lines[] = {
		"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"CertificateSigningRequest\",\"metadata\":{\"resourceVersion\":\"1\"}}}",
		"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"name\":\"" NAME "\"}}}",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"node-csr-abcd\"}}}",
		"{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"node-csr-ab\"}}}",
		"{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{}}}",
		"{\"type\":\"NEW\",\"object\":{\"metadata\":{\"name\":\"" NAME "\"}}}",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct error err;
		assert_row(lines[i], read_line(view_of(lines[i]), &err) == ENROLL_EVENTS);
		assert_row(lines[i], certificate.len == 0);
	}
}

TEST(an_error_inside_the_watch_means_what_its_code_means)
{
	static const struct {
		const char *status;
		enum enroll_event event;
		enum error_class class;
		const char *text;
	} rows[] = {
		{"{\"code\":410,\"message\":\"too old\",\"reason\":\"Expired\"}", ENROLL_WATCH_ENDED, ERROR_UNREACHABLE,
		 "410 Gone: too old"},
		{"{\"code\":401,\"message\":\"m\"}", ENROLL_UNAUTHORIZED, ERROR_REFUSED, "401 Unauthorized: m"},
		{"{\"code\":403,\"message\":\"m\"}", ENROLL_FORBIDDEN, ERROR_REFUSED, "403 Forbidden: m"},
		{"{\"code\":429,\"message\":\"m\"}", ENROLL_THROTTLED, ERROR_UNREACHABLE, "429"},
		{"{\"code\":500,\"message\":\"m\"}", ENROLL_SERVER_ERROR, ERROR_UNREACHABLE, "500: m"},
		{"{\"code\":422}", ENROLL_INVALID, ERROR_REFUSED, "422"},
		{"{\"message\":\"m\"}", ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status 0: m"},
		{"{\"code\":99999}", ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status"},
		{"{\"code\":-1}", ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status"},
		{"null", ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err;
		BUFFER(line, 512);
		buffer_format(&line, "{\"type\":\"ERROR\",\"object\":%s}", rows[i].status);
		assert_row(rows[i].status, read_line(buffer_view(&line), &err) == rows[i].event);
		assert_error(rows[i].status, &err, rows[i].class, rows[i].text);
	}
}

TEST(what_is_no_event_is_malformed)
{
	static const char *const lines[] = {
		"",
		"hello",
		"{}",
		"[]",
		"{\"type\":\"ADDED\"}",
		"{\"object\":{}}",
		"{\"type\":\"ADDED\",\"object\":{}",
		"{\"type\":\"ADDED\",\"object\":{}}x",
		"\xff\xfe",
		"<html><body>",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct error err;
		assert_row(lines[i], read_line(view_of(lines[i]), &err) == ENROLL_MALFORMED);
		assert_error(lines[i], &err, ERROR_UNTRUSTED, "the watch gave something else than an event");
	}
}

/* An event with a certificate of 1.5 KB, "ABCABC...", into a buffer that holds `len` bytes already. */
static enum enroll_event read_long_certificate(size_t capacity, size_t len, struct error *err)
{
	BUFFER(line, 8192);
	BUFFER(status, 4096);

	buffer_add_text(&status, "{\"certificate\":\"");
	for (int i = 0; i < 500; i++) {
		buffer_add_text(&status, "QUJD");
	}
	buffer_add_text(&status, "QUJDQUJDQUJDQUJD\"}");
	buffer_add(&status, "", 1);
	buffer_add_text(&line, "{\"type\":\"MODIFIED\",\"object\":");
	add_object(&line, NAME, false, status.data);
	buffer_add_text(&line, "}");
	assert_false(line.overflow || status.overflow);
	*err = (struct error){.text = ""};
	memset(memory, 'x', sizeof memory);
	buffer_init(&certificate, memory, capacity);
	certificate.len = len;
	return answer_read_watch_line(buffer_view(&line), &wanted, &certificate, err);
}

TEST(a_certificate_that_does_not_fit_is_malformed)
{
	struct error err;
	enum enroll_event event = read_long_certificate(sizeof memory, 0, &err);
	size_t len = certificate.len;

	assert_int_equal(event, ENROLL_CERTIFIED);
	assert_int_equal(read_long_certificate(len, 0, &err), ENROLL_CERTIFIED);
	assert_int_equal(read_long_certificate(len - 1, 0, &err), ENROLL_MALFORMED);
	assert_error("len - 1", &err, ERROR_UNTRUSTED, "larger than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_state_of_the_object_has_its_meaning),
		cmocka_unit_test(an_object_that_is_deleted_is_to_be_made_again),
		cmocka_unit_test(an_object_with_our_name_and_another_key_is_not_ours),
		cmocka_unit_test(an_object_without_a_request_that_can_be_read_is_not_ours),
		cmocka_unit_test(lines_about_something_else_are_passed_over),
		cmocka_unit_test(an_error_inside_the_watch_means_what_its_code_means),
		cmocka_unit_test(what_is_no_event_is_malformed),
		cmocka_unit_test(a_certificate_that_does_not_fit_is_malformed),
	};
	return cmocka_run_group_tests_name("answer", tests, set_up, NULL);
}
