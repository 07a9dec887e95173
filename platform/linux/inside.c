/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buffer.h"

#define RESOLVE_IN_ROOT 0x10 /* linux/openat2.h */

/* linux/openat2.h */
struct open_how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

/*
 * Go down from `fd`, which is closed, part by part, and follow no symlink: one may lead out, and this kernel cannot keep it inside.
 */
static int walk(int fd, const char *path, int flags)
{
	char part[PATH_LIMIT];

	while (fd >= 0 && *path != '\0') {
		path += strspn(path, "/");
		size_t len = strcspn(path, "/");
		bool is_last = path[len] == '\0';
		text_format(part, sizeof part, "%.*s", (int)len, path);
		int next = openat(fd, len > 0 ? part : ".", (is_last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
		int cause = errno;
		(void)close(fd); /* it only named the place */
		errno = cause;
		fd = next;
		path += len;
	}
	return fd;
}

int inside_open(const char *root, const char *path, int flags)
{
	flags |= O_CLOEXEC;
	if (root[0] == '\0') {
		return openat(AT_FDCWD, path, flags);
	}

	int root_fd = openat(AT_FDCWD, root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0) {
		return -1;
	}
	struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_IN_ROOT};
	int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof how);
	int cause = errno;
	if (fd < 0 && (cause == ENOSYS || cause == EPERM)) { /* EPERM: a seccomp filter that does not know it */
		return walk(root_fd, path, flags);
	}
	(void)close(root_fd); /* it only named the place */
	errno = cause;
	return fd;
}

int inside_open_parent(const char *root, const char *path, const char **name)
{
	char parent[PATH_LIMIT];
	const char *slash = strrchr(path, '/');

	*name = slash + 1;
	text_format(parent, sizeof parent, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return inside_open(root, parent, O_RDONLY | O_DIRECTORY);
}

void inside_sync_parent(const char *root, const char *path)
{
	const char *name;

	int fd = inside_open_parent(root, path, &name);
	if (fd >= 0) {
		(void)fsync(fd); /* what cannot be synced, such as an image, nobody has changed */
		(void)close(fd); /* opened for reading */
	}
}

/* Create `path` below its parent, which exists, and make that durable. */
static int make_dir(const char *root, const char *path, struct error *err)
{
	const char *name;

	int fd = inside_open_parent(root, path, &name);
	if (fd < 0 || (mkdirat(fd, name, 0755) != 0 && errno != EEXIST) || fsync(fd) != 0) {
		(void)error_set(err, ERROR_DISK, "cannot create %s%s: %s", root, path, strerror(errno));
		if (fd >= 0) {
			(void)close(fd);
		}
		return -1;
	}
	(void)close(fd);
	return 0;
}

/* The length of the longest part of `path` that is there already. */
static size_t existing_len(const char *root, const char *path)
{
	char prefix[PATH_LIMIT];
	size_t len = strlen(path);

	while (len > 1) {
		do {
			len--;
		} while (len > 1 && path[len] != '/');
		text_format(prefix, sizeof prefix, "%.*s", (int)len, path);
		int fd = inside_open(root, prefix, O_RDONLY | O_DIRECTORY);
		if (fd >= 0) {
			(void)close(fd); /* opened for reading */
			break;
		}
	}
	return len;
}

/* Create what is missing of `path`, part by part. */
int inside_make_path(const char *root, const char *path, struct error *err)
{
	char prefix[PATH_LIMIT];

	for (size_t end = existing_len(root, path) + 1; path[end - 1] != '\0'; end++) {
		if (path[end] != '/' && path[end] != '\0') {
			continue;
		}
		text_format(prefix, sizeof prefix, "%.*s", (int)end, path);
		if (make_dir(root, prefix, err) != 0) {
			return -1;
		}
	}
	return 0;
}
