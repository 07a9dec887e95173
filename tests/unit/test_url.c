/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "url.h"

TEST(addresses_of_api_servers_are_read)
{
	static const struct {
		const char *url, *text, *host;
		uint16_t port;
		const char *path;
	} rows[] = {
		{"https://10.0.0.1:6443", "https://10.0.0.1:6443", "10.0.0.1", 6443, ""},
		{"https://api.example.com", "https://api.example.com", "api.example.com", 443, ""},
		{"https://api.example.com/", "https://api.example.com", "api.example.com", 443, ""},
		{"https://api.example.com:1", "https://api.example.com:1", "api.example.com", 1, ""},
		{"https://api.example.com:65535//", "https://api.example.com:65535", "api.example.com", 65535, ""},
		{"https://rancher/k8s/clusters/c-1", "https://rancher/k8s/clusters/c-1", "rancher", 443, "/k8s/clusters/c-1"},
		{"https://rancher:8443/k8s/%41/", "https://rancher:8443/k8s/%41", "rancher", 8443, "/k8s/%41"},
		{"https://[::1]:6443", "https://[::1]:6443", "::1", 6443, ""},
		{"https://[fd00::ffff:10.0.0.1]", "https://[fd00::ffff:10.0.0.1]", "fd00::ffff:10.0.0.1", 443, ""},
		{"https://[FD00::1]/p", "https://[FD00::1]/p", "FD00::1", 443, "/p"},
		{"https://a_b-c.D", "https://a_b-c.D", "a_b-c.D", 443, ""},
		{"https://Kubernetes.Default", "https://Kubernetes.Default", "Kubernetes.Default", 443, ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;
		struct error err;
		assert_row(rows[i].url, url_parse(&url, support_exact(view_of(rows[i].url)), &err) == 0);
		assert_text(rows[i].url, view_of(url.text), rows[i].text);
		assert_text(rows[i].url, view_of(url.host), rows[i].host);
		assert_text(rows[i].url, view_of(url.text + url.path_at), rows[i].path);
		assert_row(rows[i].url, url.port == rows[i].port);
	}
}

TEST(anything_else_is_refused_with_what_is_accepted)
{
	static const struct {
		const char *url, *text;
	} rows[] = {
		{"", "must start with https://"},
		{"10.0.0.1:6443", "must start with https://"},
		{"http://10.0.0.1", "must start with https://"},
		{"https:/10.0.0.1", "must start with https://"},
		{"https://", "must name a host"},
		{"https:///", "must name a host"},
		{"https:///path", "must name a host"},
		{"https://:6443", "must name a host"},
		{"https://[::1", "in brackets"},
		{"https://[]:1", "in brackets"},
		{"https://[fe80::1%25eth0]", "in brackets"},
		{"https://[::1]6443", "in brackets"},
		{"https://::1", "in brackets"},
		{"https://a:", "from 1 to 65535"},
		{"https://a:/p", "from 1 to 65535"},
		{"https://a:0", "from 1 to 65535"},
		{"https://a:65536", "from 1 to 65535"},
		{"https://a:-1", "from 1 to 65535"},
		{"https://a:6443x", "from 1 to 65535"},
		{"https://a:6443:6443", "from 1 to 65535"},
		{"https://user@a", "'@'"},
		{"https://user:secret@a", "'@'"},
		{"https://a?x=1", "'?'"},
		{"https://a/p#x", "'#'"},
		{"https://a ; first", "without spaces"},
		{"https://a\tb", "without spaces"},
		{"https://a\r", "without spaces"},
		{"https://a/\"", "without spaces"},
		{"https://a/\\", "without spaces"},
		{"https://\xc3\xa9.example", "without spaces"},
		{"https://a\x7f", "without spaces"},
		{"https://a,b", "must be https://host[:port]"},
		{"https://a%41", "must be https://host[:port]"},
		{"https://a~b", "must be https://host[:port]"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;
		struct error err;
		assert_row(rows[i].url, url_parse(&url, support_exact(view_of(rows[i].url)), &err) == -1);
		assert_error(rows[i].url, &err, ERROR_CONFIG, rows[i].text);
	}
}

TEST(a_nul_byte_is_refused)
{
	struct url url;
	struct error err;

	assert_int_equal(url_parse(&url, support_exact(LITERAL("https://a\0b")), &err), -1);
}

TEST(a_host_may_have_253_characters_and_a_url_511)
{
	char text[URL_LIMIT + 16];
	struct url url;
	struct error err;

	memset(text, 'a', sizeof text);
	memcpy(text, "https://", 8);
	assert_int_equal(url_parse(&url, (struct view){text, 8 + 253}, &err), 0);
	assert_int_equal(strlen(url.host), 253);
	assert_int_equal(url_parse(&url, (struct view){text, 8 + 254}, &err), -1);
	assert_error("host", &err, ERROR_CONFIG, "the host must be at most 253 characters");
	text[9] = '/';
	assert_int_equal(url_parse(&url, (struct view){text, 511}, &err), 0);
	assert_int_equal(strlen(url.text), 511);
	assert_int_equal(url_parse(&url, (struct view){text, 512}, &err), -1);
	assert_error("url", &err, ERROR_CONFIG, "must be at most 511 characters");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_api_servers_are_read),
		cmocka_unit_test(anything_else_is_refused_with_what_is_accepted),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(a_host_may_have_253_characters_and_a_url_511),
	};
	return RUN("url", tests);
}
