/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t boot_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail: the clock exists since Linux 2.6.39 */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
	static int64_t start_ms;

	if (start_ms == 0) {
		start_ms = boot_ms();
	}
	return boot_ms() - start_ms;
}

int64_t clock_calendar_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	return now.tv_sec > SOURCE_EPOCH ? (int64_t)now.tv_sec : SOURCE_EPOCH;
}

const char *clock_calendar_source(void)
{
	return "the clock of this machine";
}

void clock_sleep_until(int64_t until_ms)
{
	int64_t left_ms;

	while ((left_ms = until_ms - clock_now_ms()) > 0) {
		struct timespec pause = {.tv_sec = (time_t)(left_ms / 1000), .tv_nsec = (long)(left_ms % 1000) * 1000000};
		(void)nanosleep(&pause, NULL); /* woken early: the loop goes on */
	}
}

static int random_fault;

int clock_random(void *data, size_t len)
{
	unsigned char *at = data;

	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);
		if (got < 0 && errno != EINTR) {
			random_fault = errno;
			return -1;
		}
		at += got > 0 ? got : 0;
		len -= (size_t)(got > 0 ? got : 0);
	}
	return 0;
}

int clock_random_fault(void)
{
	return random_fault;
}

uint32_t clock_random_number(void)
{
	uint32_t number = 0;

	if (clock_random(&number, sizeof number) != 0) {
		number = (uint32_t)boot_ms(); /* only spreads retries */
	}
	return number;
}
