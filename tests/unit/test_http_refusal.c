/* SPDX-License-Identifier: Apache-2.0 */
/* What is no HTTP/1.x response, too large, or cut off. */
#include "support.h"

#include "http.h"

#define HEAD "HTTP/1.1 200 OK\r\n"

static struct http_response response;
static char body[64];

static int feed(struct view text, size_t step, struct error *err)
{
	http_begin(&response, body, sizeof body);
	for (size_t at = 0; at < text.len; at += step) {
		struct view input = support_exact((struct view){text.data + at, step < text.len - at ? step : text.len - at});
		if (http_feed(&response, &input, err) != 0) {
			return -1;
		}
	}
	return 0;
}

static void refuse(const char *name, struct view text, const char *message)
{
	struct error whole = {.text = ""};
	struct error bytes = {.text = ""};

	assert_row(name, feed(text, text.len, &whole) == -1);
	assert_error(name, &whole, ERROR_UNTRUSTED, message);
	assert_row(name, feed(text, 1, &bytes) == -1);
	assert_text(name, view_of(bytes.text), whole.text);
}

TEST(what_is_no_http_response_is_refused)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"SSH-2.0-OpenSSH_9.2\r\n", "not an HTTP response: it begins with \"SSH-2.0-OpenSSH_9.2\""},
		{"<html>\n", "it begins with \"<html>\""},
		{"\r\n" HEAD, "not an HTTP response"},
		{"HTTP/1.1\r\n", "not an HTTP response"},
		{"HTTP/1.1 \r\n", "not an HTTP response"},
		{"HTTP/1.1 20\r\n", "not an HTTP response"},
		{"HTTP/1.1 2000\r\n", "not an HTTP response"},
		{"HTTP/1.1 099 X\r\n", "not an HTTP response"},
		{"HTTP/1.1 -20 X\r\n", "not an HTTP response"},
		{"HTTP/1.1 2x0 X\r\n", "not an HTTP response"},
		{"HTTP/1.1  200 X\r\n", "not an HTTP response"},
		{"HTTP/1.1\t200 X\r\n", "not an HTTP response"},
		{"HTTP/2 200\r\n\r\n", "not an HTTP response"},
		{"HTTP/2.0 200 OK\r\n", "not an HTTP response"},
		{"HTTP/1.2 200 OK\r\n", "not an HTTP response"},
		{"http/1.1 200 OK\r\n", "not an HTTP response"},
		{HEAD "no colon\r\n", "malformed header"},
		{HEAD ": no name\r\n", "malformed header"},
		{HEAD " Folded: x\r\n", "malformed header"},
		{HEAD "X: a\r\n\tfolded\r\n", "malformed header"},
		{HEAD "\tFolded: x\r\n", "malformed header"},
		{HEAD "Content-Length : 1\r\n", "malformed header"},
		{HEAD "Content-Length\t: 1\r\n", "malformed header"},
		{HEAD "Content-Length: \r\n", "malformed Content-Length"},
		{HEAD "Content-Length: -1\r\n", "malformed Content-Length"},
		{HEAD "Content-Length: +1\r\n", "malformed Content-Length"},
		{HEAD "Content-Length: 0x1\r\n", "malformed Content-Length"},
		{HEAD "Content-Length: 1, 1\r\n", "malformed Content-Length"},
		{HEAD "Content-Length: 1 1\r\n", "malformed Content-Length"},
		{HEAD "Content-Length: 99999999999999999999\r\n", "malformed Content-Length"},
		{HEAD "Content-Length: 1\r\nContent-Length: 2\r\n", "malformed Content-Length"},
		{HEAD "Transfer-Encoding: gzip\r\n", "unsupported transfer coding \"gzip\""},
		{HEAD "Transfer-Encoding: gzip, chunked\r\n", "unsupported transfer coding"},
		{HEAD "Transfer-Encoding: \r\n", "unsupported transfer coding \"\""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		refuse(rows[i].text, view_of(rows[i].text), rows[i].message);
	}
}

TEST(chunks_that_are_none_are_refused)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"\r\n", "malformed chunk size"},
		{"x\r\n", "malformed chunk size"},
		{"-1\r\n", "malformed chunk size"},
		{"0x1\r\n", "malformed chunk size"},
		{";ext\r\n", "malformed chunk size"},
		{" 1\r\n", "malformed chunk size"},
		{"1 2\r\n", "malformed chunk size"},
		{"ffffffffffffffff\r\n", "malformed chunk size"},
		{"10000000000000000\r\n", "malformed chunk size"},
		{"2\r\nabc\r\n", "a chunk is longer than its size"},
		{"2\r\nab0\r\n", "a chunk is longer than its size"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 256);
		buffer_format(&text, HEAD "Transfer-Encoding: chunked\r\n\r\n%s", rows[i].text);
		refuse(rows[i].text, buffer_view(&text), rows[i].message);
	}
}

TEST(a_nul_byte_in_a_head_is_refused)
{
	refuse("status line", LITERAL("HTTP/1.1 200 O\0K\r\n"), "holds a NUL byte");
	refuse("header", LITERAL(HEAD "X: \0\r\n"), "holds a NUL byte");
	refuse("chunk size", LITERAL(HEAD "Transfer-Encoding: chunked\r\n\r\n1\0\r\nx"), "NUL byte");
}

TEST(a_nul_byte_in_a_body_is_data)
{
	struct error err;

	assert_int_equal(feed(LITERAL(HEAD "Content-Length: 3\r\n\r\na\0b"), 1, &err), 0);
	assert_int_equal(response.state, HTTP_DONE);
	assert_view("body", buffer_view(&response.body), LITERAL("a\0b"));
}

TEST(a_line_that_is_too_long_is_refused)
{
	static char text[HTTP_LINE_LIMIT * 2];
	const size_t head = sizeof HEAD - 1;
	struct error err;

	memset(text, 'a', sizeof text);
	memcpy(text, HEAD, head);
	text[head + 1] = ':';
	memcpy(text + head + HTTP_LINE_LIMIT, "\n\n", 2);
	assert_int_equal(feed((struct view){text, head + HTTP_LINE_LIMIT + 2}, 100, &err), 0);
	memcpy(text + head + HTTP_LINE_LIMIT, "a\n\n", 3);
	refuse("header", (struct view){text, head + HTTP_LINE_LIMIT + 3}, "is too long");
	memset(text, 'a', sizeof text);
	refuse("no line at all", (struct view){text, sizeof text}, "is too long");
}

/* 64 bytes fit. */
TEST(a_body_that_is_too_large_is_refused)
{
	static const char *const heads[] = {"Content-Length: 65\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n41\r\n", "\r\n"};
	struct error err;

	for (size_t i = 0; i < COUNT(heads); i++) {
		BUFFER(text, 256);
		buffer_format(&text, HEAD "%s", heads[i]);
		for (int j = 0; j < 64; j++) {
			buffer_add_text(&text, "x");
		}
		assert_row(heads[i], feed(buffer_view(&text), 10, &err) == 0);
		buffer_add_text(&text, "x");
		refuse(heads[i], buffer_view(&text), "the answer is larger than 64 bytes");
	}
}

TEST(a_response_cut_off_by_the_end_of_the_connection_is_unreachable)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"", "closed the connection without an answer"},
		{"HTTP/1.1 200 OK\r", "closed the connection without an answer"},
		{"HTTP/1.1 100 Continue\r\n\r\n", "closed the connection without an answer"},
		{HEAD, "in the middle of its answer"},
		{HEAD "Content-Length: 2\r\n", "in the middle of its answer"},
		{HEAD "Content-Length: 2\r\n\r\nx", "in the middle of its answer"},
		{HEAD "Transfer-Encoding: chunked\r\n\r\n", "in the middle of its answer"},
		{HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nx", "in the middle of its answer"},
		{HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", "in the middle of its answer"},
		{HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", "in the middle of its answer"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = {.text = ""};
		assert_row(rows[i].text, feed(view_of(rows[i].text), 1, &err) == 0);
		assert_row(rows[i].text, http_end(&response, &err) == -1);
		assert_error(rows[i].text, &err, ERROR_UNREACHABLE, rows[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_http_response_is_refused),
		cmocka_unit_test(chunks_that_are_none_are_refused),
		cmocka_unit_test(a_nul_byte_in_a_head_is_refused),
		cmocka_unit_test(a_nul_byte_in_a_body_is_data),
		cmocka_unit_test(a_line_that_is_too_long_is_refused),
		cmocka_unit_test(a_body_that_is_too_large_is_refused),
		cmocka_unit_test(a_response_cut_off_by_the_end_of_the_connection_is_unreachable),
	};
	return RUN("http refusal", tests);
}
