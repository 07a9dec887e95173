/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "proxy.h"

TEST(addresses_of_proxies_are_read)
{
	static const struct {
		const char *url, *host;
		uint16_t port;
		const char *authorization;
	} rows[] = {
		{"http://proxy", "proxy", 80, ""},
		{"http://proxy/", "proxy", 80, ""},
		{"http://proxy:3128", "proxy", 3128, ""},
		{"http://10.0.0.1:65535/", "10.0.0.1", 65535, ""},
		{"http://[::1]:3128", "::1", 3128, ""},
		{"http://[fd00::1]", "fd00::1", 80, ""},
		{"http://Aladdin:open%20sesame@proxy:3128", "proxy", 3128, "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, /* RFC 7617 section 2 */
		{"http://u:p@[::1]:1", "::1", 1, "dTpw"},
		{"http://u@proxy", "proxy", 80, "dTo="}, /* as Go's net/http has it: an empty password */
		{"http://u:@proxy", "proxy", 80, "dTo="},
		{"http://:p@proxy", "proxy", 80, "OnA="},
		{"http://@proxy", "proxy", 80, "Og=="},
		{"http://u:p:q@proxy", "proxy", 80, "dTpwOnE="},
		{"http://u:p%3Aq@proxy", "proxy", 80, "dTpwOnE="},
		{"http://u:p%40q@proxy", "proxy", 80, "dTpwQHE="},
		{"http://u:p@q@proxy", "proxy", 80, "dTpwQHE="}, /* the last one ends it */
		{"http://u:%2f%2F@proxy", "proxy", 80, "dTovLw=="},
		{"http://%75:%c3%A9@proxy", "proxy", 80, "dTrDqQ=="},
		{"http://u+v:*!@proxy", "proxy", 80, "dSt2Oioh"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proxy proxy;
		struct error err;
		memset(&proxy, 'x', sizeof proxy);
		assert_row(rows[i].url, proxy_parse(&proxy, support_exact(view_of(rows[i].url)), &err) == 0);
		assert_text(rows[i].url, view_of(proxy.text), rows[i].url);
		assert_text(rows[i].url, view_of(proxy.host), rows[i].host);
		assert_row(rows[i].url, proxy.port == rows[i].port);
		assert_text(rows[i].url, view_of(proxy.authorization), rows[i].authorization);
	}
}

TEST(anything_else_is_refused_with_what_is_accepted)
{
	static const struct {
		const char *url, *text;
	} rows[] = {
		{"", "must be http://[user:password@]host[:port]"},
		{"proxy:3128", "must be http://[user:password@]host[:port]"},
		{"HTTP://proxy", "must be http://[user:password@]host[:port]"},
		{"https://u:Secret@proxy", "must be http://[user:password@]host[:port]"},
		{"socks5://u:Secret@proxy", "must be http://[user:password@]host[:port]"},
		{"u:Secret@proxy:3128", "must be http://[user:password@]host[:port]"},
		{"http://", "must name a host"},
		{"http:///", "must name a host"},
		{"http://:3128", "must name a host"},
		{"http://u:Secret@", "must name a host"},
		{"http://u:Secret@/", "must name a host"},
		{"http://[::1", "in brackets"},
		{"http://proxy:", "from 1 to 65535"},
		{"http://proxy:0", "from 1 to 65535"},
		{"http://proxy:65536", "from 1 to 65535"},
		{"http://u:Sec/ret@proxy", "from 1 to 65535"},
		{"http://proxy/path", "must be http://[user:password@]host[:port]"},
		{"http://proxy//", "must be http://[user:password@]host[:port]"},
		{"http://proxy?x=Secret", "must be http://[user:password@]host[:port]"},
		{"http://proxy/?Secret", "must be http://[user:password@]host[:port]"},
		{"http://proxy#Secret", "must be http://[user:password@]host[:port]"},
		{"http://u:Sec?ret@proxy", "from 1 to 65535"},
		{"http://u:Sec ret@proxy", "without spaces"},
		{"http://u:Secret@proxy ; ours", "without spaces"},
		{"http://u:\xc3\xa9Secret@proxy", "without spaces"},
		{"http://u:Secret%@proxy", "percent-encoded"},
		{"http://u:Secret%4@proxy", "percent-encoded"},
		{"http://u:Secret%4g@proxy", "percent-encoded"},
		{"http://u:Secret%g4@proxy", "percent-encoded"},
		{"http://u:[Secret]@proxy", "percent-encoded"},
		{"http://u%3av:Secret@proxy", "percent-encoded"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proxy proxy;
		struct error err;
		assert_row(rows[i].url, proxy_parse(&proxy, support_exact(view_of(rows[i].url)), &err) == -1);
		assert_error(rows[i].url, &err, ERROR_CONFIG, rows[i].text);
		assert_row(rows[i].url, strstr(err.text, "Sec") == NULL);
	}
}

TEST(a_url_of_511_characters_fits_with_the_longest_credentials)
{
	char text[URL_LIMIT + 1];
	struct proxy proxy;
	struct error err;

	memset(text, 'u', sizeof text);
	memcpy(text, "http://", 7);
	memcpy(text + 509, "@h", 2);
	assert_int_equal(proxy_parse(&proxy, (struct view){text, 511}, &err), 0);
	assert_int_equal(strlen(proxy.authorization), 672); /* of 502 characters and a colon */
	assert_int_equal(strlen(proxy.text), 511);
	assert_int_equal(proxy_parse(&proxy, (struct view){text, 512}, &err), -1);
	assert_error("512", &err, ERROR_CONFIG, "must be at most 511 characters");
}

static struct proxy proxy_of(const char *url)
{
	struct proxy proxy;
	struct error err;

	assert_row(url, proxy_parse(&proxy, view_of(url), &err) == 0);
	return proxy;
}

TEST(connect_names_the_server_as_it_is_and_its_port)
{
	static const struct {
		const char *proxy, *server, *request;
	} rows[] = {
		{"http://p", "https://api.example.com", "CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n"},
		{"http://p", "https://10.0.0.1:6443/path", "CONNECT 10.0.0.1:6443 HTTP/1.1\r\nHost: 10.0.0.1:6443\r\n\r\n"},
		{"http://[::2]:1", "https://[fd00::1]:6443", "CONNECT [fd00::1]:6443 HTTP/1.1\r\nHost: [fd00::1]:6443\r\n\r\n"},
		{"http://u:p@p", "https://a:1", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nProxy-Authorization: Basic dTpw\r\n\r\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proxy proxy = proxy_of(rows[i].proxy);
		struct url server;
		struct error err;
		BUFFER(request, PROXY_REQUEST_LIMIT);
		assert_row(rows[i].server, url_parse(&server, view_of(rows[i].server), &err) == 0);
		proxy_format_connect(&request, &proxy, &server);
		assert_text(rows[i].server, buffer_view(&request), rows[i].request);
	}
}

TEST(the_longest_request_fits)
{
	static struct proxy proxy;
	static struct url server;
	BUFFER(request, PROXY_REQUEST_LIMIT);

	memset(proxy.authorization, 'x', sizeof proxy.authorization - 1);
	memset(server.host, ':', sizeof server.host - 1);
	server.port = UINT16_MAX;
	proxy_format_connect(&request, &proxy, &server);
	assert_false(request.overflow);
}

TEST(a_tunnel_stands_when_the_whole_head_of_a_2xx_is_there)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200\r\n\r\n",
		"HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.0 200 OK\n\n",
	};
	struct proxy proxy = proxy_of("http://p");
	struct error err;

	for (size_t i = 0; i < COUNT(answers); i++) {
		size_t whole = strlen(answers[i]);
		for (size_t len = 0; len <= whole; len++) {
			int result = proxy_read_answer(&proxy, support_exact((struct view){answers[i], len}), &err);
			assert_row(answers[i], result == (len == whole));
		}
	}
}

TEST(every_other_answer_is_the_proxys_refusal)
{
	static const struct {
		const char *url, *answer, *text;
	} rows[] = {
		{"http://p:3128", "HTTP/1.1 403 Forbidden\r\n", "proxy http://p:3128 says 403 Forbidden"},
		{"http://[fd00::1]:3128", "HTTP/1.1 502 Bad Gateway\r\n\r\nand more", "proxy http://[fd00::1]:3128 says 502 Bad Gateway"},
		{"http://p", "HTTP/1.0 404\r\n", "proxy http://p:80 says 404"},
		{"http://p", "HTTP/1.1 301 Moved\r\nLocation: http://q\r\n\r\n", "proxy http://p:80 says 301 Moved"},
		{"http://p", "HTTP/1.1 407 Proxy Authentication Required\r\n",
		 "proxy http://p:80 says 407 Proxy Authentication Required; proxy-url can hold user:password@ in front of the host"},
		{"http://user:Secret@p", "HTTP/1.1 407 Proxy Authentication Required\r\n",
		 "proxy http://p:80 says 407; are user and password in proxy-url right?"},
		{"http://user:Secret@p", "HTTP/1.1 403 No dXNlcjpTZWNyZXQ= here\r\n", "proxy http://p:80 says 403"},
		{"http://user:Secret@p", "HTTP/1.1 403 No user:Secret here\r\n", "proxy http://p:80 says 403"},
		{"http://p", "HTTP/1.1 20 OK\r\n\r\n", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "HTTP/1.1\r\n\r\n", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "HTTP/2 200 OK\r\n\r\n", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "S", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "SSH-2.0-OpenSSH_9.2\r\n", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "\x15\x03\x01", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "HTTP/1.1 200 OK\r\n\r\n\x16", "proxy http://p:80 does not answer as a proxy should"},
		{"http://p", "HTTP/1.1 200 OK\n\nx", "proxy http://p:80 does not answer as a proxy should"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proxy proxy = proxy_of(rows[i].url);
		struct error err;
		assert_row(rows[i].answer, proxy_read_answer(&proxy, support_exact(view_of(rows[i].answer)), &err) == -1);
		assert_int_equal(err.class, ERROR_UNREACHABLE);
		assert_text(rows[i].answer, view_of(err.text), rows[i].text);
	}
}

TEST(a_head_may_have_4095_bytes)
{
	char answer[PROXY_ANSWER_LIMIT];
	struct proxy proxy = proxy_of("http://p");
	struct error err;

	memset(answer, 'x', sizeof answer);
	memcpy(answer, "HTTP/1.1 200 OK\r\n", 17);
	assert_int_equal(proxy_read_answer(&proxy, (struct view){answer, sizeof answer - 1}, &err), 0);
	assert_int_equal(proxy_read_answer(&proxy, (struct view){answer, sizeof answer}, &err), -1);
	assert_error("too long", &err, ERROR_UNREACHABLE, "does not answer as a proxy should");
	memcpy(answer, "HTTP/1.1 403 ", 13);
	answer[2000] = '\n';
	assert_int_equal(proxy_read_answer(&proxy, (struct view){answer, sizeof answer}, &err), -1);
	assert_true(strlen(err.text) < 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_proxies_are_read),
		cmocka_unit_test(anything_else_is_refused_with_what_is_accepted),
		cmocka_unit_test(a_url_of_511_characters_fits_with_the_longest_credentials),
		cmocka_unit_test(connect_names_the_server_as_it_is_and_its_port),
		cmocka_unit_test(the_longest_request_fits),
		cmocka_unit_test(a_tunnel_stands_when_the_whole_head_of_a_2xx_is_there),
		cmocka_unit_test(every_other_answer_is_the_proxys_refusal),
		cmocka_unit_test(a_head_may_have_4095_bytes),
	};
	return RUN("proxy", tests);
}
