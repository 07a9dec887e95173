/* SPDX-License-Identifier: Apache-2.0 */
/* src/http.h: the input is what a connection gives; its last byte says in what pieces. */
#include "fuzz.h"
#include "http.h"

#define BODY_LIMIT 300 /* small, so that inputs find its end */

struct reading {
	struct http_response response;
	char memory[BODY_LIMIT];
	struct error err;
	int result;
	size_t used;
};

/* Read `text` in pieces of 1 to `piece` bytes, each in memory of its own. */
static void read_pieces(struct reading *reading, struct view text, size_t piece)
{
	http_begin(&reading->response, reading->memory, sizeof reading->memory);
	fuzz_error_init(&reading->err);
	reading->result = 0;
	reading->used = 0;
	while (reading->result == 0 && reading->used < text.len && reading->response.state != HTTP_DONE) {
		size_t left = text.len - reading->used;
		size_t len = 1 + (reading->used * 7 + piece) % piece;
		char *copy = malloc(len = len < left ? len : left);
		struct view input = {copy, len};

		FUZZ_CHECK(copy != NULL);
		memcpy(copy, text.data + reading->used, len);
		reading->result = http_feed(&reading->response, &input, &reading->err);
		reading->used += len - input.len;
		FUZZ_CHECK(reading->result != 0 || input.len == 0 || reading->response.state == HTTP_DONE);
		free(copy);
	}
}

static void check(const struct reading *reading)
{
	const struct http_response *response = &reading->response;

	fuzz_check_error(&reading->err, reading->result, ERROR_UNTRUSTED);
	FUZZ_CHECK(response->status == 0 || (response->status >= 100 && response->status <= 999));
	FUZZ_CHECK(response->retry_after_s >= -1 && response->retry_after_s <= 3600);
	FUZZ_CHECK(response->body.len <= BODY_LIMIT && response->left >= 0);
	FUZZ_CHECK(response->line_len <= HTTP_LINE_LIMIT);
	FUZZ_CHECK(reading->result != 0 || response->state != HTTP_DONE || response->status >= 200);
}

static void check_same(const struct reading *one, const struct reading *other)
{
	FUZZ_CHECK(one->result == other->result && strcmp(one->err.text, other->err.text) == 0);
	if (one->result == 0) {
		FUZZ_CHECK(one->used == other->used);
		FUZZ_CHECK(one->response.state == other->response.state && one->response.status == other->response.status);
		FUZZ_CHECK(one->response.closes == other->response.closes);
		FUZZ_CHECK(one->response.retry_after_s == other->response.retry_after_s && one->response.left == other->response.left);
		FUZZ_CHECK(fuzz_is_same(buffer_view(&one->response.body), buffer_view(&other->response.body)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading whole;
	static struct reading pieces;
	struct view text = fuzz_view(data, size);

	read_pieces(&whole, text, size + 1);
	check(&whole);
	read_pieces(&pieces, text, size > 0 ? 1 + data[size - 1] % 32 : 1);
	check(&pieces);
	check_same(&whole, &pieces);
	if (whole.result == 0) {
		bool was_done = whole.response.state == HTTP_DONE;
		fuzz_error_init(&whole.err);
		int result = http_end(&whole.response, &whole.err);
		fuzz_check_error(&whole.err, result, ERROR_UNREACHABLE);
		FUZZ_CHECK((result == 0) == (whole.response.state == HTTP_DONE) && (result == 0 || !was_done));
	}
	return 0;
}
