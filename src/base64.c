/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <stdint.h>
#include <string.h>

static char digit(unsigned int value, const char *last_two)
{
	if (value < 26) {
		return (char)('A' + value);
	}
	if (value < 52) {
		return (char)('a' + value - 26);
	}
	return value < 62 ? (char)('0' + value - 52) : last_two[value - 62];
}

static void format(struct buffer *buf, struct view bytes, const char *last_two, bool padding)
{
	const unsigned char *data = (const unsigned char *)bytes.data;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t group = (uint32_t)data[i] << 16;
		char text[4] = "====";

		group |= left > 1 ? (uint32_t)data[i + 1] << 8 : 0;
		group |= left > 2 ? data[i + 2] : 0;
		text[0] = digit(group >> 18, last_two);
		text[1] = digit(group >> 12 & 63, last_two);
		if (left > 1) {
			text[2] = digit(group >> 6 & 63, last_two);
		}
		if (left > 2) {
			text[3] = digit(group & 63, last_two);
		}
		buffer_add(buf, text, padding || left > 2 ? 4 : left + 1);
	}
}

void base64_format(struct buffer *buf, const void *data, size_t len)
{
	format(buf, (struct view){data, len}, "+/", true);
}

void base64_format_url(struct buffer *buf, const void *data, size_t len)
{
	format(buf, (struct view){data, len}, "-_", false);
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	if (c == '+' || c == '/') {
		return c == '+' ? 62 : 63;
	}
	return -1;
}

int base64_parse(struct buffer *buf, struct view text)
{
	uint32_t group = 0;
	unsigned int digits = 0;
	unsigned int padding = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			continue;
		}
		if (c == '=' && digits >= 2) {
			padding++;
		} else if (value_of(c) < 0 || padding > 0) {
			return -1;
		}
		group = group << 6 | (c == '=' ? 0 : (uint32_t)value_of(c));
		if (++digits < 4) {
			continue;
		}
		if (padding > 0 && (group & (padding == 1 ? 0xff : 0xffff)) != 0) {
			return -1;
		}
		unsigned char bytes[3] = {(unsigned char)(group >> 16), (unsigned char)(group >> 8), (unsigned char)group};
		buffer_add(buf, bytes, 3 - padding);
		if (padding > 0) { /* nothing but white space may follow */
			return view_trim((struct view){text.data + i + 1, text.len - i - 1}).len == 0 ? 0 : -1;
		}
		digits = 0;
		group = 0;
	}
	return digits == 0 ? 0 : -1;
}
