/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <string.h>

#include "conversation.h"
#include "date.h"
#include "discovery.h"

#define CLOCK_PAUSE_MS 1000

#define FIRST_ROUND_MS 1000 /* for a server that may be dead, while there are others that were not asked yet */

static void say_format(const struct exchange *exchange, enum host_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say_format(const struct exchange *exchange, enum host_level level, const char *format, ...)
{
	char text[ERROR_TEXT_LIMIT];
	struct buffer buf;
	va_list args;

	buffer_init(&buf, text, sizeof text - 1);
	va_start(args, format);
	buffer_format_args(&buf, format, args);
	va_end(args);
	text[buf.len] = '\0';
	exchange->host->say(level, text);
}

static const char *text_of_aim(const struct exchange *exchange)
{
	return exchange->only_discovers ? "discover the certificate authority" : "request a certificate";
}

/* On a new connection: discover first where that is not done, then ask for the certificate. */
static enum enroll_action talk(struct exchange *exchange, struct conversation_progress *progress, struct transport_peer *peer,
			       struct buffer *certificate, struct error *err)
{
	if (peer->is_stranger) {
		enum enroll_event event = discovery_hold(exchange, peer, err);
		enum enroll_action action = conversation_step(exchange, progress, event, peer);
		if (action != ENROLL_READ_ON) {
			return action;
		}
		peer->is_stranger = false;
		progress->enrollment.server_count = exchange->config->server_count;
		say_format(exchange, HOST_DETAIL, "the cluster is the one that is pinned, and calls itself %s",
			   exchange->config->servers[exchange->config->main_server].text);
		if (exchange->only_discovers) {
			return ENROLL_FINISH;
		}
		if (exchange->response.closes && conversation_reopen(exchange, peer, err) != 0) {
			return conversation_fail(exchange, progress, peer, err);
		}
	}
	return conversation_hold(exchange, progress, peer, certificate, err);
}

/* One connection to one server. */
static enum enroll_action attempt(struct exchange *exchange, struct conversation_progress *progress, struct buffer *certificate,
				  struct error *err)
{
	const struct config *config = exchange->config;
	const struct url *server = &config->servers[progress->enrollment.server];
	struct transport_peer peer = {
		.server = server,
		.proxy = config->proxy.text[0] != '\0' ? &config->proxy : NULL,
		.name = config->tls_server_name,
		.is_stranger = progress->enrollment.state == ENROLL_DISCOVER,
		.turn = progress->attempts++ / config->server_count,
	};
	peer.patience_ms = peer.turn == 0 && config->server_count > 1 ? FIRST_ROUND_MS : 0;
	int64_t due_ms = host_earlier(exchange->deadline_ms, exchange->host->now_ms() + CONVERSATION_OPEN_TIMEOUT_MS);
	enum enroll_action action;

	exchange->response.retry_after_s = -1;
	say_format(exchange, HOST_DETAIL, "connecting to %s", server->text);
	int opened = exchange->transport->open(exchange->transport->self, &peer, due_ms, err);
	progress->addresses = peer.address_count;
	if (opened == 0) {
		action = talk(exchange, progress, &peer, certificate, err);
		exchange->transport->close(exchange->transport->self);
	} else {
		action = conversation_fail(exchange, progress, &peer, err);
	}
	if (action == ENROLL_AGAIN || action == ENROLL_AWAIT_CLOCK || progress->enrollment.state == ENROLL_REFUSED) {
		error_wrap(err, "cannot %s at %s", text_of_aim(exchange), server->text);
	}
	conversation_hide_token(exchange, err->text, strlen(err->text));
	if (peer.not_before_s > 0 && peer.not_before_s == progress->not_before_s) {
		exchange->early = *err;
	}
	return action;
}

/* Sleep before the next attempt, and say why: every time, or to a person rarer and rarer. False when the deadline comes first. */
static bool pause_before_retry(struct exchange *exchange, struct conversation_progress *progress, const struct error *err)
{
	int64_t next_ms = progress->enrollment.next_ms;
	int64_t pause_ms = next_ms - exchange->host->now_ms();

	size_t failures = progress->enrollment.failures;
	bool is_power_of_two = (failures & (failures - 1)) == 0;

	if (next_ms < exchange->deadline_ms) {
		say_format(exchange, is_power_of_two ? HOST_NOTICE : HOST_DETAIL,
			   pause_ms > 0 ? "%s; next attempt in %lld ms" : "%s; next attempt at once", err->text, (long long)pause_ms);
	}
	exchange->host->sleep_until(host_earlier(next_ms, exchange->deadline_ms));
	return exchange->host->now_ms() < exchange->deadline_ms;
}

/* No server is to be trusted by this clock: wait until it is set. False when the deadline comes first. */
static bool wait_for_clock(struct exchange *exchange, struct conversation_progress *progress)
{
	const struct host *host = exchange->host;

	say_format(exchange, HOST_NOTICE, "%s; waiting for the clock to be set", exchange->early.text);
	while (host->calendar_s() < progress->not_before_s) {
		if (host->now_ms() >= exchange->deadline_ms) {
			return false;
		}
		host->sleep_until(host_earlier(host->now_ms() + CLOCK_PAUSE_MS, exchange->deadline_ms));
	}
	progress->not_before_s = 0;
	return host->now_ms() < exchange->deadline_ms;
}

/* The deadline has come: say what was in the way. */
static enum enroll_state time_out(struct exchange *exchange, const struct conversation_progress *progress, struct error *err)
{
	char elapsed[32];
	char cause[ERROR_TEXT_LIMIT];
	struct buffer text;
	const char *name = exchange->identity->csr_name;

	buffer_init(&text, elapsed, sizeof elapsed - 1);
	date_format_duration(&text, exchange->config->deadline_ms / 1000);
	elapsed[text.len] = '\0';
	if (progress->stands && progress->has_failed) {
		text_format(cause, sizeof cause, "%s", err->text);
		error_set(err, ERROR_PENDING, "cannot tell what became of %s after %s; it stands, and the next run resumes it: %s", name,
			  elapsed, cause);
	} else if (progress->stands && progress->is_approved) {
		error_set(err, ERROR_PENDING,
			  "%s was approved, but not issued within %s; it stands, and the next run resumes it; does the signer "
			  "(kube-controller-manager) run?",
			  name, elapsed);
	} else if (progress->stands) {
		error_set(err, ERROR_PENDING,
			  "%s was not approved and issued within %s; it stands, and the next run resumes it; an administrator can run: "
			  "kubectl certificate approve %s",
			  name, elapsed, name);
	} else if (progress->has_failed) {
		if (exchange->host->calendar_s() < progress->not_before_s) { /* whichever server failed last: this can be mended here */
			*err = exchange->early;
		}
		error_wrap(err, "gave up after %s", elapsed);
	} else {
		error_set(err, ERROR_UNREACHABLE, "cannot %s at %s: no answer within %s", text_of_aim(exchange),
			  exchange->config->servers[0].text, elapsed);
	}
	return ENROLL_TIMED_OUT;
}

static void name_credential(struct exchange *exchange)
{
	const struct token *token = &exchange->config->token;

	if (token->is_bootstrap) {
		text_format(exchange->credential, sizeof exchange->credential, "token %.*s", TOKEN_ID_LEN, token->text);
	} else {
		text_format(exchange->credential, sizeof exchange->credential, "the %s",
			    token->text[0] != '\0' ? "token" : "client certificate");
	}
}

enum enroll_state exchange_run(struct exchange *exchange, struct buffer *certificate, struct error *err)
{
	struct conversation_progress progress = {0};
	const struct config *config = exchange->config;
	enum enroll_action action;

	err->text[0] = '\0';
	reminder_end(&progress.reminder);
	name_credential(exchange);
	enroll_begin(&progress.enrollment, config->ca_data_len > 0 ? ENROLL_CREATE : ENROLL_DISCOVER, config->server_count);
	for (;;) {
		certificate->len = 0;
		certificate->overflow = false;
		action = attempt(exchange, &progress, certificate, err);
		if (action == ENROLL_FINISH) {
			break;
		}
		progress.has_failed = true;
		bool goes_on =
			action == ENROLL_AWAIT_CLOCK ? wait_for_clock(exchange, &progress) : pause_before_retry(exchange, &progress, err);
		if (!goes_on) {
			return time_out(exchange, &progress, err);
		}
	}
	if (progress.enrollment.state == ENROLL_TIMED_OUT) {
		return time_out(exchange, &progress, err);
	}
	if (progress.enrollment.state == ENROLL_DENIED || progress.enrollment.state == ENROLL_FAILED) {
		error_wrap(err, "cannot use the certificate request %s", exchange->identity->csr_name);
	}
	return progress.enrollment.state;
}
