/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "dns.h"

static struct dns_config parsed(const char *text)
{
	struct dns_config config;

	memset(&config, 0xff, sizeof config); /* nothing of before counts */
	dns_parse_config(&config, support_exact(view_of(text)));
	return config;
}

TEST(resolv_conf_is_read_as_its_manual_says)
{
	static const struct {
		const char *label;
		const char *text;
		const char *servers; /* separated by spaces */
		const char *search;
		unsigned int ndots;
	} rows[] = {
		{"empty", "", "", "", 1},
		{"one server", "nameserver 10.0.0.1\n", "10.0.0.1", "", 1},
		{"no newline at the end", "nameserver 10.0.0.1", "10.0.0.1", "", 1},
		{"three servers, the fourth is dropped", "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n",
		 "1.1.1.1 2.2.2.2 3.3.3.3", "", 1},
		{"IPv6 with scope", "nameserver fe80::1%eth0\n", "fe80::1%eth0", "", 1},
		{"tabs, spaces, carriage returns", "  nameserver\t 10.0.0.1 \t\r\n\tsearch\ta.example  b.example\r\n", "10.0.0.1",
		 "a.example  b.example", 1},
		{"comments", "# nameserver 1.1.1.1\n; nameserver 2.2.2.2\nnameserver 3.3.3.3 # the third\n", "3.3.3.3", "", 1},
		{"a commented address", "nameserver #1.1.1.1\nnameserver\nnameserver 2.2.2.2\n", "2.2.2.2", "", 1},
		{"domain", "domain example.com\n", "", "example.com", 1},
		{"the last of search and domain counts", "search a b\ndomain c\nsearch d e\n", "", "d e", 1},
		{"options", "options timeout:1 ndots:5 attempts:2\n", "", "", 5},
		{"ndots 0", "options ndots:0\n", "", "", 0},
		{"ndots over the most", "options ndots:16\n", "", "", 15},
		{"ndots of nonsense", "options ndots:x ndots: ndots ndots:-1\n", "", "", 1},
		{"words that are not known", "family inet4\nlookup file bind\nnameservers 1.1.1.1\nsortlist 1.0.0.0\n", "", "", 1},
		{"/proc/net/pnp", "#PROTO: DHCP\ndomain lab.example\nnameserver 10.0.2.3\nbootserver 10.0.2.2\n", "10.0.2.3", "lab.example",
		 1},
		{"/proc/net/pnp without a domain", "#MANUAL\nnameserver 10.0.2.3\nbootserver 0.0.0.0\n", "10.0.2.3", "", 1},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_config config = parsed(rows[i].text);
		BUFFER(servers, 256);
		for (size_t j = 0; j < config.server_count; j++) {
			buffer_format(&servers, "%s%s", j > 0 ? " " : "", config.servers[j]);
		}
		assert_text(rows[i].label, buffer_view(&servers), rows[i].servers);
		assert_text(rows[i].label, view_of(config.search), rows[i].search);
		assert_row(rows[i].label, config.ndots == rows[i].ndots);
	}
}

TEST(values_that_are_too_long_are_none)
{
	char text[DNS_SEARCH_LIMIT * 2];
	struct buffer buf;

	buffer_init(&buf, text, sizeof text - 1);
	buffer_add_text(&buf, "search ");
	while (buf.len < DNS_SEARCH_LIMIT + 100) {
		buffer_add_text(&buf, "example.com ");
	}
	buffer_add_text(&buf, "\nnameserver 1234567890123456789012345678901234567890123456789012345678901234\nnameserver 10.0.0.1\n");
	text[buf.len] = '\0';
	struct dns_config config = parsed(text);
	assert_string_equal(config.search, "");
	assert_int_equal(config.server_count, 1);
	assert_string_equal(config.servers[0], "10.0.0.1");
}

TEST(candidates_come_with_the_domains_first_where_there_are_too_few_dots)
{
	static const struct {
		const char *name;
		const char *search;
		unsigned int ndots;
		const char *candidates; /* separated by spaces */
	} rows[] = {
		{"api", "", 1, "api"},
		{"api", "a.example b.example", 1, "api.a.example api.b.example api"},
		{"api", "  a.example \t b.example  ", 1, "api.a.example api.b.example api"},
		{"api", "a.example # b.example", 1, "api.a.example api"},
		{"api", "a.example.", 1, "api.a.example. api"},
		{"api.", "a.example", 1, "api."},
		{"api.", "a.example", 5, "api."},
		{"api.lab", "a.example", 1, "api.lab"},
		{"api.lab", "a.example", 2, "api.lab.a.example api.lab"},
		{"api.lab.x", "a.example", 2, "api.lab.x"},
		{"api", "a.example", 0, "api"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_config config = {.ndots = rows[i].ndots};
		char candidate[HOST_LIMIT];
		size_t step = 0;
		BUFFER(text, 1024);

		assert_true(view_copy(view_of(rows[i].search), config.search, sizeof config.search));
		while (dns_take_candidate(&config, rows[i].name, &step, candidate)) {
			buffer_format(&text, "%s%s", text.len > 0 ? " " : "", candidate);
			assert_row(rows[i].name, text.len < 512);
		}
		assert_text(rows[i].name, buffer_view(&text), rows[i].candidates);
		assert_false(dns_take_candidate(&config, rows[i].name, &step, candidate)); /* and it stays at its end */
	}
}

TEST(a_candidate_that_is_too_long_is_passed_over)
{
	struct dns_config config = {.ndots = 1};
	char name[HOST_LIMIT];
	char candidate[HOST_LIMIT];
	size_t step = 0;

	memset(name, 'a', 240);
	name[240] = '\0';
	(void)view_copy(view_of("example.com 123456789012 1234567890123 b"), config.search, sizeof config.search); /* it fits */
	assert_true(dns_take_candidate(&config, name, &step, candidate));
	assert_string_equal(candidate + 240, ".example.com");
	assert_true(dns_take_candidate(&config, name, &step, candidate));
	assert_string_equal(candidate + 240, ".123456789012");
	assert_true(dns_take_candidate(&config, name, &step, candidate));
	assert_string_equal(candidate + 240, ".b");
	assert_true(dns_take_candidate(&config, name, &step, candidate));
	assert_string_equal(candidate, name);
	assert_false(dns_take_candidate(&config, name, &step, candidate));
}

TEST(a_root_domain_adds_nothing)
{
	struct dns_config config = parsed("search .\n"); /* as systemd-resolved writes it */
	char candidate[HOST_LIMIT];
	size_t step = 0;

	while (dns_take_candidate(&config, "api", &step, candidate)) {
		BUFFER(query, DNS_PACKET_LIMIT);
		if (dns_format_query(&query, 1, view_of(candidate), DNS_A) == 0) {
			assert_true(strcmp(candidate, "api") == 0 || strcmp(candidate, "api.") == 0);
			return;
		}
	}
	fail_msg("%s", "api is never asked for");
}

TEST(names_are_found_in_etc_hosts)
{
	static const char text[] = "# 10.9.9.9 api\n"
				   "127.0.0.1\tlocalhost\n"
				   "::1 localhost ip6-localhost\r\n"
				   "\n"
				   "10.0.0.1 \t api.example.com\tAPI  # api-comment\n"
				   "10.0.0.2 apis\n"
				   "  10.0.0.3 api\n"
				   "10.0.0.4\n"
				   "fe80::1%eth0 link\n"
				   "10.0.0.5 last";
	static const struct {
		const char *name;
		const char *addresses; /* separated by spaces */
	} rows[] = {
		{"localhost", "127.0.0.1 ::1"},
		{"api", "10.0.0.1 10.0.0.3"},
		{"API", "10.0.0.1 10.0.0.3"},
		{"Api.Example.Com", "10.0.0.1"},
		{"api-comment", ""},
		{"ap", ""},
		{"10.0.0.1", ""},
		{"last", "10.0.0.5"},
		{"link", "fe80::1%eth0"},
		{"ip6-localhost", "::1"},
		{"#", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct view rest = support_exact(view_of(text));
		struct view address;
		BUFFER(found, 256);
		while (dns_take_host(&rest, rows[i].name, &address)) {
			buffer_format(&found, "%s%.*s", found.len > 0 ? " " : "", (int)address.len, address.data);
		}
		assert_text(rows[i].name, buffer_view(&found), rows[i].addresses);
		assert_row(rows[i].name, rest.len == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolv_conf_is_read_as_its_manual_says),
		cmocka_unit_test(values_that_are_too_long_are_none),
		cmocka_unit_test(candidates_come_with_the_domains_first_where_there_are_too_few_dots),
		cmocka_unit_test(a_candidate_that_is_too_long_is_passed_over),
		cmocka_unit_test(a_root_domain_adds_nothing),
		cmocka_unit_test(names_are_found_in_etc_hosts),
	};
	return RUN("dns_files", tests);
}
