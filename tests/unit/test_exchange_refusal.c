/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange_fixture.h"

static const char *watched(const char *events)
{
	return script_text("%s%s%s", answer_created(), watch_head(), events);
}

static const char *watch_error(int code, const char *message)
{
	return watch_chunk(
		script_text("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"message\":\"%s\",\"code\":%d}}\n", message, code));
}

static const char *repeated(const char *text, size_t times)
{
	BUFFER(buf, 200000);

	while (times-- > 0) {
		buffer_add_text(&buf, text);
	}
	assert_false(buf.overflow);
	return script_text("%.*s", (int)buf.len, buf.data);
}

TEST(an_answer_that_is_final_ends_the_run_at_once)
{
	const struct key other = fake_key(2);
	const struct {
		const char *label;
		const char *answer;
		enum enroll_state state;
		enum error_class class;
		const char *text;
	} rows[] = {
		{"denied",
		 watched(watch_event("MODIFIED",
				     "{\"conditions\":[{\"type\":\"Denied\",\"reason\":\"Unknown\",\"message\":\"who is that\"}]}")),
		 ENROLL_DENIED, ERROR_REFUSED, "certificate request node-csr-"},
		{"denied, in words",
		 watched(watch_event("ADDED",
				     "{\"conditions\":[{\"type\":\"Denied\",\"reason\":\"Unknown\",\"message\":\"who is that\"}]}")),
		 ENROLL_DENIED, ERROR_REFUSED, ": it was denied: Unknown: who is that"},
		{"failed",
		 watched(watch_event(
			 "MODIFIED",
			 "{\"conditions\":[{\"type\":\"Approved\"},{\"type\":\"Failed\",\"reason\":\"SignerValidationFailure\"}]}")),
		 ENROLL_FAILED, ERROR_REFUSED, ": it failed: SignerValidationFailure"},
		{"another key", watched(watch_event_of("ADDED", fixture.identity.csr_name, &other, "{}")), ENROLL_FAILED, ERROR_REFUSED,
		 "its name is taken by a request with another key"},
		{"422", answer_status(422, "spec.request: Invalid value"), ENROLL_REFUSED, ERROR_REFUSED,
		 "cannot request a certificate at https://10.0.0.1:6443: 422: spec.request: Invalid value"},
		{"400", answer_status(400, "bad"), ENROLL_REFUSED, ERROR_REFUSED, "400: bad"},
		{"404", answer_text("404 Not Found", "", "404 page not found\n"), ENROLL_REFUSED, ERROR_REFUSED, "404: 404 page not found"},
		{"422 of the watch", script_text("%s%s", answer_created(), answer_status(422, "no")), ENROLL_REFUSED, ERROR_REFUSED,
		 "422: no"},
		{"422 inside the watch", watched(watch_error(422, "no")), ENROLL_REFUSED, ERROR_REFUSED, "422: no"},
		{"no HTTP", "SSH-2.0-OpenSSH_9.9\r\n", ENROLL_REFUSED, ERROR_UNTRUSTED, "not an HTTP response"},
		{"200 for a create", answer_text("200 OK", "", "<html>"), ENROLL_REFUSED, ERROR_UNTRUSTED, "unexpected status 200"},
		{"302", answer_text("302 Found", "Location: https://evil\r\n", ""), ENROLL_REFUSED, ERROR_UNTRUSTED,
		 "unexpected status 302"},
		{"201 for the watch", script_text("%s%s", answer_created(), answer_created()), ENROLL_REFUSED, ERROR_UNTRUSTED,
		 "unexpected status 201"},
		{"409 for the watch", script_text("%s%s", answer_created(), answer_exists()), ENROLL_REFUSED, ERROR_UNTRUSTED,
		 "unexpected status 409"},
		{"no JSON in the watch", watched(watch_chunk("<html>\n")), ENROLL_REFUSED, ERROR_UNTRUSTED, "something else than an event"},
		{"certificate that is no base64", watched(watch_event("MODIFIED", "{\"certificate\":\"LS0!\"}")), ENROLL_REFUSED,
		 ERROR_UNTRUSTED, "its certificate is not base64"},
		{"certificate too large", watched(watch_event("MODIFIED", script_text("{\"certificate\":\"%s\"}", repeated("QUJD", 6000)))),
		 ENROLL_REFUSED, ERROR_UNTRUSTED, "larger than 16384 bytes"},
		{"answer too large", answer_text("201 Created", "", repeated(" ", ANSWER_LIMIT + 1)), ENROLL_REFUSED, ERROR_UNTRUSTED,
		 "the answer is larger than 32768 bytes"},
		{"event too large", watched(watch_chunk(repeated(" ", ANSWER_LIMIT + 1))), ENROLL_REFUSED, ERROR_UNTRUSTED,
		 "the answer is larger than 32768 bytes"},
		{"line of the head too long", script_text("HTTP/1.1 201 Created\r\nA: %s\r\n", repeated("a", HTTP_LINE_LIMIT)),
		 ENROLL_REFUSED, ERROR_UNTRUSTED, "is too long"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		/* What follows the decisive byte need not be read. */
		const struct script_connection connections[] = {{NULL, {SEND_ANY, {.kind = SCRIPT_FLOOD, .text = rows[i].answer}}}};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		assert_row(rows[i].label, fixture_run(connections, 1) == rows[i].state);
		assert_error(rows[i].label, &fixture.err, rows[i].class, rows[i].text);
		assert_row(rows[i].label, fake_host_state.now_ms == 0);
	}
}

TEST(the_largest_answer_that_fits_is_read)
{
	const struct script_connection connections[] = {
		{NULL,
		 {SEND_ANY, GIVE(answer_text("201 Created", "", repeated(" ", ANSWER_LIMIT))), GIVE(watch_head()), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
}

TEST(many_events_together_may_be_larger_than_one_answer)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(watched(repeated(watch_pending(), 60))), GIVE(watch_issued())}}};

	fixture_expect_issued(connections, 1);
}

TEST(one_server_that_makes_no_sense_gives_way_to_the_next)
{
	const struct script_connection connections[] = {
		{"10.0.0.1", {SEND_ANY, GIVE("SSH-2.0-OpenSSH_9.9\r\n")}},
		{"10.0.0.2", {OPEN_FAILS(ERROR_UNTRUSTED, "cannot trust the server")}},
		{"10.0.0.3", {SEND_ANY, GIVE(answer_issued())}},
	};

	fixture_set_servers("https://10.0.0.1", "https://10.0.0.2", "https://10.0.0.3", NULL);
	fixture_expect_issued(connections, COUNT(connections));
}

TEST(a_certificate_that_is_too_large_does_not_spoil_the_one_of_the_next_server)
{
	const struct script_connection connections[] = {
		{"10.0.0.1",
		 {SEND_ANY,
		  {.kind = SCRIPT_FLOOD,
		   .text = watched(watch_event("ADDED", script_text("{\"certificate\":\"%s\"}", repeated("QUJD", 6000))))}}},
		{"10.0.0.2", {SEND_ANY, GIVE(answer_issued())}},
	};

	fixture_set_servers("https://10.0.0.1", "https://10.0.0.2", NULL);
	fixture_expect_issued(connections, COUNT(connections));
}

TEST(when_no_server_can_be_trusted_the_run_ends)
{
	const struct script_connection connections[] = {
		{"10.0.0.1", {SEND_ANY, GIVE("SSH-2.0-OpenSSH_9.9\r\n")}},
		{"10.0.0.2", {OPEN_FAILS(ERROR_UNTRUSTED, "cannot trust the server as 10.0.0.2")}},
	};

	fixture_set_servers("https://10.0.0.1", "https://10.0.0.2", NULL);
	assert_int_equal(fixture_run(connections, COUNT(connections)), ENROLL_REFUSED);
	assert_error("both", &fixture.err, ERROR_UNTRUSTED,
		     "cannot request a certificate at https://10.0.0.2: cannot trust the server as 10.0.0.2");
}

TEST(a_fault_of_our_own_ends_the_run_at_once)
{
	const struct {
		const char *label;
		struct script_connection connections[2];
		size_t count;
	} rows[] = {
		{"open", {{NULL, {OPEN_FAILS(ERROR_INTERNAL, "out of arena memory")}}}, 1},
		{"send", {{NULL, {{.kind = SCRIPT_SEND_FAILS, .class = ERROR_INTERNAL, .text = "out of arena memory"}}}}, 1},
		{"receive", {{NULL, {SEND_ANY, {.kind = SCRIPT_BREAK, .class = ERROR_INTERNAL, .text = "out of arena memory"}}}}, 1},
		{"open for the watch",
		 {{NULL, {SEND_ANY, GIVE(answer_text("201 Created", "Connection: close\r\n", "{}"))}},
		  {NULL, {OPEN_FAILS(ERROR_INTERNAL, "out of arena memory")}}},
		 2},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		assert_row(rows[i].label, fixture_run(rows[i].connections, rows[i].count) == ENROLL_REFUSED);
		assert_error(rows[i].label, &fixture.err, ERROR_INTERNAL, "out of arena memory");
		assert_row(rows[i].label, fake_host_state.now_ms == 0);
	}
}

TEST(a_young_server_may_refuse_a_good_token_for_a_moment)
{
	const int codes[] = {401, 403};

	for (size_t i = 0; i < COUNT(codes); i++) {
		const struct script_connection connections[] = {
			{NULL, {SEND_ANY, GIVE(answer_status(codes[i], "Unauthorized"))}},
			{NULL, {SEND_ANY, GIVE(answer_status(codes[i], "Unauthorized"))}},
			{NULL, {SEND(fixture_both()), GIVE(answer_issued())}},
		};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fixture_expect_issued(connections, COUNT(connections));
	}
}

TEST(a_token_that_is_refused_for_ever_ends_the_run_after_the_grace)
{
	const struct {
		const char *label;
		const char *answer;
		const char *text;
	} rows[] = {
		{"401", answer_status(401, "Unauthorized"),
		 "cannot request a certificate at https://10.0.0.1:6443: 401 Unauthorized (token " FIXTURE_ID
		 " is unknown, wrong or expired)"},
		{"403", answer_status(403, "no right"), "403 Forbidden: no right (platform/cluster/rbac.yaml grants what is needed)"},
		{"no right to create, with a full body", answer_text("403 Forbidden", "", "forbidden by a proxy\n"),
		 "403 Forbidden: forbidden by a proxy"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {{NULL, {SEND_ANY, GIVE(rows[i].answer)}}};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fake_host_state.random = 499;
		fixture.script.repeats_last = true;
		assert_row(rows[i].label, fixture_run(connections, 1) == ENROLL_REFUSED);
		assert_error(rows[i].label, &fixture.err, ERROR_REFUSED, rows[i].text);
		assert_row(rows[i].label, fake_host_state.now_ms >= ENROLL_GRACE_MS && fake_host_state.now_ms < 2 * ENROLL_GRACE_MS);
	}
}

TEST(the_right_to_watch_may_be_missing_too)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(script_text("%s%s", answer_created(), answer_status(403, "cannot watch")))}}};

	fake_host_state.random = 499;
	fixture.script.repeats_last = true;
	assert_int_equal(fixture_run(connections, 1), ENROLL_REFUSED);
	assert_error("watch", &fixture.err, ERROR_REFUSED, "403 Forbidden: cannot watch");
	assert_true(fake_host_state.now_ms < 2 * ENROLL_GRACE_MS);
}

TEST(retry_after_is_honoured)
{
	const struct {
		const char *status;
		const char *headers;
		int64_t after_ms;
	} rows[] = {
		{"429 Too Many Requests", "Retry-After: 7\r\n", 7000},
		{"503 Service Unavailable", "Retry-After: 32\r\n", 32000},
		{"429 Too Many Requests", "", 0},
		{"500 Internal Server Error", "", 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {
			{NULL, {SEND_ANY, GIVE(answer_text(rows[i].status, rows[i].headers, "later\n"))}},
			{NULL, {SEND_ANY, GIVE(answer_issued())}},
		};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		fixture_expect_issued(connections, COUNT(connections));
		assert_row(rows[i].status, fake_host_state.now_ms == rows[i].after_ms);
	}
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, exchange_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(an_answer_that_is_final_ends_the_run_at_once),
		IN_FIXTURE(the_largest_answer_that_fits_is_read),
		IN_FIXTURE(many_events_together_may_be_larger_than_one_answer),
		IN_FIXTURE(one_server_that_makes_no_sense_gives_way_to_the_next),
		IN_FIXTURE(a_certificate_that_is_too_large_does_not_spoil_the_one_of_the_next_server),
		IN_FIXTURE(when_no_server_can_be_trusted_the_run_ends),
		IN_FIXTURE(a_fault_of_our_own_ends_the_run_at_once),
		IN_FIXTURE(a_young_server_may_refuse_a_good_token_for_a_moment),
		IN_FIXTURE(a_token_that_is_refused_for_ever_ends_the_run_after_the_grace),
		IN_FIXTURE(the_right_to_watch_may_be_missing_too),
		IN_FIXTURE(retry_after_is_honoured),
	};
	return RUN("exchange_refusal", tests);
}
