/* SPDX-License-Identifier: Apache-2.0 */
/* Time and chance, as src/host.h describes them. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic milliseconds since the first call, which main makes at its start. Suspended time counts (CLOCK_BOOTTIME). */
int64_t clock_now_ms(void);

/*
 * Times that lie in the past, for a machine whose clock begins in 1970 at each start: when this program was built (SOURCE_DATE_EPOCH), and
 * the modification times of two files inside `root` ("" for none), with which systemd sets its clock (systemd src/core/clock-warp.c):
 * usr/lib/clock-epoch, made with the image, and var/lib/systemd/timesync/clock, touched at each
 * synchronisation. To be called once; before that only the first one counts.
 *
 * A file more than 15 years younger than the program is passed over: some clock was wrong when it was touched. systemd takes that
 * span, too, for the sign of a wrong clock. To believe such a file would mean that every certificate has expired, for ever; not to
 * believe it costs no more than to wait for the time.
 */
void clock_read_floors(const char *root);

/* The calendar in seconds since 1970: the system's clock, but never earlier than any of these. The clock itself is not set. */
int64_t clock_calendar_s(void);

/* What the last clock_calendar_s() went by: "the clock of this machine"; or "the time when this program was built" or a path, with the
 * reason. */
const char *clock_calendar_source(void);

void clock_sleep_until(int64_t until_ms);

/* Fill `data` from the kernel's generator; waits until it is seeded, and says so, for at first boot that can take a while. 0, or -1. */
int clock_random(void *data, size_t len) __attribute__((warn_unused_result));

/* The errno of the clock_random() that failed last, 0 when none did. The library in between does not hand it on. */
int clock_random_fault(void);

uint32_t clock_random_number(void);

#endif
