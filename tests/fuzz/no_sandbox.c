/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of platform/linux/sandbox.c, which needs musl's headers: for the program whose coverage is measured. */
#include "sandbox.h"

void sandbox_enter(void)
{
}
