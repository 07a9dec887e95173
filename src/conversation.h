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
	size_t attempts;      /* connections opened, or tried to */
	size_t addresses;     /* of the server that was asked last, 0: not known */
	bool one_at_a_time;   /* pipelining did not work */
	bool stands;          /* the request exists */
	bool is_approved;     /* but not issued yet */
	bool has_failed;      /* and no news of the request came since; for the caller to set */
	int64_t not_before_s; /* when the first of those certificates is valid that are not yet; 0: there is none */
	struct reminder reminder;
};

/*
 * Talk on the connection that is open to `peer` until something must be done that it cannot do: connect again, or nothing more. `err`
 * has the cause. ENROLL_READ_ON is never returned.
 */
enum enroll_action conversation_hold(struct exchange *exchange, struct conversation_progress *progress, struct transport_peer *peer,
				     struct buffer *certificate, struct error *err);

/* A connection could not be opened: take `err` as an event. */
enum enroll_action conversation_fail(struct exchange *exchange, struct conversation_progress *progress, const struct transport_peer *peer,
				     const struct error *err);

/* Take an event, and decide. `peer`: whom it came from. */
enum enroll_action conversation_step(struct exchange *exchange, struct conversation_progress *progress, enum enroll_event event,
				     const struct transport_peer *peer);

/* What a failure of the transport means. */
enum enroll_event conversation_event_of(const struct error *err, const struct transport_peer *peer);

/* Close the connection, and open a new one to the same server. 0, or -1 with an error as of struct transport. */
int conversation_reopen(struct exchange *exchange, struct transport_peer *peer, struct error *err);

/*
 * Put '*' over the secret part of the token, or four and more characters of its beginning, wherever it stands in `text`: a server's words
 * may repeat what it was sent, and may have been cut.
 */
void conversation_hide_token(const struct exchange *exchange, char *text, size_t len);

#endif
