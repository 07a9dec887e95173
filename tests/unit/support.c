/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <stdlib.h>

struct kept {
	struct kept *next;
	char data[];
};

static struct kept *kept; /* keeps what support_exact() made reachable, so that it is no leak */

void support_assert_view(const char *label, struct view got, struct view expected, const char *file, int line)
{
	size_t at = 0;

	if (got.len == expected.len && (got.len == 0 || memcmp(got.data, expected.data, got.len) == 0)) {
		return;
	}
	while (at < got.len && at < expected.len && got.data[at] == expected.data[at]) {
		at++;
	}
	print_error("in \"%s\", they differ from byte %zu on\n  got      \"%.*s\"\n  expected \"%.*s\"\n", label, at, (int)got.len,
		    got.data, (int)expected.len, expected.data);
	_fail(file, line);
}

void support_assert_error(const char *label, const struct error *err, enum error_class class, const char *text, const char *file, int line)
{
	if (err->class == class && strstr(err->text, text) != NULL) {
		return;
	}
	print_error("in \"%s\"\n  got      %d \"%s\"\n  expected %d \"...%s...\"\n", label, (int)err->class, err->text, (int)class, text);
	_fail(file, line);
}

struct view support_exact(struct view view)
{
	/* The padding in front keeps the data at the end of the block, where the red zone begins. */
	struct kept *block = malloc(sizeof *block + view.len);

	assert_non_null(block);
	block->next = kept;
	kept = block;
	if (view.len > 0) {
		memcpy(block->data, view.data, view.len);
	}
	return (struct view){block->data, view.len};
}

void support_forget(void)
{
	while (kept != NULL) {
		struct kept *next = kept->next;
		free(kept);
		kept = next;
	}
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

size_t support_hex(unsigned char *bytes, size_t capacity, const char *hex)
{
	size_t digits = 0;

	for (; *hex != '\0'; hex++) {
		int digit = hex_digit(*hex);
		if (digit < 0) {
			continue;
		}
		assert_true(digits / 2 < capacity);
		bytes[digits / 2] = (unsigned char)(digits % 2 == 0 ? digit << 4 : bytes[digits / 2] | digit);
		digits++;
	}
	assert_true(digits % 2 == 0);
	return digits / 2;
}

void support_vector_private(unsigned char bytes[KEY_PRIVATE_LEN])
{
	for (unsigned char i = 0; i < KEY_PRIVATE_LEN; i++) {
		bytes[i] = i;
	}
}

void support_vector_spki(unsigned char bytes[KEY_SPKI_LEN])
{
	assert_int_equal(support_hex(bytes, KEY_SPKI_LEN,
				     "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
				     "7a593180860c4037c83c12749845c8ee1424dd297fadcb895e358255d2c7d2b2"
				     "a8ca25580f2626fe579062ff1b99ff91c24a0da06fb32b5be20148c9249f5650"),
			 KEY_SPKI_LEN);
}

bool support_is_emulated(void)
{
	const char *emulator = getenv("EMULATOR");

	return emulator != NULL && emulator[0] != '\0';
}
