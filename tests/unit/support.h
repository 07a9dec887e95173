/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all unit tests share: cmocka with the headers it needs, and assertions that name the row of the table they failed in.
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "buffer.h"
#include "error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A test; its name is a sentence. */
#define TEST(name) static void name(__attribute__((unused)) void **state)

#define RUN(name, tests) cmocka_run_group_tests_name(name, tests, NULL, NULL)

/* The bytes of a literal, NULs inside included. */
#define LITERAL(text) ((struct view){(text), sizeof(text) - 1})

/* Fail with the row's label. */
#define assert_row(label, condition)                                    \
	do {                                                            \
		if (!(condition)) {                                     \
			fail_msg("in \"%s\": %s", (label), #condition); \
		}                                                       \
	} while (0)

/* Fail unless `got` is `expected`; both are shown. */
#define assert_text(label, got, expected) support_assert_view(label, got, view_of(expected), __FILE__, __LINE__)
#define assert_view(label, got, expected) support_assert_view(label, got, expected, __FILE__, __LINE__)
void support_assert_view(const char *label, struct view got, struct view expected, const char *file, int line);

/* Fail unless `err` has this class and `text` is somewhere in its message. */
#define assert_error(label, err, class, text) support_assert_error(label, err, class, text, __FILE__, __LINE__)
void support_assert_error(const char *label, const struct error *err, enum error_class class, const char *text, const char *file, int line);

/* `view` in memory of exactly its size, so that a sanitizer sees every byte read beyond it. Kept until the program ends. */
struct view support_exact(struct view view);

/* End all that support_exact() has made: for a program of many runs. */
void support_forget(void);

/* Fill `buf` over its `capacity` bytes of memory. */
#define BUFFER(name, capacity)        \
	char name##_memory[capacity]; \
	struct buffer name;           \
	buffer_init(&name, name##_memory, sizeof name##_memory)

/* Read "0a1b", white space between bytes allowed, into `bytes`; returns how many. */
size_t support_hex(unsigned char *bytes, size_t capacity, const char *hex);

/* Fill `bytes` of P-256 key 00 01 02 .. 1f, the vector of the project: private part and SubjectPublicKeyInfo. */
void support_vector_private(unsigned char bytes[KEY_PRIVATE_LEN]);
void support_vector_spki(unsigned char bytes[KEY_SPKI_LEN]);

/* Whether this runs under qemu-user, which is slow, and passes neither openat2(2) nor Landlock on. */
bool support_is_emulated(void);

#endif
