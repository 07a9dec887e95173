/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enrolment as a state machine: what has come in, what is to be done. The retry policy lies here and nowhere else.
 *
 * The table in enroll.c is the specification.
 */
#ifndef ENROLL_H
#define ENROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sizes.h"

#define ENROLL_GRACE_MS       20000 /* a young API server gives 401 and 403 to a good token for its first moments */
#define ENROLL_BACKOFF_MS     500   /* upper bound of the first pause; doubles with each round over the servers */
#define ENROLL_BACKOFF_MAX_MS 30000

enum enroll_state {
	ENROLL_DISCOVER, /* the certificate authority of the cluster is not known */
	ENROLL_CREATE,   /* whether the request object exists is not known */
	ENROLL_WAIT,     /* it exists */
	ENROLL_ISSUED,
	ENROLL_DENIED,
	ENROLL_FAILED,  /* condition Failed, or the name is taken by a request with another key */
	ENROLL_REFUSED, /* 401, 403, 4xx, or no server that can be trusted */
	ENROLL_TIMED_OUT,
	ENROLL_STATES,
};

enum enroll_event {
	ENROLL_DISCOVERED, /* the certificate authority is known, and the server verified */
	ENROLL_UNREADY,    /* the cluster does not say yet who it is: no cluster-info, or no signature that fits */
	ENROLL_CREATED,    /* 201 */
	ENROLL_EXISTS,     /* 409 */
	ENROLL_PENDING,    /* the object, without condition */
	ENROLL_APPROVED,   /* the object, approved, without certificate */
	ENROLL_CERTIFIED,  /* the object, with certificate */
	ENROLL_WAS_DENIED,
	ENROLL_HAS_FAILED,
	ENROLL_DELETED,
	ENROLL_REPLACED,     /* an object with our name and another key */
	ENROLL_UNAUTHORIZED, /* 401 */
	ENROLL_FORBIDDEN,    /* 403 */
	ENROLL_GARBLED,      /* 400 or 408 and no Status object: the request did not arrive whole */
	ENROLL_INVALID,      /* other 4xx */
	ENROLL_THROTTLED,    /* 429 */
	ENROLL_SERVER_ERROR, /* 5xx */
	ENROLL_MALFORMED,    /* what came is no answer of an API server */
	ENROLL_UNTRUSTED,    /* the server could not prove its identity */
	ENROLL_EARLY,        /* the same, for now: its certificate is not valid yet by this machine's clock */
	ENROLL_BROKEN,       /* a fault of our own */
	ENROLL_LOST,         /* no connection, or it broke */
	ENROLL_WATCH_ENDED,  /* the server ended the watch, as it does after a while */
	ENROLL_DEADLINE,
	ENROLL_EVENTS,
};

enum enroll_action {
	ENROLL_READ_ON,     /* stay on this connection */
	ENROLL_AGAIN,       /* close it, wait until `next_ms`, then ask the next server the same */
	ENROLL_AWAIT_CLOCK, /* the same, but wait until the clock has moved on; `next_ms` says nothing */
	ENROLL_FINISH,      /* the state is final */
};

struct enrollment {
	enum enroll_state state;
	size_t server_count;
	size_t server;     /* number of the one to ask next; each failure moves on */
	size_t failures;   /* in a row */
	size_t distrusted; /* servers in a row that could not be trusted or understood */
	bool is_early;     /* one of them may be, later */
	size_t addresses;  /* that a server has at most, as far as is known */
	int64_t last_failure_ms;
	int64_t not_before_ms[SERVER_LIMIT + 1];    /* what each server asked for */
	int64_t refused_since_ms[SERVER_LIMIT + 1]; /* of each server: first 401 or 403 in a row, -1: none */
	int64_t next_ms;                            /* for ENROLL_AGAIN */
};

/* What came in, and what the decision may depend on. */
struct enroll_input {
	enum enroll_event event;
	int64_t now_ms;
	uint32_t random;   /* any value; spreads the retries of many nodes */
	int retry_after_s; /* what the server asked for, -1: nothing */
	size_t addresses;  /* of the server, 0: not known */
};

/* `state` is ENROLL_DISCOVER or ENROLL_CREATE. */
void enroll_begin(struct enrollment *enrollment, enum enroll_state state, size_t server_count);

/* Take one event. Final states take none. */
enum enroll_action enroll_step(struct enrollment *enrollment, const struct enroll_input *input);

#endif
