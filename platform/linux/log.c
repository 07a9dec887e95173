/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <string.h>
#include <unistd.h>

#include "buffer.h"

static enum options_volume volume_set = OPTIONS_NORMAL;

void log_set_volume(enum options_volume volume)
{
	volume_set = volume;
}

void log_error(const char *text)
{
	char line[ERROR_TEXT_LIMIT + 32];
	struct buffer buf;

	buffer_init(&buf, line, sizeof line - 1);
	buffer_add_text(&buf, "kubelet-bootstrap: ");
	buffer_add_clean(&buf, text);
	line[buf.len++] = '\n';
	if (write(STDERR_FILENO, line, buf.len) < 0) {
		return; /* there is nowhere left to say it */
	}
}

void log_say(enum host_level level, const char *text)
{
	if (volume_set == OPTIONS_VERBOSE || (volume_set == OPTIONS_NORMAL && level == HOST_NOTICE)) {
		log_error(text);
	}
}

int log_print(const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t done = write(STDOUT_FILENO, text, len);
		if (done <= 0) {
			return -1;
		}
		text += done;
		len -= (size_t)done;
	}
	return 0;
}
