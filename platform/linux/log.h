/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program says: one line, one write(2), "kubelet-bootstrap: " in front, control characters replaced by '?'. Before that the level
 * as <N> where standard error is the journal (sd-daemon(3)).
 */
#ifndef LOG_H
#define LOG_H

#include "host.h"
#include "options.h"

#define LOG_LINE_LIMIT (ERROR_TEXT_LIMIT + 32)

/* Find out what standard error is: the journal ($JOURNAL_STREAM), a terminal that can clear a line ($TERM), or something else. */
void log_start(void);

void log_set_volume(enum options_volume volume);

/* To standard error, unless the volume is too low; see host.h. A notice goes to the service manager too, at any volume (notify.h). */
void log_say(enum host_level level, const char *text);

/* To standard error and the service manager, at any volume. */
void log_error(const char *text);

/* The line that log_say(HOST_NOTICE, text) would write, with a NUL at its end. */
void log_format_notice(char line[LOG_LINE_LIMIT], const char *text);

/* The live line on the terminal; see host.h. */
int64_t log_show(const char *text);

/* Clear that line, if one is there. May be called by a signal handler. */
void log_clear(void);

/* To standard output, as it is and without prefix: what was asked for. -1 when it cannot be written. */
int log_print(const char *text);

#endif
