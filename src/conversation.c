/* SPDX-License-Identifier: Apache-2.0 */
#include "conversation.h"

#include <string.h>

#include "answer.h"
#include "request.h"

#define ANSWER_OVERDUE    "no answer within 40 s"
#define WATCH_OVERDUE     "the server did not end the watch when it should have"
#define ANSWER_TIMEOUT_MS 40000 /* a create may take 34 s in kube-apiserver before it gives 504 */
#define WATCH_MAX_S       3600  /* kube-apiserver itself ends a watch after 30 to 60 minutes when it is not told */
#define WATCH_OVERDUE_S   60
#define SECRET_PART_MIN   4 /* less is chance */

/* What lasts for one connection. */
struct connection {
	struct transport_peer *peer;
	bool watch_sent;
	bool watch_answered; /* the head of a 200, or the whole of another answer, is there */
	bool in_watch;       /* the POST is answered */
	int64_t answer_due_ms;
	int64_t watch_due_ms; /* when the server should have ended the watch by itself */
	struct view pending;  /* received, not yet read */
};

enum send {
	SEND_CREATE,
	SEND_WATCH,
	SEND_BOTH,
};

static int send_text(const struct exchange *exchange, struct view text, int64_t due_ms, struct error *err)
{
	const struct transport *transport = exchange->transport;

	return transport->send(transport->self, text, host_earlier(exchange->deadline_ms, due_ms), err) == TRANSPORT_OK ? 0 : -1;
}

static int send_requests(struct exchange *exchange, struct connection *connection, enum send what, struct error *err)
{
	struct request request = {connection->peer->server, exchange->config->token.text, exchange->identity};
	struct buffer text;
	struct buffer memory;

	buffer_init(&text, exchange->request, sizeof exchange->request);
	buffer_init(&memory, exchange->answer, sizeof exchange->answer); /* nothing has come in yet */
	if (what != SEND_WATCH) {
		request_format_create(&text, &request, memory);
	}
	if (what != SEND_CREATE) {
		int64_t left_s = (exchange->deadline_ms - exchange->host->now_ms()) / 1000 + 1;
		int64_t watch_s = host_earlier(left_s, WATCH_MAX_S);
		request_format_watch(&text, &request, watch_s);
		connection->watch_due_ms = exchange->host->now_ms() + (watch_s + WATCH_OVERDUE_S) * 1000;
	}
	connection->watch_sent = what != SEND_CREATE;
	connection->answer_due_ms = exchange->host->now_ms() + ANSWER_TIMEOUT_MS;
	int result = text.overflow ? error_set(err, ERROR_INTERNAL, "the request is larger than %d bytes", REQUEST_LIMIT)
				   : send_text(exchange, buffer_view(&text), connection->answer_due_ms, err);
	buffer_wipe(text.data, text.len);
	return result;
}

/* Take bytes off the network into `connection->pending`. TRANSPORT_TIMEOUT only at the deadline of the run. */
static enum transport_result receive(struct exchange *exchange, struct connection *connection, struct conversation_progress *progress,
				     struct error *err)
{
	for (;;) {
		char text[ERROR_TEXT_LIMIT];
		struct buffer into;
		int64_t now_ms = exchange->host->now_ms();
		int64_t until_ms = exchange->deadline_ms;

		if (now_ms >= exchange->deadline_ms) {
			return TRANSPORT_TIMEOUT;
		}
		int64_t due_ms = connection->watch_answered ? connection->watch_due_ms : connection->answer_due_ms;
		if (now_ms >= due_ms) { /* what lies in between may keep a connection open whose server is gone */
			error_set(err, ERROR_UNREACHABLE, "%s", connection->watch_answered ? WATCH_OVERDUE : ANSWER_OVERDUE);
			return TRANSPORT_ERROR;
		}
		until_ms = host_earlier(until_ms, due_ms);
		if (reminder_take(&progress->reminder, now_ms, text, sizeof text)) {
			exchange->host->say(HOST_NOTICE, text);
		}
		until_ms = host_earlier(until_ms, progress->reminder.next_ms);
		if (reminder_show(&progress->reminder, now_ms, text, sizeof text)) {
			until_ms = host_earlier(until_ms, exchange->host->show(text));
		}
		buffer_init(&into, exchange->received, sizeof exchange->received);
		enum transport_result result = exchange->transport->receive(exchange->transport->self, &into, until_ms, err);
		connection->pending = buffer_view(&into);
		if (result != TRANSPORT_TIMEOUT) {
			return result;
		}
	}
}

/* The end of the first whole line that the body of the watch holds, or NULL. */
static const char *find_newline(const struct exchange *exchange)
{
	const struct http_response *response = &exchange->response;

	return response->status == 200 ? memchr(response->body.data, '\n', response->body.len) : NULL;
}

/* Take whole lines off the body of the watch, up to one that says something. ENROLL_EVENTS when there is none. */
static enum enroll_event read_lines(struct exchange *exchange, struct buffer *certificate, struct error *err)
{
	struct answer_wanted wanted = {exchange->identity->csr_name, exchange->identity->key.spki, exchange->credential};
	struct buffer *body = &exchange->response.body;
	enum enroll_event event = ENROLL_EVENTS;
	const char *newline;

	while (event == ENROLL_EVENTS && (newline = find_newline(exchange)) != NULL) {
		size_t len = (size_t)(newline - body->data);
		if (len > 0) {
			event = answer_read_watch_line((struct view){body->data, len}, &wanted, certificate, err);
		}
		buffer_drop(body, len + 1);
	}
	return event;
}

static enum enroll_event watch_ended(struct error *err)
{
	error_set(err, ERROR_UNREACHABLE, "the server ended the watch");
	return ENROLL_WATCH_ENDED;
}

/* The next thing that the server says, as an event. ENROLL_EVENTS: nothing of interest yet. */
static enum enroll_event read_event(struct exchange *exchange, struct connection *connection, struct buffer *certificate, struct error *err)
{
	struct http_response *response = &exchange->response;

	if (http_feed(response, &connection->pending, err) != 0) {
		return ENROLL_MALFORMED;
	}
	if (!connection->in_watch) {
		if (response->state != HTTP_DONE) {
			return ENROLL_EVENTS;
		}
		connection->in_watch = true;
		return answer_read_status(response, exchange->credential, err);
	}
	connection->watch_answered = response->state == HTTP_DONE || (response->status == 200 && response->state == HTTP_BODY);
	if (response->status == 200) {
		enum enroll_event event = response->state == HTTP_HEAD ? ENROLL_EVENTS : read_lines(exchange, certificate, err);
		if (event == ENROLL_EVENTS && response->state == HTTP_DONE) {
			return watch_ended(err);
		}
		return event;
	}
	if (response->state != HTTP_DONE) {
		return ENROLL_EVENTS;
	}
	if (response->status == 201 || response->status == 409) { /* these answer a create only */
		error_set(err, ERROR_UNTRUSTED, "unexpected status %d", response->status);
		return ENROLL_MALFORMED;
	}
	return answer_read_status(response, exchange->credential, err);
}

/* The connection is over. When that does not complete the response, what lies in between may not carry pipelined requests. */
static int end_connection(struct exchange *exchange, const struct connection *connection, struct conversation_progress *progress,
			  struct error *err)
{
	if (connection->in_watch && exchange->response.status == 0) {
		progress->one_at_a_time = true;
	}
	exchange->response.closes = true;
	return http_end(&exchange->response, err);
}

/* Keep in mind what the event says about the request, and who must be told. */
static void follow(const struct exchange *exchange, struct conversation_progress *progress, enum enroll_event event, int64_t now_ms)
{
	bool stands = event == ENROLL_CREATED || event == ENROLL_EXISTS || event == ENROLL_PENDING || event == ENROLL_APPROVED;

	if (event == ENROLL_PENDING || event == ENROLL_APPROVED) {
		progress->has_failed = false;
	}
	if (stands && !progress->stands) {
		progress->stands = true;
		reminder_begin(&progress->reminder, exchange->identity->csr_name, now_ms);
		exchange->host->standing(exchange->identity->csr_name);
	}
	if (event == ENROLL_APPROVED && !progress->is_approved) {
		progress->is_approved = true;
		reminder_end(&progress->reminder); /* now it waits for the signer, not for a person */
	}
	if (event == ENROLL_DELETED) {
		progress->stands = progress->is_approved = false;
		reminder_end(&progress->reminder);
	}
}

enum enroll_action conversation_step(struct exchange *exchange, struct conversation_progress *progress, enum enroll_event event,
				     const struct transport_peer *peer)
{
	/* A stranger has no say in when others are asked. */
	bool may_ask_for_pause = (event == ENROLL_THROTTLED || event == ENROLL_SERVER_ERROR) && !peer->is_stranger;
	struct enroll_input input = {
		.event = event,
		.now_ms = exchange->host->now_ms(),
		.random = exchange->host->random(),
		.retry_after_s = may_ask_for_pause ? exchange->response.retry_after_s : -1,
		.addresses = progress->addresses,
	};

	if (event == ENROLL_CREATED || event == ENROLL_EXISTS) {
		char text[ERROR_TEXT_LIMIT];
		text_format(text, sizeof text, "certificate request %s %s", exchange->identity->csr_name,
			    event == ENROLL_CREATED ? "created" : "exists already");
		exchange->host->say(HOST_DETAIL, text);
	}
	if (event == ENROLL_EARLY && (progress->not_before_s == 0 || peer->not_before_s < progress->not_before_s)) {
		progress->not_before_s = peer->not_before_s;
	}
	follow(exchange, progress, event, input.now_ms);
	return enroll_step(&progress->enrollment, &input);
}

int conversation_reopen(struct exchange *exchange, struct transport_peer *peer, struct error *err)
{
	const struct transport *transport = exchange->transport;
	int64_t due_ms = host_earlier(exchange->deadline_ms, exchange->host->now_ms() + CONVERSATION_OPEN_TIMEOUT_MS);

	transport->close(transport->self);
	return transport->open(transport->self, peer, due_ms, err);
}

/* After the answer to the POST: make ready for the one to the watch, and send that where it was held back. */
static int turn_to_watch(struct exchange *exchange, struct connection *connection, struct error *err)
{
	bool closes = exchange->response.closes;

	http_begin(&exchange->response, exchange->answer, sizeof exchange->answer);
	if (connection->watch_sent && !closes) {
		return 0;
	}
	if (closes) {
		connection->pending.len = 0;
		if (conversation_reopen(exchange, connection->peer, err) != 0) {
			return -1;
		}
	}
	return send_requests(exchange, connection, SEND_WATCH, err);
}

enum enroll_event conversation_event_of(const struct error *err, const struct transport_peer *peer)
{
	if (err->class == ERROR_INTERNAL) {
		return ENROLL_BROKEN;
	}
	if (err->class == ERROR_UNTRUSTED) {
		return peer->not_before_s > 0 ? ENROLL_EARLY : ENROLL_UNTRUSTED;
	}
	return ENROLL_LOST;
}

enum enroll_action conversation_hold(struct exchange *exchange, struct conversation_progress *progress, struct transport_peer *peer,
				     struct buffer *certificate, struct error *err)
{
	struct connection connection = {.peer = peer};
	enum enroll_event event;

	http_begin(&exchange->response, exchange->answer, sizeof exchange->answer);
	if (send_requests(exchange, &connection, progress->one_at_a_time ? SEND_CREATE : SEND_BOTH, err) != 0) {
		return conversation_step(exchange, progress, conversation_event_of(err, peer), peer);
	}
	for (;;) {
		bool was_in_watch = connection.in_watch;
		if (connection.pending.len == 0 && (!was_in_watch || find_newline(exchange) == NULL)) {
			struct error ignored; /* of a connection that broke, the cause is known already */
			switch (receive(exchange, &connection, progress, err)) {
			case TRANSPORT_OK:
				break;
			case TRANSPORT_END:
				if (end_connection(exchange, &connection, progress, err) != 0) {
					return conversation_step(exchange, progress, ENROLL_LOST, peer);
				}
				break;
			case TRANSPORT_TIMEOUT:
				return conversation_step(exchange, progress, ENROLL_DEADLINE, peer);
			case TRANSPORT_ERROR:
				(void)end_connection(exchange, &connection, progress, &ignored);
				return conversation_step(exchange, progress, err->class == ERROR_INTERNAL ? ENROLL_BROKEN : ENROLL_LOST,
							 peer);
			}
		}
		event = read_event(exchange, &connection, certificate, err);
		if (event == ENROLL_EVENTS) {
			continue;
		}
		enum enroll_action action = conversation_step(exchange, progress, event, peer);
		if (action != ENROLL_READ_ON) {
			return action;
		}
		if (was_in_watch && exchange->response.state == HTTP_DONE &&
		    find_newline(exchange) == NULL) { /* the last chunk came together with that event */
			return conversation_step(exchange, progress, watch_ended(err), peer);
		}
		if (connection.in_watch && !was_in_watch && turn_to_watch(exchange, &connection, err) != 0) {
			return conversation_step(exchange, progress, conversation_event_of(err, peer), peer);
		}
	}
}

enum enroll_action conversation_fail(struct exchange *exchange, struct conversation_progress *progress, const struct transport_peer *peer,
				     const struct error *err)
{
	return conversation_step(exchange, progress, conversation_event_of(err, peer), peer);
}

void conversation_hide_token(const struct exchange *exchange, char *text, size_t len)
{
	const char *secret = token_secret(&exchange->config->token);

	for (size_t at = 0; at < len; at++) {
		size_t same = 0;
		while (secret[same] != '\0' && at + same < len && text[at + same] == secret[same]) {
			same++;
		}
		if (same >= SECRET_PART_MIN) { /* the end may have been cut off */
			memset(text + at, '*', same);
		}
	}
}
