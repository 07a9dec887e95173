/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways a run is ended from outside.
 *
 * What is on disk is whole at any instruction, so a signal may end the process on the spot.
 */
#ifndef STOP_H
#define STOP_H

#include <stdint.h>

/* From now on SIGTERM and SIGINT end the process with 75 and a line on standard error. */
void stop_on_signals(void);

/*
 * End the process (SIGALRM) with 69 (or 75 when a request stands) when it is still there some seconds after `deadline_ms` from now,
 * INT64_MAX for never: for what cannot be given a deadline of its own, such as a disk that hangs.
 */
void stop_after(int64_t deadline_ms);

/* What the line on standard error says from here on: the request `csr_name` stands. */
void stop_with_request(const char *csr_name);

/* The commit point has passed: signals give 0 from here on. */
void stop_with_success(void);

#endif
