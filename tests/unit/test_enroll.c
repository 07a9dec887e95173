/* SPDX-License-Identifier: Apache-2.0 */
/* The specification of the state machine: every state with every event. When it tries again is in test_enroll_retry.c. */
#include "support.h"

#include "enroll.h"

#define NOW 1000000

struct cell {
	enum enroll_event event;
	const char *name;
	enum enroll_action action;
	enum enroll_state from_create, from_wait; /* the state that follows */
};

/* With two servers, so that one that cannot be trusted is not the end. */
static const struct cell table[] = {
	{ENROLL_DISCOVERED, "discovered", ENROLL_READ_ON, ENROLL_CREATE, ENROLL_CREATE},
	{ENROLL_UNREADY, "unready", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_CREATED, "created", ENROLL_READ_ON, ENROLL_WAIT, ENROLL_WAIT},
	{ENROLL_EXISTS, "exists", ENROLL_READ_ON, ENROLL_WAIT, ENROLL_WAIT},
	{ENROLL_PENDING, "pending", ENROLL_READ_ON, ENROLL_WAIT, ENROLL_WAIT},
	{ENROLL_APPROVED, "approved", ENROLL_READ_ON, ENROLL_WAIT, ENROLL_WAIT},
	{ENROLL_CERTIFIED, "certified", ENROLL_FINISH, ENROLL_ISSUED, ENROLL_ISSUED},
	{ENROLL_WAS_DENIED, "denied", ENROLL_FINISH, ENROLL_DENIED, ENROLL_DENIED},
	{ENROLL_HAS_FAILED, "failed", ENROLL_FINISH, ENROLL_FAILED, ENROLL_FAILED},
	{ENROLL_DELETED, "deleted", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_CREATE},
	{ENROLL_REPLACED, "replaced", ENROLL_FINISH, ENROLL_FAILED, ENROLL_FAILED},
	{ENROLL_UNAUTHORIZED, "401", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_FORBIDDEN, "403", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_GARBLED, "400 in plain text", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_INVALID, "other 4xx", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_THROTTLED, "429", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_SERVER_ERROR, "5xx", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_MALFORMED, "malformed", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_UNTRUSTED, "untrusted", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_EARLY, "not valid yet", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_BROKEN, "a fault of our own", ENROLL_FINISH, ENROLL_REFUSED, ENROLL_REFUSED},
	{ENROLL_LOST, "lost", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_WATCH_ENDED, "watch ended", ENROLL_AGAIN, ENROLL_CREATE, ENROLL_WAIT},
	{ENROLL_DEADLINE, "deadline", ENROLL_FINISH, ENROLL_TIMED_OUT, ENROLL_TIMED_OUT},
};

static enum enroll_action step(struct enrollment *enrollment, enum enroll_event event, int64_t now_ms)
{
	const struct enroll_input input = {.event = event, .now_ms = now_ms, .retry_after_s = -1};

	return enroll_step(enrollment, &input);
}

TEST(the_table_has_every_event)
{
	assert_int_equal(COUNT(table), ENROLL_EVENTS);
	for (size_t i = 0; i < COUNT(table); i++) {
		assert_int_equal(table[i].event, i);
	}
}

TEST(each_event_has_its_reaction_before_the_request_exists)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 2);
		assert_int_equal(enrollment.state, ENROLL_CREATE);
		assert_row(table[i].name, step(&enrollment, table[i].event, NOW) == table[i].action);
		assert_row(table[i].name, enrollment.state == table[i].from_create);
	}
}

/* Nothing but discovery leads out of it, other than to an end. */
TEST(what_must_be_tried_again_before_the_cluster_is_known_leaves_it_unknown)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_DISCOVER, 2);
		assert_row(table[i].name, step(&enrollment, table[i].event, NOW) == table[i].action);
		if (table[i].action == ENROLL_AGAIN && table[i].event != ENROLL_DELETED) {
			assert_row(table[i].name, enrollment.state == ENROLL_DISCOVER);
		}
	}
}

TEST(each_event_has_its_reaction_while_waiting)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 2);
		(void)step(&enrollment, ENROLL_CREATED, NOW);
		assert_row(table[i].name, step(&enrollment, table[i].event, NOW) == table[i].action);
		assert_row(table[i].name, enrollment.state == table[i].from_wait);
	}
}

TEST(a_final_state_stays_whatever_comes)
{
	for (enum enroll_state final = ENROLL_ISSUED; final < ENROLL_STATES; final++) {
		for (size_t i = 0; i < COUNT(table); i++) {
			struct enrollment enrollment;
			enroll_begin(&enrollment, ENROLL_CREATE, 2);
			enrollment.state = final;
			assert_row(table[i].name, step(&enrollment, table[i].event, NOW) == ENROLL_FINISH);
			assert_row(table[i].name, enrollment.state == final);
		}
	}
}

/* A young API server gives both to a good token; whoever gives them for 20 seconds means it. */
TEST(refusals_are_final_when_they_last_for_the_grace)
{
	static const enum enroll_event events[] = {ENROLL_UNAUTHORIZED, ENROLL_FORBIDDEN, ENROLL_GARBLED, ENROLL_UNREADY};

	for (size_t i = 0; i < 16; i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 1);
		assert_int_equal(step(&enrollment, events[i % 4], NOW), ENROLL_AGAIN);
		assert_int_equal(step(&enrollment, events[i / 4], NOW + ENROLL_GRACE_MS - 1), ENROLL_AGAIN);
		assert_int_equal(step(&enrollment, events[i % 4], NOW + ENROLL_GRACE_MS), ENROLL_FINISH);
		assert_int_equal(enrollment.state, ENROLL_REFUSED);
	}
	assert_int_equal(ENROLL_GRACE_MS, 20000);
}

TEST(the_grace_goes_on_when_only_the_create_is_allowed)
{
	static const enum enroll_event events[] = {ENROLL_CREATED, ENROLL_EXISTS};

	for (size_t i = 0; i < COUNT(events); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 1);
		(void)step(&enrollment, ENROLL_FORBIDDEN, NOW);
		(void)step(&enrollment, events[i], NOW + 10000);
		assert_int_equal(step(&enrollment, ENROLL_FORBIDDEN, NOW + ENROLL_GRACE_MS), ENROLL_FINISH);
	}
}

/* A server that restarts is young again. */
TEST(the_grace_begins_anew_after_the_server_was_away)
{
	static const enum enroll_event events[] = {ENROLL_LOST, ENROLL_SERVER_ERROR, ENROLL_THROTTLED};

	for (size_t i = 0; i < COUNT(events); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 1);
		(void)step(&enrollment, ENROLL_FORBIDDEN, NOW);
		(void)step(&enrollment, events[i], NOW + 10000);
		assert_int_equal(step(&enrollment, ENROLL_FORBIDDEN, NOW + ENROLL_GRACE_MS), ENROLL_AGAIN);
		assert_int_equal(step(&enrollment, ENROLL_FORBIDDEN, NOW + 2 * ENROLL_GRACE_MS), ENROLL_FINISH);
	}
}

TEST(the_grace_begins_anew_after_the_object_was_seen)
{
	static const enum enroll_event events[] = {ENROLL_PENDING, ENROLL_APPROVED};

	for (size_t i = 0; i < COUNT(events); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 1);
		(void)step(&enrollment, ENROLL_UNAUTHORIZED, NOW);
		(void)step(&enrollment, events[i], NOW + 10000);
		assert_int_equal(step(&enrollment, ENROLL_UNAUTHORIZED, NOW + ENROLL_GRACE_MS), ENROLL_AGAIN);
		assert_int_equal(step(&enrollment, ENROLL_UNAUTHORIZED, NOW + 2 * ENROLL_GRACE_MS), ENROLL_FINISH);
	}
}

TEST(the_first_refusal_may_come_at_time_zero)
{
	struct enrollment enrollment;

	enroll_begin(&enrollment, ENROLL_CREATE, 1);
	assert_int_equal(step(&enrollment, ENROLL_FORBIDDEN, 0), ENROLL_AGAIN);
	assert_int_equal(step(&enrollment, ENROLL_FORBIDDEN, ENROLL_GRACE_MS), ENROLL_FINISH);
}

/* A single server that cannot be trusted is the end; of several, all in a row. */
TEST(it_is_refused_when_every_server_in_a_row_cannot_be_trusted)
{
	static const enum enroll_event events[] = {ENROLL_UNTRUSTED, ENROLL_MALFORMED};

	for (size_t servers = 1; servers <= 8; servers++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, servers);
		for (size_t i = 1; i < servers; i++) {
			assert_int_equal(step(&enrollment, events[i % 2], NOW), ENROLL_AGAIN);
		}
		assert_int_equal(step(&enrollment, events[servers % 2], NOW), ENROLL_FINISH);
		assert_int_equal(enrollment.state, ENROLL_REFUSED);
	}
}

TEST(every_address_of_every_server_is_tried_before_it_is_refused)
{
	const struct enroll_input input = {.event = ENROLL_UNTRUSTED, .now_ms = NOW, .random = 12345, .retry_after_s = -1, .addresses = 3};
	const struct enroll_input unresolved = {.event = ENROLL_UNTRUSTED, .now_ms = NOW, .retry_after_s = -1};

	for (size_t servers = 1; servers <= 3; servers++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, servers);
		for (size_t i = 1; i < 3 * servers; i++) {
			assert_int_equal(enroll_step(&enrollment, i % 2 == 1 ? &input : &unresolved), ENROLL_AGAIN);
			assert_int_equal(enrollment.next_ms, NOW); /* at once: there is an end to it */
		}
		assert_int_equal(enroll_step(&enrollment, &input), ENROLL_FINISH);
	}
}

/* Or a server that gives a good object and then garbage would be asked without a pause, for ever. */
TEST(distrust_that_does_not_end_has_pauses)
{
	struct enrollment enrollment;
	int64_t paused_ms = 0;

	enroll_begin(&enrollment, ENROLL_CREATE, 2);
	for (int i = 0; i < 20; i++) {
		const struct enroll_input distrusted = {.event = ENROLL_MALFORMED, .now_ms = NOW, .random = 29999, .retry_after_s = -1};
		(void)step(&enrollment, ENROLL_PENDING, NOW);
		assert_int_equal(enroll_step(&enrollment, &distrusted), ENROLL_AGAIN);
		paused_ms += enrollment.next_ms - NOW;
	}
	assert_true(paused_ms > 100000);
}

TEST(a_server_that_speaks_sense_ends_the_row)
{
	static const enum enroll_event events[] = {
		ENROLL_PENDING,   ENROLL_APPROVED,     ENROLL_DELETED, ENROLL_UNAUTHORIZED, ENROLL_FORBIDDEN,
		ENROLL_THROTTLED, ENROLL_SERVER_ERROR, ENROLL_LOST,    ENROLL_WATCH_ENDED,
	};

	for (size_t i = 0; i < COUNT(events); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 2);
		for (int round = 0; round < 3; round++) {
			assert_int_equal(step(&enrollment, ENROLL_UNTRUSTED, NOW), ENROLL_AGAIN);
			assert_int_not_equal(step(&enrollment, events[i], NOW), ENROLL_FINISH);
		}
	}
}

/* One server says no, the other is dead: that is no reason to ask for ever. */
TEST(the_grace_of_a_server_does_not_begin_anew_when_another_is_away)
{
	struct enrollment enrollment;

	enroll_begin(&enrollment, ENROLL_CREATE, 2);
	for (int64_t at_ms = NOW; at_ms < NOW + ENROLL_GRACE_MS; at_ms += 1000) {
		assert_int_equal(step(&enrollment, ENROLL_UNAUTHORIZED, at_ms), ENROLL_AGAIN);
		assert_int_equal(step(&enrollment, ENROLL_LOST, at_ms), ENROLL_AGAIN);
	}
	assert_int_equal(step(&enrollment, ENROLL_UNAUTHORIZED, NOW + ENROLL_GRACE_MS), ENROLL_FINISH);
	assert_int_equal(enrollment.state, ENROLL_REFUSED);
}

/* Servers that cannot be trusted by this clock are asked again when it has moved on, whatever the others are. */
TEST(a_clock_that_is_behind_is_waited_for_when_every_server_was_asked)
{
	static const enum enroll_event rows[][2] = {
		{ENROLL_EARLY, ENROLL_EARLY},
		{ENROLL_EARLY, ENROLL_UNTRUSTED},
		{ENROLL_UNTRUSTED, ENROLL_EARLY},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 2);
		for (int round = 0; round < 3; round++) {
			assert_int_equal(step(&enrollment, rows[i][0], NOW), ENROLL_AGAIN);
			assert_int_equal(enrollment.server, 1);
			assert_int_equal(enrollment.next_ms, NOW);
			assert_int_equal(step(&enrollment, rows[i][1], NOW), ENROLL_AWAIT_CLOCK);
			assert_int_equal(enrollment.server, 0);
			assert_int_equal(enrollment.state, ENROLL_CREATE);
		}
		assert_int_equal(step(&enrollment, ENROLL_UNTRUSTED, NOW), ENROLL_AGAIN);
		assert_int_equal(step(&enrollment, ENROLL_UNTRUSTED, NOW), ENROLL_FINISH);
		assert_int_equal(enrollment.state, ENROLL_REFUSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_grace_of_a_server_does_not_begin_anew_when_another_is_away),
		cmocka_unit_test(a_clock_that_is_behind_is_waited_for_when_every_server_was_asked),
		cmocka_unit_test(what_must_be_tried_again_before_the_cluster_is_known_leaves_it_unknown),
		cmocka_unit_test(the_table_has_every_event),
		cmocka_unit_test(each_event_has_its_reaction_before_the_request_exists),
		cmocka_unit_test(each_event_has_its_reaction_while_waiting),
		cmocka_unit_test(a_final_state_stays_whatever_comes),
		cmocka_unit_test(refusals_are_final_when_they_last_for_the_grace),
		cmocka_unit_test(the_grace_goes_on_when_only_the_create_is_allowed),
		cmocka_unit_test(the_grace_begins_anew_after_the_server_was_away),
		cmocka_unit_test(the_grace_begins_anew_after_the_object_was_seen),
		cmocka_unit_test(the_first_refusal_may_come_at_time_zero),
		cmocka_unit_test(it_is_refused_when_every_server_in_a_row_cannot_be_trusted),
		cmocka_unit_test(every_address_of_every_server_is_tried_before_it_is_refused),
		cmocka_unit_test(distrust_that_does_not_end_has_pauses),
		cmocka_unit_test(a_server_that_speaks_sense_ends_the_row),
	};
	return RUN("enroll", tests);
}
