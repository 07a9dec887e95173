/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that tells a person to approve the request: not at once, since an automatic approval takes 20 ms, and then rarer and rarer,
 * since each line wakes the machine and fills a log.
 */
#ifndef REMINDER_H
#define REMINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REMINDER_FIRST_MS 2000
#define REMINDER_NEXT_MS  30000   /* the pause after the first; each further one is twice as long, */
#define REMINDER_MAX_MS   3600000 /* up to an hour */

struct reminder {
	bool is_running;
	const char *csr_name; /* the caller's */
	int64_t since_ms;
	int64_t next_ms; /* when the next line is due; INT64_MAX while it does not run */
	int64_t pause_ms;
};

void reminder_begin(struct reminder *reminder, const char *csr_name, int64_t now_ms);
void reminder_end(struct reminder *reminder);

/* Write the line into `text` when one is due, and plan the next. False when none is. */
bool reminder_take(struct reminder *reminder, int64_t now_ms, char *text, size_t capacity);

/* Write the line for somebody who looks on (host.h, show), shorter than a terminal is wide. False while none is due, or nothing waits. */
bool reminder_show(const struct reminder *reminder, int64_t now_ms, char *text, size_t capacity);

#endif
