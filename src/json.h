/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259), read in place: values are views of the text. No recursion, no copies; nesting is limited.
 */
#ifndef JSON_H
#define JSON_H

#include "buffer.h"

#define JSON_DEPTH_LIMIT 32 /* a CertificateSigningRequest nests six deep, managedFields included about ten */

enum json_kind {
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING, /* `text` is what stands between the quotes, escapes as they are */
	JSON_NUMBER,
	JSON_LITERAL, /* true, false, null */
};

struct json {
	enum json_kind kind;
	struct view text;
};

/*
 * Read one value that fills `text`, white space around it aside, and check it to its end.
 *
 * Returns 0, or -1 when `text` is not JSON, is nested deeper than JSON_DEPTH_LIMIT, or holds more after the value.
 */
int json_parse(struct json *json, struct view text) __attribute__((warn_unused_result));

/*
 * Find the member of an object; `path` names members of members, "status.certificate". The first of equal names counts.
 *
 * True, and `found` filled, when it is there. `json` must come from json_parse(). `found` and `json` may be the same.
 */
bool json_find(const struct json *json, const char *path, struct json *found);

/*
 * Take the first member off an object from json_parse() or json_find(); `name` is what stands between its quotes, escapes as they are.
 * False when none is left, or `object` is none.
 */
bool json_take_member(struct json *object, struct view *name, struct json *value);

/* Take the first element off an array from json_parse() or json_find(). False when none is left. */
bool json_take_element(struct json *array, struct json *element);

/*
 * Append the text of a string, escapes resolved to UTF-8. A lone surrogate becomes U+FFFD.
 * Anything but a string appends nothing.
 */
void json_add_string(struct buffer *buf, const struct json *string);

/* True when `json` is a string that equals `text`; escapes are not resolved (no name of Kubernetes has any). */
bool json_is(const struct json *json, const char *text);

#endif
