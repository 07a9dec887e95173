/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network (src/transport.h) that gives what a text says: the bytes of the servers, and among them, as bytes that stand in no UTF-8
 * text, what happens. At the end of the text nothing comes any more, and nobody can be reached.
 *
 * Time passes on the clock of tests/unit/fake_host.h.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "fuzz.h"
#include "transport.h"

enum script_byte {
	SCRIPT_OPEN_REFUSED = 0xf6, /* in front of the bytes of a connection: it cannot be opened */
	SCRIPT_OPEN_DISTRUSTED = 0xf7,
	SCRIPT_SEND_BREAKS = 0xf8,
	SCRIPT_TIME_PASSES = 0xfc, /* 10 s */
	SCRIPT_NO_MORE = 0xfd,     /* nothing comes on this connection any more */
	SCRIPT_CUT = 0xfe,         /* the connection breaks */
	SCRIPT_CLOSED = 0xff,      /* the server closes it */
};

struct script {
	struct transport transport;
	struct view rest;
	size_t piece; /* at most so many bytes at a time */
	bool is_open;
	size_t opened;
	int64_t deadline_ms; /* no call may be given a later one */
};

void script_begin(struct script *script, struct view text, size_t piece);

#endif
