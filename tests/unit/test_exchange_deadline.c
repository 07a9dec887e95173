/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange_fixture.h"

/* Run until the deadline; the last connection is given as often as it is asked for. */
static void expect_timeout(const char *label, const struct script_connection *connections, size_t count, enum error_class class,
			   const char *text)
{
	fixture.script.repeats_last = true;
	assert_row(label, fixture_run(connections, count) == ENROLL_TIMED_OUT);
	assert_error(label, &fixture.err, class, text);
	assert_row(label, fake_host_state.now_ms == fixture.config.deadline_ms);
}

TEST(at_the_deadline_the_error_is_what_was_in_the_way)
{
	const struct {
		const char *label;
		struct script_connection connection;
		enum error_class class;
		const char *text;
	} rows[] = {
		{"refused",
		 {NULL, {OPEN_FAILS(ERROR_UNREACHABLE, "Connection refused")}},
		 ERROR_UNREACHABLE,
		 "gave up after 15s: cannot request a certificate at https://10.0.0.1:6443: Connection refused"},
		{"nobody there",
		 {NULL, {{.kind = SCRIPT_OPEN_FAILS, .class = ERROR_UNREACHABLE, .text = "no answer", .ms = 100000}}},
		 ERROR_UNREACHABLE,
		 "no answer"},
		{"no answer",
		 {NULL, {SEND_ANY, SILENCE}},
		 ERROR_UNREACHABLE,
		 "cannot request a certificate at https://10.0.0.1:6443: no answer within 15s"},
		{"5xx", {NULL, {SEND_ANY, GIVE(answer_status(500, "etcd is gone"))}}, ERROR_UNREACHABLE, "500: etcd is gone"},
		{"504", {NULL, {SEND_ANY, GIVE(answer_status(504, "timeout"))}}, ERROR_UNREACHABLE, "504: timeout"},
		{"429",
		 {NULL, {SEND_ANY, GIVE(answer_text("429 Too Many Requests", "Retry-After: 1\r\n", "Too many requests"))}},
		 ERROR_UNREACHABLE,
		 "429 Too Many Requests: Too many requests"},
		{"401",
		 {NULL, {SEND_ANY, GIVE(answer_status(401, "Unauthorized"))}},
		 ERROR_REFUSED,
		 "401 Unauthorized (token " FIXTURE_ID " is unknown"},
		{"403", {NULL, {SEND_ANY, GIVE(answer_status(403, "no right"))}}, ERROR_REFUSED, "403 Forbidden: no right"},
		{"pending",
		 {NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), SILENCE}},
		 ERROR_PENDING,
		 "was not approved and issued within 15s; it stands, and the next run resumes it; an administrator can run: kubectl "
		 "certificate "
		 "approve node-csr-"},
		{"there already",
		 {NULL, {SEND_ANY, GIVE(answer_exists()), SILENCE}},
		 ERROR_PENDING,
		 "kubectl certificate approve node-csr-"},
		{"approved",
		 {NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_approved()), SILENCE}},
		 ERROR_PENDING,
		 "was approved, but not issued within 15s; it stands"},
		{"watch ends at once",
		 {NULL, {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), GIVE(WATCH_END)}},
		 ERROR_PENDING,
		 "it stands"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fake_host_state.random = 499;
		fixture_set_deadline(15000);
		expect_timeout(rows[i].label, &rows[i].connection, 1, rows[i].class, rows[i].text);
	}
}

TEST(a_request_that_stands_is_what_counts_when_the_servers_are_gone)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), END}},
		{NULL, {OPEN_FAILS(ERROR_UNREACHABLE, "Connection refused")}},
	};

	fake_host_state.random = 499;
	fixture_set_deadline(60000);
	expect_timeout("gone", connections, 2, ERROR_PENDING, "it stands");
}

TEST(a_request_that_was_deleted_does_not_stand)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_event("DELETED", "{}"))}},
		{NULL, {OPEN_FAILS(ERROR_UNREACHABLE, "Connection refused")}},
	};

	fake_host_state.random = 499;
	fixture_set_deadline(60000);
	expect_timeout("deleted", connections, 2, ERROR_UNREACHABLE, "Connection refused");
}

/* Whatever a hostile server does, the deadline is kept to the millisecond. */
TEST(no_server_can_hold_the_program_beyond_the_deadline)
{
	const struct {
		const char *label;
		struct script_connection connection;
	} rows[] = {
		{"endless head",
		 {NULL, {SEND_ANY, GIVE("HTTP/1.1 201 Created\r\n"), {.kind = SCRIPT_FLOOD, .text = "A: b\r\n", .ms = 700}}}},
		{"endless interim answers",
		 {NULL, {SEND_ANY, {.kind = SCRIPT_FLOOD, .text = "HTTP/1.1 102 Processing\r\n\r\n", .ms = 700}}}},
		{"trickle of the first answer",
		 {NULL,
		  {SEND_ANY,
		   GIVE("HTTP/1.1 201 Created\r\nContent-Length: 30000\r\n\r\n"),
		   {.kind = SCRIPT_FLOOD, .text = " ", .ms = 700}}}},
		{"trickle of the watch's head",
		 {NULL,
		  {SEND_ANY, GIVE(answer_created()), GIVE("HTTP/1.1 200 OK\r\n"), {.kind = SCRIPT_FLOOD, .text = "A: b\r\n", .ms = 700}}}},
		{"trickle of an event",
		 {NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), {.kind = SCRIPT_FLOOD, .text = "1\r\n \r\n", .ms = 700}}}},
		{"events for ever",
		 {NULL,
		  {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), {.kind = SCRIPT_FLOOD, .text = watch_pending(), .ms = 700}}}},
		{"empty lines for ever",
		 {NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), {.kind = SCRIPT_FLOOD, .text = "1\r\n\n\r\n", .ms = 700}}}},
		{"trickle of a refusal",
		 {NULL,
		  {SEND_ANY,
		   GIVE(answer_created()),
		   GIVE("HTTP/1.1 500 No\r\nContent-Length: 30000\r\n\r\n"),
		   {.kind = SCRIPT_FLOOD, .text = " ", .ms = 700}}}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fake_host_state.random = 499;
		fixture.script.repeats_last = true;
		fixture_set_deadline(120000);
		assert_row(rows[i].label, fixture_run(&rows[i].connection, 1) == ENROLL_TIMED_OUT);
		assert_row(rows[i].label, fake_host_state.now_ms == 120000);
	}
}

TEST(a_server_that_does_not_answer_in_time_gives_way_to_the_next)
{
	const struct {
		const char *label;
		struct script_connection connection;
	} rows[] = {
		{"no answer at all", {"10.0.0.1", {SEND_ANY, SILENCE}}},
		{"half an answer", {"10.0.0.1", {SEND_ANY, GIVE("HTTP/1.1 201 Created\r\n"), SILENCE}}},
		{"endless head",
		 {"10.0.0.1", {SEND_ANY, GIVE("HTTP/1.1 201 Created\r\n"), {.kind = SCRIPT_FLOOD, .text = "A: b\r\n", .ms = 700}}}},
		{"no watch", {"10.0.0.1", {SEND_ANY, GIVE(answer_created()), SILENCE}}},
		{"half a refusal of the watch",
		 {"10.0.0.1", {SEND_ANY, GIVE(answer_created()), GIVE("HTTP/1.1 500 No\r\nContent-Length: 30000\r\n\r\n"), SILENCE}}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {
			rows[i].connection,
			{"10.0.0.2", {SEND_ANY, GIVE(answer_created()), {.kind = SCRIPT_OVER}}},
			{"10.0.0.2", {SEND_ANY, GIVE(answer_issued())}},
		};
		bool alone = strcmp(rows[i].label, "no watch") == 0;
		struct script_connection second = {"10.0.0.2",
						   {SEND_ANY, GIVE(answer_created()), SEND_ANY, GIVE(watch_head()), GIVE(watch_issued())}};
		const struct script_connection both[] = {connections[0], alone ? second : connections[2]};

		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fixture_set_servers("https://10.0.0.1", "https://10.0.0.2", NULL);
		fixture_expect_issued(both, COUNT(both));
		assert_row(rows[i].label, fake_host_state.now_ms >= 34000 && fake_host_state.now_ms <= 60000);
	}
}

TEST(without_a_deadline_it_waits_as_long_as_it_takes)
{
	const struct script_connection waiting = {
		NULL, {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_pending()), WAIT(3600000), GIVE(WATCH_END)}};
	const struct script_connection silent = {NULL,
						 {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_pending()), SILENCE}};
	struct script_connection connections[2 * 24];

	for (size_t i = 0; i < COUNT(connections); i++) {
		connections[i] = i % 2 == 0 ? waiting : silent; /* a server that is gone must not be waited for for ever */
	}
	connections[COUNT(connections) - 1].steps[4] = (struct script_step)GIVE(watch_issued());
	fixture_set_deadline(0);
	fixture_expect_issued(connections, COUNT(connections));
	assert_true(fake_host_state.now_ms > 2 * 23 * INT64_C(3600000));
	assert_non_null(fake_host_find_line("the server did not end the watch when it should have"));
	assert_non_null(view_find(fixture.script.sends[0].text, "&timeoutSeconds=3600 ", 21));
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, exchange_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(at_the_deadline_the_error_is_what_was_in_the_way),
		IN_FIXTURE(a_request_that_stands_is_what_counts_when_the_servers_are_gone),
		IN_FIXTURE(a_request_that_was_deleted_does_not_stand),
		IN_FIXTURE(no_server_can_hold_the_program_beyond_the_deadline),
		IN_FIXTURE(a_server_that_does_not_answer_in_time_gives_way_to_the_next),
		IN_FIXTURE(without_a_deadline_it_waits_as_long_as_it_takes),
	};
	return RUN("exchange_deadline", tests);
}
