/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

static bool is_token_text(struct view text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
			return false;
		}
	}
	return true;
}

int token_parse(struct token *token, struct view text, struct error *err)
{
	text = view_trim(text);
	if (text.len != TOKEN_ID_LEN + 1 + TOKEN_SECRET_LEN) {
		return error_set(err, ERROR_CONFIG, "%zu characters, must be 23: id.secret, as in abcdef.0123456789abcdef", text.len);
	}

	struct view id = {text.data, TOKEN_ID_LEN};
	struct view secret = {text.data + TOKEN_ID_LEN + 1, TOKEN_SECRET_LEN};
	if (text.data[TOKEN_ID_LEN] != '.' || !is_token_text(id) || !is_token_text(secret)) {
		return error_set(err, ERROR_CONFIG, "must match [a-z0-9]{6}.[a-z0-9]{16}");
	}
	token->is_bootstrap = true;
	(void)view_copy(text, token->text, sizeof token->text); /* it fits */
	return 0;
}

int token_parse_bearer(struct token *token, struct view text, struct error *err)
{
	struct error ignored; /* then it is of another kind */

	text = view_trim(text);
	if (token_parse(token, text, &ignored) == 0) {
		return 0;
	}
	token->is_bootstrap = false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~') {
			return error_set(err, ERROR_CONFIG, "must be printable ASCII without spaces");
		}
	}
	if (text.len == 0 || !view_copy(text, token->text, sizeof token->text)) {
		return error_set(err, ERROR_CONFIG, "must have 1 to %d characters", TOKEN_LIMIT - 1);
	}
	return 0;
}

const char *token_secret(const struct token *token)
{
	return token->is_bootstrap ? token->text + TOKEN_ID_LEN + 1 : token->text;
}
