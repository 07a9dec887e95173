/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_info_samples.h"
#include "exchange_fixture.h"

#define FOUND "https://10.0.0.9:6443"

#define TRUST(numbers)                                                    \
	{                                                                 \
		.kind = SCRIPT_TRUST, .text = sample_authorities(numbers) \
	}
#define DISTRUST(why, cause)                                             \
	{                                                                \
		.kind = SCRIPT_DISTRUST, .class = (why), .text = (cause) \
	}

static int setup(void **state)
{
	int result = exchange_fixture_setup(state);

	fixture.config.ca_data_len = 0;
	sample_pin(&fixture.config, "1");
	return result;
}

/* The exact request that is due at the first server. */
static const char *discovery(void)
{
	return "GET /api/v1/namespaces/kube-public/configmaps/cluster-info HTTP/1.1\r\nHost: 10.0.0.1:6443\r\n"
	       "User-Agent: kubelet-bootstrap\r\nAccept: application/json\r\n\r\n";
}

static const char *body(const char *server, const char *authorities)
{
	const char *content = sample_cluster_content(server, sample_authorities(authorities));

	return sample_cluster_info(content, FIXTURE_TOKEN, sample_signature(content, FIXTURE_TOKEN));
}

static const char *found(const char *headers)
{
	return answer_text("200 OK", headers, body(FOUND, "1"));
}

static void expect_refused(const char *label, enum error_class class, const char *text)
{
	assert_error(label, &fixture.err, class, text);
	assert_row(label, fixture.config.ca_data_len == 0);
	assert_row(label, fixture.config.server_count == 1);
	assert_row(label, fixture.config.main_server == 0);
}

TEST(the_request_follows_on_the_same_connection)
{
	const struct script_connection script[] = {
		{"10.0.0.1", {SEND(discovery()), GIVE(found("")), TRUST("1"), SEND(fixture_both()), GIVE(answer_issued())}}};

	fixture_expect_issued(script, COUNT(script));
	assert_int_equal(fixture.config.main_server, 1);
	assert_string_equal(fixture.config.servers[1].text, FOUND);
	assert_text("authorities", ((struct view){fixture.config.ca_data, fixture.config.ca_data_len}), sample_authorities("1"));
	assert_non_null(fake_host_find_line("the cluster is the one that is pinned, and calls itself " FOUND));
}

TEST(an_answer_may_come_in_pieces)
{
	const struct script_connection script[] = {{NULL,
						    {SEND(discovery()),
						     {.kind = SCRIPT_GIVE, .text = found(""), .piece = 1},
						     TRUST("1"),
						     SEND(fixture_both()),
						     GIVE(answer_issued())}}};

	fixture_expect_issued(script, COUNT(script));
}

/* Of a bundle only what is pinned may vouch for a server. */
TEST(the_server_is_verified_with_what_is_pinned_alone)
{
	const struct script_connection script[] = {{NULL,
						    {SEND(discovery()), GIVE(answer_text("200 OK", "", body(FOUND, "213"))), TRUST("1"),
						     SEND(fixture_both()), GIVE(answer_issued())}}};

	fixture_expect_issued(script, COUNT(script));
	assert_text("authorities", ((struct view){fixture.config.ca_data, fixture.config.ca_data_len}), sample_authorities("213"));
}

TEST(a_run_that_only_discovers_sends_nothing_more)
{
	const struct script_connection script[] = {{NULL, {SEND(discovery()), GIVE(found("")), TRUST("1")}}};

	fixture.exchange.only_discovers = true;
	assert_int_equal(fixture_run(script, COUNT(script)), ENROLL_CREATE);
	assert_int_equal(fixture.config.main_server, 1);
	assert_true(fixture.config.ca_data_len > 0);
}

/* The request goes over a new connection, to the same server, verified from its beginning. */
TEST(a_server_that_closes_is_connected_to_again)
{
	const char *unframed = script_text("HTTP/1.1 200 OK\r\n\r\n%s", body(FOUND, "1"));
	const struct script_connection scripts[][2] = {
		{{"10.0.0.1", {SEND(discovery()), GIVE(found("Connection: close\r\n")), TRUST("1")}},
		 {"10.0.0.1", {SEND(fixture_both()), GIVE(answer_issued())}}},
		{{"10.0.0.1", {SEND(discovery()), GIVE(unframed), END, TRUST("1")}},
		 {"10.0.0.1", {SEND(fixture_both()), GIVE(answer_issued())}}},
	};

	for (size_t i = 0; i < COUNT(scripts); i++) {
		assert_int_equal(setup(state), 0);
		fixture_expect_issued(scripts[i], 2);
	}
}

TEST(the_server_that_was_discovered_is_asked_when_the_other_fails)
{
	const struct script_connection script[] = {
		{"10.0.0.1", {SEND(discovery()), GIVE(found("Connection: close\r\n")), TRUST("1")}},
		{"10.0.0.1", {OPEN_FAILS(ERROR_UNREACHABLE, "cannot connect: Connection refused")}},
		{"10.0.0.9", {SEND_ANY, GIVE(answer_issued())}},
	};

	fixture_expect_issued(script, COUNT(script));
	assert_int_equal(fixture.script.sends[1].text.len, strlen(fixture_both())); /* the addresses are equally long */
}

TEST(the_next_server_is_asked_when_the_first_does_not_answer)
{
	const struct script_step firsts[][SCRIPT_STEPS] = {
		{OPEN_FAILS(ERROR_UNREACHABLE, "cannot connect: Connection refused")},
		{{.kind = SCRIPT_SEND_FAILS, .class = ERROR_UNREACHABLE, .text = "cannot send: Connection reset by peer"}},
		{SEND_ANY, BREAK("cannot receive: Connection reset by peer")},
		{SEND_ANY, END},
		{SEND_ANY, GIVE("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"), END},
		{SEND_ANY, SILENCE},
		{SEND_ANY, GIVE(answer_text("500 Internal Server Error", "", "no"))},
		{SEND_ANY, GIVE(answer_text("429 Too Many Requests", "Retry-After: 1\r\n", "no"))},
		{SEND_ANY, GIVE(answer_status(401, "Unauthorized"))},
		{SEND_ANY, GIVE(answer_status(403, "no"))},
		{SEND_ANY, GIVE(answer_status(404, "no"))},
		{SEND_ANY, GIVE("SSH-2.0\r\n")},
		{SEND_ANY, GIVE(answer_text("200 OK", "", "{}"))},
		{SEND_ANY, GIVE(answer_text("200 OK", "", body(FOUND, "2")))},
		{SEND_ANY, GIVE(found("")), DISTRUST(ERROR_UNTRUSTED, "cannot trust the server")},
	};

	for (size_t i = 0; i < COUNT(firsts); i++) {
		assert_int_equal(setup(state), 0);
		fixture_set_servers("https://10.0.0.2", "https://10.0.0.1:6443", NULL);
		struct script_connection script[] = {
			{"10.0.0.2", {{.kind = SCRIPT_OVER}}},
			{"10.0.0.1", {SEND(discovery()), GIVE(found("")), TRUST("1"), SEND_ANY, GIVE(answer_issued())}}};
		memcpy(script[0].steps, firsts[i], sizeof firsts[i]);
		fixture_expect_issued(script, COUNT(script));
		assert_true(fake_host_state.now_ms <= 15000);
	}
}

TEST(whom_nobody_vouches_for_ends_the_run_at_once)
{
	const struct {
		const char *label;
		const char *answer;
		enum error_class class;
		const char *text;
	} rows[] = {
		{"another authority", answer_text("200 OK", "", body(FOUND, "2")), ERROR_UNTRUSTED, "ca-cert-hash pins"},
		{"no content", answer_text("200 OK", "", "{}"), ERROR_UNTRUSTED,
		 "cannot request a certificate at https://10.0.0.1:6443: cluster-info: it has no kubeconfig"},
		{"no HTTP", "SSH-2.0-OpenSSH_9.9\r\n", ERROR_UNTRUSTED, "not an HTTP response"},
		{"201", answer_created(), ERROR_UNTRUSTED, "unexpected status 201"},
		{"409", answer_exists(), ERROR_UNTRUSTED, "unexpected status 409"},
		{"302", answer_text("302 Found", "Location: https://evil\r\n", ""), ERROR_UNTRUSTED, "unexpected status 302"},
		{"400", answer_status(400, "bad"), ERROR_UNTRUSTED, "cluster-info: unexpected status 400"},
		{"a huge answer", answer_text("200 OK", "", script_text("%*s", ANSWER_LIMIT + 1, "")), ERROR_UNTRUSTED, ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(setup(state), 0);
		const struct script_connection script[] = {{NULL, {SEND(discovery()), GIVE(rows[i].answer), {.kind = SCRIPT_SILENCE}}}};
		assert_row(rows[i].label, fixture_run(script, COUNT(script)) == ENROLL_REFUSED);
		expect_refused(rows[i].label, rows[i].class, rows[i].text);
		assert_row(rows[i].label, fake_host_state.now_ms == 0);
	}
}

TEST(a_server_that_the_authorities_do_not_vouch_for_is_not_believed)
{
	const struct script_connection script[] = {
		{NULL, {SEND(discovery()), GIVE(found("")), DISTRUST(ERROR_UNTRUSTED, "cannot trust the server as 10.0.0.1: forged")}}};

	assert_int_equal(fixture_run(script, COUNT(script)), ENROLL_REFUSED);
	expect_refused("forged", ERROR_UNTRUSTED, "cannot request a certificate at https://10.0.0.1:6443: cannot trust the server");
}

TEST(a_library_that_fails_ends_the_run)
{
	const struct script_connection script[] = {{NULL, {SEND(discovery()), GIVE(found("")), DISTRUST(ERROR_INTERNAL, "no memory")}}};

	assert_int_equal(fixture_run(script, COUNT(script)), ENROLL_REFUSED);
	expect_refused("memory", ERROR_INTERNAL, "no memory");
}

/* The clock is behind: the same server is asked again when it is set. */
TEST(a_certificate_that_is_not_valid_yet_is_waited_for)
{
	const int64_t valid_s = FAKE_HOST_CALENDAR + 100;
	const struct script_connection script[] = {
		{NULL,
		 {SEND(discovery()),
		  GIVE(found("")),
		  {.kind = SCRIPT_DISTRUST, .class = ERROR_UNTRUSTED, .text = "too early", .ms = valid_s * 1000}}},
		{NULL, {SEND(discovery()), GIVE(found("")), TRUST("1"), SEND_ANY, GIVE(answer_issued())}}};

	fixture_expect_issued(script, COUNT(script));
	assert_non_null(fake_host_find_line("waiting for the clock to be set"));
	assert_true(fake_host_state.now_ms >= 100000);
}

TEST(what_may_come_yet_is_waited_for_and_then_refused)
{
	const struct {
		const char *answer;
		enum error_class class;
		const char *text;
	} rows[] = {
		{answer_status(401, "Unauthorized"), ERROR_UNTRUSTED, "401: the cluster answers nobody who is anonymous"},
		{answer_status(403, "configmaps is forbidden"), ERROR_UNTRUSTED, "403: system:anonymous may not get it"},
		{answer_status(404, "not found"), ERROR_UNTRUSTED, "404: the cluster has no such ConfigMap in kube-public"},
		{answer_text("200 OK", "", sample_cluster_info("a: b\n", FIXTURE_TOKEN, NULL)), ERROR_UNTRUSTED,
		 "is not signed for token k7dm2p"},
		{answer_text("200 OK", "", sample_cluster_info("a: b\n", FIXTURE_TOKEN, "a..b")), ERROR_UNTRUSTED, "does not fit"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(setup(state), 0);
		const struct script_connection script[] = {{NULL, {SEND(discovery()), GIVE(rows[i].answer)}}};
		fixture.script.repeats_last = true;
		fake_host_state.random = 400;
		assert_row(rows[i].text, fixture_run(script, COUNT(script)) == ENROLL_REFUSED);
		expect_refused(rows[i].text, rows[i].class, rows[i].text);
		assert_row(rows[i].text, fake_host_state.now_ms >= ENROLL_GRACE_MS && fake_host_state.now_ms <= 3 * ENROLL_GRACE_MS);

		assert_int_equal(setup(state), 0);
		const struct script_connection late[] = {
			{NULL, {SEND(discovery()), GIVE(rows[i].answer)}},
			{NULL, {SEND(discovery()), GIVE(found("")), TRUST("1"), SEND_ANY, GIVE(answer_issued())}}};
		fixture.script.repeats_last = false;
		fixture_expect_issued(late, COUNT(late));
	}
}

/* Not even what to do, or for how long to wait. */
TEST(the_words_of_a_stranger_are_not_repeated)
{
	static const int statuses[] = {302, 400, 401, 403, 404, 422, 429, 500, 503};

	for (size_t i = 0; i < COUNT(statuses); i++) {
		assert_int_equal(setup(state), 0);
		fixture_set_servers("https://10.0.0.2", "https://10.0.0.1:6443", NULL);
		const struct script_connection script[] = {
			{"10.0.0.2", {SEND_ANY, GIVE(answer_status(statuses[i], "run this as root"))}},
			{"10.0.0.1", {SEND(discovery()), GIVE(found("")), TRUST("1"), SEND(fixture_both()), GIVE(answer_issued())}}};
		fixture_expect_issued(script, COUNT(script));
		assert_non_null(fake_host_find_line(script_text("%d", statuses[i])));
		assert_null(fake_host_find_line("as root"));
	}
}

TEST(the_deadline_holds_while_nothing_is_known)
{
	const struct script_connection script[] = {{NULL, {SEND(discovery()), SILENCE}}};

	fixture_set_deadline(5000);
	assert_int_equal(fixture_run(script, COUNT(script)), ENROLL_TIMED_OUT);
	expect_refused("deadline", ERROR_UNREACHABLE, "https://10.0.0.1:6443");
	assert_int_equal(fake_host_state.now_ms, 5000);
	assert_int_equal(fake_host_state.standing_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_request_follows_on_the_same_connection, setup),
		cmocka_unit_test_setup(an_answer_may_come_in_pieces, setup),
		cmocka_unit_test_setup(the_server_is_verified_with_what_is_pinned_alone, setup),
		cmocka_unit_test_setup(a_run_that_only_discovers_sends_nothing_more, setup),
		cmocka_unit_test_setup(a_server_that_closes_is_connected_to_again, setup),
		cmocka_unit_test_setup(the_server_that_was_discovered_is_asked_when_the_other_fails, setup),
		cmocka_unit_test_setup(the_next_server_is_asked_when_the_first_does_not_answer, setup),
		cmocka_unit_test_setup(whom_nobody_vouches_for_ends_the_run_at_once, setup),
		cmocka_unit_test_setup(a_server_that_the_authorities_do_not_vouch_for_is_not_believed, setup),
		cmocka_unit_test_setup(a_library_that_fails_ends_the_run, setup),
		cmocka_unit_test_setup(a_certificate_that_is_not_valid_yet_is_waited_for, setup),
		cmocka_unit_test_setup(what_may_come_yet_is_waited_for_and_then_refused, setup),
		cmocka_unit_test_setup(the_words_of_a_stranger_are_not_repeated, setup),
		cmocka_unit_test_setup(the_deadline_holds_while_nothing_is_known, setup),
	};

	return RUN("discovery", tests);
}
