/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange (src/exchange.h) on a scripted network: node-1 with key 1 asks https://10.0.0.1:6443, and may take an hour.
 *
 * Also what an API server says, for scripts.
 */
#ifndef EXCHANGE_FIXTURE_H
#define EXCHANGE_FIXTURE_H

#include "exchange.h"
#include "fake_crypto.h"
#include "scripted_transport.h"

#define FIXTURE_ID          "k7dm2p"
#define FIXTURE_SECRET      "q4w8x1z9c3v5b7n6"
#define FIXTURE_TOKEN       FIXTURE_ID "." FIXTURE_SECRET
#define FIXTURE_CERTIFICATE "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"
#define FIXTURE_HOUR_MS     3600000

struct exchange_fixture {
	struct config config;
	struct identity identity;
	struct exchange exchange;
	struct scripted_transport script;
	char memory[PEM_LIMIT];
	char text[KUBECONFIG_LIMIT];
	char json[KUBECONFIG_JSON_LIMIT];
	struct buffer certificate;
	struct error err;
};

extern struct exchange_fixture fixture;

/* cmocka's setup: everything as above. */
int exchange_fixture_setup(void **state);

/* Servers instead of https://10.0.0.1:6443; NULL ends the list. */
void fixture_set_servers(const char *first, ...);
void fixture_set_deadline(int64_t deadline_ms);

/*
 * Run over `count` connections. Fails the test when the script is not played to its end, the token's secret was said or stands in the
 * error, or a file of what it returns does not fit the outcome.
 */
enum enroll_state fixture_run(const struct script_connection *connections, size_t count);

/* Run, and fail the test unless the certificate is issued. */
void fixture_expect_issued(const struct script_connection *connections, size_t count);

/* The exact requests that are due at the first server. */
const char *fixture_create(void);
const char *fixture_watch(long long timeout_s);
const char *fixture_both(void);

/* Base64 of `text`, as a text. */
const char *encoded(struct view text);

/* Answers with Content-Length. `headers` are lines that end in "\r\n". */
const char *answer_text(const char *status, const char *headers, const char *body);
const char *answer_created(void);
const char *answer_exists(void);
const char *answer_status(int code, const char *message);

/* The watch: its head, and chunks with one event each. `status` is the JSON object under "status". */
const char *watch_head(void);
const char *watch_event(const char *type, const char *status);
const char *watch_event_of(const char *type, const char *csr_name, const struct key *key, const char *status);
const char *watch_chunk(const char *text);
#define WATCH_END "0\r\n\r\n"

/* One event each, as chunks. */
const char *watch_pending(void);
const char *watch_approved(void);
const char *watch_issued(void);

/* The whole conversation that ends with a certificate. */
const char *answer_issued(void);

#define SEND(request)                                  \
	{                                              \
		.kind = SCRIPT_SEND, .text = (request) \
	}
#define SEND_ANY                    \
	{                           \
		.kind = SCRIPT_SEND \
	}
#define GIVE(bytes)                                  \
	{                                            \
		.kind = SCRIPT_GIVE, .text = (bytes) \
	}
#define WAIT(time_ms)                                \
	{                                            \
		.kind = SCRIPT_WAIT, .ms = (time_ms) \
	}
#define SILENCE                        \
	{                              \
		.kind = SCRIPT_SILENCE \
	}
#define END                        \
	{                          \
		.kind = SCRIPT_END \
	}
#define BREAK(cause)                                                              \
	{                                                                         \
		.kind = SCRIPT_BREAK, .class = ERROR_UNREACHABLE, .text = (cause) \
	}
#define OPEN_FAILS(why, cause)                                             \
	{                                                                  \
		.kind = SCRIPT_OPEN_FAILS, .class = (why), .text = (cause) \
	}
/* Its certificate is valid from then on. */
#define OPEN_IS_EARLY(cause, begin_s)                                                                           \
	{                                                                                                       \
		.kind = SCRIPT_OPEN_FAILS, .class = ERROR_UNTRUSTED, .text = (cause), .not_before_s = (begin_s) \
	}

#endif
