/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of an exchange (exchange.h): the requests out, the answers in, each answer taken as an event of the enrolment.
 */
#ifndef CONVERSATION_H
#define CONVERSATION_H

#include "exchange.h"
#include "reminder.h"

#define CONVERSATION_OPEN_TIMEOUT_MS 15000 /* connecting and the handshake, with one server */

/* What lasts from one connection to the next. */
struct conversation_progress {
	struct enrollment enrollment;
	size_t attempts;    /* connections opened, or tried to */
	size_t addresses;   /* of the server that was asked last, 0: not known */
	bool one_at_a_time; /* pipelining did not work */
	bool stands;        /* the request exists */
	bool is_approved;   /* but not issued yet */
	bool has_failed;    /* and no news of the request came since; for the caller to set */
	struct reminder reminder;
};

/*
 * Talk on the connection that is open to `peer` until something must be done that it cannot do: connect again, or nothing more. `err`
 * has the cause. ENROLL_READ_ON is never returned.
 */
enum enroll_action conversation_hold(struct exchange *exchange, struct conversation_progress *progress, struct transport_peer *peer,
				     struct buffer *certificate, struct error *err);

/* A connection could not be opened: take the class of `err` as an event. */
enum enroll_action conversation_fail(struct exchange *exchange, struct conversation_progress *progress, const struct error *err);

/*
 * Put '*' over the secret part of the token, or four and more characters of its beginning, wherever it stands in `text`: a server's words
 * may repeat what it was sent, and may have been cut.
 */
void conversation_hide_token(const struct exchange *exchange, char *text, size_t len);

#endif
