/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "notify.h"
#include "status.h"

#define COLUMNS   79 /* the narrowest terminal has 80, and in the last one the cursor would go to the next line */
#define SHOW_MS   1000
#define CLEAR_END "\033[K" /* from the cursor to the end of the line */
#define CLEAR     "\r" CLEAR_END
#define IS_ERROR  '3' /* sd-daemon(3), as the next two */
#define IS_NOTICE '5'
#define IS_DETAIL '7'

static enum options_volume volume_set = OPTIONS_NORMAL;
static bool is_journal;
static bool is_terminal;
static bool is_shown;

/* systemd.exec(5): device and inode of what it has connected to the journal; who has redirected standard error since has another. */
static bool leads_to_journal(const char *stream)
{
	struct status status;
	char text[64];

	if (stream == NULL || status_read(&status, STDERR_FILENO, "", AT_EMPTY_PATH) != 0) {
		return false;
	}
	/* As st_dev has it, makedev(3); the kernel's numbers have 12 and 20 bits. */
	uint32_t device = status.device_major << 8 | (status.device_minor & 0xffU) | (status.device_minor & ~0xffU) << 12;
	text_format(text, sizeof text, "%u:%lld", device, (long long)status.inode);
	return strcmp(stream, text) == 0;
}

void log_start(void)
{
	const char *terminal = getenv("TERM");

	is_journal = leads_to_journal(getenv("JOURNAL_STREAM"));
	is_terminal = terminal != NULL && strcmp(terminal, "dumb") != 0 && isatty(STDERR_FILENO) != 0;
}

void log_set_volume(enum options_volume volume)
{
	volume_set = volume;
}

static void format_line(char line[LOG_LINE_LIMIT], char level, const char *text)
{
	struct buffer buf;

	buffer_init(&buf, line, LOG_LINE_LIMIT - 2);
	if (is_journal) {
		buffer_format(&buf, "<%c>", level);
	}
	buffer_add_text(&buf, "kubelet-bootstrap: ");
	buffer_add_clean(&buf, text);
	memcpy(line + buf.len, "\n", 2);
}

static void write_line(char level, const char *text)
{
	char line[LOG_LINE_LIMIT];

	format_line(line, level, text);
	log_clear();
	if (write(STDERR_FILENO, line, strlen(line)) < 0) {
		return; /* there is nowhere left to say it */
	}
}

void log_say(enum host_level level, const char *text)
{
	if (volume_set == OPTIONS_VERBOSE || (volume_set == OPTIONS_NORMAL && level == HOST_NOTICE)) {
		write_line(level == HOST_NOTICE ? IS_NOTICE : IS_DETAIL, text);
	}
	if (level == HOST_NOTICE) {
		notify_status(text);
	}
}

void log_error(const char *text)
{
	write_line(IS_ERROR, text);
	notify_status(text);
}

void log_format_notice(char line[LOG_LINE_LIMIT], const char *text)
{
	format_line(line, IS_NOTICE, text);
}

int64_t log_show(const char *text)
{
	char line[1 + COLUMNS + sizeof CLEAR_END];
	struct buffer buf;

	if (!is_terminal || is_journal || volume_set == OPTIONS_QUIET) {
		return INT64_MAX;
	}
	buffer_init(&buf, line, 1 + COLUMNS);
	buffer_add_text(&buf, "\r");
	buffer_add_clean(&buf, text);
	memcpy(line + buf.len, CLEAR_END, sizeof CLEAR_END);
	is_shown = true;
	if (write(STDERR_FILENO, line, strlen(line)) < 0) {
		return INT64_MAX; /* the terminal is gone */
	}
	return clock_now_ms() + SHOW_MS;
}

void log_clear(void)
{
	if (is_shown) {
		is_shown = false;
		if (write(STDERR_FILENO, CLEAR, sizeof CLEAR - 1) < 0) {
			return; /* the terminal is gone */
		}
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
