/* SPDX-License-Identifier: Apache-2.0 */
/* Time and chance, as src/host.h describes them. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic milliseconds since the first call, which main makes at its start. Suspended time counts (CLOCK_BOOTTIME). */
int64_t clock_now_ms(void);

/* The calendar in seconds since 1970: the system's clock, but never earlier than the source was made (SOURCE_DATE_EPOCH). */
int64_t clock_calendar_s(void);

/* Which clock that was; see host.h. */
const char *clock_calendar_source(void);

void clock_sleep_until(int64_t until_ms);

/* Fill `data` from the kernel's generator; waits until it is seeded, which at first boot can take a while. 0, or -1. */
int clock_random(void *data, size_t len) __attribute__((warn_unused_result));

/* The errno of the clock_random() that failed last, 0 when none did. The library in between does not hand it on. */
int clock_random_fault(void);

uint32_t clock_random_number(void);

#endif
