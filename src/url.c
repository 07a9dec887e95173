/* SPDX-License-Identifier: Apache-2.0 */
#include "url.h"

#include <string.h>

#define SCHEME       "https://"
#define PORT_DEFAULT 443

static bool is_host_char(char c, bool bracketed)
{
	bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

	if (bracketed) {
		return hex || c == ':' || c == '.';
	}
	return hex || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}

int url_check_text(struct view text, struct error *err)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (c <= ' ' || c > '~' || strchr("\"\\<>^`{|}", c) != NULL) {
			return error_set(err, ERROR_CONFIG, "must be a URL without spaces (a comment needs a line of its own)");
		}
	}
	return 0;
}

/* Take the host off the front of `rest`. */
static int take_name(struct view *rest, char host[HOST_LIMIT], struct error *err)
{
	bool bracketed = rest->len > 0 && rest->data[0] == '[';
	size_t begin = bracketed;
	size_t end = begin;

	while (end < rest->len && is_host_char(rest->data[end], bracketed)) {
		end++;
	}
	if (end == begin || (bracketed && (end == rest->len || rest->data[end] != ']'))) {
		return error_set(err, ERROR_CONFIG, "must name a host: host[:port], an IPv6 address in brackets");
	}
	if (!view_copy((struct view){rest->data + begin, end - begin}, host, HOST_LIMIT)) {
		return error_set(err, ERROR_CONFIG, "the host must be at most %d characters", HOST_LIMIT - 1);
	}
	end += bracketed;
	rest->data += end;
	rest->len -= end;
	return 0;
}

int url_take_host(struct view *rest, char host[HOST_LIMIT], uint16_t *port, struct error *err)
{
	long long number;
	size_t end = 1;

	if (take_name(rest, host, err) != 0) {
		return -1;
	}
	if (rest->len > 0 && rest->data[0] == ':') {
		while (end < rest->len && rest->data[end] != '/') {
			end++;
		}
		if (!view_parse_number((struct view){rest->data + 1, end - 1}, UINT16_MAX, &number) || number == 0) {
			return error_set(err, ERROR_CONFIG, "the port must be a number from 1 to 65535");
		}
		rest->data += end;
		rest->len -= end;
		*port = (uint16_t)number;
	}
	return 0;
}

void url_format_host(struct buffer *buf, const char *host, uint16_t port)
{
	bool is_v6 = strchr(host, ':') != NULL;

	buffer_format(buf, "%s%s%s:%d", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

int url_parse(struct url *url, struct view text, struct error *err)
{
	if (url_check_text(text, err) != 0) {
		return -1;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (strchr("?#@", text.data[i]) != NULL) {
			return error_set(err, ERROR_CONFIG, "must have no user, query or fragment (no '%c')", text.data[i]);
		}
	}
	if (!view_starts_with(text, SCHEME)) {
		return error_set(err, ERROR_CONFIG, "must start with https://");
	}
	while (text.len > strlen(SCHEME) && text.data[text.len - 1] == '/') {
		text.len--;
	}
	if (!view_copy(text, url->text, sizeof url->text)) {
		return error_set(err, ERROR_CONFIG, "must be at most %d characters", URL_LIMIT - 1);
	}

	struct view rest = {url->text + strlen(SCHEME), text.len - strlen(SCHEME)};
	url->port = PORT_DEFAULT;
	if (url_take_host(&rest, url->host, &url->port, err) != 0) {
		return -1;
	}
	if (rest.len > 0 && rest.data[0] != '/') {
		return error_set(err, ERROR_CONFIG, "must be https://host[:port], an IPv6 address in brackets");
	}
	url->path_at = (size_t)(rest.data - url->text);
	return 0;
}
