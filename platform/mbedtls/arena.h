/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of Mbed TLS: one static arena, run by its own allocator (mbedtls/memory_buffer_alloc.h). library_config.h leads all its
 * allocations here, so that it is known when one has failed: its errors do not always tell (a signature that cannot be checked for lack of
 * memory counts as a bad one).
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>

void arena_start(void);

/* True when an allocation has failed since the last call. */
bool arena_take_fault(void);

/* MBEDTLS_PLATFORM_CALLOC_MACRO and MBEDTLS_PLATFORM_FREE_MACRO, and how the allocator takes its place behind them. */
void *arena_calloc(size_t count, size_t size);
void arena_free(void *memory);
int mbedtls_platform_set_calloc_free(void *(*calloc)(size_t count, size_t size), void (*free)(void *memory));

#endif
