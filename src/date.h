/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar dates of UTC, in seconds since 1970-01-01, without tables and time zones (proleptic Gregorian calendar, no leap seconds).
 */
#ifndef DATE_H
#define DATE_H

#include <stdint.h>

#include "buffer.h"

struct date {
	int year, month, day; /* month 1..12, day 1..31 */
	int hour, minute, second;
};

/* Years 0 to 9999. */
struct date date_from_seconds(int64_t seconds);
int64_t date_to_seconds(const struct date *date);

#define DATE_TEXT_LIMIT 32

/* Append "2027-11-24T08:00:00Z"; the second into a text of its own. */
void date_format(struct buffer *buf, int64_t seconds);
void date_format_text(char text[DATE_TEXT_LIMIT], int64_t seconds);

/* Append "1h2m3s", "2m3s" or "3s"; "1h" rather than "1h0m0s". */
void date_format_duration(struct buffer *buf, int64_t seconds);

#endif
