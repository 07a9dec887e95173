/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <stdarg.h>
#include <string.h>

#include "buffer.h"

int error_set(struct error *err, enum error_class class, const char *format, ...)
{
	struct buffer text;
	va_list args;

	err->class = class;
	buffer_init(&text, err->text, sizeof err->text - 1);
	va_start(args, format);
	buffer_format_args(&text, format, args); /* a cut message is better than none */
	va_end(args);
	err->text[text.len] = '\0';
	return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
	char cause[ERROR_TEXT_LIMIT];
	struct buffer text;
	va_list args;

	memcpy(cause, err->text, sizeof cause);
	buffer_init(&text, err->text, sizeof err->text - 1);
	va_start(args, format);
	buffer_format_args(&text, format, args);
	va_end(args);
	buffer_format(&text, ": %s", cause);
	err->text[text.len] = '\0';
	return -1;
}
