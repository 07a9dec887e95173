/* SPDX-License-Identifier: Apache-2.0 */
#include "reminder.h"

#include "date.h"

#define ELAPSED_LIMIT 32

void reminder_begin(struct reminder *reminder, const char *csr_name, int64_t now_ms)
{
	*reminder = (struct reminder){
		.is_running = true,
		.csr_name = csr_name,
		.since_ms = now_ms,
		.next_ms = now_ms + REMINDER_FIRST_MS,
		.pause_ms = REMINDER_NEXT_MS,
	};
}

void reminder_end(struct reminder *reminder)
{
	*reminder = (struct reminder){.next_ms = INT64_MAX};
}

static void format_elapsed(char elapsed[ELAPSED_LIMIT], const struct reminder *reminder, int64_t now_ms)
{
	struct buffer duration;

	buffer_init(&duration, elapsed, ELAPSED_LIMIT - 1);
	date_format_duration(&duration, (now_ms - reminder->since_ms) / 1000);
	elapsed[duration.len] = '\0';
}

bool reminder_take(struct reminder *reminder, int64_t now_ms, char *text, size_t capacity)
{
	char elapsed[ELAPSED_LIMIT];

	if (now_ms < reminder->next_ms) {
		return false;
	}
	format_elapsed(elapsed, reminder, now_ms);
	text_format(text, capacity, "waiting for approval of %s for %s; an administrator can run: kubectl certificate approve %s",
		    reminder->csr_name, elapsed, reminder->csr_name);
	reminder->next_ms = now_ms + reminder->pause_ms;
	reminder->pause_ms = reminder->pause_ms * 2 < REMINDER_MAX_MS ? reminder->pause_ms * 2 : REMINDER_MAX_MS;
	return true;
}

bool reminder_show(const struct reminder *reminder, int64_t now_ms, char *text, size_t capacity)
{
	char elapsed[ELAPSED_LIMIT];

	if (!reminder->is_running || now_ms - reminder->since_ms < REMINDER_FIRST_MS) {
		return false;
	}
	format_elapsed(elapsed, reminder, now_ms);
	text_format(text, capacity, "%s awaits approval: %s", reminder->csr_name, elapsed);
	return true;
}
