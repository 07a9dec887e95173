/* SPDX-License-Identifier: Apache-2.0 */
/* What a good configuration means; what is refused is in test_config_refusal.c. */
#include "support.h"

#include "config.h"
#include "config_text.h"

static struct config config;

static void parse(const char *label, struct view text)
{
	struct error err = {.text = ""};

	memset(&config, 0, sizeof config);
	if (config_parse(&config, "test.ini", support_exact(text), &err) != 0) {
		fail_msg("in \"%s\": %s", label, err.text);
	}
}

TEST(what_is_not_given_has_its_default)
{
	parse("least", view_of(CONFIG_LEAST));
	assert_int_equal(config.server_count, 1);
	assert_string_equal(config.servers[0].text, "https://10.0.0.1:6443");
	assert_string_equal(config.ca_path, "/ca.crt");
	assert_int_equal(config.ca_data_len, 0);
	assert_string_equal(config.tls_server_name, "");
	assert_string_equal(config.token.text, "");
	assert_string_equal(config.token_path, "");
	assert_string_equal(config.node_name, "");
	assert_string_equal(config.kubeconfig_path, "/etc/kubernetes/kubelet.conf");
	assert_string_equal(config.cert_dir, "/var/lib/kubelet/pki");
	assert_int_equal(config.deadline_ms, 3600000);
}

TEST(every_key_is_read)
{
	parse("all", view_of("# comment\n"
			     "; comment\n"
			     "[cluster]\n"
			     "server = https://10.0.0.1:6443/\n"
			     "server = https://[fd00::1]\n"
			     "certificate-authority-data = " CONFIG_CA_DATA "\n"
			     "tls-server-name = kubernetes.default\n"
			     "\n"
			     "[bootstrap]\n"
			     "token = abcdef.0123456789abcdef\n"
			     "[node]\n"
			     "name = Worker-1\n"
			     "[output]\n"
			     "kubeconfig = /k/kubelet.conf\n"
			     "cert-dir = /pki//\n"
			     "[limits]\n"
			     "deadline = 90s\n"));
	assert_int_equal(config.server_count, 2);
	assert_string_equal(config.servers[0].text, "https://10.0.0.1:6443");
	assert_string_equal(config.servers[1].host, "fd00::1");
	assert_text("ca", ((struct view){config.ca_data, config.ca_data_len}), CONFIG_CA_PEM);
	assert_string_equal(config.tls_server_name, "kubernetes.default");
	assert_string_equal(config.token.text, "abcdef.0123456789abcdef");
	assert_string_equal(config.node_name, "worker-1");
	assert_string_equal(config.kubeconfig_path, "/k/kubelet.conf");
	assert_string_equal(config.cert_dir, "/pki");
	assert_int_equal(config.deadline_ms, 90000);
}

TEST(a_token_file_may_stand_instead_of_a_token)
{
	parse("token-file", view_of(CONFIG_LEAST "[bootstrap]\ntoken-file = /run/token\n"));
	assert_string_equal(config.token_path, "/run/token");
}

TEST(a_kubeconfig_may_stand_instead_of_the_cluster)
{
	parse("kubeconfig", view_of("[bootstrap]\nkubeconfig = /etc//b.conf\nremove-after-use = yes\n"));
	assert_string_equal(config.bootstrap_path, "/etc/b.conf");
	assert_true(config.remove_after_use);
	assert_int_equal(config.server_count, 0);
	assert_int_equal(config.servers_from, CONFIG_NOWHERE);
	assert_int_equal(config.authority_from, CONFIG_NOWHERE);
	assert_int_equal(config.credential_from, CONFIG_NOWHERE);
}

TEST(a_client_certificate_may_stand_instead_of_a_token)
{
	parse("certificate", view_of(CONFIG_LEAST "proxy-url = http://u:p@h:1\n[bootstrap]\nclient-certificate = /c\nclient-key = /k\n"
						  "remove-after-use = no\n"));
	assert_string_equal(config.client_certificate_path, "/c");
	assert_string_equal(config.client_key_path, "/k");
	assert_int_equal(config.credential_from, CONFIG_FILE);
	assert_int_equal(config.authority_from, CONFIG_FILE);
	assert_false(config.remove_after_use);
	assert_string_equal(config.proxy.text, "http://u:p@h:1");
	assert_string_equal(config.proxy.host, "h");
}

TEST(pins_may_stand_instead_of_a_certificate_authority_and_be_eight)
{
	BUFFER(text, 1024);

	buffer_add_text(&text, "[cluster]\nserver = https://a\n");
	for (int i = 0; i < PIN_LIMIT; i++) {
		buffer_format(&text, "ca-cert-hash = sha256:%d%s\n", i, "0aF123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abc");
	}
	parse("pins", buffer_view(&text));
	assert_int_equal(config.pin_count, PIN_LIMIT);
	for (size_t i = 0; i < PIN_LIMIT; i++) {
		assert_int_equal(config.pins[i][0], i << 4);
		assert_int_equal(config.pins[i][1], 0xaf);
		assert_int_equal(config.pins[i][PIN_LEN - 1], 0xbc);
	}
}

TEST(deadlines_have_units)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"0", 0},           {"1ms", 1},         {"90s", 90000}, {"5m", 300000},    {"1h", 3600000},
		{"1h30m", 5400000}, {"1m500ms", 60500}, {"007s", 7000}, {"24h", 86400000},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 256);
		buffer_format(&text, "%s[limits]\ndeadline = %s\n", CONFIG_LEAST, rows[i].text);
		parse(rows[i].text, buffer_view(&text));
		assert_row(rows[i].text, config.deadline_ms == rows[i].ms);
	}
}

TEST(names_that_the_server_proves_may_be_addresses)
{
	static const char *const rows[] = {"kubernetes", "Kubernetes.default", "a.b-c_d", "10.0.0.1", "fd00::1"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 256);
		buffer_format(&text, "%stls-server-name = %s\n", CONFIG_LEAST, rows[i]);
		parse(rows[i], buffer_view(&text));
		assert_text(rows[i], view_of(config.tls_server_name), rows[i]);
	}
}

TEST(the_same_is_read_however_the_lines_are_written)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"CR LF", "[cluster]\r\nserver = https://a\r\ncertificate-authority = /ca\r\n"},
		{"no newline at the end", "[cluster]\nserver = https://a\ncertificate-authority = /ca"},
		{"byte order mark", "\xef\xbb\xbf[cluster]\nserver = https://a\ncertificate-authority = /ca\n"},
		{"byte order mark, CR LF, no newline at the end",
		 "\xef\xbb\xbf[cluster]\r\nserver = https://a\r\ncertificate-authority = /ca"},
		{"no spaces", "[cluster]\nserver=https://a\ncertificate-authority=/ca\n"},
		{"many spaces", "  [cluster]  \n  server   =   https://a   \n\tcertificate-authority\t=\t/ca\t\n"},
		{"colons", "[cluster]\nserver: https://a\ncertificate-authority: /ca\n"},
		{"empty lines", "\n\n[cluster]\n\n\nserver = https://a\n \n\t\ncertificate-authority = /ca\n\n"},
		{"sections in parts", "[cluster]\nserver = https://a\n[node]\n[cluster]\ncertificate-authority = /ca\n"},
		{"indented lines", "[cluster]\nserver = https://a\n  certificate-authority = /ca\n"},
		{"comments",
		 "; [x\n#server = \n[cluster]\n  ; x\nserver = https://a\n;certificate-authority = /x\ncertificate-authority = /ca\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		parse(rows[i].name, view_of(rows[i].text));
		assert_row(rows[i].name, config.server_count == 1);
		assert_text(rows[i].name, view_of(config.servers[0].text), "https://a");
		assert_text(rows[i].name, view_of(config.ca_path), "/ca");
	}
}

TEST(what_looks_like_a_comment_behind_a_value_is_part_of_it)
{
	parse("; inside", view_of("[cluster]\nserver = https://a\ncertificate-authority = /ca ;x\n[output]\ncert-dir = /a # b\n"));
	assert_string_equal(config.ca_path, "/ca ;x");
	assert_string_equal(config.cert_dir, "/a # b");
}

TEST(a_value_may_hold_equals_signs_and_colons)
{
	parse("=", view_of("[cluster]\nserver = https://a/x=y:z\ncertificate-authority = /c=a:b\n"));
	assert_string_equal(config.servers[0].text, "https://a/x=y:z");
	assert_string_equal(config.ca_path, "/c=a:b");
}

TEST(eight_servers_are_read_in_their_order)
{
	BUFFER(text, 512);

	buffer_add_text(&text, "[cluster]\ncertificate-authority = /ca\n");
	for (int i = 0; i < SERVER_LIMIT; i++) {
		buffer_format(&text, "server = https://a%d\n", i);
	}
	parse("eight", buffer_view(&text));
	assert_int_equal(config.server_count, SERVER_LIMIT);
	assert_string_equal(config.servers[0].host, "a0");
	assert_string_equal(config.servers[SERVER_LIMIT - 1].host, "a7");
}

/* The longest line is read whole, whatever ends it. */
TEST(a_line_may_be_as_long_as_the_limit)
{
	static const char *const ends[] = {"\n", "\r\n", ""};
	static char memory[KUBECONFIG_LIMIT];
	struct buffer text;

	for (size_t i = 0; i < COUNT(ends); i++) {
		buffer_init(&text, memory, sizeof memory);
		buffer_add_text(&text, "[cluster]\ncertificate-authority = /ca\nserver = https://a\n");
		size_t begin = text.len;
		buffer_add_text(&text, "tls-server-name = ok");
		while (text.len - begin < CONFIG_LINE_LIMIT) {
			buffer_add_text(&text, " ");
		}
		buffer_add_text(&text, ends[i]);
		parse(ends[i], buffer_view(&text));
		assert_string_equal(config.tls_server_name, "ok");
	}
}

TEST(a_path_may_have_511_characters)
{
	BUFFER(text, 1024);

	buffer_add_text(&text, CONFIG_LEAST "[bootstrap]\ntoken-file = /");
	for (int i = 1; i < PATH_LIMIT - 1; i++) {
		buffer_add_text(&text, "d");
	}
	parse("511", buffer_view(&text));
	assert_int_equal(strlen(config.token_path), PATH_LIMIT - 1);
}

TEST(superfluous_slashes_are_dropped)
{
	parse("slashes", view_of(CONFIG_LEAST "[output]\ncert-dir = //var///lib/pki//\nkubeconfig = /kubelet.conf\n"));
	assert_string_equal(config.cert_dir, "/var/lib/pki");
	assert_string_equal(config.kubeconfig_path, "/kubelet.conf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(a_token_file_may_stand_instead_of_a_token),
		cmocka_unit_test(a_kubeconfig_may_stand_instead_of_the_cluster),
		cmocka_unit_test(a_client_certificate_may_stand_instead_of_a_token),
		cmocka_unit_test(pins_may_stand_instead_of_a_certificate_authority_and_be_eight),
		cmocka_unit_test(deadlines_have_units),
		cmocka_unit_test(names_that_the_server_proves_may_be_addresses),
		cmocka_unit_test(the_same_is_read_however_the_lines_are_written),
		cmocka_unit_test(what_looks_like_a_comment_behind_a_value_is_part_of_it),
		cmocka_unit_test(a_value_may_hold_equals_signs_and_colons),
		cmocka_unit_test(eight_servers_are_read_in_their_order),
		cmocka_unit_test(a_line_may_be_as_long_as_the_limit),
		cmocka_unit_test(a_path_may_have_511_characters),
		cmocka_unit_test(superfluous_slashes_are_dropped),
	};
	return RUN("config", tests);
}
