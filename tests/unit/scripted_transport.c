/* SPDX-License-Identifier: Apache-2.0 */
#include "scripted_transport.h"

#include <stdio.h>

#define TEXT_LIMIT 262144

const char *script_text(const char *format, ...)
{
	static char text[TEXT_LIMIT];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	assert_true(len >= 0 && (size_t)len < sizeof text);
	return support_exact((struct view){text, (size_t)len + 1}).data;
}

static size_t len_of(const struct script_step *step)
{
	return step->len > 0 ? step->len : strlen(step->text);
}

static void next_step(struct scripted_transport *script)
{
	script->step++;
	script->given = 0;
	script->step_since_ms = fake_host_state.now_ms;
}

static const struct script_connection *next_connection(const struct scripted_transport *script)
{
	if (script->opened < script->connection_count) {
		return &script->connections[script->opened];
	}
	if (!script->repeats_last) {
		fail_msg("connection %zu was not expected", script->opened + 1);
	}
	return &script->connections[script->connection_count - 1];
}

static int script_open(void *self, struct transport_peer *peer, int64_t deadline_ms, struct error *err)
{
	struct scripted_transport *script = self;
	const struct script_connection *connection = next_connection(script);

	assert_false(script->is_open);
	assert_true(deadline_ms <= script->deadline_ms);
	assert_true(deadline_ms <= fake_host_state.now_ms + 60000); /* one server must not use up the time of all */
	assert_true(script->opened < SCRIPT_CONNECTIONS);
	if (connection->host != NULL) {
		assert_string_equal(peer->server->host, connection->host);
	}
	assert_false(peer->is_stranger && script->knows_authorities);
	script->is_stranger = peer->is_stranger;
	peer->address_count = script->address_count;
	script->turns[script->opened] = peer->turn;
	script->opened_at_ms[script->opened++] = fake_host_state.now_ms;
	script->steps = script->step = connection->steps;
	script->given = 0;
	script->step_since_ms = fake_host_state.now_ms;
	if (script->step->kind == SCRIPT_OPEN_FAILS) {
		int64_t until_ms = fake_host_state.now_ms + script->step->ms;
		fake_host_state.now_ms = until_ms < deadline_ms ? until_ms : deadline_ms;
		(void)error_set(err, script->step->class, "%s", script->step->text); /* gives -1 */
		peer->not_before_s = script->step->not_before_s;
		script->step++;
		return -1;
	}
	script->is_open = true;
	return 0;
}

static enum transport_result break_off(struct scripted_transport *script, struct error *err)
{
	(void)error_set(err, script->step->class, "%s", script->step->text); /* gives -1 */
	script->is_open = false;
	next_step(script);
	return TRANSPORT_ERROR;
}

static enum transport_result script_send(void *self, struct view data, int64_t deadline_ms, struct error *err)
{
	struct scripted_transport *script = self;
	struct script_send *sent = &script->sends[script->send_count];

	assert_true(script->is_open);
	assert_true(deadline_ms <= script->deadline_ms);
	if (script->is_stranger) {
		assert_null(view_find(data, "Authorization", strlen("Authorization")));
	}
	if (script->step->kind == SCRIPT_SEND_FAILS) {
		return break_off(script, err);
	}
	if (script->step->kind != SCRIPT_SEND) {
		fail_msg("was sent, and not expected: %.*s", (int)data.len, data.data);
	}
	if (script->step->text != NULL) {
		assert_text("send", data, script->step->text);
	}
	assert_true(script->send_count < SCRIPT_SENDS);
	*sent = (struct script_send){script->opened - 1, fake_host_state.now_ms, support_exact(data)};
	script->send_count++;
	next_step(script);
	return TRANSPORT_OK;
}

/* Let the clock go on for what is left of the step's time. False when `deadline_ms` comes first. */
static bool pass_time(struct scripted_transport *script, int64_t deadline_ms)
{
	int64_t until_ms = script->step_since_ms + script->step->ms;

	if (until_ms >= deadline_ms && fake_host_state.now_ms < until_ms) {
		fake_host_state.now_ms = deadline_ms > fake_host_state.now_ms ? deadline_ms : fake_host_state.now_ms;
		return false;
	}
	fake_host_state.now_ms = until_ms > fake_host_state.now_ms ? until_ms : fake_host_state.now_ms;
	return true;
}

static enum transport_result give(struct scripted_transport *script, struct buffer *into)
{
	const struct script_step *step = script->step;
	size_t left = len_of(step) - script->given;
	size_t room = into->capacity - into->len;
	size_t len = step->piece > 0 && step->piece < left ? step->piece : left;

	len = len < room ? len : room;
	buffer_add(into, step->text + script->given, len);
	script->given += len;
	if (script->given == len_of(step) && step->kind == SCRIPT_FLOOD) {
		script->given = 0;
		script->step_since_ms = fake_host_state.now_ms;
	} else if (script->given == len_of(step)) {
		next_step(script);
	}
	return TRANSPORT_OK;
}

static enum transport_result script_receive(void *self, struct buffer *into, int64_t deadline_ms, struct error *err)
{
	struct scripted_transport *script = self;

	assert_true(script->is_open);
	assert_true(into->len < into->capacity);
	assert_true(deadline_ms <= script->deadline_ms);
	assert_true(deadline_ms > fake_host_state.now_ms);
	while (script->step->kind == SCRIPT_WAIT) {
		if (!pass_time(script, deadline_ms)) {
			return TRANSPORT_TIMEOUT;
		}
		next_step(script);
	}
	switch (script->step->kind) {
	case SCRIPT_GIVE:
		return give(script, into);
	case SCRIPT_FLOOD:
		return script->given > 0 || pass_time(script, deadline_ms) ? give(script, into) : TRANSPORT_TIMEOUT;
	case SCRIPT_SILENCE:
		assert_true(deadline_ms < INT64_MAX); /* waits for ever */
		fake_host_state.now_ms = deadline_ms;
		return TRANSPORT_TIMEOUT;
	case SCRIPT_END:
		next_step(script);
		return TRANSPORT_END;
	case SCRIPT_BREAK:
		return break_off(script, err);
	case SCRIPT_WAIT:
	case SCRIPT_SEND:
	case SCRIPT_SEND_FAILS:
	case SCRIPT_OPEN_FAILS:
	case SCRIPT_TRUST:
	case SCRIPT_DISTRUST:
	case SCRIPT_OVER:
		break;
	}
	fail_msg("connection %zu: more is read than the script gives", script->opened);
	return TRANSPORT_ERROR;
}

static int script_trust(void *self, struct transport_peer *peer, struct view authorities, struct error *err)
{
	struct scripted_transport *script = self;
	const struct script_step *step = script->step;

	assert_true(script->is_open && script->is_stranger);
	if (step->kind == SCRIPT_DISTRUST) {
		peer->not_before_s = step->ms / 1000;
		(void)break_off(script, err); /* as any other failure */
		return -1;
	}
	assert_int_equal(step->kind, SCRIPT_TRUST);
	assert_text("trust", authorities, step->text);
	script->is_stranger = false;
	script->knows_authorities = true;
	next_step(script);
	return 0;
}

static void script_close(void *self)
{
	struct scripted_transport *script = self;

	bool may_end = script->step == NULL || script->step->kind == SCRIPT_OVER || script->step->kind == SCRIPT_SILENCE ||
		       script->step->kind == SCRIPT_FLOOD;

	script->is_open = false;
	if (!may_end) {
		fail_msg("connection %zu was closed too early, before step %zu", script->opened,
			 (size_t)(script->step - script->steps) + 1);
	}
}

void scripted_transport_init(struct scripted_transport *script, const struct script_connection *connections, size_t count)
{
	memset(script, 0, sizeof *script);
	script->connections = connections;
	script->connection_count = count;
	script->deadline_ms = INT64_MAX;
	script->transport = (struct transport){.self = script,
					       .open = script_open,
					       .trust = script_trust,
					       .send = script_send,
					       .receive = script_receive,
					       .close = script_close};
}

void scripted_transport_check_end(const struct scripted_transport *script)
{
	assert_false(script->is_open);
	if (script->opened < script->connection_count) {
		fail_msg("%zu connections instead of %zu", script->opened, script->connection_count);
	}
}
