/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up at its start. */
#ifndef SANDBOX_H
#define SANDBOX_H

/* No core dump, no ptrace by others, no new privileges, constant data read-only (RELRO, which musl leaves to the program in a static one).
 */
void sandbox_enter(void);

#endif
