/* SPDX-License-Identifier: Apache-2.0 */
/* What is no configuration, and what a person reads about it. Each message as a whole is in tests/golden. */
#include "support.h"

#include "config.h"
#include "config_text.h"

#define SECRET "0123456789abcdef"
#define HEX63  "000000000000000000000000000000000000000000000000000000000000000"

static struct config config;

static void refuse(const char *label, struct view text, const char *message)
{
	struct error err = {.text = ""};

	memset(&config, 0, sizeof config);
	assert_row(label, config_parse(&config, "test.ini", support_exact(text), &err) == -1);
	assert_error(label, &err, ERROR_CONFIG, "cannot read test.ini");
	assert_error(label, &err, ERROR_CONFIG, message);
	assert_row(label, memchr(err.text, '\0', sizeof err.text) != NULL);
	assert_row(label, view_find((struct view){err.text, sizeof err.text}, SECRET, sizeof SECRET - 1) == NULL ||
				  strstr(err.text, "as in abcdef." SECRET) != NULL);
}

struct row {
	const char *text, *message;
};

static void refuse_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		refuse(rows[i].text, view_of(rows[i].text), rows[i].message);
	}
}

TEST(names_that_are_not_known_are_refused_with_those_that_are)
{
	static const struct row rows[] = {
		{"[clustre]\n", ":1: unknown section [clustre]; sections are cluster, bootstrap, node, output, limits"},
		{"[Cluster]\n", ":1: unknown section [Cluster]"},
		{"[ cluster ]\n", ":1: unknown section [ cluster ]"},
		{"[cluster]\nserve = x\n", ":2: [cluster] unknown key \"serve\"; keys here are server, certificate-authority,"},
		{"[cluster]\nServer = x\n", "unknown key \"Server\""},
		{"[cluster]\ntoken = x\n", "[cluster] unknown key \"token\""},
		{"[bootstrap]\ntokn = abcdef." SECRET "\n",
		 "[bootstrap] unknown key \"tokn\"; keys here are kubeconfig, token, token-file"},
		{"[node]\n = x\n", "[node] unknown key \"\"; keys here are name"},
		{"[output]\nx=\n", "keys here are kubeconfig, cert-dir"},
		{"[limits]\nx:y\n", "keys here are deadline"},
		{"server = https://a\n[cluster]\n", ":1: \"server\" stands before the first section; sections are"},
		{"[]\nserver = https://a\n", ":1:"},
	};

	refuse_all(rows, COUNT(rows));
}

/* inih cuts names at 49 characters. */
TEST(a_name_does_not_become_known_by_being_cut)
{
	refuse("section", view_of("[aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff]\n"), "unknown section [aaaaaaaaaa");
	refuse("key", view_of("[node]\naaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff = x\n"),
	       "unknown key \"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff\"");
}

TEST(lines_that_are_no_entry_are_refused)
{
	static const struct row rows[] = {
		{"[cluster]\nserver\n", ":2: must be \"key = value\""},
		{"[bootstrap]\nabcdef." SECRET "\n", ":2: must be \"key = value\""},
		{"[cluster]\nserver = https://a\n\tand more\n", ":3: must be \"key = value\""},
		{"[cluster\nserver = https://a\n", ":1: \"[cluster\" must be a section alone: [name]"},
		{"[cluster] junk\n", ":1: \"[cluster] junk\" must be a section alone"},
		{"[cluster] ; comment\n", ":1: \"[cluster] ; comment\" must be a section alone"},
		{"[cluster]]\n", "must be a section alone"},
		{"[cluster][node]\n", "must be a section alone"},
		{"\n\n  [node] x\r\n", ":3: \"[node] x\" must be a section alone"},
		{"\f[node] x\n", ":1:"},
		{"[node]\n\v[cluster] x\n", ":2:"},
		{"\xef\xbb\xbf[cluster] junk\n", ":1:"},
		{"\xef\xbb\xbf [cluster] junk\n", ":1:"},
		{"[cluster]\f\n", ":1:"},
	};

	refuse_all(rows, COUNT(rows));
}

TEST(nul_bytes_are_refused_wherever_they_are)
{
	static char memory[KUBECONFIG_LIMIT];
	struct buffer text;

	refuse("alone", LITERAL("\0"), ":1: NUL byte");
	refuse("in a value", LITERAL("[cluster]\nserver = https://a\0b\n"), ":2: NUL byte");
	refuse("in a comment", LITERAL("[cluster]\n\n# a\0b\n"), ":3: NUL byte");
	refuse("at the end", LITERAL(CONFIG_LEAST "\0"), ":4: NUL byte");
	/* inih up to r62 reads in front of its buffer when the tail of a line that is too long begins with one */
	for (size_t len = CONFIG_LINE_LIMIT - 2; len < CONFIG_LINE_LIMIT + 40; len++) {
		buffer_init(&text, memory, sizeof memory);
		buffer_add_text(&text, "#");
		memset(memory + 1, 'x', len - 1);
		text.len = len;
		buffer_add(&text, "\0", 1);
		buffer_add_text(&text, "\n");
		refuse("in the tail", buffer_view(&text), "test.ini:1: ");
	}
}

TEST(a_line_that_is_too_long_is_refused_with_its_length)
{
	static char memory[KUBECONFIG_LIMIT];
	static const size_t lens[] = {CONFIG_LINE_LIMIT + 1, CONFIG_LINE_LIMIT + 2, CONFIG_LINE_LIMIT + 3, 16000};
	static const char *const ends[] = {"\n", "\r\n", ""};

	for (size_t i = 0; i < COUNT(lens) * COUNT(ends); i++) {
		char message[64];
		struct buffer text;
		size_t len = lens[i / COUNT(ends)];

		buffer_init(&text, memory, sizeof memory);
		buffer_add_text(&text, "\n");
		memset(memory + 1, '#', len);
		text.len += len;
		buffer_add_text(&text, ends[i % COUNT(ends)]);
		text_format(message, sizeof message, ":2: line of %zu characters; must be at most %d", len, CONFIG_LINE_LIMIT);
		refuse(message, buffer_view(&text), message);
	}
}

TEST(a_key_is_given_once)
{
	static const char *const keys[][2] = {
		{"cluster", "certificate-authority = /ca"},
		{"cluster", "certificate-authority-data = " CONFIG_CA_DATA},
		{"cluster", "tls-server-name = a"},
		{"bootstrap", "token = abcdef." SECRET},
		{"bootstrap", "token-file = /t"},
		{"node", "name = a"},
		{"output", "kubeconfig = /k"},
		{"output", "cert-dir = /p"},
		{"limits", "deadline = 1h"},
	};

	for (size_t i = 0; i < COUNT(keys); i++) {
		BUFFER(text, 512);
		buffer_format(&text, "[%s]\n%s\n\n[%s]\n%s\n", keys[i][0], keys[i][1], keys[i][0], keys[i][1]);
		refuse(keys[i][1], buffer_view(&text), "is given twice, first in line 2");
		refuse(keys[i][1], buffer_view(&text), "test.ini:5: [");
	}
}

TEST(values_are_refused_with_place_value_and_what_is_accepted)
{
	static const struct row rows[] = {
		{"[cluster]\nserver = http://10.0.0.1\n", ":2: [cluster] server \"http://10.0.0.1\": must start with https://"},
		{"[cluster]\nserver =\n", ":2: [cluster] server \"\": must start with https://"},
		{"[cluster]\nserver = https://a ; comment\n", "server \"https://a ; comment\": must be a URL without spaces"},
		{"[cluster]\ncertificate-authority = ca.crt\n", "certificate-authority \"ca.crt\": must be an absolute path"},
		{"[cluster]\ncertificate-authority =\n", "certificate-authority \"\": must be an absolute path"},
		{"[cluster]\ncertificate-authority-data = x\n",
		 "certificate-authority-data \"x\": must be the base64 of a PEM certificate"},
		{"[cluster]\ncertificate-authority-data =\n", "must be the base64 of a PEM certificate"},
		{"[cluster]\ncertificate-authority-data = QUJD\n", "must be the base64 of a PEM certificate"},
		{"[cluster]\ntls-server-name =\n", "tls-server-name \"\": must be a DNS name"},
		{"[cluster]\ntls-server-name = a b\n", "tls-server-name \"a b\": must be a DNS name"},
		{"[cluster]\ntls-server-name = https://a\n", "must be a DNS name"},
		{"[cluster]\ntls-server-name = [::1]\n", "must be a DNS name or an IP address"},
		{"[cluster]\ntls-server-name = ~a\n", "must be a DNS name or an IP address"},
		{"[bootstrap]\ntoken-file = t\n", "token-file: must be an absolute path"},
		{"[bootstrap]\ntoken-file = abcdef." SECRET "\n", "token-file: must be an absolute path"},
		{"[cluster]\nserver = https://me:" SECRET "@h\n", "server: must have no user, query or fragment"},
		{"[cluster]\nca-cert-hash = 0123\n", "ca-cert-hash \"0123\": must be sha256: and 64 hexadecimal digits"},
		{"[cluster]\nca-cert-hash = sha256:" HEX63 "\n", "must be sha256: and 64 hexadecimal digits"},
		{"[cluster]\nca-cert-hash = sha256:" HEX63 "00\n", "must be sha256: and 64 hexadecimal digits"},
		{"[cluster]\nca-cert-hash = sha256:" HEX63 "g\n", "must be sha256: and 64 hexadecimal digits"},
		{"[cluster]\nca-cert-hash = SHA256:" HEX63 "0\n", "must be sha256: and 64 hexadecimal digits"},
		{"[cluster]\nproxy-url = socks5://u:" SECRET "@h\n", ":2: [cluster] proxy-url: must be http://[user:password@]host[:port]"},
		{"[cluster]\nproxy-url = http://u:" SECRET "@h/x\n", ":2: [cluster] proxy-url: must be http://"},
		{"[cluster]\nproxy-url = " SECRET "\n", ":2: [cluster] proxy-url: must be http://[user:password@]host[:port]"},
		{"[bootstrap]\nkubeconfig = b.conf\n", "[bootstrap] kubeconfig \"b.conf\": must be an absolute path"},
		{"[bootstrap]\nclient-certificate = c\n", "client-certificate \"c\": must be an absolute path"},
		{"[bootstrap]\nclient-key = " SECRET "\n", "[bootstrap] client-key: must be an absolute path"},
		{"[bootstrap]\nremove-after-use = true\n", "remove-after-use \"true\": must be yes or no"},
		{"[bootstrap]\nremove-after-use =\n", "remove-after-use \"\": must be yes or no"},
		{"[output]\ncert-dir = /d\nkubeconfig = /d/kubelet-client.key.tmp\n",
		 "\"/d/kubelet-client.key.tmp\": that is the name of a certificate's file"},
		{"[output]\nkubeconfig = /\n", "kubeconfig \"/\": must name a file, with at most 255 characters"},
		{"[node]\nname = a_b\n", ":2: [node] name \"a_b\": must be a DNS subdomain"},
		{"[node]\nname =\n", "[node] name \"\": must be a DNS subdomain"},
		{"[output]\nkubeconfig = k\n", "kubeconfig \"k\": must be an absolute path"},
		{"[output]\ncert-dir = ~/pki\n", "cert-dir \"~/pki\": must be an absolute path"},
		{"[node]\nname = a\rb\n", ":2: control character; the file must be plain text"},
		{"[output]\ncert-dir = /a\tb\n", ":2: [output] cert-dir: tab in the value"},
		{"[node]\nname = a\x7f\n", ":2: control character; the file must be plain text"},
		{"[node]\nname = a\x1b[31m\n", ":2: control character; the file must be plain text"},
	};

	refuse_all(rows, COUNT(rows));
}

TEST(deadlines_without_a_unit_or_sense_are_refused)
{
	static const char *const rows[] = {"",           "10", "s",   "h1",   "-1s",     "1.5h", "1h 30m",
					   "1d",         "1H", "1hh", "1m30", "forever", "1s;",  "99999999999999999999s",
					   "1000000000h"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(text, 128);
		buffer_format(&text, "[limits]\ndeadline = %s\n", rows[i]);
		refuse(rows[i], buffer_view(&text), "must be a duration such as 90s or 1h30m");
	}
}

TEST(a_wrong_token_is_refused_and_no_part_of_it_is_shown)
{
	static const struct row rows[] = {
		{"[bootstrap]\ntoken =\n", ":2: [bootstrap] token: 0 characters, must be 23"},
		{"[bootstrap]\ntoken = ABCDEF." SECRET "\n", ":2: [bootstrap] token: must match [a-z0-9]{6}.[a-z0-9]{16}"},
		{"[bootstrap]\ntoken = zzzzzz" SECRET "q\n", ":2: [bootstrap] token: must match"},
		{"[bootstrap]\ntoken = \"abcdef." SECRET "\"\n", ":2: [bootstrap] token: 25 characters"},
		{"[bootstrap]\ntoken abcdef." SECRET "\n", ":2: must be \"key = value\""},
		{"[node]\ntoken = abcdef." SECRET "\n", ":2: [node] unknown key \"token\""},
	};

	refuse_all(rows, COUNT(rows));
}

TEST(what_only_the_whole_file_shows_is_refused)
{
	static const struct row rows[] = {
		{"", "[cluster] server is missing"},
		{"# nothing\n", "[cluster] server is missing"},
		{"[cluster]\ncertificate-authority = /ca\n", "[cluster] server is missing"},
		{"[cluster]\nserver = https://a\n",
		 "certificate-authority, certificate-authority-data or ca-cert-hash, or [bootstrap] a kubeconfig, and has none"},
		{CONFIG_LEAST "certificate-authority-data = " CONFIG_CA_DATA "\n", "certificate-authority-data, and has both"},
		{CONFIG_LEAST "[bootstrap]\ntoken = abcdef." SECRET "\ntoken-file = /t\n",
		 "one of token, token-file and client-certificate, and has more"},
		{CONFIG_LEAST "[bootstrap]\ntoken = abcdef." SECRET "\nclient-certificate = /c\nclient-key = /k\n",
		 "one of token, token-file and client-certificate, and has more"},
		{CONFIG_LEAST "[bootstrap]\ntoken-file = /t\nclient-certificate = /c\nclient-key = /k\n", "and has more"},
		{CONFIG_LEAST "[bootstrap]\nclient-certificate = /c\n", "client-certificate and client-key belong together"},
		{CONFIG_LEAST "[bootstrap]\nclient-key = /k\n", "client-certificate and client-key belong together"},
	};

	refuse_all(rows, COUNT(rows));
}

TEST(a_ninth_server_is_refused)
{
	BUFFER(text, 512);

	buffer_add_text(&text, "[cluster]\n");
	for (int i = 0; i <= SERVER_LIMIT; i++) {
		buffer_format(&text, "server = https://a%d\n", i);
	}
	refuse("nine", buffer_view(&text), ":10: [cluster] server \"https://a8\": must be given at most 8 times");
}

TEST(a_path_of_512_characters_is_refused_and_shown_in_part)
{
	BUFFER(text, 1024);

	buffer_add_text(&text, "[output]\ncert-dir = /");
	for (int i = 1; i < PATH_LIMIT; i++) {
		buffer_add_text(&text, "d");
	}
	refuse("512", buffer_view(&text), "ddd...\": must be at most 511 characters");
}

TEST(a_name_of_254_characters_and_a_long_section_are_refused_and_shown_in_part)
{
	char name[255];
	BUFFER(text, 512);

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	buffer_format(&text, "[cluster]\ntls-server-name = %s\n", name);
	refuse("254", buffer_view(&text), "nnn...\": must be a DNS name of 1 to 253 characters");
	text.len = 0;
	buffer_format(&text, "[%s] x\n", name);
	refuse("section", buffer_view(&text), "nnn\" must be a section alone: [name]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_are_not_known_are_refused_with_those_that_are),
		cmocka_unit_test(a_name_does_not_become_known_by_being_cut),
		cmocka_unit_test(lines_that_are_no_entry_are_refused),
		cmocka_unit_test(nul_bytes_are_refused_wherever_they_are),
		cmocka_unit_test(a_line_that_is_too_long_is_refused_with_its_length),
		cmocka_unit_test(a_key_is_given_once),
		cmocka_unit_test(values_are_refused_with_place_value_and_what_is_accepted),
		cmocka_unit_test(deadlines_without_a_unit_or_sense_are_refused),
		cmocka_unit_test(a_wrong_token_is_refused_and_no_part_of_it_is_shown),
		cmocka_unit_test(what_only_the_whole_file_shows_is_refused),
		cmocka_unit_test(a_ninth_server_is_refused),
		cmocka_unit_test(a_path_of_512_characters_is_refused_and_shown_in_part),
		cmocka_unit_test(a_name_of_254_characters_and_a_long_section_are_refused_and_shown_in_part),
	};
	return RUN("config refusal", tests);
}
