/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says: one line, one write(2), "kubelet-bootstrap: " in front, control characters replaced by '?'. */
#ifndef LOG_H
#define LOG_H

#include "host.h"
#include "options.h"

void log_set_volume(enum options_volume volume);

/* To standard error, unless the volume is too low; see host.h. */
void log_say(enum host_level level, const char *text);

/* To standard error, at any volume. */
void log_error(const char *text);

/* To standard output, as it is and without prefix: what was asked for. -1 when it cannot be written. */
int log_print(const char *text);

#endif
