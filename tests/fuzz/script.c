/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "fake_host.h"

#define OPENED_MAX 10000 /* who needs more of them never ends */

/* Take `byte` off the front. */
static bool take(struct script *script, enum script_byte byte)
{
	bool is_next = script->rest.len > 0 && (unsigned char)script->rest.data[0] == byte;

	script->rest.data += is_next;
	script->rest.len -= is_next;
	return is_next;
}

static bool ends_connection(char c)
{
	return (unsigned char)c >= SCRIPT_NO_MORE;
}

static int script_open(void *self, struct transport_peer *peer, int64_t deadline_ms, struct error *err)
{
	struct script *script = self;

	FUZZ_CHECK(!script->is_open && peer->server->host[0] != '\0' && ++script->opened < OPENED_MAX);
	FUZZ_CHECK(deadline_ms <= script->deadline_ms && deadline_ms >= fake_host_state.now_ms);
	if (take(script, SCRIPT_OPEN_DISTRUSTED)) {
		return error_set(err, ERROR_UNTRUSTED, "cannot verify %s", peer->server->host);
	}
	if (take(script, SCRIPT_OPEN_REFUSED) || script->rest.len == 0) {
		return error_set(err, ERROR_UNREACHABLE, "cannot connect to %s", peer->server->host);
	}
	script->is_open = true;
	return 0;
}

static enum transport_result break_off(struct script *script, struct error *err)
{
	script->is_open = false;
	(void)error_set(err, ERROR_UNREACHABLE, "the connection broke"); /* gives -1 */
	return TRANSPORT_ERROR;
}

static enum transport_result script_send(void *self, struct view data, int64_t deadline_ms, struct error *err)
{
	struct script *script = self;

	FUZZ_CHECK(script->is_open && deadline_ms <= script->deadline_ms);
	FUZZ_CHECK(data.len > 0 && data.len <= REQUEST_LIMIT);
	return take(script, SCRIPT_SEND_BREAKS) ? break_off(script, err) : TRANSPORT_OK;
}

static enum transport_result wait_for_nothing(int64_t deadline_ms)
{
	fake_host_state.now_ms = deadline_ms;
	return TRANSPORT_TIMEOUT;
}

static enum transport_result script_receive(void *self, struct buffer *into, int64_t deadline_ms, struct error *err)
{
	struct script *script = self;
	size_t len = 0;
	size_t max = into->capacity - into->len;

	FUZZ_CHECK(script->is_open && max > 0);
	FUZZ_CHECK(deadline_ms <= script->deadline_ms && deadline_ms > fake_host_state.now_ms);
	while (take(script, SCRIPT_TIME_PASSES)) {
		if (fake_host_state.now_ms + 10000 >= deadline_ms) {
			return wait_for_nothing(deadline_ms);
		}
		fake_host_state.now_ms += 10000;
	}
	if (script->rest.len == 0 || (unsigned char)script->rest.data[0] == SCRIPT_NO_MORE) {
		return wait_for_nothing(deadline_ms);
	}
	if ((unsigned char)script->rest.data[0] == SCRIPT_CLOSED) {
		return TRANSPORT_END; /* close() takes it off, as it does with what nobody has read */
	}
	if ((unsigned char)script->rest.data[0] == SCRIPT_CUT) {
		return break_off(script, err);
	}
	max = max < script->piece ? max : script->piece;
	while (len < max && len < script->rest.len && (unsigned char)script->rest.data[len] < SCRIPT_TIME_PASSES) {
		len++;
	}
	buffer_add(into, script->rest.data, len);
	script->rest.data += len;
	script->rest.len -= len;
	return TRANSPORT_OK;
}

static void script_close(void *self)
{
	struct script *script = self;

	script->is_open = false;
	while (script->rest.len > 0) {
		char c = script->rest.data[0];
		script->rest.data++;
		script->rest.len--;
		if (ends_connection(c)) {
			return;
		}
	}
}

void script_begin(struct script *script, struct view text, size_t piece)
{
	*script = (struct script){.rest = text, .piece = piece, .deadline_ms = INT64_MAX};
	script->transport = (struct transport){
		.self = script, .open = script_open, .send = script_send, .receive = script_receive, .close = script_close};
}
