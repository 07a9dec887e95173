/* SPDX-License-Identifier: Apache-2.0 */
/* What --check prints: where each setting came from, what is on disk, the verdict, and the next step. */
#ifndef REPORT_H
#define REPORT_H

#include "bootstrap.h"

/*
 * Append one line for each. `obstacle` is what a run would fail with before it asks anybody, NULL for nothing. No secret is in it.
 */
void report_format(struct buffer *text, const struct bootstrap *bootstrap, const struct error *obstacle);

#endif
