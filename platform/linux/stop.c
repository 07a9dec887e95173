/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "stop.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "buffer.h"
#include "error.h"
#include "log.h"

#define GRACE_S 5

static volatile sig_atomic_t status_at_signal = ERROR_PENDING;
static volatile sig_atomic_t status_at_deadline = ERROR_UNREACHABLE;
static char line[LOG_LINE_LIMIT];

static void handle(int signal_number)
{
	int status = signal_number == SIGALRM && status_at_signal != 0 ? status_at_deadline : status_at_signal;

	struct pollfd error_output = {.fd = STDERR_FILENO, .events = POLLOUT};

	/* A log that nobody reads must not hold up the end. */
	if (status != 0 && poll(&error_output, 1, 0) > 0) {
		log_clear();
		if (write(STDERR_FILENO, line, strlen(line)) < 0) {
			_exit(status); /* there is nowhere left to say it */
		}
	}
	_exit(status);
}

static void take(int signal_number)
{
	struct sigaction action = {.sa_handler = handle};

	(void)sigfillset(&action.sa_mask); /* cannot fail, nor can sigaction with the numbers below */
	(void)sigaction(signal_number, &action, NULL);
}

static void set_line(const char *text)
{
	char next[LOG_LINE_LIMIT];

	log_format_notice(next, text);
	memcpy(line, next, strlen(next) + 1); /* a signal in the middle prints a mixed line at worst: both end in a NUL */
}

void stop_on_signals(void)
{
	set_line("stopped; the next run goes on from here");
	take(SIGTERM);
	take(SIGINT);
}

void stop_after(int64_t deadline_ms)
{
	struct itimerval timer = {.it_value = {.tv_sec = (time_t)(deadline_ms / 1000 + GRACE_S)}};
	sigset_t taken;

	(void)sigemptyset(&taken); /* cannot fail, nor can what follows with these numbers */
	(void)sigaddset(&taken, SIGTERM);
	(void)sigaddset(&taken, SIGINT);
	(void)sigaddset(&taken, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &taken, NULL); /* whoever started us may have blocked them */
	if (deadline_ms < INT64_MAX) {
		take(SIGALRM);
		(void)setitimer(ITIMER_REAL, &timer, NULL); /* cannot fail: the configuration allows at most 31 years */
	}
}

void stop_with_request(const char *csr_name)
{
	char text[CSR_NAME_LIMIT + 64];

	text_format(text, sizeof text, "stopped; %s stands, and the next run resumes it", csr_name);
	set_line(text);
	status_at_deadline = ERROR_PENDING;
}

void stop_with_success(void)
{
	status_at_signal = 0;
}
