/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <string.h>

#define NUMBER_MAX      1000000000LL /* far beyond any body that fits; keeps the arithmetic safe */
#define RETRY_AFTER_MAX 3600         /* of what is longer, that much */

void http_begin(struct http_response *response, char *memory, size_t capacity)
{
	response->state = HTTP_HEAD;
	response->status = 0;
	response->retry_after_s = -1;
	response->closes = false;
	response->framing = HTTP_CLOSE;
	response->chunk = HTTP_CHUNK_SIZE;
	response->left = 0;
	response->line_len = 0;
	buffer_init(&response->body, memory, capacity);
}

/* Collect a line, without its newline. Returns 1 when complete, 0 when more must come, -1 when it is too long or holds a NUL. */
static int take_line(struct http_response *response, struct view *input, struct error *err)
{
	while (input->len > 0) {
		char c = *input->data++;
		input->len--;
		if (c == '\n') {
			if (response->line_len > 0 && response->line[response->line_len - 1] == '\r') {
				response->line_len--;
			}
			return 1;
		}
		if (c == '\0' || response->line_len == sizeof response->line) {
			return error_set(err, ERROR_UNTRUSTED, "not an HTTP response: a line of its head %s",
					 c == '\0' ? "holds a NUL byte" : "is too long");
		}
		response->line[response->line_len++] = c;
	}
	return 0;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* "HTTP/1.1 200 OK" */
static int read_status_line(struct http_response *response, struct view line, struct error *err)
{
	long long status;
	bool shape = line.len >= 12 && (view_starts_with(line, "HTTP/1.1 ") || view_starts_with(line, "HTTP/1.0 ")) &&
		     (line.len == 12 || line.data[12] == ' ');

	if (!shape || !view_parse_number((struct view){line.data + 9, 3}, 999, &status) || status < 100) {
		return error_set(err, ERROR_UNTRUSTED, "not an HTTP response: it begins with \"%.*s\"",
				 (int)(line.len < 40 ? line.len : 40), line.data);
	}
	response->status = (int)status;
	response->closes = line.data[7] == '0';
	return 0;
}

/* A list: "keep-alive, close". */
static bool names_close(struct view list)
{
	while (list.len > 0) {
		const char *comma = memchr(list.data, ',', list.len);
		size_t len = comma != NULL ? (size_t)(comma - list.data) : list.len;
		if (view_equals_ignoring_case(view_trim((struct view){list.data, len}), "close")) {
			return true;
		}
		len += comma != NULL;
		list.data += len;
		list.len -= len;
	}
	return false;
}

static int read_header(struct http_response *response, struct view line, struct error *err)
{
	const char *colon = memchr(line.data, ':', line.len);
	long long number;

	if (colon == NULL || colon == line.data || line.data[0] == ' ' || line.data[0] == '\t' || colon[-1] == ' ' || colon[-1] == '\t') {
		return error_set(err, ERROR_UNTRUSTED, "not an HTTP response: malformed header");
	}

	struct view name = {line.data, (size_t)(colon - line.data)};
	struct view value = view_trim((struct view){colon + 1, line.len - name.len - 1});
	if (view_equals_ignoring_case(name, "content-length")) {
		if (!view_parse_number(value, NUMBER_MAX, &number) || (response->framing == HTTP_LENGTH && response->left != number)) {
			return error_set(err, ERROR_UNTRUSTED, "not an HTTP response: malformed Content-Length");
		}
		if (response->framing != HTTP_CHUNKED) { /* RFC 9112 §6.3: Transfer-Encoding overrides */
			response->framing = HTTP_LENGTH;
			response->left = number;
		}
	} else if (view_equals_ignoring_case(name, "transfer-encoding")) {
		if (!view_equals_ignoring_case(value, "chunked")) {
			return error_set(err, ERROR_UNTRUSTED, "unsupported transfer coding \"%.*s\"", (int)value.len, value.data);
		}
		response->framing = HTTP_CHUNKED;
		response->left = 0;
	} else if (view_equals_ignoring_case(name, "connection")) {
		response->closes = response->closes || names_close(value);
	} else if (view_equals_ignoring_case(name, "retry-after") && view_parse_number(value, NUMBER_MAX, &number)) {
		response->retry_after_s = (int)(number < RETRY_AFTER_MAX ? number : RETRY_AFTER_MAX);
	}
	return 0;
}

/* The empty line after the headers. */
static void end_head(struct http_response *response)
{
	if (response->status < 200) { /* interim: the real response follows */
		http_begin(response, response->body.data, response->body.capacity);
		return;
	}
	if (response->status == 204 || response->status == 304) {
		response->framing = HTTP_LENGTH;
		response->left = 0;
	}
	response->state = response->framing == HTTP_LENGTH && response->left == 0 ? HTTP_DONE : HTTP_BODY;
}

static int feed_head(struct http_response *response, struct view *input, struct error *err)
{
	int complete = take_line(response, input, err);

	if (complete <= 0) {
		return complete;
	}

	struct view line = {response->line, response->line_len};
	response->line_len = 0;
	if (response->status == 0) {
		return read_status_line(response, line, err);
	}
	if (line.len > 0) {
		return read_header(response, line, err);
	}
	end_head(response);
	return 0;
}

/* Move up to `left` bytes into the body. */
static int feed_data(struct http_response *response, struct view *input, struct error *err)
{
	size_t len = input->len;

	if (response->framing != HTTP_CLOSE) {
		len = (long long)len < response->left ? len : (size_t)response->left;
		response->left -= (long long)len;
	}
	buffer_add(&response->body, input->data, len);
	input->data += len;
	input->len -= len;
	if (response->body.overflow) {
		return error_set(err, ERROR_UNTRUSTED, "the answer is larger than %zu bytes", response->body.capacity);
	}
	return 0;
}

/* "1f;extension", hexadecimal. */
static int read_chunk_size(struct http_response *response, struct view line, struct error *err)
{
	long long size = 0;
	size_t digits = 0;

	for (; digits < line.len && digits < 7; digits++) {
		char c = lower(line.data[digits]);
		if (c >= '0' && c <= '9') {
			size = size * 16 + (c - '0');
		} else if (c >= 'a' && c <= 'f') {
			size = size * 16 + (c - 'a' + 10);
		} else {
			break;
		}
	}

	struct view rest = view_trim((struct view){line.data + digits, line.len - digits});
	if (digits == 0 || (rest.len > 0 && rest.data[0] != ';')) {
		return error_set(err, ERROR_UNTRUSTED, "not an HTTP response: malformed chunk size");
	}
	response->left = size;
	response->chunk = size > 0 ? HTTP_CHUNK_DATA : HTTP_TRAILER;
	return 0;
}

static int feed_chunked(struct http_response *response, struct view *input, struct error *err)
{
	if (response->chunk == HTTP_CHUNK_DATA) {
		if (feed_data(response, input, err) != 0) {
			return -1;
		}
		response->chunk = response->left > 0 ? HTTP_CHUNK_DATA : HTTP_CHUNK_END;
		return 0;
	}

	int complete = take_line(response, input, err);
	if (complete <= 0) {
		return complete;
	}

	struct view line = {response->line, response->line_len};
	response->line_len = 0;
	if (response->chunk == HTTP_CHUNK_SIZE) {
		return read_chunk_size(response, line, err);
	}
	if (response->chunk == HTTP_CHUNK_END) {
		response->chunk = HTTP_CHUNK_SIZE;
		return line.len == 0 ? 0 : error_set(err, ERROR_UNTRUSTED, "not an HTTP response: a chunk is longer than its size");
	}
	if (line.len == 0) { /* trailer fields before it are passed over */
		response->state = HTTP_DONE;
	}
	return 0;
}

int http_feed(struct http_response *response, struct view *input, struct error *err)
{
	while (input->len > 0 && response->state != HTTP_DONE) {
		int result;
		if (response->state == HTTP_HEAD) {
			result = feed_head(response, input, err);
		} else if (response->framing == HTTP_CHUNKED) {
			result = feed_chunked(response, input, err);
		} else {
			result = feed_data(response, input, err);
			if (response->framing == HTTP_LENGTH && response->left == 0) {
				response->state = HTTP_DONE;
			}
		}
		if (result != 0) {
			return -1;
		}
	}
	return 0;
}

int http_end(struct http_response *response, struct error *err)
{
	if (response->state == HTTP_BODY && response->framing == HTTP_CLOSE) {
		response->state = HTTP_DONE;
	}
	if (response->state != HTTP_DONE) {
		return error_set(err, ERROR_UNREACHABLE, "the server closed the connection %s",
				 response->status == 0 ? "without an answer" : "in the middle of its answer");
	}
	return 0;
}
