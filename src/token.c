/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include <stdbool.h>
#include <string.h>

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
	memcpy(token->text, text.data, text.len);
	token->text[text.len] = '\0';
	return 0;
}
