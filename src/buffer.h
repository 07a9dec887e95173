/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in bounds: a view (borrowed, read only) and a buffer (borrowed, filled from the front, never beyond its capacity).
 *
 * A buffer that was too small remembers it in `overflow` and ignores what did not fit, so callers append freely and check once.
 */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct view {
	const char *data; /* not NUL-terminated */
	size_t len;
};

struct buffer {
	char *data; /* not NUL-terminated */
	size_t capacity;
	size_t len;
	bool overflow;
};

/* A view of a NUL-terminated text, and of what a buffer holds. Valid as long as the text or buffer is. */
struct view view_of(const char *text);
struct view buffer_view(const struct buffer *buf);

bool view_equals(struct view view, const char *text);
bool view_equals_ignoring_case(struct view view, const char *text); /* ASCII */
bool view_starts_with(struct view view, const char *text);

/* Where `needle` of `len` bytes begins in `view`, or NULL. */
const char *view_find(struct view view, const void *needle, size_t len);

/* The part of `view` without white space (space, tab, CR, LF) on both sides. */
struct view view_trim(struct view view);

/*
 * Take the next line off the front of `text`, without its newline and without a carriage return in front of it. False when `text` is
 * empty. A last line needs no newline.
 */
bool view_take_line(struct view *text, struct view *line);

/* Read a decimal number without sign, at most `max`. False when `view` is anything else. */
bool view_parse_number(struct view view, long long max, long long *number);

/* Copy into `text` of `capacity` bytes, with a NUL. False, with an empty `text`, when it does not fit. */
bool view_copy(struct view view, char *text, size_t capacity);

void buffer_init(struct buffer *buf, char *data, size_t capacity);
void buffer_add(struct buffer *buf, const void *data, size_t len);
void buffer_add_text(struct buffer *buf, const char *text);
void buffer_add_view(struct buffer *buf, struct view view);

/*
 * Append text that comes from elsewhere: control characters, the C1 ones of Unicode included, become '?', so that it can neither move a
 * terminal's cursor nor begin a line of its own.
 */
void buffer_add_clean(struct buffer *buf, const char *text);

/* Drop `len` bytes from the front. */
void buffer_drop(struct buffer *buf, size_t len);

/*
 * Append formatted text. Conversions: %s %.*s %c %d %u %x %zu %lld %%, and %02d as the only width. Anything else is printed as it stands.
 * (The C library's printf would add 15 KB to the program.)
 */
void buffer_format(struct buffer *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_format_args(struct buffer *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* The same into `text` of `capacity` bytes, with a NUL at the end. Text that does not fit is cut. */
void text_format(char *text, size_t capacity, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Write zeros that the compiler may not leave out: for secrets. */
void buffer_wipe(void *data, size_t len);

#endif
