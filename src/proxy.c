/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy.h"

#include <string.h>

#include "base64.h"

#define SCHEME       "http://"
#define PORT_DEFAULT 80
#define FORM         "must be http://[user:password@]host[:port], user and password percent-encoded"
#define NONSENSE     "does not answer as a proxy should"
#define WORDS_LIMIT  128 /* of what a proxy says, in a message */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | ('a' - 'A'));
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decode "user[:password]" into "user:password". */
static int decode(struct buffer *plain, struct view text)
{
	bool in_password = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (c == '%') {
			int high = i + 1 < text.len ? hex_value(text.data[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_value(text.data[i + 2]) : -1;
			if (high < 0 || low < 0) {
				return -1;
			}
			c = (char)(high << 4 | low);
			i += 2;
			if (c == ':' && !in_password) { /* RFC 7617 §2: it would end the user */
				return -1;
			}
		} else if (c == '[' || c == ']') { /* kubelet will read this URL, too, and Go takes none there */
			return -1;
		}
		in_password = in_password || text.data[i] == ':';
		buffer_add(plain, &c, 1);
	}
	if (!in_password) {
		buffer_add(plain, ":", 1);
	}
	return 0;
}

/* Where the '@' is that ends the credentials, or NULL. As in Go's net/url it is the last one in front of a path, query or fragment. */
static const char *find_end_of_credentials(struct view text)
{
	const char *end = NULL;

	for (size_t i = 0; i < text.len && strchr("/?#", text.data[i]) == NULL; i++) {
		end = text.data[i] == '@' ? text.data + i : end;
	}
	return end;
}

static int parse_credentials(struct proxy *proxy, struct view text, struct error *err)
{
	char memory[URL_LIMIT];
	struct buffer plain;
	struct buffer encoded;

	buffer_init(&plain, memory, sizeof memory);
	buffer_init(&encoded, proxy->authorization, sizeof proxy->authorization - 1);
	int result = decode(&plain, text);
	base64_format(&encoded, plain.data, plain.len);
	proxy->authorization[encoded.len] = '\0';
	buffer_wipe(memory, sizeof memory);
	return result == 0 ? 0 : error_set(err, ERROR_CONFIG, FORM);
}

int proxy_parse(struct proxy *proxy, struct view text, struct error *err)
{
	if (url_check_text(text, err) != 0) {
		return -1;
	}
	if (!view_starts_with(text, SCHEME)) {
		return error_set(err, ERROR_CONFIG, "must be http://[user:password@]host[:port]");
	}
	if (!view_copy(text, proxy->text, sizeof proxy->text)) {
		return error_set(err, ERROR_CONFIG, "must be at most %d characters", URL_LIMIT - 1);
	}

	struct view rest = {text.data + strlen(SCHEME), text.len - strlen(SCHEME)};
	const char *at = find_end_of_credentials(rest);
	proxy->authorization[0] = '\0';
	if (at != NULL) {
		size_t len = (size_t)(at - rest.data);
		if (parse_credentials(proxy, (struct view){rest.data, len}, err) != 0) {
			return -1;
		}
		rest.data += len + 1;
		rest.len -= len + 1;
	}
	proxy->port = PORT_DEFAULT;
	if (url_take_host(&rest, proxy->host, &proxy->port, err) != 0) {
		return -1;
	}
	return rest.len == 0 || view_equals(rest, "/") ? 0 : error_set(err, ERROR_CONFIG, FORM);
}

void proxy_format_connect(struct buffer *buf, const struct proxy *proxy, const struct url *server)
{
	buffer_add_text(buf, "CONNECT ");
	url_format_host(buf, server->host, server->port);
	buffer_add_text(buf, " HTTP/1.1\r\nHost: ");
	url_format_host(buf, server->host, server->port);
	if (proxy->authorization[0] != '\0') {
		buffer_format(buf, "\r\nProxy-Authorization: Basic %s", proxy->authorization);
	}
	buffer_add_text(buf, "\r\n\r\n");
}

int proxy_blame(const struct proxy *proxy, struct view words, struct error *err)
{
	char name[HOST_LIMIT + 16];
	struct buffer buf;

	buffer_init(&buf, name, sizeof name - 1);
	url_format_host(&buf, proxy->host, proxy->port);
	name[buf.len] = '\0';
	return error_set(err, ERROR_UNREACHABLE, "proxy http://%s %.*s", name, (int)words.len, words.data);
}

/* The status line is not one of success: "403 Forbidden". */
static int refuse(const struct proxy *proxy, struct view status, struct error *err)
{
	char text[WORDS_LIMIT + 80];
	const char *advice = "";

	if (proxy->authorization[0] != '\0') {
		status.len = 3; /* the words may repeat our secret, as it was sent or decoded */
	}
	if (view_starts_with(status, "407")) {
		advice = proxy->authorization[0] == '\0' ? "; proxy-url can hold user:password@ in front of the host"
							 : "; are user and password in proxy-url right?";
	}
	text_format(text, sizeof text, "says %.*s%s", (int)(status.len < WORDS_LIMIT ? status.len : WORDS_LIMIT), status.data, advice);
	return proxy_blame(proxy, view_of(text), err);
}

int proxy_read_answer(const struct proxy *proxy, struct view received, struct error *err)
{
	static const char version[] = "HTTP/1.";
	size_t version_len = sizeof version - 1 < received.len ? sizeof version - 1 : received.len;
	bool has_line = memchr(received.data, '\n', received.len) != NULL;
	struct view rest = received;
	struct view line;
	long long status;

	if (memcmp(received.data, version, version_len) != 0) {
		return proxy_blame(proxy, view_of(NONSENSE), err);
	}
	if (has_line && view_take_line(&rest, &line)) {
		if (line.len < 12 || !view_parse_number((struct view){line.data + 9, 3}, 999, &status)) {
			return proxy_blame(proxy, view_of(NONSENSE), err);
		}
		if (status / 100 != 2) {
			return refuse(proxy, (struct view){line.data + 9, line.len - 9}, err);
		}
	}
	while (has_line && view_take_line(&rest, &line)) {
		if (line.len == 0) { /* never a line that is not complete yet */
			return rest.len == 0 ? 1 : proxy_blame(proxy, view_of(NONSENSE), err);
		}
	}
	return received.len < PROXY_ANSWER_LIMIT ? 0 : proxy_blame(proxy, view_of(NONSENSE), err);
}
