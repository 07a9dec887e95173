/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange_fixture.h"

/* What a person reads while the request waits. */
static const char *reminder(const char *elapsed)
{
	return script_text("waiting for approval of %s for %s; an administrator can run: kubectl certificate approve %s",
			   fixture.identity.csr_name, elapsed, fixture.identity.csr_name);
}

TEST(a_person_is_reminded_after_a_moment_and_then_rarer_and_rarer)
{
	static const struct {
		const char *elapsed;
		int64_t at_ms;
	} rows[] = {
		{"2s", 2000},      {"32s", 32000},     {"1m32s", 92000},    {"3m32s", 212000},
		{"7m32s", 452000}, {"15m32s", 932000}, {"31m32s", 1892000},
	};
	const struct script_connection connections[] = {{NULL,
							 {SEND(fixture_both()), GIVE(answer_created()), GIVE(watch_head()),
							  GIVE(watch_pending()), WAIT(3590000), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, "waiting"), COUNT(rows));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fake_host_line *line = fake_host_find_line(script_text(" for %s;", rows[i].elapsed));
		assert_row(rows[i].elapsed, line != NULL && line->at_ms == rows[i].at_ms);
		assert_string_equal(line->text, reminder(rows[i].elapsed));
	}
}

TEST(who_looks_at_the_terminal_sees_every_second_for_how_long_it_waits)
{
	const struct script_connection connections[] = {{NULL,
							 {SEND(fixture_both()), GIVE(answer_created()), GIVE(watch_head()),
							  GIVE(watch_pending()), WAIT(3600000), GIVE(watch_issued())}}};

	fake_host_state.is_watched = true;
	fixture_set_deadline(0);
	fixture_expect_issued(connections, 1);
	assert_int_equal(fake_host_state.shown_count, 3600 - 1); /* after two seconds first */
	assert_string_equal(fake_host_state.shown, script_text("%s awaits approval: 1h", fixture.identity.csr_name));
}

TEST(nothing_is_shown_where_the_request_is_approved_at_once)
{
	const struct script_connection connections[] = {{NULL,
							 {SEND(fixture_both()), GIVE(answer_created()), GIVE(watch_head()),
							  GIVE(watch_pending()), WAIT(1999), GIVE(watch_issued())}}};

	fake_host_state.is_watched = true;
	fixture_expect_issued(connections, 1);
	assert_int_equal(fake_host_state.shown_count, 0);
}

TEST(the_pause_between_two_reminders_doubles_up_to_an_hour)
{
	const int64_t two_days_ms = 2 * 24 * INT64_C(3600000);
	const struct script_connection waiting = {
		NULL, {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_pending()), WAIT(3600000), GIVE(WATCH_END)}};
	struct script_connection connections[50];
	int64_t due_ms = 2000;
	int64_t pause_ms = 30000;
	size_t count = 0;

	for (size_t i = 0; i < COUNT(connections); i++) {
		connections[i] = waiting;
	}
	connections[COUNT(connections) - 1].steps[5] = (struct script_step)GIVE(watch_issued());
	fixture_set_deadline(0);
	fixture_expect_issued(connections, COUNT(connections));
	for (size_t i = 0; i < fake_host_state.line_count; i++) {
		const struct fake_host_line *line = &fake_host_state.lines[i];
		if (strstr(line->text, "kubectl certificate approve") != NULL) {
			assert_int_equal(line->at_ms, due_ms);
			due_ms += pause_ms;
			pause_ms = pause_ms * 2 < 3600000 ? pause_ms * 2 : 3600000;
			count++;
		}
	}
	assert_true(due_ms > two_days_ms && count > 48);
}

TEST(nothing_is_said_when_approval_is_automatic)
{
	const struct script_connection connections[] = {{NULL,
							 {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()),
							  WAIT(1000), GIVE(watch_approved()), WAIT(999), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, ""), 0);
}

TEST(nothing_is_sent_while_the_request_waits)
{
	const struct script_connection connections[] = {{NULL,
							 {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()),
							  WAIT(1800000), GIVE(watch_approved()), WAIT(1800000 - 1), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
	assert_int_equal(fixture.script.send_count, 1);
}

TEST(nobody_is_asked_to_approve_what_is_approved)
{
	const struct script_connection connections[] = {{NULL,
							 {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_approved()),
							  WAIT(100000), GIVE(watch_approved()), WAIT(100000), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, "kubectl certificate approve"), 0);
}

TEST(a_watch_that_the_server_ended_is_asked_for_again)
{
	const struct {
		const char *label;
		struct script_step steps[3];
	} rows[] = {
		{"last chunk", {GIVE(watch_pending()), GIVE(WATCH_END)}},
		{"last chunk long after", {GIVE(watch_pending()), WAIT(3000000), GIVE(WATCH_END)}},
		{"last chunk together with an event", {GIVE(script_text("%s%s", watch_pending(), WATCH_END))}},
		{"last chunk and nothing else", {GIVE(WATCH_END)}},
		{"connection closed", {GIVE(watch_pending()), END}},
		{"410 Gone",
		 {GIVE(watch_pending()),
		  GIVE(watch_chunk("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"message\":\"too old\",\"code\":410}}\n"))}},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_step *steps = rows[i].steps;
		const struct script_connection connections[] = {
			{NULL,
			 {SEND(fixture_both()),
			  GIVE(answer_created()),
			  GIVE(watch_head()),
			  steps[0],
			  steps[1],
			  steps[2],
			  {.kind = SCRIPT_OVER}}},
			{NULL, {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_issued())}},
		};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fixture_expect_issued(connections, COUNT(connections));
		assert_row(rows[i].label, fake_host_state.standing_count == 1);
		assert_row(rows[i].label, fixture.script.opened_at_ms[1] <= 3000500);
	}
}

TEST(a_watch_without_chunks_ends_with_the_connection)
{
	const char *event = strchr(watch_issued(), '\n') + 1;
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_created()), GIVE("HTTP/1.1 200 OK\r\n\r\n"), END}},
		{NULL,
		 {SEND_ANY,
		  GIVE(answer_exists()),
		  GIVE("HTTP/1.0 200 OK\r\n\r\n"),
		  {.kind = SCRIPT_GIVE, .text = event, .len = strlen(event) - 2}}},
	};

	fixture_expect_issued(connections, COUNT(connections));
}

TEST(a_request_that_was_deleted_is_created_again)
{
	const struct script_connection connections[] = {
		{NULL,
		 {SEND(fixture_both()), GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), WAIT(211000),
		  GIVE(watch_event("DELETED", "{}"))}},
		{NULL,
		 {SEND_ANY, WAIT(5000), GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), WAIT(2500),
		  GIVE(watch_issued())}},
	};

	fixture_expect_issued(connections, COUNT(connections));
	assert_true(view_starts_with(fixture.script.sends[1].text, fixture_create()));
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, "it was deleted while waiting"), 1);
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, "waiting for approval"), 4); /* none between the two requests */
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, " for 2s;"), 2);             /* the waiting begins anew */
}

TEST(what_is_said_about_others_is_passed_over)
{
	const struct key key = fake_key(2);
	const char *denied = "{\"conditions\":[{\"type\":\"Denied\"}]}";
	const char *other = script_text("%s%s%s", watch_event_of("ADDED", "node-csr-other", &key, denied),
					watch_event_of("DELETED", "node-csr-other", &key, "{}"),
					watch_chunk("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}\n"));
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(other), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
}

TEST(an_event_counts_whatever_comes_in_one_piece_with_it)
{
	const char *bookmark = watch_chunk("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}\n");
	const char *const rows[] = {
		script_text("%s%s", watch_approved(), bookmark),
		script_text("%s%s%s", bookmark, watch_approved(), bookmark),
		script_text("%s%s", watch_approved(), watch_pending()),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {
			{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(rows[i]), SILENCE}}};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		assert_int_equal(fixture_run(connections, 1), ENROLL_TIMED_OUT);
		assert_error("piece", &fixture.err, ERROR_PENDING, "was approved, but not issued");
		assert_int_equal(fake_host_count_lines(HOST_NOTICE, "kubectl certificate approve"), 0);
	}
}

TEST(the_first_decisive_event_counts_whatever_follows)
{
	const char *events = script_text("%s%s", watch_issued(), watch_event("DELETED", "{}")); /* no more than is taken at once */
	const struct script_connection connections[] = {{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(events)}}};

	fixture_expect_issued(connections, 1);
}

TEST(the_timeout_of_the_watch_is_what_is_left_of_the_run)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), WAIT(50000), END}},
		{NULL, {SEND_ANY, GIVE(answer_exists()), GIVE(watch_head()), GIVE(watch_issued())}},
	};

	fixture_set_deadline(90000);
	fixture_expect_issued(connections, COUNT(connections));
	assert_non_null(view_find(fixture.script.sends[0].text, "&timeoutSeconds=91 ", 19));
	assert_non_null(view_find(fixture.script.sends[1].text, "&timeoutSeconds=41 ", 19));
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, exchange_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(a_person_is_reminded_after_a_moment_and_then_rarer_and_rarer),
		IN_FIXTURE(who_looks_at_the_terminal_sees_every_second_for_how_long_it_waits),
		IN_FIXTURE(nothing_is_shown_where_the_request_is_approved_at_once),
		IN_FIXTURE(the_pause_between_two_reminders_doubles_up_to_an_hour),
		IN_FIXTURE(nothing_is_said_when_approval_is_automatic),
		IN_FIXTURE(nothing_is_sent_while_the_request_waits),
		IN_FIXTURE(nobody_is_asked_to_approve_what_is_approved),
		IN_FIXTURE(a_watch_that_the_server_ended_is_asked_for_again),
		IN_FIXTURE(a_watch_without_chunks_ends_with_the_connection),
		IN_FIXTURE(a_request_that_was_deleted_is_created_again),
		IN_FIXTURE(what_is_said_about_others_is_passed_over),
		IN_FIXTURE(an_event_counts_whatever_comes_in_one_piece_with_it),
		IN_FIXTURE(the_first_decisive_event_counts_whatever_follows),
		IN_FIXTURE(the_timeout_of_the_watch_is_what_is_left_of_the_run),
	};
	return RUN("exchange_waiting", tests);
}
