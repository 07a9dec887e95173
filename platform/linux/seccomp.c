/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "seccomp.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "buffer.h"
#include "log.h"

/* linux/audit.h: the ELF machine (elf.h), little endian (1 << 30), 64 bit (1 << 31) */
#if defined(__x86_64__)
#define ARCHITECTURE 0xc000003eU
#elif defined(__aarch64__)
#define ARCHITECTURE 0xc00000b7U
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE 0xc00000f3U
#elif defined(__arm__)
#define ARCHITECTURE 0x40000028U
#else
#error "which AUDIT_ARCH_ of linux/audit.h is this?"
#endif

#define FILTER_MODE  2           /* linux/seccomp.h, as the next two */
#define VERDICT_KILL 0x80000000U /* before Linux 4.14: ends the thread, and there is but one */
#define VERDICT_PASS 0x7fff0000U
#define LOAD         0x20 /* linux/filter.h: BPF_LD | BPF_W | BPF_ABS */
#define JUMP_EQUAL   0x15 /* BPF_JMP | BPF_JEQ | BPF_K */
#define RETURN       0x06 /* BPF_RET | BPF_K */

#define NO_CALL 0xffffffffU /* a tracer such as strace has taken the call away: the kernel answers ENOSYS */

/* linux/filter.h */
struct instruction {
	uint16_t code;
	uint8_t jump_if_true;
	uint8_t jump_if_false;
	uint32_t operand;
};

struct program {
	unsigned short len;
	const struct instruction *instructions;
};

/* linux/seccomp.h */
struct call {
	int number;
	uint32_t architecture;
	uint64_t instruction_pointer;
	uint64_t arguments[6];
};

/* Which of two kindred calls it is depends on the architecture and on the C library. */
/* clang-format off */
static const uint16_t calls[] = {
	/* files.c, inside.c, landlock.c */
	SYS_openat, SYS_openat2, SYS_close, SYS_read, SYS_pread64, SYS_write, SYS_fsync, SYS_flock, SYS_getdents64, SYS_readlinkat,
	SYS_faccessat, SYS_mkdirat, SYS_symlinkat, SYS_unlinkat, SYS_renameat2, SYS_statx,
	SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self,
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_fstatfs64
	SYS_fstatfs64,
#else
	SYS_fstatfs,
#endif
	/* net.c, resolve.c, tls.c; socket: below */
	SYS_connect, SYS_sendto, SYS_recvfrom, SYS_setsockopt, SYS_getsockopt, SYS_ppoll,
#ifdef SYS_poll
	SYS_poll,
#endif
	/* clock.c; restart_syscall: a sleep that goes on after SIGSTOP and SIGCONT */
	SYS_getrandom, SYS_nanosleep, SYS_restart_syscall,
#ifdef SYS_clock_gettime
	SYS_clock_gettime, SYS_clock_nanosleep,
#endif
#ifdef SYS_clock_gettime64
	SYS_clock_gettime64, SYS_clock_nanosleep_time64, SYS_clock_gettime32, SYS_clock_nanosleep_time32,
#endif
	/* stop.c, and the end */
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_setitimer, SYS_exit_group,
};
/* clang-format on */

#define CALL_COUNT (sizeof calls / sizeof calls[0])
#define SOCKET     7            /* instructions that look at socket(2) */
#define HEAD       (4 + SOCKET) /* those in front of the ones for the calls */
#define LENGTH     (HEAD + CALL_COUNT + 3)

/* How far it is from instruction `at` to the last one, which lets a call pass, and to the one in front of it, which does not. */
static uint8_t distance_to_pass(size_t at)
{
	return (uint8_t)(LENGTH - 1 - at - 1);
}

static uint8_t distance_to_kill(size_t at)
{
	return (uint8_t)(distance_to_pass(at) - 1);
}

_Static_assert(LENGTH < 256, "a jump is at most 255 instructions long");

void seccomp_enter(void)
{
	/* Sockets for TCP and UDP only: others lead to the services of this machine, and to what passes by on the wire. */
	struct instruction filter[LENGTH] = {
		{LOAD, 0, 0, offsetof(struct call, architecture)},
		{JUMP_EQUAL, 1, 0, ARCHITECTURE},
		{RETURN, 0, 0, VERDICT_KILL}, /* the calls of another architecture, which have other numbers */
		{LOAD, 0, 0, offsetof(struct call, number)},
		{JUMP_EQUAL, 0, SOCKET - 1, SYS_socket},
		{LOAD, 0, 0, offsetof(struct call, arguments[0])}, /* the lower half: all targets are little endian */
		{JUMP_EQUAL, 1, 0, AF_INET},
		{JUMP_EQUAL, 0, distance_to_kill(7), AF_INET6},
		{LOAD, 0, 0, offsetof(struct call, arguments[1])},
		{JUMP_EQUAL, distance_to_pass(9), 0, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK},
		{JUMP_EQUAL, distance_to_pass(10), distance_to_kill(10), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK},
	};
	size_t len = HEAD;
	char text[128];

	filter[len] = (struct instruction){JUMP_EQUAL, distance_to_pass(len), 0, NO_CALL};
	len++;
	for (size_t i = 0; i < CALL_COUNT; i++, len++) {
		filter[len] = (struct instruction){JUMP_EQUAL, distance_to_pass(len), 0, calls[i]};
	}
	filter[len++] = (struct instruction){RETURN, 0, 0, VERDICT_KILL};
	filter[len++] = (struct instruction){RETURN, 0, 0, VERDICT_PASS};

	struct program program = {(unsigned short)len, filter};
	if (prctl(PR_SET_SECCOMP, FILTER_MODE, &program, 0, 0) != 0) {
		text_format(text, sizeof text, "going on without seccomp: %s", strerror(errno));
		log_say(HOST_DETAIL, text);
	}
}
