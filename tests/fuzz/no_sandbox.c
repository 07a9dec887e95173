/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of the sandbox in the program that coverage is measured with: what counts the lines writes files at the end. */
#include "landlock.h"
#include "sandbox.h"
#include "seccomp.h"

void sandbox_enter(void)
{
}

void seccomp_enter(void)
{
}

void landlock_enter(const struct landlock_paths *paths)
{
	(void)paths; /* all remains in reach */
}
