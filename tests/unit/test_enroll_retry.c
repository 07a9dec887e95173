/* SPDX-License-Identifier: Apache-2.0 */
/* When it tries again, and which server it asks. */
#include "support.h"

#include "enroll.h"

static const uint32_t randoms[] = {0, 1, 499, 500, 999, 1000, 29999, 30000, 123456789, UINT32_MAX - 1, UINT32_MAX};

/* One failure; returns the pause. */
static int64_t fail_once(struct enrollment *enrollment, int64_t now_ms, uint32_t random, int retry_after_s)
{
	const struct enroll_input input = {.event = ENROLL_LOST, .now_ms = now_ms, .random = random, .retry_after_s = retry_after_s};

	assert_int_equal(enroll_step(enrollment, &input), ENROLL_AGAIN);
	return enrollment->next_ms - now_ms;
}

TEST(the_pause_has_a_bound_that_doubles_with_each_round)
{
	static const int64_t bounds_ms[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000};

	for (size_t servers = 1; servers <= 3; servers++) {
		for (size_t r = 0; r < COUNT(randoms); r++) {
			struct enrollment enrollment;
			int64_t now_ms = 0;
			enroll_begin(&enrollment, ENROLL_CREATE, servers);
			for (size_t round = 0; round < COUNT(bounds_ms); round++) {
				for (size_t server = 1; server < servers; server++) {
					assert_int_equal(fail_once(&enrollment, now_ms, randoms[r], -1), 0); /* the next one at once */
				}
				int64_t pause_ms = fail_once(&enrollment, now_ms, randoms[r], -1);
				assert_in_range(pause_ms, 0, bounds_ms[round] - 1);
				now_ms += pause_ms;
			}
		}
	}
}

/* Full jitter: the whole range is used, or many nodes would ask at the same moment. */
TEST(the_pause_uses_its_whole_range)
{
	int64_t least_ms = INT64_MAX;
	int64_t most_ms = 0;

	for (uint32_t random = 0; random < 5000; random += 7) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 1);
		(void)fail_once(&enrollment, 0, random, -1);
		int64_t pause_ms = fail_once(&enrollment, 0, random, -1);
		least_ms = pause_ms < least_ms ? pause_ms : least_ms;
		most_ms = pause_ms > most_ms ? pause_ms : most_ms;
	}
	assert_in_range(least_ms, 0, 20);
	assert_in_range(most_ms, 980, 999);
}

TEST(the_bound_holds_after_any_number_of_failures)
{
	struct enrollment enrollment;
	int64_t now_ms = 0;

	enroll_begin(&enrollment, ENROLL_CREATE, 1);
	for (int i = 0; i < 100000; i++) {
		int64_t pause_ms = fail_once(&enrollment, now_ms, UINT32_MAX - (uint32_t)i, -1);
		assert_true(pause_ms >= 0 && pause_ms < ENROLL_BACKOFF_MAX_MS);
		now_ms += pause_ms;
	}
}

TEST(what_the_server_asks_for_is_kept_and_spread_over_a_second)
{
	static const int seconds[] = {0, 1, 32, 3600};

	for (size_t i = 0; i < COUNT(seconds); i++) {
		for (size_t r = 0; r < COUNT(randoms); r++) {
			struct enrollment enrollment;
			enroll_begin(&enrollment, ENROLL_CREATE, 1);
			int64_t pause_ms = fail_once(&enrollment, 5000, randoms[r], seconds[i]);
			assert_in_range(pause_ms, (int64_t)seconds[i] * 1000, (int64_t)seconds[i] * 1000 + 999);
		}
	}
}

TEST(what_one_server_asks_for_does_not_hold_up_the_next_one)
{
	struct enrollment enrollment;

	enroll_begin(&enrollment, ENROLL_CREATE, 3);
	assert_int_equal(fail_once(&enrollment, 5000, 77, 30), 0);
	assert_int_equal(fail_once(&enrollment, 6000, 77, 10), 0);
	assert_int_equal(fail_once(&enrollment, 7000, 77, -1), 77); /* the third alone is left */
	assert_int_equal(enrollment.server, 2);
	assert_int_equal(fail_once(&enrollment, 8000, 77, 60), 8077); /* the second may be asked first */
	assert_int_equal(enrollment.server, 1);
	assert_int_equal(fail_once(&enrollment, 36000, 77, -1), 0);
	assert_int_equal(enrollment.server, 0);
}

TEST(each_failure_moves_on_to_the_next_server)
{
	for (size_t servers = 1; servers <= 8; servers++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, servers);
		assert_int_equal(enrollment.server, 0);
		for (size_t i = 1; i <= 20; i++) {
			(void)fail_once(&enrollment, 0, 0, -1);
			assert_int_equal(enrollment.server, i % servers);
		}
	}
}

TEST(a_failure_after_a_quiet_minute_is_a_first_one_and_still_moves_on)
{
	for (size_t before = 1; before < 6; before++) {
		struct enrollment enrollment;
		enroll_begin(&enrollment, ENROLL_CREATE, 2);
		for (size_t i = 0; i < before; i++) {
			(void)fail_once(&enrollment, 1000, 0, -1);
		}
		size_t server = enrollment.server;
		assert_int_equal(fail_once(&enrollment, 1000 + 60001, 400, -1), 0); /* the other one at once */
		assert_int_not_equal(enrollment.server, server);
		assert_int_equal(enrollment.failures, 1);
		assert_in_range(fail_once(&enrollment, 1000 + 60001, UINT32_MAX, -1), 0, 499);
	}
}

TEST(a_failure_within_the_minute_is_one_more)
{
	struct enrollment enrollment;

	enroll_begin(&enrollment, ENROLL_CREATE, 1);
	for (size_t i = 1; i < 10; i++) {
		(void)fail_once(&enrollment, (int64_t)i * 60000, 0, -1);
		assert_int_equal(enrollment.failures, i);
	}
}

TEST(the_end_of_a_watch_counts_as_any_other_failure)
{
	static const enum enroll_event events[] = {
		ENROLL_LOST,    ENROLL_WATCH_ENDED,  ENROLL_THROTTLED, ENROLL_SERVER_ERROR,
		ENROLL_DELETED, ENROLL_UNAUTHORIZED, ENROLL_FORBIDDEN,
	};

	for (size_t i = 0; i < COUNT(events); i++) {
		struct enrollment enrollment;
		const struct enroll_input input = {.event = events[i], .now_ms = 1000, .random = 250, .retry_after_s = -1};
		enroll_begin(&enrollment, ENROLL_CREATE, 1);
		assert_int_equal(enroll_step(&enrollment, &input), ENROLL_AGAIN);
		assert_int_equal(enrollment.failures, 1);
		assert_int_equal(enrollment.next_ms, 1250);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pause_has_a_bound_that_doubles_with_each_round),
		cmocka_unit_test(the_pause_uses_its_whole_range),
		cmocka_unit_test(the_bound_holds_after_any_number_of_failures),
		cmocka_unit_test(what_the_server_asks_for_is_kept_and_spread_over_a_second),
		cmocka_unit_test(what_one_server_asks_for_does_not_hold_up_the_next_one),
		cmocka_unit_test(each_failure_moves_on_to_the_next_server),
		cmocka_unit_test(a_failure_after_a_quiet_minute_is_a_first_one_and_still_moves_on),
		cmocka_unit_test(a_failure_within_the_minute_is_one_more),
		cmocka_unit_test(the_end_of_a_watch_counts_as_any_other_failure),
	};
	return RUN("enroll retry", tests);
}
