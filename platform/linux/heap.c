/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C library's heap, replaced: a few KB of static memory, handed out from the front and never taken back one by one.
 *
 * Only two callers exist: the resolver (getaddrinfo, about 200 bytes for each address) and opendir. net.c empties the heap before each
 * look-up, when nothing of it is in use. So no run takes memory beyond what was fixed at link time, and 8 KB of allocator stay out of
 * the program.
 */
#include "heap.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define HEAP_LIMIT 24576 /* musl keeps at most 48 addresses of a name: 13 KB; a directory stream takes 2 KB */
#define ALIGNMENT  16

static unsigned char heap[HEAP_LIMIT] __attribute__((aligned(ALIGNMENT)));
static size_t used;

void heap_reset(void)
{
	used = 0;
}

void *malloc(size_t size)
{
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	if (size > HEAP_LIMIT || rounded > HEAP_LIMIT - used) {
		errno = ENOMEM;
		return NULL;
	}
	used += rounded;
	return heap + used - rounded;
}

void *calloc(size_t count, size_t size)
{
	if (size != 0 && count > HEAP_LIMIT / size) {
		errno = ENOMEM;
		return NULL;
	}
	void *memory = malloc(count * size);
	return memory == NULL ? NULL : memset(memory, 0, count * size);
}

void free(void *memory)
{
	(void)memory; /* see heap_reset() */
}
