/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden"))); /* the linker's */

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

/* An initramfs without a console starts its children without these: a socket must not become the standard error. */
static void fill_standard_streams(void)
{
	struct pollfd streams[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	if (poll(streams, 3, 0) <= 0) {
		return;
	}
	for (int i = 0; i < 3; i++) { /* a file that is opened gets the lowest number that is free */
		if ((streams[i].revents & POLLNVAL) != 0 && open("/dev/null", O_RDWR) < 0) {
			(void)open("/", O_PATH); /* writing to it fails, and that is all */
		}
	}
}

void sandbox_enter(void)
{
	fill_standard_streams();
	(void)signal(SIGPIPE, SIG_IGN); /* who reads the log may go away, the wait goes on */
	protect_relro();
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* hardening, as is all here; no core is dumped then */
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
