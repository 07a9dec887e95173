/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peak: how much memory a static program used, seen from outside.
 *
 *   peak [-o FILE] [--symbols FILE] [--syscalls] [--] PROGRAM [ARGUMENT...]
 *
 * The program is the stripped one that is shipped. It is traced, so that it can be looked at twice: after execve, where everything of
 * it may still be opened (it makes itself undumpable later), and at its exit, while its memory is still there. In between it runs
 * without a stop, unless --syscalls asks for one at each system call.
 *
 * To FILE, or to standard output, one "name value" for each line:
 *
 *   vmhwm_kb      VmHWM of /proc/PID/status; Rss at the exit where that is larger. Linux 6.2 to 6.16 round VmHWM of a small program
 *                 down by up to 32 pages for each processor, and a program whose memory is all static is at its largest when it ends
 *   arena_bytes   with --symbols: how far the memory of symbol `arena` was written
 *   stack_bytes   how far the stack below the initial stack pointer was written
 *   syscalls      with --syscalls: how many were made, execve and exit among them
 *   exit          exit status of PROGRAM, or 128 + signal
 *
 * "Written" means: some byte is not zero. A block that was used and wiped is not seen at the exit; --syscalls looks at the arena at
 * each system call as well and keeps the maximum. Both figures are lower bounds, a few bytes off at most in practice.
 *
 * --symbols FILE names the unstripped twin: stripping moves nothing, so its symbol table tells where the arena is. Link-time
 * optimisation may have named it arena.0 or arena.lto_priv.0; the largest such object is taken.
 *
 * Exit status: 0 when PROGRAM was measured, whatever its own status; 1 when it could not be; 64 for a wrong command line.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_WINDOW  ((uint64_t)1 << 20) /* the program's stack is measured in KB; looking further costs time only */
#define CHUNK         4096
#define EXIT_USAGE    64
#define EXIT_SIGNAL   128
#define SYSCALL_STOP  (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */
#define ARENA_SYMBOL  "arena"
#define SMALL_FILE_SZ 8192

struct options {
	const char *output;  /* NULL: standard output */
	const char *symbols; /* NULL: the arena is not measured */
	bool syscalls;
	char **command;
};

struct symbol {
	uint64_t address; /* as linked */
	uint64_t size;
	uint64_t entry; /* e_entry of the file: with AT_ENTRY of the process it gives the load bias */
};

struct tracee {
	pid_t pid;
	int memory; /* these three stay readable after the program made itself undumpable */
	int status;
	int smaps;
	uint64_t stack_start;
	uint64_t arena_start;
	uint64_t arena_size;
};

struct result {
	uint64_t vmhwm_kb;
	uint64_t arena_bytes;
	uint64_t stack_bytes;
	uint64_t syscalls;
	int exit_status;
};

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)fputs("peak: ", stderr);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(EXIT_FAILURE);
}

static bool is_arena_name(const char *name)
{
	size_t len = strlen(ARENA_SYMBOL);
	return strncmp(name, ARENA_SYMBOL, len) == 0 && (name[len] == '\0' || name[len] == '.');
}

/* The file was made by our own linker a moment ago: offsets are trusted as far as they lie inside it. */
static const void *inside(const char *file, size_t file_len, uint64_t offset, uint64_t len)
{
	if (offset > file_len || len > file_len - offset) {
		fail("cannot read the symbols: the ELF file is cut short");
	}
	return file + offset;
}

static void search_table(struct symbol *found, const char *file, size_t len, const Elf64_Shdr *table, const Elf64_Shdr *strings)
{
	const Elf64_Sym *symbols = inside(file, len, table->sh_offset, table->sh_size);
	const char *names = inside(file, len, strings->sh_offset, strings->sh_size);

	for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
		if (ELF64_ST_TYPE(symbols[i].st_info) == STT_OBJECT && symbols[i].st_name < strings->sh_size &&
		    is_arena_name(names + symbols[i].st_name) && symbols[i].st_size > found->size) {
			found->address = symbols[i].st_value;
			found->size = symbols[i].st_size;
		}
	}
}

static struct symbol find_arena(const char *path)
{
	struct symbol found = {0};
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) != 0 || (size_t)info.st_size < sizeof(Elf64_Ehdr)) {
		fail("cannot read %s: %s", path, errno != 0 ? strerror(errno) : "not an ELF file");
	}
	size_t len = (size_t)info.st_size;
	const char *file = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd); /* read only */
	if (file == MAP_FAILED) {
		fail("cannot read %s: %s", path, strerror(errno));
	}

	const Elf64_Ehdr *header = (const void *)file;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64) {
		fail("cannot read %s: must be a 64-bit ELF file", path);
	}
	const Elf64_Shdr *sections = inside(file, len, header->e_shoff, (uint64_t)header->e_shnum * sizeof *sections);
	for (size_t i = 0; i < header->e_shnum; i++) {
		if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < header->e_shnum) {
			search_table(&found, file, len, &sections[i], &sections[sections[i].sh_link]);
		}
	}
	if (found.size == 0) {
		fail("cannot find an object named " ARENA_SYMBOL " in %s: must be the unstripped program", path);
	}
	found.entry = header->e_entry;
	(void)munmap((void *)(uintptr_t)file, len);
	return found;
}

static int open_proc(pid_t pid, const char *name)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Read a small /proc file from its start as text. */
static void read_text(int fd, char text[SMALL_FILE_SZ], const char *name)
{
	ssize_t len = pread(fd, text, SMALL_FILE_SZ - 1, 0);
	if (len <= 0) {
		fail("cannot read /proc/PID/%s: %s", name, strerror(errno));
	}
	text[len] = '\0';
}

/* The number after `label` at the start of a line; 0 when there is none. */
static uint64_t number_after(const char *text, const char *label)
{
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += line[0] == '\n';
		if (strncmp(line, label, strlen(label)) == 0) {
			return strtoull(line + strlen(label), NULL, 10);
		}
	}
	return 0;
}

static uint64_t auxiliary_value(pid_t pid, uint64_t type)
{
	Elf64_auxv_t entries[64];
	int fd = open_proc(pid, "auxv");
	ssize_t len = read(fd, entries, sizeof entries);
	(void)close(fd); /* read only */
	for (ssize_t i = 0; i < len / (ssize_t)sizeof entries[0]; i++) {
		if (entries[i].a_type == type) {
			return entries[i].a_un.a_val;
		}
	}
	fail("cannot find the entry point in /proc/PID/auxv");
}

/* Field 28 of /proc/PID/stat. The second field is the name in brackets, and may hold blanks. */
static uint64_t initial_stack_pointer(pid_t pid)
{
	char text[SMALL_FILE_SZ];
	int fd = open_proc(pid, "stat");
	read_text(fd, text, "stat");
	(void)close(fd); /* read only */

	const char *field = strrchr(text, ')');
	for (int i = 2; field != NULL && i < 28; i++) {
		field = strchr(field + 1, ' ');
	}
	uint64_t value = field != NULL ? strtoull(field, NULL, 10) : 0;
	if (value == 0) {
		fail("cannot find the start of the stack in /proc/PID/stat");
	}
	return value;
}

static void attach(struct tracee *tracee, const struct symbol *arena)
{
	tracee->memory = open_proc(tracee->pid, "mem");
	tracee->status = open_proc(tracee->pid, "status");
	tracee->smaps = open_proc(tracee->pid, "smaps_rollup");
	if (tracee->memory < 0 || tracee->status < 0) {
		fail("cannot look into the program: %s", strerror(errno));
	}
	tracee->stack_start = initial_stack_pointer(tracee->pid);
	if (arena != NULL) {
		uint64_t bias = auxiliary_value(tracee->pid, AT_ENTRY) - arena->entry;
		tracee->arena_start = arena->address + bias;
		tracee->arena_size = arena->size;
	}
}

/* Offset behind the last byte in [start, start + size) that is not zero. */
static uint64_t written_from_start(int memory, uint64_t start, uint64_t size)
{
	unsigned char chunk[CHUNK];
	for (uint64_t end = size; end > 0;) {
		uint64_t len = end < CHUNK ? end : CHUNK;
		ssize_t got = pread(memory, chunk, len, (off_t)(start + end - len));
		if (got != (ssize_t)len) {
			fail("cannot read the arena: %s", got < 0 ? strerror(errno) : "not all of it is mapped");
		}
		while (len > 0 && chunk[len - 1] == 0) {
			len--;
			end--;
		}
		if (len > 0) {
			return end;
		}
	}
	return 0;
}

/* How far below `top` the lowest byte that is not zero lies. Goes down page by page to the end of the mapping. */
static uint64_t written_below(int memory, uint64_t top)
{
	unsigned char chunk[CHUNK];
	uint64_t depth = 0;
	uint64_t page = top & ~(uint64_t)(CHUNK - 1);

	for (uint64_t end = top; top - page < STACK_WINDOW; end = page, page -= CHUNK) {
		size_t len = (size_t)(end - page);
		if (pread(memory, chunk, len, (off_t)page) != (ssize_t)len) {
			break;
		}
		for (size_t i = 0; i < len; i++) {
			if (chunk[i] != 0) {
				depth = top - (page + i);
				break;
			}
		}
	}
	return depth;
}

static void look_at_arena(const struct tracee *tracee, struct result *result)
{
	uint64_t bytes = written_from_start(tracee->memory, tracee->arena_start, tracee->arena_size);
	if (bytes > result->arena_bytes) {
		result->arena_bytes = bytes;
	}
}

static void look_at_exit(const struct tracee *tracee, struct result *result)
{
	char text[SMALL_FILE_SZ];
	read_text(tracee->status, text, "status");
	result->vmhwm_kb = number_after(text, "VmHWM:");
	if (tracee->smaps >= 0) {
		read_text(tracee->smaps, text, "smaps_rollup");
		uint64_t rss_kb = number_after(text, "Rss:");
		result->vmhwm_kb = rss_kb > result->vmhwm_kb ? rss_kb : result->vmhwm_kb;
	}
	look_at_arena(tracee, result);
	result->stack_bytes = written_below(tracee->memory, tracee->stack_start);
}

static pid_t start(char **command)
{
	pid_t pid = fork();
	if (pid < 0) {
		fail("cannot start %s: %s", command[0], strerror(errno));
	}
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0) {
			(void)execvp(command[0], command);
		}
		(void)fprintf(stderr, "peak: cannot start %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	return pid;
}

static int wait_for_stop(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			fail("cannot wait for the program: %s", strerror(errno));
		}
	}
	return status;
}

/* Let the program run to its end. Signals meant for it are passed on. */
static void follow(const struct tracee *tracee, bool syscalls, struct result *result)
{
	bool inside_call = false;
	int deliver = 0;

	for (;;) {
		if (ptrace(syscalls ? PTRACE_SYSCALL : PTRACE_CONT, tracee->pid, NULL, (long)deliver) != 0 && errno != ESRCH) {
			fail("cannot go on with the program: %s", strerror(errno));
		}
		deliver = 0;
		int status = wait_for_stop(tracee->pid);
		if (WIFEXITED(status)) {
			result->exit_status = WEXITSTATUS(status);
			return;
		}
		if (WIFSIGNALED(status)) {
			result->exit_status = EXIT_SIGNAL + WTERMSIG(status);
			return;
		}
		if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8))) {
			look_at_exit(tracee, result);
		} else if (WSTOPSIG(status) == SYSCALL_STOP) {
			inside_call = !inside_call;
			result->syscalls += inside_call;
			look_at_arena(tracee, result);
		} else {
			deliver = WSTOPSIG(status);
		}
	}
}

static struct result measure(const struct options *options)
{
	struct result result = {0};
	struct symbol arena = {0};
	if (options->symbols != NULL) {
		arena = find_arena(options->symbols);
	}

	struct tracee tracee = {.pid = start(options->command)};
	int status = wait_for_stop(tracee.pid);
	if (!WIFSTOPPED(status)) {
		exit(EXIT_FAILURE); /* execve failed, and the child has said so */
	}
	long flags = PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	if (ptrace(PTRACE_SETOPTIONS, tracee.pid, NULL, flags) != 0) {
		fail("cannot trace the program: %s", strerror(errno));
	}
	attach(&tracee, options->symbols != NULL ? &arena : NULL);
	result.syscalls = 1; /* execve, which is over */
	follow(&tracee, options->syscalls, &result);
	return result;
}

static int print(const struct options *options, const struct result *result)
{
	FILE *out = options->output != NULL ? fopen(options->output, "we") : stdout;
	if (out == NULL) {
		fail("cannot write %s: %s", options->output, strerror(errno));
	}
	(void)fprintf(out, "vmhwm_kb %llu\n", (unsigned long long)result->vmhwm_kb);
	if (options->symbols != NULL) {
		(void)fprintf(out, "arena_bytes %llu\n", (unsigned long long)result->arena_bytes);
	}
	(void)fprintf(out, "stack_bytes %llu\n", (unsigned long long)result->stack_bytes);
	if (options->syscalls) {
		(void)fprintf(out, "syscalls %llu\n", (unsigned long long)result->syscalls);
	}
	(void)fprintf(out, "exit %d\n", result->exit_status);
	if (fclose(out) != 0) {
		fail("cannot write the result: %s", strerror(errno));
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option known[] = {
		{"symbols", required_argument, NULL, 's'},
		{"syscalls", no_argument, NULL, 'c'},
		{0},
	};
	struct options options = {0};
	int letter;

	while ((letter = getopt_long(argc, argv, "+o:", known, NULL)) != -1) {
		if (letter == 'o') {
			options.output = optarg;
		} else if (letter == 's') {
			options.symbols = optarg;
		} else if (letter == 'c') {
			options.syscalls = true;
		} else {
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		(void)fputs("usage: peak [-o FILE] [--symbols FILE] [--syscalls] [--] PROGRAM [ARGUMENT...]\n", stderr);
		return EXIT_USAGE;
	}
	options.command = argv + optind;
	struct result result = measure(&options);
	return print(&options, &result);
}
