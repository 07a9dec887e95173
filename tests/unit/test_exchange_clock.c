/* SPDX-License-Identifier: Apache-2.0 */
/* Servers whose certificates are not valid yet by the clock of the machine. */
#include "exchange_fixture.h"

#define FIRST     "https://10.0.0.1:6443"
#define SECOND    "https://10.0.0.2:6443"
#define EARLY     "certificate \"a\" is not valid before its time"
#define STRANGER  "its certificate is not signed by the certificate authority"
#define NOW_S     FAKE_HOST_CALENDAR
#define SOON_S    (NOW_S + 600)
#define SOON_MS   600000
#define IN_1970_S 0
#define AT_FIRST  "cannot request a certificate at " FIRST ": "

static const struct script_connection early = {NULL, {OPEN_IS_EARLY(EARLY, SOON_S)}};

static struct script_connection issues(void)
{
	return (struct script_connection){NULL, {SEND_ANY, GIVE(answer_issued())}};
}

static struct script_connection fails(enum error_class class, const char *cause)
{
	return (struct script_connection){NULL, {OPEN_FAILS(class, cause)}};
}

static void expect_opened_at(size_t number, int64_t at_ms)
{
	assert_int_equal(fixture.script.opened_at_ms[number], at_ms);
}

TEST(a_server_is_asked_again_when_its_certificate_is_valid_and_not_before)
{
	const struct script_connection connections[] = {early, issues()};

	fixture_expect_issued(connections, 2);
	expect_opened_at(1, SOON_MS);
	assert_non_null(fake_host_find_line(AT_FIRST EARLY "; waiting for the clock to be set"));
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, "waiting"), 1);
}

TEST(a_clock_that_is_set_is_noticed_within_a_second)
{
	static const int64_t moments_ms[] = {1, 999, 1000, 1001, 61500, 3598001};

	for (size_t i = 0; i < COUNT(moments_ms); i++) {
		const struct script_connection connections[] = {{NULL, {OPEN_IS_EARLY(EARLY, NOW_S)}}, issues()};
		fake_host_reset();
		fake_host_state.calendar_s = IN_1970_S;
		fake_host_state.set_at_ms = moments_ms[i];
		fixture_expect_issued(connections, 2);
		expect_opened_at(1, (moments_ms[i] + 999) / 1000 * 1000);
	}
}

TEST(a_clock_that_nobody_sets_is_named_at_the_deadline)
{
	const struct script_connection connections[] = {{NULL, {OPEN_IS_EARLY(EARLY, NOW_S)}}};

	fake_host_state.calendar_s = IN_1970_S;
	assert_int_equal(fixture_run(connections, 1), ENROLL_TIMED_OUT);
	assert_error("1970", &fixture.err, ERROR_UNTRUSTED, "gave up after 1h: " AT_FIRST EARLY);
	assert_int_equal(fake_host_state.now_ms, FIXTURE_HOUR_MS);
}

TEST(without_a_deadline_it_waits_for_days)
{
	const struct script_connection connections[] = {{NULL, {OPEN_IS_EARLY(EARLY, NOW_S + 3 * 86400)}}, issues()};

	fixture_set_deadline(0);
	fixture_expect_issued(connections, 2);
	expect_opened_at(1, INT64_C(3) * 86400000);
}

TEST(a_server_that_is_good_is_asked_at_once)
{
	const struct script_connection connections[] = {early, issues()};

	fixture_set_servers(FIRST, SECOND, NULL);
	fixture_expect_issued(connections, 2);
	expect_opened_at(1, 0);
	assert_null(fake_host_find_line("waiting"));
}

TEST(of_two_servers_the_one_is_awaited_that_is_valid_first)
{
	const struct script_connection later = {NULL, {OPEN_IS_EARLY(EARLY, SOON_S + 5)}};
	const struct script_connection rows[][3] = {{early, later, issues()}, {later, early, issues()}};

	fixture_set_servers(FIRST, SECOND, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		fake_host_reset();
		fixture_expect_issued(rows[i], 3);
		expect_opened_at(1, 0);
		expect_opened_at(2, SOON_MS);
	}
}

TEST(a_stranger_among_the_servers_is_no_reason_not_to_wait)
{
	const struct script_connection stranger = fails(ERROR_UNTRUSTED, STRANGER);
	const struct script_connection early_first[] = {early, stranger, issues()};
	const struct script_connection early_last[] = {stranger, early, stranger, issues()};

	fixture_set_servers(FIRST, SECOND, NULL);
	fixture_expect_issued(early_first, 3);
	expect_opened_at(2, SOON_MS);
	fake_host_reset();
	fixture_expect_issued(early_last, 4);
	expect_opened_at(2, SOON_MS);
}

TEST(the_clock_is_named_at_the_deadline_whichever_server_failed_last)
{
	const struct script_connection others[] = {fails(ERROR_UNTRUSTED, STRANGER),
						   fails(ERROR_UNREACHABLE, "cannot connect: Connection refused")};

	for (size_t i = 0; i < COUNT(others); i++) {
		const struct script_connection connections[] = {early, others[i]};
		fake_host_reset();
		fake_host_state.random = ENROLL_BACKOFF_MS - 1;
		fixture_set_servers(FIRST, SECOND, NULL);
		fixture_set_deadline(ENROLL_BACKOFF_MS - 1); /* each is asked once */
		assert_int_equal(fixture_run(connections, 2), ENROLL_TIMED_OUT);
		assert_error("the other", &fixture.err, ERROR_UNTRUSTED, ": " AT_FIRST EARLY);
	}
}

TEST(of_two_servers_the_one_is_named_that_is_valid_first)
{
	const struct script_connection connections[] = {
		{NULL, {OPEN_IS_EARLY("the later one", SOON_S + 2)}},
		{NULL, {OPEN_IS_EARLY("the earlier one", SOON_S)}},
	};

	fixture_set_servers(FIRST, SECOND, NULL);
	fixture_set_deadline(SOON_MS - 1);
	assert_int_equal(fixture_run(connections, 2), ENROLL_TIMED_OUT);
	assert_error("two", &fixture.err, ERROR_UNTRUSTED, "cannot request a certificate at " SECOND ": the earlier one");
	assert_non_null(fake_host_find_line("the earlier one; waiting"));
	assert_null(fake_host_find_line("the later one; waiting"));
}

TEST(a_dead_server_beside_it_is_tried_again_and_again_until_the_clock_is_right)
{
	struct script_connection connections[40];
	size_t count = 0;

	fixture_set_servers(FIRST, SECOND, NULL);
	fake_host_state.random = ENROLL_BACKOFF_MAX_MS - 1; /* the longest pauses */
	fake_host_state.calendar_s = IN_1970_S;
	fake_host_state.set_at_ms = 60000;
	while (count < 12) {
		connections[count++] = (struct script_connection){"10.0.0.1", {OPEN_IS_EARLY(EARLY, NOW_S)}};
		connections[count++] =
			(struct script_connection){"10.0.0.2", {OPEN_FAILS(ERROR_UNREACHABLE, "cannot connect: Connection refused")}};
	}
	connections[count++] = issues();
	fixture_expect_issued(connections, count);
	assert_true(fixture.script.opened_at_ms[count - 1] < 60000 + ENROLL_BACKOFF_MAX_MS);
}

TEST(what_is_left_of_the_deadline_is_enough_where_the_clock_is_set_in_its_last_second)
{
	const struct script_connection connections[] = {{NULL, {OPEN_IS_EARLY(EARLY, NOW_S)}}, issues()};

	fake_host_state.calendar_s = IN_1970_S;
	fake_host_state.set_at_ms = 3000;
	fixture_set_deadline(3001);
	fixture_expect_issued(connections, 2);
}

TEST(a_certificate_that_is_refused_for_another_reason_ends_the_run)
{
	const struct script_connection connections[] = {fails(ERROR_UNTRUSTED, STRANGER)};

	assert_int_equal(fixture_run(connections, 1), ENROLL_REFUSED);
	assert_error("stranger", &fixture.err, ERROR_UNTRUSTED, AT_FIRST STRANGER);
	assert_int_equal(fake_host_state.now_ms, 0);
}

TEST(a_server_that_is_a_stranger_when_the_clock_is_right_is_one)
{
	const struct script_connection connections[] = {early, fails(ERROR_UNTRUSTED, STRANGER)};

	assert_int_equal(fixture_run(connections, 2), ENROLL_REFUSED);
	assert_error("stranger", &fixture.err, ERROR_UNTRUSTED, AT_FIRST STRANGER);
	expect_opened_at(1, SOON_MS);
}

TEST(a_clock_that_was_wrong_is_not_named_when_something_else_is_in_the_way_later)
{
	struct script_connection connections[] = {early, fails(ERROR_UNREACHABLE, "cannot connect: Connection refused")};

	connections[1].steps[0].ms = FIXTURE_HOUR_MS;
	fixture_set_deadline(SOON_MS + 10000);
	assert_int_equal(fixture_run(connections, 2), ENROLL_TIMED_OUT);
	assert_error("dead", &fixture.err, ERROR_UNREACHABLE, "gave up after 10m10s: " AT_FIRST "cannot connect");
}

TEST(a_request_that_stands_is_told_even_when_the_clock_has_gone_wrong)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_created()), GIVE(watch_head()), GIVE(watch_pending()), BREAK("cannot receive: reset")}},
		{NULL, {OPEN_IS_EARLY(EARLY, NOW_S + 2 * 3600)}},
	};

	assert_int_equal(fixture_run(connections, 2), ENROLL_TIMED_OUT);
	assert_error("stands", &fixture.err, ERROR_PENDING, "it stands, and the next run resumes it: " AT_FIRST EARLY);
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, exchange_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(a_server_is_asked_again_when_its_certificate_is_valid_and_not_before),
		IN_FIXTURE(a_clock_that_is_set_is_noticed_within_a_second),
		IN_FIXTURE(a_clock_that_nobody_sets_is_named_at_the_deadline),
		IN_FIXTURE(without_a_deadline_it_waits_for_days),
		IN_FIXTURE(a_server_that_is_good_is_asked_at_once),
		IN_FIXTURE(of_two_servers_the_one_is_awaited_that_is_valid_first),
		IN_FIXTURE(a_stranger_among_the_servers_is_no_reason_not_to_wait),
		IN_FIXTURE(the_clock_is_named_at_the_deadline_whichever_server_failed_last),
		IN_FIXTURE(of_two_servers_the_one_is_named_that_is_valid_first),
		IN_FIXTURE(a_dead_server_beside_it_is_tried_again_and_again_until_the_clock_is_right),
		IN_FIXTURE(what_is_left_of_the_deadline_is_enough_where_the_clock_is_set_in_its_last_second),
		IN_FIXTURE(a_certificate_that_is_refused_for_another_reason_ends_the_run),
		IN_FIXTURE(a_server_that_is_a_stranger_when_the_clock_is_right_is_one),
		IN_FIXTURE(a_clock_that_was_wrong_is_not_named_when_something_else_is_in_the_way_later),
		IN_FIXTURE(a_request_that_stands_is_told_even_when_the_clock_has_gone_wrong),
	};
	return RUN("exchange_clock", tests);
}
