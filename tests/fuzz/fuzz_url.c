/* SPDX-License-Identifier: Apache-2.0 */
/* src/url.h: the input is the address of a server. */
#include "fuzz.h"
#include "url.h"

static void check(const struct url *url, struct view text)
{
	struct view kept = view_of(url->text);

	FUZZ_CHECK(view_starts_with(kept, "https://"));
	FUZZ_CHECK(kept.len <= text.len && memcmp(kept.data, text.data, kept.len) == 0);
	FUZZ_CHECK(kept.data[kept.len - 1] != '/');
	FUZZ_CHECK(url->host[0] != '\0' && strstr(url->text, url->host) != NULL);
	FUZZ_CHECK(strlen(url->host) < HOST_LIMIT);
	FUZZ_CHECK(url->port != 0);
	FUZZ_CHECK(url->path_at <= kept.len && url->path_at > strlen("https://"));
	FUZZ_CHECK(url->text[url->path_at] == '\0' || url->text[url->path_at] == '/');
	for (size_t i = 0; i < kept.len; i++) { /* it goes into a request line as it is */
		FUZZ_CHECK(kept.data[i] > ' ' && kept.data[i] <= '~');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);
	struct url url;
	struct url again;
	struct error err;

	memset(&url, 0, sizeof url);
	memset(&again, 0, sizeof again);
	fuzz_error_init(&err);
	int result = url_parse(&url, text, &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result == 0) {
		check(&url, text);
		FUZZ_CHECK(url_parse(&again, view_of(url.text), &err) == 0);
		FUZZ_CHECK(memcmp(&again, &url, sizeof url) == 0);
	}
	return 0;
}
