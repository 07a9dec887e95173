/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into a program for tests only (build/faulty/), in front of the real functions (ld --wrap): faults that no tracer can cause, and
 * what somebody else's code would do in the place of the network code. The environment says which:
 *
 * At the end it says how often it struck, as the last line of standard error.
 *
 *   KUBELET_BOOTSTRAP_FAULT=calloc  and _N=7         the seventh allocation of Mbed TLS finds no memory; with _N=0 none, and
 *                                                    the number is that of all
 *   KUBELET_BOOTSTRAP_FAULT=short                    reads and writes give or take one byte at a time
 *   KUBELET_BOOTSTRAP_FAULT=sync    and _N=3         the third fsync(2) does nothing, and says that it has done it; with _N=0 none, and the
 *                                                    number is that of all; with _N=-1 all do nothing
 *   KUBELET_BOOTSTRAP_FAULT=random  and _N=2000      the kernel's generator is not seeded before 2000 ms have passed
 *   KUBELET_BOOTSTRAP_FAULT=clock   and _AT=86400    the calendar begins on 1970-01-02 when the process starts, and goes on; with
 *                                                    _THEN=1800000000 and _AFTER=500 it is set to that time after 500 ms
 *   KUBELET_BOOTSTRAP_FAULT=<act>   and _PATH=/path  the act (see below) instead of the first connect(2); exit status 200 when it has
 *                                                    succeeded, otherwise the error number
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SUCCEEDED 200

int __real_mbedtls_platform_set_calloc_free(void *(*calloc)(size_t count, size_t size), void (*free)(void *memory));
ssize_t __real_read(int fd, void *data, size_t len);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __real_pread(int fd, void *data, size_t len, off_t at);
ssize_t __real_recv(int fd, void *data, size_t len, int flags);
ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __real_getrandom(void *data, size_t len, unsigned int flags);
int __real_fsync(int fd);
int __real_connect(int fd, const struct sockaddr *address, socklen_t len);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
long __real_syscall(long number, long a, long b, long c, long d, long e, long f);

int __wrap_mbedtls_platform_set_calloc_free(void *(*calloc)(size_t count, size_t size), void (*free)(void *memory));
ssize_t __wrap_read(int fd, void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __wrap_pread(int fd, void *data, size_t len, off_t at);
ssize_t __wrap_recv(int fd, void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_getrandom(void *data, size_t len, unsigned int flags);
int __wrap_fsync(int fd);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

static const char *fault(void)
{
	return setting("KUBELET_BOOTSTRAP_FAULT");
}

static long struck;

static void tell(void)
{
	char line[32];
	int len = snprintf(line, sizeof line, "struck %ld\n", struck);

	if (write(STDERR_FILENO, line, (size_t)len) < 0) {
		abort();
	}
}

static void strike(void)
{
	if (++struck == 1 && atexit(tell) != 0) {
		abort();
	}
}

static void *(*real_calloc)(size_t count, size_t size);

static void *faulty_calloc(size_t count, size_t size)
{
	static long calls;
	long wanted = strtol(setting("KUBELET_BOOTSTRAP_FAULT_N"), NULL, 10);

	calls++;
	if (wanted == 0 || calls == wanted) {
		strike();
	}
	return calls == wanted ? NULL : real_calloc(count, size);
}

/* platform/mbedtls/arena.c: which allocator is behind it. */
int __wrap_mbedtls_platform_set_calloc_free(void *(*calloc)(size_t count, size_t size), void (*free)(void *memory))
{
	real_calloc = calloc;
	return __real_mbedtls_platform_set_calloc_free(strcmp(fault(), "calloc") == 0 ? faulty_calloc : calloc, free);
}

/* Not for the standard streams: what is said there is said with one write. */
static size_t shorten(int fd, size_t len)
{
	if (fd <= STDERR_FILENO || len <= 1 || strcmp(fault(), "short") != 0) {
		return len;
	}
	strike();
	return 1;
}

ssize_t __wrap_read(int fd, void *data, size_t len)
{
	return __real_read(fd, data, shorten(fd, len));
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	return __real_write(fd, data, shorten(fd, len));
}

ssize_t __wrap_pread(int fd, void *data, size_t len, off_t at)
{
	return __real_pread(fd, data, shorten(fd, len), at);
}

ssize_t __wrap_recv(int fd, void *data, size_t len, int flags)
{
	return __real_recv(fd, data, shorten(fd, len), flags);
}

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
	return __real_send(fd, data, shorten(fd, len), flags);
}

static long long number(const char *name)
{
	return strtoll(setting(name), NULL, 10);
}

int __wrap_fsync(int fd)
{
	static long long calls;
	long long wanted = number("KUBELET_BOOTSTRAP_FAULT_N");

	if (strcmp(fault(), "sync") != 0) {
		return __real_fsync(fd);
	}
	calls++;
	if (wanted <= 0 || calls == wanted) {
		strike();
	}
	return wanted < 0 || calls == wanted ? 0 : __real_fsync(fd);
}

/* Since the first call, which main makes at its start. */
static long long elapsed_ms(void)
{
	static long long start_ms;
	struct timespec now;

	(void)__real_clock_gettime(CLOCK_BOOTTIME, &now);
	long long now_ms = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	start_ms = start_ms == 0 ? now_ms : start_ms;
	return now_ms - start_ms;
}

/* A clock that was made up is not synchronised, whatever that of the machine is. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number == SYS_adjtimex && strcmp(fault(), "clock") == 0) {
		return 5; /* linux/timex.h: TIME_ERROR */
	}
	return __real_syscall(number, a, b, c, d, e, f);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	long long passed_ms = elapsed_ms();

	if (clock != CLOCK_REALTIME || strcmp(fault(), "clock") != 0) {
		return __real_clock_gettime(clock, now);
	}
	long long since_ms = setting("KUBELET_BOOTSTRAP_FAULT_AFTER")[0] != '\0' ? number("KUBELET_BOOTSTRAP_FAULT_AFTER") : LLONG_MAX;
	long long begin_s = number(passed_ms < since_ms ? "KUBELET_BOOTSTRAP_FAULT_AT" : "KUBELET_BOOTSTRAP_FAULT_THEN");
	passed_ms -= passed_ms < since_ms ? 0 : since_ms;
	now->tv_sec = (time_t)(begin_s + passed_ms / 1000);
	now->tv_nsec = (long)(passed_ms % 1000) * 1000000;
	return 0;
}

ssize_t __wrap_getrandom(void *data, size_t len, unsigned int flags)
{
	long long left_ms = strcmp(fault(), "random") == 0 ? number("KUBELET_BOOTSTRAP_FAULT_N") - elapsed_ms() : 0;

	if (left_ms > 0 && (flags & GRND_NONBLOCK) != 0) {
		errno = EAGAIN;
		return -1;
	}
	while (left_ms > 0) {
		struct timespec pause = {.tv_sec = (time_t)(left_ms / 1000), .tv_nsec = (long)(left_ms % 1000) * 1000000};
		(void)nanosleep(&pause, NULL);
		left_ms = number("KUBELET_BOOTSTRAP_FAULT_N") - elapsed_ms();
	}
	return __real_getrandom(data, shorten(INT_MAX, len), flags);
}

/* The acts. Each gives -1 with errno when it fails. */

static long act_execute(const char *path)
{
	return execve(path, (char *[]){(char *)"true", NULL}, (char *[]){NULL});
}

static long act_fork(const char *path)
{
	(void)path;
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long act_trace(const char *path)
{
	(void)path;
	return syscall(SYS_ptrace, 0, 0, 0, 0); /* PTRACE_TRACEME */
}

static long act_signal(const char *path)
{
	(void)path;
	return syscall(SYS_kill, getppid(), 0);
}

static long act_map_code(const char *path)
{
	(void)path;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long act_make_code(const char *path)
{
	static char page[8192];

	(void)path;
	return mprotect((void *)((unsigned long)(page + 4095) & ~4095UL), 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}

static long act_mount(const char *path)
{
	return syscall(SYS_mount, "none", path, "tmpfs", 0, NULL);
}

static long act_become_dumpable(const char *path)
{
	(void)path;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long act_listen(const char *path)
{
	const struct sockaddr loopback = {.sa_family = AF_INET};

	(void)path;
	return bind(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &loopback, 16);
}

/* The services of this machine, what passes by on the wire, its routes, and the terminal of whoever has started us. */

static long act_call_service(const char *path)
{
	(void)path;
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long act_listen_to_all(const char *path)
{
	(void)path;
	return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static long act_change_routes(const char *path)
{
	(void)path;
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static long act_send_raw(const char *path)
{
	(void)path;
	return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 1);
}

static long act_type(const char *path)
{
	(void)path;
	return ioctl(STDIN_FILENO, 0x5412, "x"); /* TIOCSTI */
}

static long act_read(const char *path)
{
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

static long act_list(const char *path)
{
	return openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long act_write(const char *path)
{
	return openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
}

static long act_create(const char *path)
{
	return openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static long act_make_directory(const char *path)
{
	return mkdirat(AT_FDCWD, path, 0700);
}

static long act_link(const char *path)
{
	return symlinkat("target", AT_FDCWD, path);
}

static long act_remove(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

static const struct {
	const char *name;
	long (*act)(const char *path);
} acts[] = {
	{"execute", act_execute},
	{"fork", act_fork},
	{"trace", act_trace},
	{"signal", act_signal},
	{"map-code", act_map_code},
	{"make-code", act_make_code},
	{"mount", act_mount},
	{"become-dumpable", act_become_dumpable},
	{"listen", act_listen},
	{"read", act_read},
	{"list", act_list},
	{"write", act_write},
	{"create", act_create},
	{"make-directory", act_make_directory},
	{"link", act_link},
	{"remove", act_remove},
	{"call-service", act_call_service},
	{"listen-to-all", act_listen_to_all},
	{"change-routes", act_change_routes},
	{"send-raw", act_send_raw},
	{"type", act_type},
};

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		if (strcmp(acts[i].name, fault()) == 0) {
			_exit(acts[i].act(setting("KUBELET_BOOTSTRAP_FAULT_PATH")) < 0 ? errno : SUCCEEDED);
		}
	}
	return __real_connect(fd, address, len);
}
