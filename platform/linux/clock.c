/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "inside.h"
#include "log.h"
#include "status.h"

#define SYSTEM_CLOCK     "the clock of this machine"
#define BEHIND           ", for the clock of this machine is behind that"
#define NOT_SYNCHRONISED 5 /* linux/timex.h: TIME_ERROR */
#define BELIEVABLE_S     (INT64_C(15) * 366 * 24 * 3600)

static int64_t floor_s = SOURCE_EPOCH;
static const char *floor_source = "the time when this program was built" BEHIND;
static const char *source = SYSTEM_CLOCK;

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

/* The modification time of a file inside `root`; 0 when there is none. */
static int64_t modified_s(const char *root, const char *path)
{
	struct status status;
	int fd = AT_FDCWD;

	if (root[0] != '\0') { /* otherwise one call does it */
		fd = inside_open(root, path, O_PATH);
		path = "";
	}
	if (status_read(&status, fd, path, AT_EMPTY_PATH) != 0) {
		status.modified.s = 0;
	}
	if (fd >= 0) {
		(void)close(fd); /* it only named the file */
	}
	return status.modified.s;
}

/* True when somebody sets the clock by a source that is right, and has told the kernel (adjtimex(2)). */
static bool is_synchronised(void)
{
	static _Alignas(16) char state[512]; /* struct timex, all zeros: change nothing */
	long result = syscall(SYS_adjtimex, state);

	return result >= 0 && result != NOT_SYNCHRONISED;
}

void clock_read_floors(const char *root)
{
	static const char *const paths[] = {"/usr/lib/clock-epoch", "/var/lib/systemd/timesync/clock"};
	static char shown[PATH_LIMIT * 2 + sizeof BEHIND];

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		int64_t time_s = modified_s(root, paths[i]);
		bool is_news = time_s > clock_calendar_s() && time_s - SOURCE_EPOCH < BELIEVABLE_S;
		if (is_news && !is_synchronised()) {
			floor_s = time_s;
			floor_source = shown;
			text_format(shown, sizeof shown, "%s%s" BEHIND, root, paths[i]);
		}
	}
}

int64_t clock_calendar_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	bool is_right = now.tv_sec >= floor_s;
	source = is_right ? SYSTEM_CLOCK : floor_source;
	return is_right ? (int64_t)now.tv_sec : floor_s;
}

const char *clock_calendar_source(void)
{
	return source;
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
	unsigned int flags = GRND_NONBLOCK;

	while (len > 0) {
		ssize_t got = getrandom(at, len, flags);
		if (got < 0 && errno == EAGAIN && flags != 0) {
			log_say(HOST_NOTICE, "waiting for the kernel to gather random numbers");
			flags = 0;
		} else if (got < 0 && errno != EINTR) {
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
