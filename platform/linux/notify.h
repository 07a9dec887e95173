/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service manager is told: sd_notify(3). All of it does nothing where there is no manager that wants to know, and what cannot be
 * sent is lost: the run goes on without.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdint.h>

/* Connect to $NOTIFY_SOCKET, a path or an abstract socket (@). Before seccomp_enter(), which forbids sockets of this kind. */
void notify_start(void);

/*
 * The run may take until `deadline_ms` (clock_now_ms(); INT64_MAX: for ever), and as long as stop_after() leaves it beyond that: so much
 * later than now TimeoutStartSec= of the unit may strike. A manager that has been told once does not take it back (systemd
 * src/core/service.c, service_extend_event_source_timeout), so nothing has to be repeated while it waits; but it must be told before the
 * timeout, that is at the start.
 */
void notify_extend(int64_t deadline_ms);

/* What `systemctl status` shows from here on. */
void notify_status(const char *text);

/* All is in place: units ordered after this one (Type=notify) may start. */
void notify_ready(void);

#endif
