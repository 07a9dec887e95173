/* SPDX-License-Identifier: Apache-2.0 */
/* What an HTTP status and the text with it mean. */
#include "support.h"

#include "answer.h"

TEST(each_http_status_has_its_meaning)
{
	static const struct {
		int status;
		enum enroll_event event;
		enum error_class class; /* 0: no error */
		const char *text;
	} rows[] = {
		{201, ENROLL_CREATED, 0, ""},
		{409, ENROLL_EXISTS, 0, ""},
		{401, ENROLL_UNAUTHORIZED, ERROR_REFUSED, "401 Unauthorized: words (token abcdef is unknown, wrong or expired)"},
		{403, ENROLL_FORBIDDEN, ERROR_REFUSED, "403 Forbidden: words (platform/cluster/rbac.yaml grants what is needed)"},
		{429, ENROLL_THROTTLED, ERROR_UNREACHABLE, "429 Too Many Requests: words"},
		{410, ENROLL_WATCH_ENDED, ERROR_UNREACHABLE, "410 Gone: words"},
		{400, ENROLL_INVALID, ERROR_REFUSED, "400: words"},
		{404, ENROLL_INVALID, ERROR_REFUSED, "404: words"},
		{405, ENROLL_INVALID, ERROR_REFUSED, "405: words"},
		{406, ENROLL_INVALID, ERROR_REFUSED, "406: words"},
		{412, ENROLL_INVALID, ERROR_REFUSED, "412: words"},
		{413, ENROLL_INVALID, ERROR_REFUSED, "413: words"},
		{422, ENROLL_INVALID, ERROR_REFUSED, "422: words"},
		{431, ENROLL_INVALID, ERROR_REFUSED, "431: words"},
		{499, ENROLL_INVALID, ERROR_REFUSED, "499: words"},
		{500, ENROLL_SERVER_ERROR, ERROR_UNREACHABLE, "500: words"},
		{502, ENROLL_SERVER_ERROR, ERROR_UNREACHABLE, "502: words"},
		{503, ENROLL_SERVER_ERROR, ERROR_UNREACHABLE, "503: words"},
		{504, ENROLL_SERVER_ERROR, ERROR_UNREACHABLE, "504: words"},
		{599, ENROLL_SERVER_ERROR, ERROR_UNREACHABLE, "599: words"},
		{200, ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status 200: words"},
		{204, ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status 204: words"},
		{301, ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status 301: words"},
		{307, ENROLL_MALFORMED, ERROR_UNTRUSTED, "unexpected status 307: words"},
	};
	static char body[] = "{\"kind\":\"Status\",\"message\":\"words\",\"code\":1}";
	static struct http_response response;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = {.text = ""};
		http_begin(&response, body, sizeof body - 1);
		response.body.len = sizeof body - 1;
		response.status = rows[i].status;
		enum enroll_event event = answer_read_status(&response, "token abcdef", &err);
		if (event != rows[i].event) {
			fail_msg("status %d is event %d", rows[i].status, (int)event);
		}
		assert_int_equal(err.class, rows[i].class);
		assert_string_equal(err.text, rows[i].text);
	}
}

/* Go's HTTP server says it to a request that a connection closed halfway has cut off; kube-apiserver's own refusals are objects. */
TEST(a_refusal_in_plain_text_of_what_may_have_been_cut_off_is_not_final)
{
	static const struct {
		int status;
		const char *body;
		enum enroll_event event;
		const char *text;
	} rows[] = {
		{400, "400 Bad Request", ENROLL_GARBLED, "400: the request did not arrive whole: 400 Bad Request"},
		{400, "", ENROLL_GARBLED, "400: the request did not arrive whole"},
		{408, "Request Timeout\n", ENROLL_GARBLED, "408: the request did not arrive whole: Request Timeout"},
		{408, "{\"message\":\"words\"}", ENROLL_INVALID, "408: words"},
		{404, "404 page not found\n", ENROLL_INVALID, "404: 404 page not found"},
	};
	static struct http_response response;
	static char body[100];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = {.text = ""};
		http_begin(&response, body, sizeof body);
		buffer_add_text(&response.body, rows[i].body);
		response.status = rows[i].status;
		assert_row(rows[i].text, answer_read_status(&response, "token abcdef", &err) == rows[i].event);
		assert_string_equal(err.text, rows[i].text);
		assert_int_equal(err.class, ERROR_REFUSED);
	}
}

TEST(the_words_of_the_server_are_shown)
{
	static const struct {
		const char *body, *text;
	} rows[] = {
		{"", "500"},
		{"{\"message\":\"a \\\"b\\\" c\"}", "500: a \"b\" c"},
		{"{\"message\":7}", "500"},
		{"{}", "500"},
		{"[]", "500"},
		{"\"text\"", "500"},
		{"Too many requests, please try again later.\n", "500: Too many requests, please try again later."},
		{"first line\r\nsecond line\n", "500: first line"},
		{"{\"message\":\"cut o", "500: {\"message\":\"cut o"},
	};
	static struct http_response response;
	char body[128];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = {.text = ""};
		http_begin(&response, body, sizeof body);
		buffer_add_text(&response.body, rows[i].body);
		response.status = 500;
		assert_row(rows[i].body, answer_read_status(&response, "token abcdef", &err) == ENROLL_SERVER_ERROR);
		assert_text(rows[i].body, view_of(err.text), rows[i].text);
	}
}

TEST(long_words_are_cut)
{
	static struct http_response response;
	static char body[4096];
	struct error err = {.text = ""};

	for (int json = 0; json < 2; json++) {
		http_begin(&response, body, sizeof body);
		buffer_add_text(&response.body, json ? "{\"message\":\"" : "");
		for (int i = 0; i < 2000; i++) {
			buffer_add_text(&response.body, "w");
		}
		buffer_add_text(&response.body, json ? "\"}" : "");
		response.status = 422;
		assert_int_equal(answer_read_status(&response, "token abcdef", &err), ENROLL_INVALID);
		assert_in_range(strlen(err.text), 300, 500);
	}
}

/* kube-apiserver's 401 says "Unauthorized" and no more; that is not said twice. */
TEST(a_401_without_a_reason_is_said_once)
{
	static char body[] = "{\"message\":\"Unauthorized\"}";
	static struct http_response response;
	struct error err = {.text = ""};

	http_begin(&response, body, sizeof body - 1);
	response.body.len = sizeof body - 1;
	response.status = 401;
	assert_int_equal(answer_read_status(&response, "token abcdef", &err), ENROLL_UNAUTHORIZED);
	assert_string_equal(err.text, "401 Unauthorized (token abcdef is unknown, wrong or expired)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_http_status_has_its_meaning),
		cmocka_unit_test(a_refusal_in_plain_text_of_what_may_have_been_cut_off_is_not_final),
		cmocka_unit_test(the_words_of_the_server_are_shown),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(a_401_without_a_reason_is_said_once),
	};
	return RUN("answer status", tests);
}
