/* SPDX-License-Identifier: Apache-2.0 */
/* Static memory in the place of the C library's heap; see heap.c. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/* Take back everything. Nothing from malloc(), calloc() or a function that uses them may be in use. */
void heap_reset(void);

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *memory);

#endif
