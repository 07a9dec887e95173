/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "stop.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "error.h"

static volatile sig_atomic_t status_at_signal = ERROR_PENDING;

static void handle(int signal_number)
{
	static const char stopped[] = "kubelet-bootstrap: stopped by a signal; the next run goes on from here\n";
	static const char late[] = "kubelet-bootstrap: stopped at the deadline; the next run goes on from here\n";
	int status = status_at_signal;
	ssize_t done = 0;

	if (status != 0) {
		done = signal_number == SIGALRM ? write(STDERR_FILENO, late, sizeof late - 1) : write(STDERR_FILENO, stopped, sizeof stopped - 1);
	}
	(void)done; /* there is nowhere left to say it */
	_exit(status != 0 && signal_number == SIGALRM ? ERROR_UNREACHABLE : status);
}

void stop_on_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGALRM};
	struct sigaction action = {.sa_handler = handle};

	(void)sigfillset(&action.sa_mask); /* cannot fail, nor can sigaction with these numbers */
	for (unsigned int i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		(void)sigaction(signals[i], &action, NULL);
	}
}

void stop_after(int64_t deadline_ms)
{
	struct itimerval timer = {.it_value = {.tv_sec = (time_t)(deadline_ms / 1000 + 1)}};

	(void)setitimer(ITIMER_REAL, &timer, NULL); /* cannot fail with these values */
}

void stop_with_success(void)
{
	status_at_signal = 0;
}
