/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"
#include "log.h"
#include "resolve.h"

/* linux/landlock.h */
#define QUERY_VERSION   1
#define RULE_PATH       1
#define FS_EXECUTE      (1U << 0)
#define FS_READ_FILE    (1U << 2)
#define FS_READ_DIR     (1U << 3)
#define FS_REMOVE_FILE  (1U << 5)
#define FS_ALL_OF_FIRST ((1U << 13) - 1)
#define FS_REFER        (1U << 13) /* version 2 */
#define FS_TRUNCATE     (1U << 14) /* 3 */
#define NET_BIND        (1U << 0)  /* 4 */
#define FS_IOCTL        (1U << 15) /* 5 */
#define SCOPE_BOTH      3U         /* 6: abstract UNIX sockets, signals */

/* What stands in the way may be a directory, a FIFO, a socket: to rename one is to make one. The calls that make new ones are gone. */
#define WORK (FS_ALL_OF_FIRST & ~FS_EXECUTE)

#define LINKS_MAX 8

struct ruleset_attributes {
	uint64_t files;
	uint64_t network;
	uint64_t scopes;
};

struct path_rule {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* Allow `rights` on what lies at and beneath the path. What is not there needs no rule. Returns -1 with errno. */
static int allow(int ruleset, uint64_t rights, const char *root, const char *path)
{
	int fd = inside_open(root, path, O_PATH);
	if (fd < 0) {
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
	}
	struct path_rule rule = {rights, fd};
	int result = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0);
	int cause = errno;
	(void)close(fd); /* it only named the place */
	errno = cause;
	return result;
}

/* Cut the last part off an absolute path. */
static void cut_path(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path ? 1 : 0] = '\0';
}

/* The directory of the file that `path` leads to; where that is not there yet, the first one above it that is. */
static void find_directory(char directory[PATH_LIMIT], const char *path)
{
	char target[PATH_LIMIT];
	ssize_t len;
	int fd;

	text_format(directory, PATH_LIMIT, "%s", path);
	for (int links = 0; links < LINKS_MAX; links++) {
		len = readlinkat(AT_FDCWD, directory, target, sizeof target - 1);
		if (len < 0) {
			break;
		}
		target[len] = '\0';
		cut_path(directory);
		len = target[0] == '/' ? 0 : (ssize_t)strlen(directory);
		text_format(directory + len, PATH_LIMIT - (size_t)len, "%s%s", len > 0 ? "/" : "", target);
	}
	do {
		cut_path(directory);
		fd = openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	} while (fd < 0 && directory[1] != '\0');
	if (fd >= 0) {
		(void)close(fd); /* it only named the place */
	}
}

static int add_rules(int ruleset, const struct landlock_paths *paths)
{
	static const char *const resolver_files[] = {RESOLVE_HOSTS, RESOLVE_CONFIG, RESOLVE_KERNEL};
	char directory[PATH_LIMIT];

	if (allow(ruleset, WORK, paths->root, paths->cert_dir) != 0 || allow(ruleset, WORK, paths->root, paths->kubeconfig_dir) != 0 ||
	    allow(ruleset, FS_READ_FILE, paths->root, paths->kubeconfig_file) != 0) {
		return -1;
	}
	for (size_t i = 0; i < sizeof paths->removed / sizeof paths->removed[0]; i++) {
		if (paths->removed[i] == NULL || paths->removed[i][0] == '\0') {
			continue;
		}
		text_format(directory, sizeof directory, "%s", paths->removed[i]);
		cut_path(directory);
		if (allow(ruleset, FS_READ_DIR | FS_REMOVE_FILE, paths->root, directory) != 0) {
			return -1;
		}
	}
	for (size_t i = 0; i < sizeof resolver_files / sizeof resolver_files[0]; i++) {
		find_directory(directory, resolver_files[i]);
		if (directory[1] != '\0' && allow(ruleset, FS_READ_FILE, "", directory) != 0) { /* for the root all would be in reach */
			return -1;
		}
	}
	return 0;
}

/* A newer version than the kernel's would be refused. */
static int create_ruleset(int version)
{
	struct ruleset_attributes attributes = {
		.files = FS_ALL_OF_FIRST | (version >= 2 ? FS_REFER : 0U) | (version >= 3 ? FS_TRUNCATE : 0U) |
			 (version >= 5 ? FS_IOCTL : 0U),
		.network = version >= 4 ? NET_BIND : 0U,
		.scopes = version >= 6 ? SCOPE_BOTH : 0U,
	};

	return (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
}

void landlock_enter(const struct landlock_paths *paths)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
	int ruleset = version < 0 ? -1 : create_ruleset(version);
	char text[128];

	if (ruleset < 0 || add_rules(ruleset, paths) != 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
		text_format(text, sizeof text, "going on without Landlock: %s", strerror(errno));
		log_say(HOST_DETAIL, text);
	}
	if (ruleset >= 0) {
		(void)close(ruleset); /* it is in force, or was not wanted */
	}
}
