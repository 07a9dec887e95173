/* SPDX-License-Identifier: Apache-2.0 */
/* src/proxy.h: the input is the address of a proxy, and also what a proxy answers. */
#include "fuzz.h"
#include "proxy.h"

static void read_address(struct view text)
{
	struct proxy proxy;
	struct proxy again;
	struct error err;
	char memory[PROXY_REQUEST_LIMIT];
	struct buffer request;
	const struct url server = {.host = "::1", .port = 6443};

	memset(&proxy, 0, sizeof proxy);
	memset(&again, 0, sizeof again);
	fuzz_error_init(&err);
	int result = proxy_parse(&proxy, text, &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result != 0) {
		return;
	}
	FUZZ_CHECK(proxy.host[0] != '\0' && strlen(proxy.host) < HOST_LIMIT && proxy.port != 0);
	FUZZ_CHECK(strlen(proxy.text) == text.len && memcmp(proxy.text, text.data, text.len) == 0);
	FUZZ_CHECK((proxy.authorization[0] != '\0') == (strchr(proxy.text, '@') != NULL));
	FUZZ_CHECK(proxy_parse(&again, view_of(proxy.text), &err) == 0 && memcmp(&again, &proxy, sizeof proxy) == 0);
	buffer_init(&request, memory, sizeof memory);
	proxy_format_connect(&request, &proxy, &server);
	FUZZ_CHECK(!request.overflow && view_starts_with(buffer_view(&request), "CONNECT [::1]:6443 HTTP/1.1\r\n"));
	FUZZ_CHECK(view_find(buffer_view(&request), "\r\n\r\n", 4) == request.data + request.len - 4);
}

/* However the answer is cut, the first verdict is the same. */
static void read_answer(struct view text)
{
	static const struct proxy proxy = {.host = "p", .port = 80, .authorization = "dTpw"};
	struct error err;

	for (size_t len = 0; len <= text.len && len <= PROXY_ANSWER_LIMIT; len++) {
		fuzz_error_init(&err);
		int result = proxy_read_answer(&proxy, fuzz_view((const uint8_t *)text.data, len), &err);
		fuzz_check_error(&err, result < 0 ? -1 : 0, ERROR_UNREACHABLE);
		FUZZ_CHECK(result >= -1 && result <= 1);
		FUZZ_CHECK(result != -1 || strstr(err.text, "dTpw") == NULL);
		if (result != 0) {
			return;
		}
	}
	FUZZ_CHECK(text.len < PROXY_ANSWER_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);

	read_address(text);
	read_answer(text);
	return 0;
}
