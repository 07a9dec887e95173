/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Every part between dots begins and ends with a letter or digit. */
static bool is_subdomain(const char *name)
{
	char before = '.';

	for (; *name != '\0'; name++) {
		bool at_edge = before == '.' || name[1] == '.' || name[1] == '\0';
		if (!is_alphanumeric(*name) && (at_edge || (*name != '-' && *name != '.'))) {
			return false;
		}
		before = *name;
	}
	return before != '.';
}

int node_parse_name(char name[NODE_NAME_LIMIT], struct view text, struct error *err)
{
	text = view_trim(text);
	if (view_find(text, "", 1) != NULL) {
		return error_set(err, ERROR_CONFIG, "must not hold a NUL byte");
	}
	if (!view_copy(text, name, NODE_NAME_LIMIT)) {
		return error_set(err, ERROR_CONFIG, "must be at most %d characters", NODE_NAME_LIMIT - 1);
	}
	for (char *c = name; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z') {
			*c = (char)(*c - 'A' + 'a');
		}
	}
	if (!is_subdomain(name)) {
		return error_set(
			err, ERROR_CONFIG,
			"must be a DNS subdomain: letters, digits, '-' and '.', each part beginning and ending with a letter or digit");
	}
	return 0;
}
