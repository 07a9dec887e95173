/* SPDX-License-Identifier: Apache-2.0 */
/* System calls: after the start only those that the program makes itself are left (seccomp(2)). */
#ifndef SECCOMP_H
#define SECCOMP_H

/*
 * From now on any other system call kills the process (SIGSYS), which is what somebody else's code in it would get: no program is
 * executed, no process made, traced or killed, no memory made executable, nothing mounted, no device or terminal controlled, no socket
 * opened but for TCP and UDP.
 *
 * A kernel without seccomp is no error: --verbose says so.
 */
void seccomp_enter(void);

#endif
