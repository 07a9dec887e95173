/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token goes to the server and nowhere else. That it is in no line and no error is checked after every run of the fixture; here a
 * server repeats what it was sent.
 */
#include "conversation.h"
#include "exchange_fixture.h"

#define HEADER "Authorization: Bearer " FIXTURE_TOKEN

TEST(a_token_that_a_server_repeats_is_hidden)
{
	const struct {
		const char *label;
		const char *answer;
	} rows[] = {
		{"a refusal", answer_status(422, HEADER)},
		{"plain text", answer_text("422 No", "", HEADER "\r\n" HEADER "\n")},
		{"twice", answer_status(422, HEADER " " HEADER)},
		{"a denied request", script_text("%s%s%s", answer_created(), watch_head(),
						 watch_event("ADDED", "{\"conditions\":[{\"type\":\"Denied\",\"reason\":\"" HEADER
								      "\",\"message\":\"" HEADER "\"}]}"))},
		{"an error inside the watch",
		 script_text("%s%s%s", answer_created(), watch_head(),
			     watch_chunk("{\"type\":\"ERROR\",\"object\":{\"message\":\"" HEADER "\",\"code\":422}}\n"))},
		{"no HTTP, cut off in the secret", HEADER "\r\n"},
		{"no HTTP", FIXTURE_SECRET " and more than a line of text\r\n"},
		{"transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: " FIXTURE_SECRET "\r\n\r\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct script_connection connections[] = {{NULL, {SEND_ANY, {.kind = SCRIPT_FLOOD, .text = rows[i].answer}}}};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		assert_row(rows[i].label, fixture_run(connections, 1) != ENROLL_ISSUED);
	}
}

TEST(a_token_that_a_server_repeats_before_it_is_asked_again_is_hidden)
{
	const struct script_connection connections[] = {
		{NULL, {SEND_ANY, GIVE(answer_status(500, HEADER))}},
		{NULL, {SEND_ANY, GIVE(answer_status(401, HEADER))}},
		{NULL, {SEND_ANY, GIVE(answer_issued())}},
	};

	fixture_expect_issued(connections, COUNT(connections));
	assert_int_equal(fake_host_count_lines(HOST_NOTICE, "Bearer " FIXTURE_ID ".****************"), 2);
}

/* The text of a server is cut; a secret that is cut with it must not show what is left of it. */
TEST(a_token_at_the_place_where_a_text_is_cut_is_hidden_too)
{
	for (size_t padding = 330; padding <= 400; padding++) {
		char spaces[401];
		memset(spaces, '-', padding);
		spaces[padding] = '\0';
		const char *words = script_text("%s%s", spaces, HEADER);
		const char *denied = script_text("{\"conditions\":[{\"type\":\"Denied\",\"message\":\"%s\"}]}", words);
		const char *const answers[] = {
			answer_status(422, words),
			answer_text("422 No", "", words),
			script_text("%s%s", answer_created(), answer_status(422, words)),
			script_text("%s%s%s", answer_created(), watch_head(), watch_event("ADDED", denied)),
		};
		for (size_t i = 0; i < COUNT(answers); i++) {
			const struct script_connection connections[] = {{NULL, {SEND_ANY, {.kind = SCRIPT_FLOOD, .text = answers[i]}}}};
			assert_int_equal(exchange_fixture_setup(NULL), 0);
			assert_int_not_equal(fixture_run(connections, 1), ENROLL_ISSUED);
		}
	}
}

/* What is hidden is hidden in what people read, not in what is read by us. */
TEST(a_token_that_begins_like_a_word_of_the_api_changes_nothing)
{
	static const char *const tokens[] = {"abcdef.typemetadatanode", "abcdef.status0000000000", "abcdef.object0000000000",
					     "abcdef.spec000000000000", "abcdef.name000000000000"};

	for (size_t i = 0; i < COUNT(tokens); i++) {
		const struct script_connection connections[] = {{NULL, {SEND_ANY, GIVE(answer_issued())}}};
		assert_int_equal(exchange_fixture_setup(NULL), 0);
		assert_int_equal(token_parse(&fixture.config.token, view_of(tokens[i]), &fixture.err), 0);
		fixture_expect_issued(connections, 1);
	}
}

TEST(without_a_token_nothing_is_hidden)
{
	char text[] = "aaaaaaaaaaaaaaaa\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	char before[sizeof text];

	memcpy(before, text, sizeof text);
	memset(&fixture.config.token, 0, sizeof fixture.config.token);
	conversation_hide_token(&fixture.exchange, text, sizeof text);
	assert_memory_equal(text, before, sizeof text);
}

#define IN_FIXTURE(test) cmocka_unit_test_setup(test, exchange_fixture_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FIXTURE(a_token_that_a_server_repeats_is_hidden),
		IN_FIXTURE(a_token_that_a_server_repeats_before_it_is_asked_again_is_hidden),
		IN_FIXTURE(a_token_at_the_place_where_a_text_is_cut_is_hidden_too),
		IN_FIXTURE(a_token_that_begins_like_a_word_of_the_api_changes_nothing),
		IN_FIXTURE(without_a_token_nothing_is_hidden),
	};
	return RUN("exchange_secrecy", tests);
}
