/* SPDX-License-Identifier: Apache-2.0 */
#include "enroll.h"

#define QUIET_MS 60000 /* a failure this long after the last one is a first failure again */

enum reaction {
	READ_ON,
	TRUST, /* READ_ON; what was refused or not understood before is forgotten */
	RETRY,
	GRACE,    /* RETRY for ENROLL_GRACE_MS from the same server, then the final state */
	DISTRUST, /* RETRY until every address of every server gave it in a row, then the final state */
	FINISH,
};

struct cell {
	enum enroll_state next; /* of GRACE and DISTRUST: the final one */
	enum reaction reaction;
};

/* All live states react alike, but for the state that a retry leaves. */
static const struct cell table[ENROLL_EVENTS] = {
	[ENROLL_DISCOVERED] = {ENROLL_CREATE, TRUST},    [ENROLL_UNREADY] = {ENROLL_REFUSED, GRACE},
	[ENROLL_EARLY] = {ENROLL_REFUSED, DISTRUST},     [ENROLL_CREATED] = {ENROLL_WAIT, READ_ON},
	[ENROLL_EXISTS] = {ENROLL_WAIT, READ_ON},        [ENROLL_PENDING] = {ENROLL_WAIT, TRUST},
	[ENROLL_APPROVED] = {ENROLL_WAIT, TRUST},        [ENROLL_CERTIFIED] = {ENROLL_ISSUED, FINISH},
	[ENROLL_WAS_DENIED] = {ENROLL_DENIED, FINISH},   [ENROLL_HAS_FAILED] = {ENROLL_FAILED, FINISH},
	[ENROLL_DELETED] = {ENROLL_CREATE, RETRY},       [ENROLL_REPLACED] = {ENROLL_FAILED, FINISH},
	[ENROLL_UNAUTHORIZED] = {ENROLL_REFUSED, GRACE}, [ENROLL_FORBIDDEN] = {ENROLL_REFUSED, GRACE},
	[ENROLL_GARBLED] = {ENROLL_REFUSED, GRACE},      [ENROLL_INVALID] = {ENROLL_REFUSED, DISTRUST},
	[ENROLL_THROTTLED] = {ENROLL_STATES, RETRY},     [ENROLL_SERVER_ERROR] = {ENROLL_STATES, RETRY},
	[ENROLL_MALFORMED] = {ENROLL_REFUSED, DISTRUST}, [ENROLL_UNTRUSTED] = {ENROLL_REFUSED, DISTRUST},
	[ENROLL_BROKEN] = {ENROLL_REFUSED, FINISH},      [ENROLL_LOST] = {ENROLL_STATES, RETRY},
	[ENROLL_WATCH_ENDED] = {ENROLL_STATES, RETRY},   [ENROLL_DEADLINE] = {ENROLL_TIMED_OUT, FINISH},
};

static void forget_refusals(struct enrollment *enrollment)
{
	for (size_t i = 0; i < SERVER_LIMIT + 1; i++) {
		enrollment->refused_since_ms[i] = -1;
	}
}

void enroll_begin(struct enrollment *enrollment, enum enroll_state state, size_t server_count)
{
	*enrollment = (struct enrollment){.state = state, .server_count = server_count, .addresses = 1};
	forget_refusals(enrollment);
}

/* Full jitter: a pause between 0 and a bound that doubles; none while there is a server that was not asked in this round. */
static int64_t pause_ms(const struct enrollment *enrollment, const struct enroll_input *input)
{
	int64_t bound_ms = ENROLL_BACKOFF_MS;

	if (enrollment->failures % enrollment->server_count != 0) {
		return 0;
	}
	for (size_t round = enrollment->failures / enrollment->server_count; round > 1 && bound_ms < ENROLL_BACKOFF_MAX_MS; round--) {
		bound_ms *= 2;
	}
	bound_ms = bound_ms < ENROLL_BACKOFF_MAX_MS ? bound_ms : ENROLL_BACKOFF_MAX_MS;
	return (int64_t)(input->random % (uint64_t)bound_ms);
}

/* The next server in turn that may be asked at `next_ms`; where none may, the one that may be asked first, and then. */
static void choose_server(struct enrollment *enrollment)
{
	size_t chosen = (enrollment->server + 1) % enrollment->server_count;

	for (size_t i = 1; i <= enrollment->server_count; i++) {
		size_t server = (enrollment->server + i) % enrollment->server_count;
		if (enrollment->not_before_ms[server] <= enrollment->next_ms) {
			enrollment->server = server;
			return;
		}
		if (enrollment->not_before_ms[server] < enrollment->not_before_ms[chosen]) {
			chosen = server;
		}
	}
	enrollment->server = chosen;
	enrollment->next_ms = enrollment->not_before_ms[chosen];
}

static enum enroll_action retry(struct enrollment *enrollment, const struct enroll_input *input, bool at_once)
{
	if (input->now_ms - enrollment->last_failure_ms > QUIET_MS) {
		enrollment->failures = 0;
	}
	enrollment->failures++;
	enrollment->last_failure_ms = input->now_ms;
	enrollment->next_ms = input->now_ms + (at_once ? 0 : pause_ms(enrollment, input));
	if (input->retry_after_s >= 0) {
		enrollment->not_before_ms[enrollment->server] = input->now_ms + (int64_t)input->retry_after_s * 1000 + input->random % 1000;
	}
	choose_server(enrollment);
	return ENROLL_AGAIN;
}

static enum enroll_action finish(struct enrollment *enrollment, enum enroll_state state)
{
	enrollment->state = state;
	return ENROLL_FINISH;
}

static void trust(struct enrollment *enrollment)
{
	enrollment->distrusted = 0;
	enrollment->is_early = false;
}

/* All were asked: the same again, when it is later. */
static enum enroll_action await_clock(struct enrollment *enrollment, const struct enroll_input *input)
{
	(void)retry(enrollment, input, true); /* gives ENROLL_AGAIN */
	enrollment->failures = 0;
	trust(enrollment);
	return ENROLL_AWAIT_CLOCK;
}

enum enroll_action enroll_step(struct enrollment *enrollment, const struct enroll_input *input)
{
	const struct cell *cell = &table[input->event];
	int64_t *refused_since_ms = &enrollment->refused_since_ms[enrollment->server];

	if (enrollment->state > ENROLL_WAIT) {
		return ENROLL_FINISH;
	}
	enrollment->addresses = input->addresses > enrollment->addresses ? input->addresses : enrollment->addresses;
	switch (cell->reaction) {
	case TRUST:
		forget_refusals(enrollment);
		trust(enrollment);
		enrollment->state = cell->next;
		return ENROLL_READ_ON;
	case READ_ON:
		enrollment->state = cell->next;
		return ENROLL_READ_ON;
	case RETRY:
		*refused_since_ms = -1;
		trust(enrollment);
		enrollment->state = cell->next == ENROLL_STATES ? enrollment->state : cell->next;
		return retry(enrollment, input, false);
	case GRACE:
		trust(enrollment);
		if (*refused_since_ms < 0) {
			*refused_since_ms = input->now_ms;
		}
		if (input->now_ms - *refused_since_ms >= ENROLL_GRACE_MS) {
			return finish(enrollment, cell->next);
		}
		return retry(enrollment, input, false);
	case DISTRUST:
		enrollment->is_early = enrollment->is_early || input->event == ENROLL_EARLY;
		if (++enrollment->distrusted >= enrollment->server_count * enrollment->addresses) {
			return enrollment->is_early ? await_clock(enrollment, input) : finish(enrollment, cell->next);
		}
		/* Each address once, and at once. */
		return retry(enrollment, input, enrollment->failures + 1 < enrollment->server_count * enrollment->addresses);
	case FINISH:
		break;
	}
	return finish(enrollment, cell->next);
}
