/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_info_samples.h"
#include "exchange_fixture.h"

#define SERVER "https://10.0.0.9:6443"

static struct cluster_info info;

static enum enroll_event read_body(const char *body)
{
	struct error *err = &fixture.err;

	memset(&info, 0, sizeof info);
	(void)error_set(err, ERROR_USAGE, "%s", "NOT SET"); /* gives -1 */
	enum enroll_event event =
		cluster_info_read(&fixture.config, &info, support_exact(view_of(body)), fixture.exchange.memory, &fake_crypto, err);
	assert_int_equal(event == ENROLL_DISCOVERED, strcmp(err->text, "NOT SET") == 0);
	assert_int_equal(event == ENROLL_DISCOVERED, fixture.config.ca_data_len > 0);
	assert_null(strstr(err->text, FIXTURE_SECRET));
	return event;
}

/* Signed with the token of the configuration. */
static enum enroll_event read_content(const char *content)
{
	return read_body(sample_cluster_info(content, FIXTURE_TOKEN, sample_signature(content, FIXTURE_TOKEN)));
}

static int setup(void **state)
{
	int result = exchange_fixture_setup(state);

	fixture.config.ca_data_len = 0;
	sample_pin(&fixture.config, "1");
	return result;
}

static void expect_authorities(const char *label, const char *numbers)
{
	assert_text(label, ((struct view){fixture.config.ca_data, fixture.config.ca_data_len}), sample_authorities(numbers));
}

TEST(what_is_signed_and_pinned_is_taken)
{
	assert_int_equal(read_content(sample_cluster_content(SERVER, sample_authorities("1"))), ENROLL_DISCOVERED);
	assert_string_equal(info.server.text, SERVER);
	expect_authorities("all", "1");
	assert_text("pinned", info.pinned, sample_authorities("1"));
	assert_int_equal(fixture.config.server_count, 1); /* nothing is believed yet */
	assert_string_equal(fixture.config.servers[0].text, "https://10.0.0.1:6443");
}

TEST(the_pinned_authorities_are_told_apart_from_their_company)
{
	static const struct {
		const char *given;
		const char *pins;
		const char *pinned; /* NULL: none */
	} rows[] = {
		{"12", "1", "1"},  {"21", "1", "1"},  {"123", "2", "2"}, {"123", "31", "13"},   {"123", "123", "123"},
		{"1", "321", "1"}, {"11", "1", "11"}, {"2", "1", NULL},  {"23", "14567", NULL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = script_text("%s pinned by %s", rows[i].given, rows[i].pins);
		sample_pin(&fixture.config, rows[i].pins);
		enum enroll_event event = read_content(sample_cluster_content(SERVER, sample_authorities(rows[i].given)));
		if (rows[i].pinned != NULL) {
			assert_row(label, event == ENROLL_DISCOVERED);
			expect_authorities(label, rows[i].given);
			assert_text(label, info.pinned, sample_authorities(rows[i].pinned));
		} else {
			assert_row(label, event == ENROLL_UNTRUSTED);
			assert_error(label, &fixture.err, ERROR_UNTRUSTED,
				     "no certificate authority has a public key that ca-cert-hash pins");
		}
	}
}

TEST(a_bundle_may_have_comments_and_no_last_newline)
{
	const char *bundle = script_text("first\n%ssecond\n%s", sample_authorities("2"), sample_authorities("1"));

	bundle = script_text("%.*s", (int)strlen(bundle) - 1, bundle);
	assert_int_equal(read_content(sample_cluster_content(SERVER, bundle)), ENROLL_DISCOVERED);
	assert_non_null(view_find(info.pinned, "second", strlen("second")));
	assert_null(view_find(info.pinned, "first", strlen("first")));
}

TEST(every_part_of_a_pin_counts)
{
	for (size_t i = 0; i < PIN_LEN; i++) {
		sample_pin(&fixture.config, "1");
		fixture.config.pins[0][i] ^= 1;
		assert_int_equal(read_content(sample_cluster_content(SERVER, sample_authorities("1"))), ENROLL_UNTRUSTED);
	}
}

TEST(a_signature_that_is_missing_or_does_not_fit_may_come_yet)
{
	const char *content = sample_cluster_content(SERVER, sample_authorities("1"));
	const char *right = sample_signature(content, FIXTURE_TOKEN);
	const char *longer = script_text("%s#", content);
	const struct {
		const char *label;
		const char *body;
		const char *text;
	} rows[] = {
		{"none", sample_cluster_info(content, FIXTURE_TOKEN, NULL), "is not signed for token k7dm2p"},
		{"that of another token", sample_cluster_info(content, "aaaaaa.q4w8x1z9c3v5b7n6", right), "is not signed for token k7dm2p"},
		{"another secret", sample_cluster_info(content, FIXTURE_TOKEN, sample_signature(content, "k7dm2p.q4w8x1z9c3v5b7n7")),
		 "the signature does not fit; is the secret of token k7dm2p right?"},
		{"another id", sample_cluster_info(content, FIXTURE_TOKEN, sample_signature(content, "k7dm2q.q4w8x1z9c3v5b7n6")),
		 "does not fit"},
		{"another content", sample_cluster_info(longer, FIXTURE_TOKEN, right), "does not fit"},
		{"empty", sample_cluster_info(content, FIXTURE_TOKEN, ""), "does not fit"},
		{"cut off", sample_cluster_info(content, FIXTURE_TOKEN, script_text("%.*s", (int)strlen(right) - 1, right)),
		 "does not fit"},
		{"more than one", sample_cluster_info(content, FIXTURE_TOKEN, script_text("%s%s", right, right)), "does not fit"},
		{"with its content", sample_cluster_info(content, FIXTURE_TOKEN, script_text("%.*sYQ%s", 44, right, right + 44)),
		 "does not fit"},
	};

	assert_int_equal(read_body(sample_cluster_info(content, FIXTURE_TOKEN, right)), ENROLL_DISCOVERED);
	for (size_t i = 0; i < COUNT(rows); i++) {
		fixture.config.ca_data_len = 0;
		assert_row(rows[i].label, read_body(rows[i].body) == ENROLL_UNREADY);
		assert_error(rows[i].label, &fixture.err, ERROR_UNTRUSTED, rows[i].text);
	}
}

TEST(one_wrong_character_of_a_signature_is_seen_anywhere)
{
	const char *content = sample_cluster_content(SERVER, sample_authorities("1"));
	const char *right = sample_signature(content, FIXTURE_TOKEN);

	for (size_t i = 0; i < strlen(right); i++) {
		const char *wrong = script_text("%.*s%c%s", (int)i, right, right[i] == 'A' ? 'B' : 'A', right + i + 1);
		assert_int_equal(read_body(sample_cluster_info(content, FIXTURE_TOKEN, wrong)), ENROLL_UNREADY);
	}
}

TEST(what_is_no_cluster_info_is_not_trusted)
{
	static const struct {
		const char *body;
		const char *text;
	} rows[] = {
		{"", "it has no kubeconfig"},
		{"<html>", "it has no kubeconfig"},
		{"{}", "it has no kubeconfig"},
		{"{\"data\":{}}", "it has no kubeconfig"},
		{"{\"data\":null}", "it has no kubeconfig"},
		{"{\"data\":{\"kubeconfig\":\"a\"}", "it has no kubeconfig"}, /* cut off */
		{"{\"kubeconfig\":\"a\"}", "it has no kubeconfig"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_row(rows[i].body, read_body(rows[i].body) == ENROLL_UNTRUSTED);
		assert_error(rows[i].body, &fixture.err, ERROR_UNTRUSTED, rows[i].text);
	}
}

TEST(a_signed_content_must_be_usable_all_the_same)
{
	const char *authority = sample_authorities("1");
	const struct {
		const char *label;
		const char *content;
		const char *text;
	} rows[] = {
		{"empty", "", "cluster-info: "},
		{"no YAML", "a: [", "cluster-info: line 1"},
		{"no cluster", "apiVersion: v1\nkind: Config\n", "cluster-info: "},
		{"no server", sample_cluster_content("", authority), "cluster-info: "},
		{"no TLS", sample_cluster_content("http://10.0.0.9", authority), "must start with https://"},
		{"no authority", sample_cluster_content(SERVER, ""), "ca-cert-hash pins"},
		{"a damaged authority", sample_cluster_content(SERVER, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
		 "ca-cert-hash pins"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_row(rows[i].label, read_content(rows[i].content) == ENROLL_UNTRUSTED);
		assert_error(rows[i].label, &fixture.err, ERROR_UNTRUSTED, rows[i].text);
	}
}

TEST(a_content_beyond_the_limit_is_too_large)
{
	const char *content = sample_cluster_content(SERVER, sample_authorities("1"));
	int room = (int)(KUBECONFIG_LIMIT - strlen(content) - 2);

	assert_int_equal(read_content(script_text("%s#%*s\n", content, room, "")), ENROLL_DISCOVERED);
	fixture.config.ca_data_len = 0;
	assert_int_equal(read_content(script_text("%s#%*s\n", content, room + 1, "")), ENROLL_UNTRUSTED);
	assert_error("content", &fixture.err, ERROR_UNTRUSTED, "cluster-info: it is too large");
}

TEST(what_the_library_cannot_do_is_no_fault_of_the_server)
{
	const char *content = sample_cluster_content(SERVER, sample_authorities("1"));

	fake_crypto_state.read_fails = true;
	assert_int_equal(read_content(content), ENROLL_BROKEN);
	assert_int_equal(fixture.err.class, ERROR_INTERNAL);
	const char *body = sample_cluster_info(content, FIXTURE_TOKEN, sample_signature(content, FIXTURE_TOKEN));
	fake_crypto_state.authenticate_fails = true;
	assert_int_equal(read_body(body), ENROLL_BROKEN);
	assert_int_equal(fixture.err.class, ERROR_INTERNAL);
}

TEST(the_server_of_the_cluster_becomes_the_main_one)
{
	static const char *const servers[SERVER_LIMIT] = {
		"https://10.0.0.1:6443", "https://b", "https://c", "https://d", "https://e", "https://f", "https://g", "https://h"};
	struct config *config = &fixture.config;
	struct url server;

	for (size_t i = 0; i < SERVER_LIMIT; i++) {
		assert_int_equal(url_parse(&config->servers[i], view_of(servers[i]), &fixture.err), 0);
	}
	config->server_count = SERVER_LIMIT;
	assert_int_equal(url_parse(&server, view_of("https://c"), &fixture.err), 0);
	cluster_info_add_server(config, &server);
	assert_int_equal(config->server_count, SERVER_LIMIT);
	assert_int_equal(config->main_server, 2);
	assert_int_equal(url_parse(&server, view_of(SERVER), &fixture.err), 0);
	cluster_info_add_server(config, &server);
	assert_int_equal(config->server_count, SERVER_LIMIT + 1);
	assert_int_equal(config->main_server, SERVER_LIMIT);
	assert_string_equal(config->servers[SERVER_LIMIT].text, SERVER);
	assert_int_equal(config->servers_from, CONFIG_DISCOVERED);
	assert_int_equal(config->authority_from, CONFIG_DISCOVERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_signed_and_pinned_is_taken, setup),
		cmocka_unit_test_setup(the_pinned_authorities_are_told_apart_from_their_company, setup),
		cmocka_unit_test_setup(a_bundle_may_have_comments_and_no_last_newline, setup),
		cmocka_unit_test_setup(every_part_of_a_pin_counts, setup),
		cmocka_unit_test_setup(a_signature_that_is_missing_or_does_not_fit_may_come_yet, setup),
		cmocka_unit_test_setup(one_wrong_character_of_a_signature_is_seen_anywhere, setup),
		cmocka_unit_test_setup(what_is_no_cluster_info_is_not_trusted, setup),
		cmocka_unit_test_setup(a_signed_content_must_be_usable_all_the_same, setup),
		cmocka_unit_test_setup(a_content_beyond_the_limit_is_too_large, setup),
		cmocka_unit_test_setup(what_the_library_cannot_do_is_no_fault_of_the_server, setup),
		cmocka_unit_test_setup(the_server_of_the_cluster_becomes_the_main_one, setup),
	};

	return RUN("cluster_info", tests);
}
