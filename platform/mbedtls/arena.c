/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* madvise */
#include "arena.h"

#include <mbedtls/memory_buffer_alloc.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "sizes.h"

#define HEADER_MAX 256 /* the arena begins with what the allocator keeps about it */

static unsigned char arena[ARENA_LIMIT] __attribute__((aligned(16)));
static void *(*allocator_calloc)(size_t count, size_t size);
static void (*allocator_free)(void *memory);
static bool has_failed;

int mbedtls_platform_set_calloc_free(void *(*calloc)(size_t count, size_t size), void (*free)(void *memory))
{
	allocator_calloc = calloc;
	allocator_free = free;
	return 0;
}

void *arena_calloc(size_t count, size_t size)
{
	void *memory = allocator_calloc(count, size);

	has_failed = has_failed || (memory == NULL && count > 0 && size > 0);
	return memory;
}

void arena_free(void *memory)
{
	allocator_free(memory);
}

bool arena_take_fault(void)
{
	bool result = has_failed;

	has_failed = false;
	return result;
}

/* The allocator writes zeros to its whole arena at the start. Whole pages of them may go back: they read as zeros again. */
static void return_pages(unsigned char *begin, unsigned char *end)
{
	uintptr_t page = getauxval(AT_PAGESZ);
	uintptr_t first = ((uintptr_t)begin + page - 1) / page * page;
	uintptr_t last = (uintptr_t)end / page * page;

	if (last > first) {
		(void)madvise((void *)first, last - first, MADV_DONTNEED); /* otherwise the run takes more memory, and that is all */
	}
}

void arena_start(void)
{
	mbedtls_memory_buffer_alloc_init(arena, sizeof arena);
	return_pages(arena + HEADER_MAX, arena + sizeof arena);
}
