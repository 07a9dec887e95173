/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all fuzz harnesses share. One harness is one file, fuzz_NAME.c; its inputs lie in corpus/NAME.
 *
 * libFuzzer calls a harness with inputs that it makes up (`make fuzz`), replay.c with those of the corpus (`make corpus`). Both hand the
 * input over in memory of exactly its size, so that a sanitizer sees every byte read beyond it.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "error.h"

/* The harness: check that what `data` leads to is as promised. Gives 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End the program, so that the input becomes a finding. */
#define FUZZ_CHECK(condition)                                                                                     \
	do {                                                                                                      \
		if (!(condition)) {                                                                               \
			(void)fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                                  \
		}                                                                                                 \
	} while (0)

struct view fuzz_view(const uint8_t *data, size_t size);

/* True when `part` lies inside `whole`. */
bool fuzz_is_inside(struct view part, struct view whole);

bool fuzz_is_same(struct view one, struct view other);

/* An error that nobody has set: its text is empty, and no NUL stands behind that. */
void fuzz_error_init(struct error *err);

/* Check that `err` has been set exactly when `result` is -1, and then to `class` and a text. */
void fuzz_check_error(const struct error *err, int result, enum error_class class);

/* Check that `err` has a text. */
void fuzz_check_text(const struct error *err);

#endif
