/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

extern const ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden"))); /* the linker's */

/* Make the pages that the linker marked GNU_RELRO read-only; relocation is done by the time main runs. */
static void protect_relro(void)
{
	const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR); /* the kernel gives addresses as numbers */
	size_t count = headers != NULL ? getauxval(AT_PHNUM) : 0;
	uintptr_t page = getauxval(AT_PAGESZ);
	uintptr_t base = 0;

	for (size_t i = 0; i < count; i++) {
		if (headers[i].p_type == PT_DYNAMIC) {
			base = (uintptr_t)_DYNAMIC - headers[i].p_vaddr;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (headers[i].p_type == PT_GNU_RELRO) {
			uintptr_t begin = (base + headers[i].p_vaddr) / page * page;
			uintptr_t end = (base + headers[i].p_vaddr + headers[i].p_memsz) / page * page;
			(void)mprotect((void *)begin, end - begin, PROT_READ); /* hardening: without it all still works */
		}
	}
}

void sandbox_enter(void)
{
	protect_relro();
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* hardening, as is all here; no core is dumped then */
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
