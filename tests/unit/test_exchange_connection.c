/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange_fixture.h"

TEST(a_certificate_comes_over_one_connection_with_one_send_of_both_requests)
{
	const struct script_connection connections[] = {{"10.0.0.1", {SEND(fixture_both()), GIVE(answer_issued())}}};

	fixture_expect_issued(connections, 1);
	assert_int_equal(fixture.script.send_count, 1);
	assert_int_equal(fake_host_state.standing_count, 1);
	assert_string_equal(fake_host_state.standing, fixture.identity.csr_name);
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, ""), 0); /* nothing happened that a person must know */
}

TEST(a_request_that_is_there_already_is_resumed)
{
	const struct script_connection connections[] = {
		{NULL, {SEND(fixture_both()), GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
	assert_int_equal(fake_host_state.standing_count, 1);
}

TEST(any_cut_of_the_bytes_gives_the_same_result)
{
	const char *whole = answer_issued();
	size_t len = strlen(whole) - strlen("\r\n"); /* the end of the last chunk is of no interest */

	for (size_t piece = 1; piece <= len; piece += piece < 100 ? 1 : 97) {
		const struct script_connection connections[] = {
			{NULL, {SEND_ANY, {.kind = SCRIPT_GIVE, .text = whole, .len = len, .piece = piece}}}};
		fixture_expect_issued(connections, 1);
	}
}

TEST(chunk_borders_are_not_event_borders)
{
	const char *events = script_text("{\"type\":\"BOOKMARK\",\"object\":{}}\n\n%s", strchr(watch_issued(), '\n') + 1);
	const char *text = script_text("%.*s", (int)(strlen(events) - 2), events); /* without the end of the chunk */
	size_t half = strlen(text) / 2;
	const char *first = watch_chunk(script_text("%.*s", (int)half, text));
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(first), GIVE(watch_chunk(text + half))}}};

	fixture_expect_issued(connections, 1);
}

TEST(the_host_header_and_the_path_are_those_of_the_server)
{
	const struct {
		const char *server;
		const char *create;
		const char *watch;
		const char *host;
	} rows[] = {
		{"https://[2001:db8::1]:6443", "POST /apis/certificates.k8s.io/v1/certificatesigningrequests HTTP/1.1\r\n",
		 "GET /apis/certificates.k8s.io/v1/certificatesigningrequests?watch=true&", "\r\nHost: [2001:db8::1]:6443\r\n"},
		{"https://api.example.com", "POST /apis/certificates.k8s.io/v1/certificatesigningrequests HTTP/1.1\r\n",
		 "GET /apis/certificates.k8s.io/v1/certificatesigningrequests?watch=true&", "\r\nHost: api.example.com:443\r\n"},
		{"https://proxy:8443/k8s/clusters/c-1/",
		 "POST /k8s/clusters/c-1/apis/certificates.k8s.io/v1/certificatesigningrequests HTTP/1.1\r\n",
		 "GET /k8s/clusters/c-1/apis/certificates.k8s.io/v1/certificatesigningrequests?watch=true&", "\r\nHost: proxy:8443\r\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {{NULL, {SEND_ANY, GIVE(answer_issued())}}};
		fixture_set_servers(rows[i].server, NULL);
		fixture_expect_issued(connections, 1);
		const char *sent = script_text("%.*s", (int)fixture.script.sends[0].text.len, fixture.script.sends[0].text.data);
		const char *watch = strstr(sent, rows[i].watch);
		assert_row(rows[i].server, strncmp(sent, rows[i].create, strlen(rows[i].create)) == 0);
		assert_row(rows[i].server, strstr(sent, rows[i].host) != NULL && watch != NULL && strstr(watch, rows[i].host) != NULL);
	}
}

/* The connection ends after every byte of a good conversation; the next one is good. */
TEST(a_connection_that_ends_anywhere_is_made_up_for_by_the_next)
{
	const char *whole = answer_issued();
	size_t whole_len = strlen(whole) - strlen("\n\r\n"); /* the last event lacks its newline only */
	size_t created = strlen(answer_created());
	size_t answered = created + strlen("HTTP/1.1 200 OK\r\n"); /* from here on the watch is known to be answered */

	for (size_t cut = 0; cut <= whole_len; cut++) {
		const bool unanswered = cut >= created && cut < answered;
		const struct script_step given = {.kind = cut > 0 ? SCRIPT_GIVE : SCRIPT_END, .text = whole, .len = cut};
		struct script_connection connections[] = {
			{NULL, {SEND(fixture_both()), given, {.kind = cut > 0 ? SCRIPT_END : SCRIPT_OVER}}},
			{NULL, {SEND(fixture_both()), GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_issued())}},
			{NULL,
			 {SEND(fixture_create()), GIVE(answer_exists()), SEND(fixture_watch(3600)), GIVE(watch_head()),
			  GIVE(watch_issued())}},
		};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		connections[1] = connections[unanswered ? 2 : 1];
		fixture_expect_issued(connections, 2);
	}
}

TEST(a_connection_that_breaks_at_any_step_is_made_up_for_by_the_next)
{
	const struct {
		const char *label;
		struct script_connection connection;
	} rows[] = {
		{"no connection", {NULL, {OPEN_FAILS(ERROR_UNREACHABLE, "cannot connect: Connection refused")}}},
		{"send", {NULL, {{.kind = SCRIPT_SEND_FAILS, .class = ERROR_UNREACHABLE, .text = "cannot send: Broken pipe"}}}},
		{"no answer", {NULL, {SEND_ANY, BREAK("Connection reset")}}},
		{"half an answer", {NULL, {SEND_ANY, GIVE("HTTP/1.1 201 Cr"), BREAK("Connection reset")}}},
		{"watch answered", {NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), BREAK("Connection reset")}}},
		{"pending",
		 {NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), BREAK("Connection reset")}}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {
			rows[i].connection,
			{NULL, {SEND(fixture_both()), GIVE(answer_issued())}},
		};
		fixture_expect_issued(connections, 2);
		assert_row(rows[i].label, fixture.script.opened == 2);
	}
}

TEST(what_does_not_carry_pipelined_requests_gets_one_at_a_time_from_then_on)
{
	const struct {
		const char *label;
		struct script_step end;
	} rows[] = {
		{"the connection is closed", END},
		{"the connection is reset, since the second request was never read", BREAK("cannot receive: Connection reset by peer")},
		{"the second request is never answered", SILENCE},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {
			{NULL, {SEND(fixture_both()), GIVE(answer_created()), rows[i].end}},
			{NULL, {SEND(fixture_create()), GIVE(answer_exists()), SEND_ANY, GIVE(watch_head()), GIVE(watch_pending()), END}},
			{NULL, {SEND(fixture_create()), GIVE(answer_exists()), SEND_ANY, GIVE(watch_head()), GIVE(watch_issued())}},
		};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fixture_expect_issued(connections, COUNT(connections));
		assert_row(rows[i].label, view_starts_with(fixture.script.sends[2].text, "GET "));
		assert_row(rows[i].label, fake_host_state.now_ms < 60000);
	}
}

TEST(a_server_that_closes_after_the_first_answer_gets_the_watch_alone_on_a_new_connection)
{
	const struct {
		const char *label;
		const char *answer;
		struct script_step end;
	} rows[] = {
		{"it says so", answer_text("201 Created", "Connection: close\r\n", "{}"), {.kind = SCRIPT_OVER}},
		{"it says so, request there already", answer_text("409 Conflict", "Connection: close\r\n", "{}"), {.kind = SCRIPT_OVER}},
		{"it says so, and more follows",
		 script_text("%s%s", answer_text("201 Created", "Connection: close\r\n", "{}"), watch_head()),
		 {.kind = SCRIPT_OVER}},
		{"HTTP/1.0", "HTTP/1.0 201 Created\r\nContent-Length: 2\r\n\r\n{}", {.kind = SCRIPT_OVER}},
		{"the end of the answer is the end of the connection", "HTTP/1.1 201 Created\r\n\r\n{}", END},
		{"the same, HTTP/1.0", "HTTP/1.0 201 Created\r\n\r\n{}", END},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {
			{NULL, {SEND(fixture_both()), GIVE(rows[i].answer), rows[i].end}},
			{NULL, {SEND(fixture_watch(3600)), GIVE(watch_head()), GIVE(watch_issued())}},
		};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fixture_expect_issued(connections, COUNT(connections));
		assert_row(rows[i].label, fake_host_state.now_ms == 0);
	}
}

TEST(when_the_new_connection_for_the_watch_fails_all_begins_again)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_text("201 Created", "Connection: close\r\n", "{}"))}},
		{NULL, {OPEN_FAILS(ERROR_UNREACHABLE, "cannot connect: No route to host")}},
		{NULL, {SEND(fixture_both()), GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_issued())}},
	};

	fixture_expect_issued(connections, COUNT(connections));
}

TEST(servers_are_asked_in_turn_and_at_once)
{
	const struct script_connection connections[] = {
		{"10.0.0.1", {OPEN_FAILS(ERROR_UNREACHABLE, "refused")}},
		{"10.0.0.2", {OPEN_FAILS(ERROR_UNTRUSTED, "cannot trust the server")}},
		{"10.0.0.3", {SEND_ANY, GIVE(answer_status(503, "starting"))}},
		{"10.0.0.1", {SEND_ANY, GIVE(answer_issued())}},
	};

	fake_host_state.random = 499;
	fixture_set_servers("https://10.0.0.1", "https://10.0.0.2", "https://10.0.0.3", NULL);
	fixture_expect_issued(connections, COUNT(connections));
	assert_int_equal(fixture.script.opened_at_ms[2], 0);
	assert_int_equal(fixture.script.opened_at_ms[3], 499); /* after a round there is a pause */
}

TEST(the_watch_that_a_server_ended_long_after_is_asked_for_at_the_next_one)
{
	const struct script_connection connections[] = {
		{"10.0.0.1", {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), WAIT(600000), GIVE(WATCH_END)}},
		{"10.0.0.2", {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), WAIT(600000), GIVE(WATCH_END)}},
		{"10.0.0.1", {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_issued())}},
	};

	fixture_set_servers("https://10.0.0.1", "https://10.0.0.2", NULL);
	fixture_expect_issued(connections, COUNT(connections));
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, exchange_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(a_certificate_comes_over_one_connection_with_one_send_of_both_requests),
		IN_FIXTURE(a_request_that_is_there_already_is_resumed),
		IN_FIXTURE(any_cut_of_the_bytes_gives_the_same_result),
		IN_FIXTURE(chunk_borders_are_not_event_borders),
		IN_FIXTURE(the_host_header_and_the_path_are_those_of_the_server),
		IN_FIXTURE(a_connection_that_ends_anywhere_is_made_up_for_by_the_next),
		IN_FIXTURE(a_connection_that_breaks_at_any_step_is_made_up_for_by_the_next),
		IN_FIXTURE(what_does_not_carry_pipelined_requests_gets_one_at_a_time_from_then_on),
		IN_FIXTURE(a_server_that_closes_after_the_first_answer_gets_the_watch_alone_on_a_new_connection),
		IN_FIXTURE(when_the_new_connection_for_the_watch_fails_all_begins_again),
		IN_FIXTURE(servers_are_asked_in_turn_and_at_once),
		IN_FIXTURE(the_watch_that_a_server_ended_long_after_is_asked_for_at_the_next_one),
	};
	return RUN("exchange_connection", tests);
}
