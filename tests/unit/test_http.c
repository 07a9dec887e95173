/* SPDX-License-Identifier: Apache-2.0 */
/* Responses that are good: however they are cut, the result is the same. What is refused is in test_http_refusal.c. */
#include "support.h"

#include "http.h"

struct expected {
	const char *name, *text;
	int status;
	const char *body;
	bool closes;
	int retry_after_s;
	const char *rest; /* bytes that belong to what follows */
	bool needs_end;   /* complete by the end of the connection only */
};

#define HEAD(status) "HTTP/1.1 " status "\r\n"
#define NEXT         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"

static const struct expected rows[] = {
	{"length", HEAD("201 Created") "Content-Length: 5\r\n\r\nhello", 201, "hello", false, -1, "", false},
	{"length 0", HEAD("200 OK") "Content-Length: 0\r\n\r\n", 200, "", false, -1, "", false},
	{"no reason phrase", HEAD("200") "Content-Length: 1\r\n\r\nx", 200, "x", false, -1, "", false},
	{"empty reason phrase", HEAD("200 ") "Content-Length: 1\r\n\r\nx", 200, "x", false, -1, "", false},
	{"line feeds alone", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", 200, "x", false, -1, "", false},
	{"header names in any case", HEAD("200 OK") "CONTENT-length:1\r\nRETRY-After:7\r\nCONNECTION: Close\r\n\r\nx", 200, "x", true, 7,
	 "", false},
	{"space around values", HEAD("200 OK") "Content-Length: \t 1 \t\r\n\r\nx", 200, "x", false, -1, "", false},
	{"the same length twice", HEAD("200 OK") "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 200, "x", false, -1, "", false},
	{"headers with names as long as those that count",
	 HEAD("200 OK") "Content-Langth: 9\r\nRetry-Befor: 9\r\nContent-Length: 1\r\n\r\nx", 200, "x", false, -1, "", false},
	{"other headers", HEAD("200 OK") "Date: x\r\nAudit-Id: :::\r\nX-Empty:\r\nContent-Length: 1\r\n\r\nx", 200, "x", false, -1, "",
	 false},
	{"a second response behind", HEAD("201 Created") "Content-Length: 2\r\n\r\n{}" NEXT, 201, "{}", false, -1, NEXT, false},
	{"a second response behind chunks", HEAD("201 Created") "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" NEXT, 201, "{}",
	 false, -1, NEXT, false},
	{"a second response behind none", HEAD("204 No Content") "\r\n" NEXT, 204, "", false, -1, NEXT, false},
	{"chunks", HEAD("200 OK") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", 200, "hello world", false, -1,
	 "", false},
	{"chunks in hexadecimal", HEAD("200 OK") "Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0b\r\n0123456789a\r\n0\r\n\r\n", 200,
	 "01234567890123456789a", false, -1, "", false},
	{"chunk extensions", HEAD("200 OK") "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1 ; c=\"d\"\r\nx\r\n0;e\r\n\r\n", 200,
	 "abcx", false, -1, "", false},
	{"trailers", HEAD("200 OK") "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nContent-Length: 99\r\nX: y\r\n\r\n" NEXT, 200, "x",
	 false, -1, NEXT, false},
	{"chunks cut in lines",
	 HEAD("200 OK") "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n5\r\n\":1}\n\r\n2\r\n{}\r\n1\r\n\n\r\n0\r\n\r\n", 200,
	 "{\"a\":1}\n{}\n", false, -1, "", false},
	{"line ends inside a chunk", HEAD("200 OK") "Transfer-Encoding: chunked\r\n\r\n8\r\n\r\n0\r\n\r\n\n\r\n0\r\n\r\n", 200,
	 "\r\n0\r\n\r\n\n", false, -1, "", false},
	{"chunks win over a length", HEAD("200 OK") "Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, "x",
	 false, -1, "", false},
	{"chunks win in front too", HEAD("200 OK") "Transfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200, "x",
	 false, -1, "", false},
	{"100 in front", HEAD("100 Continue") "\r\n" HEAD("200 OK") "Content-Length: 1\r\n\r\nx", 200, "x", false, -1, "", false},
	{"103 with headers in front",
	 HEAD("103 Early Hints") "Retry-After: 9\r\nConnection: close\r\nContent-Length: 50\r\n\r\n" HEAD(
		 "200 OK") "Content-Length: 1\r\n\r\nx",
	 200, "x", false, -1, "", false},
	{"two interim responses", HEAD("100 C") "\r\n" HEAD("102 P") "\r\n" HEAD("200 OK") "Content-Length: 1\r\n\r\nx", 200, "x", false,
	 -1, "", false},
	{"204 with a length", HEAD("204 No Content") "Content-Length: 5\r\n\r\n", 204, "", false, -1, "", false},
	{"304", HEAD("304 Not Modified") "Content-Length: 5\r\n\r\n", 304, "", false, -1, "", false},
	{"429", HEAD("429 Too Many Requests") "Retry-After: 32\r\nContent-Length: 4\r\n\r\nwait", 429, "wait", false, 32, "", false},
	{"longer than an hour to retry after", HEAD("503 X") "Retry-After: 7200\r\nContent-Length: 0\r\n\r\n", 503, "", false, 3600, "",
	 false},
	{"a date to retry after", HEAD("503 X") "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n", 503, "", false,
	 -1, "", false},
	{"a negative time to retry after", HEAD("503 X") "Retry-After: -1\r\nContent-Length: 0\r\n\r\n", 503, "", false, -1, "", false},
	{"closing", HEAD("500 X") "Connection: close\r\nContent-Length: 1\r\n\r\nx", 500, "x", true, -1, "", false},
	{"closing, whatever else is said", HEAD("500 X") "Connection: close\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", 500,
	 "", true, -1, "", false},
	{"keeping", HEAD("500 X") "Connection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 500, "x", false, -1, "", false},
	{"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", true, -1, "", false},
	{"until the end", HEAD("200 OK") "\r\nall of it\r\n\r\n", 200, "all of it\r\n\r\n", false, -1, "", true},
	{"nothing until the end", HEAD("502 Bad Gateway") "Connection: close\r\n\r\n", 502, "", true, -1, "", true},
	{"HTTP/1.0 until the end", "HTTP/1.0 200 OK\r\n\r\nx", 200, "x", true, -1, "", true},
};

/* Feed in pieces: the first of `first` bytes, then of `step`. */
static void feed(const struct expected *row, size_t first, size_t step)
{
	static struct http_response response;
	char body[128];
	struct view all = view_of(row->text);
	struct view input = {all.data, 0};
	struct error err = {.text = ""};
	size_t len = first;
	size_t at = 0;

	http_begin(&response, body, sizeof body);
	while (at < all.len && response.state != HTTP_DONE) {
		len = len < all.len - at ? len : all.len - at;
		input = support_exact((struct view){all.data + at, len});
		if (http_feed(&response, &input, &err) != 0) {
			fail_msg("in \"%s\", cut at %zu: %s", row->name, at, err.text);
		}
		at += len - input.len;
		assert_row(row->name, input.len == 0 || response.state == HTTP_DONE);
		len = step;
	}
	assert_row(row->name, (response.state == HTTP_DONE) != row->needs_end);
	assert_row(row->name, http_end(&response, &err) == 0 && response.state == HTTP_DONE);
	assert_row(row->name, response.status == row->status);
	assert_row(row->name, response.retry_after_s == row->retry_after_s);
	assert_row(row->name, row->needs_end || response.closes == row->closes);
	assert_text(row->name, buffer_view(&response.body), row->body);
	assert_text(row->name, ((struct view){all.data + at, all.len - at}), row->rest);
}

TEST(a_response_is_read_whole)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		feed(&rows[i], strlen(rows[i].text), 1);
	}
}

TEST(a_response_is_read_byte_by_byte)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		feed(&rows[i], 1, 1);
	}
}

TEST(a_response_may_be_cut_at_every_byte)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t cut = 1; cut < strlen(rows[i].text); cut++) {
			feed(&rows[i], cut, strlen(rows[i].text));
		}
	}
}

TEST(a_response_may_come_in_pieces_of_any_size)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t step = 2; step < 12; step++) {
			feed(&rows[i], step, step);
		}
	}
}

/* As exchange.c does with each event of a watch. */
TEST(what_was_used_of_a_body_makes_room_for_the_rest)
{
	struct http_response response;
	char body[8];
	struct view head = LITERAL("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	struct error err;

	http_begin(&response, body, sizeof body);
	assert_int_equal(http_feed(&response, &head, &err), 0);
	for (int i = 0; i < 100; i++) {
		struct view chunk = LITERAL("8\r\n1234567\n\r\n");
		assert_int_equal(http_feed(&response, &chunk, &err), 0);
		assert_text("chunk", buffer_view(&response.body), "1234567\n");
		buffer_drop(&response.body, response.body.len);
	}
	assert_int_equal(response.state, HTTP_BODY);
}

TEST(nothing_is_taken_of_what_follows_a_response)
{
	struct http_response response;
	char body[8];
	struct view input = LITERAL(HEAD("204 No Content") "\r\nHTTP");
	struct error err;

	http_begin(&response, body, sizeof body);
	assert_int_equal(http_feed(&response, &input, &err), 0);
	assert_text("rest", input, "HTTP");
	assert_int_equal(http_feed(&response, &input, &err), 0);
	assert_text("rest", input, "HTTP");
	assert_int_equal(http_end(&response, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_is_read_whole),
		cmocka_unit_test(a_response_is_read_byte_by_byte),
		cmocka_unit_test(a_response_may_be_cut_at_every_byte),
		cmocka_unit_test(a_response_may_come_in_pieces_of_any_size),
		cmocka_unit_test(what_was_used_of_a_body_makes_room_for_the_rest),
		cmocka_unit_test(nothing_is_taken_of_what_follows_a_response),
	};
	return RUN("http", tests);
}
