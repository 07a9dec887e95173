/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives Mbed TLS the C library's heap in the place of its arena (platform/mbedtls/arena.c), so that the sanitizers
 * see every byte read beyond a block, and every block forgotten.
 */
#include <stddef.h>
#include <stdlib.h>

#include "arena.h"

/* Of mbedtls/memory_buffer_alloc.h, which only platform/mbedtls includes. */
void mbedtls_memory_buffer_alloc_init(unsigned char *arena, size_t len);

void mbedtls_memory_buffer_alloc_init(unsigned char *arena, size_t len)
{
	(void)arena; /* not used here */
	(void)len;
	(void)mbedtls_platform_set_calloc_free(calloc, free); /* gives 0 */
}
