/* SPDX-License-Identifier: Apache-2.0 */
/* src/token.h and src/node.h: the input is a token, or a node's name. */
#include "fuzz.h"
#include "node.h"
#include "token.h"

/* What is said about a token must be what is said about any other of its length: nothing of it may be shown. */
static void check_secrecy(struct view text, const struct error *err)
{
	char other_text[TOKEN_ID_LEN + 1 + TOKEN_SECRET_LEN];
	struct view other = {other_text, view_trim(text).len};
	struct token unused;
	struct error expected;

	memset(other_text, '?', sizeof other_text);
	if (other.len <= sizeof other_text) {
		FUZZ_CHECK(token_parse(&unused, other, &expected) == -1);
		FUZZ_CHECK(strcmp(err->text, expected.text) == 0);
	}
}

static void fuzz_token(struct view text)
{
	struct token token;
	struct token again;
	struct error err;

	fuzz_error_init(&err);
	int result = token_parse(&token, text, &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result != 0) {
		check_secrecy(text, &err);
		return;
	}
	FUZZ_CHECK(fuzz_is_same(view_of(token.text), view_trim(text)));
	FUZZ_CHECK(token_parse(&again, view_of(token.text), &err) == 0);
	FUZZ_CHECK(strcmp(again.text, token.text) == 0);
}

static void fuzz_name(struct view text)
{
	char name[NODE_NAME_LIMIT];
	char again[NODE_NAME_LIMIT];
	struct error err;

	fuzz_error_init(&err);
	int result = node_parse_name(name, text, &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result == 0) {
		FUZZ_CHECK(name[0] != '\0' && view_equals_ignoring_case(view_trim(text), name));
		FUZZ_CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(name));
		FUZZ_CHECK(strstr(name, "..") == NULL && strstr(name, ".-") == NULL && strstr(name, "-.") == NULL);
		FUZZ_CHECK(node_parse_name(again, view_of(name), &err) == 0);
		FUZZ_CHECK(strcmp(again, name) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_token(fuzz_view(data, size));
	fuzz_name(fuzz_view(data, size));
	return 0;
}
