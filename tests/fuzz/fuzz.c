/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

struct view fuzz_view(const uint8_t *data, size_t size)
{
	return (struct view){(const char *)data, size};
}

bool fuzz_is_inside(struct view part, struct view whole)
{
	return part.data >= whole.data && part.len <= whole.len && (size_t)(part.data - whole.data) <= whole.len - part.len;
}

bool fuzz_is_same(struct view one, struct view other)
{
	return one.len == other.len && (one.len == 0 || memcmp(one.data, other.data, one.len) == 0);
}

void fuzz_error_init(struct error *err)
{
	memset(err, 'x', sizeof *err);
	err->text[0] = '\0';
}

void fuzz_check_text(const struct error *err)
{
	FUZZ_CHECK(err->text[0] != '\0');
	FUZZ_CHECK(memchr(err->text, '\0', sizeof err->text) != NULL);
}

void fuzz_check_error(const struct error *err, int result, enum error_class class)
{
	FUZZ_CHECK(result == 0 || result == -1);
	if (result == 0) {
		FUZZ_CHECK(err->text[0] == '\0');
		return;
	}
	FUZZ_CHECK(err->class == class);
	fuzz_check_text(err);
}
