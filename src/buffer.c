/* SPDX-License-Identifier: Apache-2.0 */
#include "buffer.h"

#include <string.h>

struct view view_of(const char *text)
{
	return (struct view){text, strlen(text)};
}

struct view buffer_view(const struct buffer *buf)
{
	return (struct view){buf->data, buf->len};
}

bool view_equals(struct view view, const char *text)
{
	return view.len == strlen(text) && memcmp(view.data, text, view.len) == 0;
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool view_equals_ignoring_case(struct view view, const char *text)
{
	if (view.len != strlen(text)) {
		return false;
	}
	for (size_t i = 0; i < view.len; i++) {
		if (lower(view.data[i]) != lower(text[i])) {
			return false;
		}
	}
	return true;
}

bool view_starts_with(struct view view, const char *text)
{
	size_t len = strlen(text);

	return view.len >= len && memcmp(view.data, text, len) == 0;
}

const char *view_find(struct view view, const void *needle, size_t len)
{
	for (size_t i = 0; len <= view.len && i <= view.len - len; i++) {
		if (memcmp(view.data + i, needle, len) == 0) {
			return view.data + i;
		}
	}
	return NULL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct view view_trim(struct view view)
{
	while (view.len > 0 && is_space(view.data[0])) {
		view.data++;
		view.len--;
	}
	while (view.len > 0 && is_space(view.data[view.len - 1])) {
		view.len--;
	}
	return view;
}

bool view_take_line(struct view *text, struct view *line)
{
	if (text->len == 0) {
		return false;
	}

	const char *newline = memchr(text->data, '\n', text->len);
	size_t len = newline != NULL ? (size_t)(newline - text->data) : text->len;
	size_t taken = newline != NULL ? len + 1 : len;

	*line = (struct view){text->data, len};
	if (newline != NULL && len > 0 && line->data[len - 1] == '\r') {
		line->len--;
	}
	text->data += taken;
	text->len -= taken;
	return true;
}

bool view_parse_number(struct view view, long long max, long long *number)
{
	long long value = 0;

	if (view.len == 0) {
		return false;
	}
	for (size_t i = 0; i < view.len; i++) {
		int digit = view.data[i] - '0';
		if (digit < 0 || digit > 9 || value > (max - digit) / 10) {
			return false;
		}
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

bool view_copy(struct view view, char *text, size_t capacity)
{
	if (view.len >= capacity) {
		text[0] = '\0';
		return false;
	}
	memcpy(text, view.data, view.len);
	text[view.len] = '\0';
	return true;
}

void buffer_init(struct buffer *buf, char *data, size_t capacity)
{
	*buf = (struct buffer){.data = data, .capacity = capacity};
}

void buffer_add(struct buffer *buf, const void *data, size_t len)
{
	size_t room = buf->capacity - buf->len;

	if (len > room) {
		buf->overflow = true;
		len = room;
	}
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
}

void buffer_add_text(struct buffer *buf, const char *text)
{
	buffer_add(buf, text, strlen(text));
}

void buffer_add_view(struct buffer *buf, struct view view)
{
	buffer_add(buf, view.data, view.len);
}

void buffer_add_clean(struct buffer *buf, const char *text)
{
	for (; *text != '\0'; text++) {
		bool is_c1 = (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] <= 0x9f;
		bool is_control = (unsigned char)*text < ' ' || *text == 0x7f || is_c1;
		buffer_add(buf, is_control ? "?" : text, 1);
		text += is_c1;
	}
}

void buffer_drop(struct buffer *buf, size_t len)
{
	buf->len -= len;
	memmove(buf->data, buf->data + len, buf->len);
}

static void add_number(struct buffer *buf, unsigned long long value, bool negative, size_t width)
{
	char digits[24];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	while (sizeof digits - at < width) {
		digits[--at] = '0';
	}
	if (negative) {
		digits[--at] = '-';
	}
	buffer_add(buf, digits + at, sizeof digits - at);
}

static void add_signed(struct buffer *buf, long long value, size_t width)
{
	unsigned long long size = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;

	add_number(buf, size, value < 0, width);
}

static void add_hex(struct buffer *buf, unsigned int value)
{
	unsigned int shift = 28;

	while (shift > 0 && value >> shift == 0) {
		shift -= 4;
	}
	for (;; shift -= 4) {
		buffer_add(buf, &"0123456789abcdef"[value >> shift & 15], 1);
		if (shift == 0) {
			return;
		}
	}
}

void buffer_format_args(struct buffer *buf, const char *format, va_list args)
{
	while (*format != '\0') {
		const char *percent = strchr(format, '%');
		if (percent == NULL) {
			buffer_add_text(buf, format);
			return;
		}
		buffer_add(buf, format, (size_t)(percent - format));
		format = percent + 1;
		if (strncmp(format, ".*s", 3) == 0) {
			size_t max = (size_t)va_arg(args, int);
			const char *text = va_arg(args, const char *);
			const char *end = max > 0 ? memchr(text, '\0', max) : NULL;
			buffer_add(buf, text, end != NULL ? (size_t)(end - text) : max);
			format += 3;
		} else if (strncmp(format, "02d", 3) == 0) {
			add_signed(buf, va_arg(args, int), 2);
			format += 3;
		} else if (strncmp(format, "lld", 3) == 0) {
			add_signed(buf, va_arg(args, long long), 0);
			format += 3;
		} else if (strncmp(format, "zu", 2) == 0) {
			add_number(buf, va_arg(args, size_t), false, 0);
			format += 2;
		} else if (*format == 's') {
			buffer_add_text(buf, va_arg(args, const char *));
			format++;
		} else if (*format == 'd') {
			add_signed(buf, va_arg(args, int), 0);
			format++;
		} else if (*format == 'u') {
			add_number(buf, va_arg(args, unsigned int), false, 0);
			format++;
		} else if (*format == 'x') {
			add_hex(buf, va_arg(args, unsigned int));
			format++;
		} else if (*format == 'c') {
			char c = (char)va_arg(args, int);
			buffer_add(buf, &c, 1);
			format++;
		} else {
			buffer_add(buf, "%", 1);
			format += *format == '%';
		}
	}
}

void buffer_format(struct buffer *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buffer_format_args(buf, format, args);
	va_end(args);
}

void text_format(char *text, size_t capacity, const char *format, ...)
{
	struct buffer buf;
	va_list args;

	buffer_init(&buf, text, capacity - 1);
	va_start(args, format);
	buffer_format_args(&buf, format, args);
	va_end(args);
	text[buf.len] = '\0';
}

void buffer_wipe(void *data, size_t len)
{
	volatile unsigned char *at = data;

	while (len-- > 0) {
		*at++ = 0;
	}
}
