/* SPDX-License-Identifier: Apache-2.0 */
/* The machine the program runs on: src/host.h, filled in for Linux. */
#ifndef MACHINE_H
#define MACHINE_H

#include "host.h"

extern const struct host machine_host;

#endif
