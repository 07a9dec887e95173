/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bearer token: a bootstrap token, "<id>.<secret>", or where a kubeconfig brings it, any other that an API server knows.
 *
 * Source: k8s.io/cluster-bootstrap/token/api/types.go: [a-z0-9]{6}\.[a-z0-9]{16}
 */
#ifndef TOKEN_H
#define TOKEN_H

#include "buffer.h"
#include "error.h"

#define TOKEN_ID_LEN     6
#define TOKEN_SECRET_LEN 16

struct token {
	char text[TOKEN_LIMIT]; /* of a bootstrap token the first six characters, the id, may be shown; the rest never */
	bool is_bootstrap;
};

/*
 * Read a bootstrap token from `text`. White space around it is skipped, since token files end in a newline.
 *
 * Returns 0 and fills `token`, or -1 with ERROR_CONFIG and what is accepted. The message never holds any part of `text`: a mistyped
 * token may still be a secret.
 */
int token_parse(struct token *token, struct view text, struct error *err) __attribute__((warn_unused_result));

/* The same for a token of any kind: printable ASCII without spaces, at most TOKEN_LIMIT - 1 characters. */
int token_parse_bearer(struct token *token, struct view text, struct error *err) __attribute__((warn_unused_result));

/* The part that nobody may see. */
const char *token_secret(const struct token *token);

#endif
