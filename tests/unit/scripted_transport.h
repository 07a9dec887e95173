/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network (src/transport.h) that follows a script: what each connection in turn does. Whatever the script does not foresee fails the
 * test: one connection too many, a send that is not expected, a read when nothing is left, a deadline that is not kept. So does a
 * credential that is sent to a stranger.
 *
 * Time passes on the clock of fake_host only.
 */
#ifndef SCRIPTED_TRANSPORT_H
#define SCRIPTED_TRANSPORT_H

#include "fake_host.h"
#include "support.h"
#include "transport.h"

enum script_kind {
	SCRIPT_OVER,       /* nothing more is foreseen */
	SCRIPT_OPEN_FAILS, /* after `ms`, with `class` and `text`; the only step of its connection */
	SCRIPT_SEND,       /* one send: it must be exactly `text`; NULL: whatever it is, see `sends` */
	SCRIPT_SEND_FAILS, /* with `class` and `text` */
	SCRIPT_GIVE,       /* `text`, at most `piece` bytes at a time; 0: as many as there is room for */
	SCRIPT_WAIT,       /* nothing comes for `ms` */
	SCRIPT_FLOOD,      /* `text` comes again and again, each after `ms`; goes on for ever */
	SCRIPT_SILENCE,    /* nothing comes any more */
	SCRIPT_END,        /* the peer closes */
	SCRIPT_BREAK,      /* TRANSPORT_ERROR with `class` and `text` */
	SCRIPT_TRUST,      /* trust() is given the authorities `text` */
	SCRIPT_DISTRUST,   /* trust() fails with `class` and `text`; with `ms` because it is too early, by that time since 1970 */
};

struct script_step {
	enum script_kind kind;
	const char *text;
	size_t len; /* of `text`; 0: to its NUL */
	size_t piece;
	int64_t ms;
	enum error_class class;
	int64_t not_before_s; /* of SCRIPT_OPEN_FAILS, for the peer */
};

#define SCRIPT_STEPS       12
#define SCRIPT_CONNECTIONS 512
#define SCRIPT_SENDS       1024

struct script_connection {
	const char *host;                       /* what open() must be given; NULL: any */
	struct script_step steps[SCRIPT_STEPS]; /* ends with SCRIPT_OVER */
};

struct script_send {
	size_t connection; /* the number of its connection, from 0 */
	int64_t at_ms;
	struct view text;
};

struct scripted_transport {
	struct transport transport;
	const struct script_connection *connections;
	size_t connection_count;
	size_t address_count; /* of every server; 0: its name cannot be resolved */
	bool repeats_last;    /* the last connection is given as often as it is asked for */
	int64_t deadline_ms;  /* no call may be given a later one */
	size_t opened;        /* connections so far, failed ones included */
	bool is_open;
	bool is_stranger;                /* the connection is one to a server that is not verified */
	bool knows_authorities;          /* trust() was called: strangers are strangers no more */
	const struct script_step *steps; /* of the connection */
	const struct script_step *step;
	size_t given; /* bytes of `step->text` */
	int64_t step_since_ms;
	int64_t opened_at_ms[SCRIPT_CONNECTIONS];
	size_t turns[SCRIPT_CONNECTIONS]; /* which address each was told to try first */
	struct script_send sends[SCRIPT_SENDS];
	size_t send_count;
};

void scripted_transport_init(struct scripted_transport *script, const struct script_connection *connections, size_t count);

/* Fail the test unless the whole script was played. */
void scripted_transport_check_end(const struct scripted_transport *script);

/* Make a text as printf() would; kept until the program ends. */
const char *script_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
