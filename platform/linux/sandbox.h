/* SPDX-License-Identifier: Apache-2.0 */
/* The process as it begins: what it must have, and what it gives up. */
#ifndef SANDBOX_H
#define SANDBOX_H

/* Open what is missing of standard input, output and error; ignore SIGPIPE. No core dump, no ptrace by others, no new privileges, constant
 * data read-only (RELRO, which musl leaves to the program in a static one).
 */
void sandbox_enter(void);

#endif
