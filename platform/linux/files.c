/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "clock.h"
#include "inside.h"
#include "status.h"

#define TEMPORARY     ".kubelet-bootstrap.tmp" /* one name, so that what a crash leaves is found and replaced */
#define LOCK_POLL_MS  100
#define PIPE_WAIT_MS  10000
#define READ_ATTEMPTS 3
#define READ_PAUSE_MS 100
#define VFAT          0x4d44 /* linux/magic.h, MSDOS_SUPER_MAGIC; the next is its neighbour */
#define EXFAT         0x2011bab0
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1 /* linux/fs.h; musl has it since 1.2.5 */
#endif

static int fail(struct error *err, const char *what, const char *dir, const char *name)
{
	return error_set(err, ERROR_DISK, "cannot %s %s%s%s: %s", what, dir, name[0] != '\0' ? "/" : "", name, strerror(errno));
}

/* Fill `content` to the end of the file, or until it is full, which is an overflow. Returns -1 with errno. */
static int read_all(int fd, struct buffer *content)
{
	for (;;) {
		size_t room = content->capacity - content->len;
		ssize_t len = room > 0 ? read(fd, content->data + content->len, room) : 0;
		if (room == 0 || len == 0) {
			content->overflow = room == 0;
			return 0;
		}
		if (len < 0 && errno == EAGAIN) { /* a pipe whose writer is not so far; O_NONBLOCK is there for those that have none */
			struct pollfd pipe = {.fd = fd, .events = POLLIN};
			if (poll(&pipe, 1, PIPE_WAIT_MS) <= 0) {
				return -1;
			}
		} else if (len < 0 && errno != EINTR) {
			return -1;
		}
		content->len += (size_t)(len > 0 ? len : 0);
	}
}

enum host_read files_read(const char *root, const char *path, struct buffer *content, unsigned int *mode, struct error *err)
{
	struct status status = {0};
	int fd = inside_open(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	enum host_read result = HOST_READ_OK;

	if (fd < 0 || (mode != NULL && status_read(&status, fd, "", AT_EMPTY_PATH) != 0) || read_all(fd, content) != 0) {
		bool is_unfit = errno == EISDIR || errno == ELOOP;
		result = is_unfit ? HOST_READ_UNFIT : HOST_READ_FAILED;
		result = errno == ENOENT || errno == ENOTDIR ? HOST_READ_MISSING : result;
		(void)error_set(err, ERROR_DISK, "cannot read %s%s: %s", root, path, strerror(errno)); /* `result` tells */
	} else if (content->overflow) {
		result = HOST_READ_UNFIT;
		(void)error_set(err, ERROR_DISK, "cannot read %s%s: it is larger than %zu bytes", root, path,
				content->capacity - 1); /* as above */
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	if (mode != NULL) {
		*mode = status.mode & 07777;
	}
	return result;
}

int files_remove(const char *root, const char *path, struct error *err)
{
	const char *name;
	int fd = inside_open_parent(root, path, &name);
	int result = 0;

	if ((fd < 0 || unlinkat(fd, name, 0) != 0 || fsync(fd) != 0) && errno != ENOENT) {
		result = error_set(err, ERROR_DISK, "cannot remove %s%s: %s", root, path, strerror(errno));
	}
	if (fd >= 0) {
		(void)close(fd); /* opened for reading */
	}
	return result;
}

enum host_read files_read_credential(const char *name, struct buffer *content, struct error *err)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_LIMIT];

	if (directory == NULL || directory[0] != '/' || strlen(directory) + strlen(name) + 2 > sizeof path) {
		(void)error_set(err, ERROR_DISK, "cannot read the credential %s: $CREDENTIALS_DIRECTORY names none", name); /* as above */
		return HOST_READ_MISSING;
	}
	text_format(path, sizeof path, "%s/%s", directory, name);
	return files_read("", path, content, NULL, err);
}

static int dir_look(void *self, const char *name, enum disk_kind *kind, char target[PATH_LIMIT], struct error *err)
{
	const struct files_dir *dir = self;
	struct status status;

	target[0] = '\0';
	*kind = DISK_MISSING;
	if (dir->fd < 0) {
		return 0;
	}
	if (status_read(&status, dir->fd, name, AT_SYMLINK_NOFOLLOW) != 0) {
		return errno == ENOENT ? 0 : fail(err, "look at", dir->shown, name);
	}
	bool is_private = status.owner == getauxval(AT_EUID) && (status.mode & (S_IRWXG | S_IRWXO)) == 0 && status.links == 1;
	if (S_ISREG(status.mode)) {
		*kind = is_private ? DISK_FILE : DISK_SHARED;
	} else {
		*kind = S_ISLNK(status.mode) ? DISK_LINK : DISK_OTHER;
	}
	if (*kind == DISK_LINK) {
		ssize_t len = readlinkat(dir->fd, name, target, PATH_LIMIT);
		if (len < 0 && errno != ENOENT) { /* f2fs: a link whose target a power failure took, which leads nowhere */
			return fail(err, "read the link", dir->shown, name);
		}
		target[len > 0 && len < PATH_LIMIT ? len : 0] = '\0';
	}
	return 0;
}

/* Returns -1 with errno. */
static int read_once(int dir_fd, const char *name, struct buffer *content)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		return -1;
	}
	int result = read_all(fd, content);
	int cause = errno;
	(void)close(fd); /* opened for reading */
	errno = cause;
	return result;
}

static enum disk_result dir_read(void *self, const char *name, struct buffer *content, struct error *err)
{
	const struct files_dir *dir = self;
	const size_t len = content->len;

	for (int attempt = 1; read_once(dir->fd, name, content) != 0; attempt++) {
		bool is_lost = errno == EIO || errno == EBADMSG || errno == EUCLEAN; /* ext4 and xfs: bad checksum, bad structure */
		if (!is_lost || attempt == READ_ATTEMPTS) {
			(void)fail(err, "read", dir->shown, name); /* gives -1 */
			return is_lost ? DISK_LOST : DISK_FAILED;
		}
		content->len = len;
		clock_sleep_until(clock_now_ms() + READ_PAUSE_MS);
	}
	return DISK_OK;
}

/* What getdents64(2) fills its buffer with. The C library's readdir() would need a heap. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t len;
	uint8_t type;
	char name[];
};

static int dir_list(void *self, disk_visitor *visit, void *context, struct error *err)
{
	const struct files_dir *dir = self;
	_Alignas(struct entry) char entries[2048];
	long len;

	if (dir->fd < 0) {
		return 0;
	}
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* a position of its own */
	if (fd < 0) {
		return fail(err, "list", dir->shown, "");
	}
	while ((len = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0) {
		for (long at = 0; at < len;) {
			const struct entry *entry = (const struct entry *)(const void *)(entries + at);
			visit(context, entry->name);
			at += entry->len;
		}
	}
	int result = len == 0 ? 0 : fail(err, "list", dir->shown, "");
	(void)close(fd); /* opened for reading */
	return result;
}

static int write_all(int fd, struct view content)
{
	while (content.len > 0) {
		ssize_t len = write(fd, content.data, content.len);
		if (len < 0 && errno != EINTR) {
			return -1;
		}
		content.data += len > 0 ? len : 0;
		content.len -= (size_t)(len > 0 ? len : 0);
	}
	return 0;
}

/* Compare the file with what was written. A short or different one is an EIO. */
static int verify(int fd, struct view content)
{
	char block[1024];
	size_t done = 0;

	while (done < content.len) {
		ssize_t len = pread(fd, block, sizeof block, (off_t)done);
		if (len < 0 && errno == EINTR) {
			continue;
		}
		if (len <= 0 || (size_t)len > content.len - done || memcmp(block, content.data + done, (size_t)len) != 0) {
			errno = len < 0 ? errno : EIO;
			done = SIZE_MAX;
			break;
		}
		done += (size_t)len;
	}
	buffer_wipe(block, sizeof block); /* it may have held a private key */
	return done == content.len ? 0 : -1;
}

static int dir_sync(void *self, struct error *err)
{
	const struct files_dir *dir = self;

	return fsync(dir->fd) == 0 ? 0 : fail(err, "sync", dir->shown, "");
}

/* A new file, never one that is there: what an earlier crash left is removed first. Returns -1 with errno. */
static int create_temporary(int dir_fd)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir_fd, TEMPORARY, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlinkat(dir_fd, TEMPORARY, 0) == 0) {
		fd = openat(dir_fd, TEMPORARY, flags, 0600);
	}
	return fd;
}

static int dir_write(void *self, const char *name, struct view content, struct error *err)
{
	const struct files_dir *dir = self;

	int fd = create_temporary(dir->fd);
	if (fd < 0) {
		return fail(err, "create", dir->shown, TEMPORARY);
	}
	int result = write_all(fd, content) == 0 && fsync(fd) == 0 && verify(fd, content) == 0 ? 0 : fail(err, "write", dir->shown, name);
	if (close(fd) != 0 && result == 0) {
		result = fail(err, "write", dir->shown, name);
	}
	if (result == 0 && renameat(dir->fd, TEMPORARY, dir->fd, name) != 0) {
		result = fail(err, "write", dir->shown, name);
	}
	if (result != 0) {
		(void)unlinkat(dir->fd, TEMPORARY, 0); /* the next run would replace it */
		return -1;
	}
	return dir_sync(self, err);
}

static int dir_link(void *self, const char *name, const char *temporary, const char *target, struct error *err)
{
	const struct files_dir *dir = self;

	int result = symlinkat(target, dir->fd, temporary);
	if (result != 0 && errno == EEXIST && unlinkat(dir->fd, temporary, 0) == 0) {
		result = symlinkat(target, dir->fd, temporary);
	}
	if (result != 0 || renameat(dir->fd, temporary, dir->fd, name) != 0) {
		return fail(err, "link", dir->shown, name);
	}
	return dir_sync(self, err);
}

static int dir_move(void *self, const char *from, const char *to, struct error *err)
{
	const struct files_dir *dir = self;

	long result = syscall(SYS_renameat2, dir->fd, from, dir->fd, to, RENAME_NOREPLACE);
	if (result != 0 && (errno == ENOSYS || errno == EINVAL)) { /* an old kernel, or a file system that cannot promise it */
		result = renameat(dir->fd, from, dir->fd, to);
	}
	if (result != 0) {
		return errno == ENOENT ? 0 : fail(err, "rename", dir->shown, from);
	}
	return dir_sync(self, err);
}

static int dir_remove(void *self, const char *name, struct error *err)
{
	const struct files_dir *dir = self;

	if (unlinkat(dir->fd, name, 0) != 0 && errno != ENOENT) {
		return fail(err, "remove", dir->shown, name);
	}
	return 0;
}

static int dir_open(struct disk *disk, const char *root, const char *path, struct error *err)
{
	struct files_dir *dir = disk->self;

	text_format(dir->root, sizeof dir->root, "%s", root);
	text_format(dir->path, sizeof dir->path, "%s", path);
	text_format(dir->shown, sizeof dir->shown, "%s%s", root, path);
	dir->fd = inside_open(root, path, O_RDONLY | O_DIRECTORY);
	if (dir->fd < 0 && errno != ENOENT) {
		return fail(err, "open", dir->shown, "");
	}
	if (dir->fd < 0 && root[0] != '\0') { /* the directory may be missing, the root may not: it would look like an empty machine */
		int root_fd = inside_open(root, "/", O_RDONLY | O_DIRECTORY);
		if (root_fd < 0) {
			return fail(err, "open the root", root, "");
		}
		(void)close(root_fd); /* opened for reading */
	}
	return 0;
}

/*
 * The link that kubelet goes by cannot be made there, and a power failure may leave a renamed file empty. Better said before a certificate
 * is asked for than after.
 */
static int refuse_vfat(const struct files_dir *dir, struct error *err)
{
	struct statfs status;

	if (fstatfs(dir->fd, &status) != 0 || (status.f_type != VFAT && status.f_type != EXFAT)) {
		return 0;
	}
	return error_set(err, ERROR_DISK, "cannot use %s: it is on %s, which has no symlinks and may lose files when the power fails",
			 dir->shown, status.f_type == VFAT ? "vfat" : "exfat");
}

static int dir_prepare(void *self, struct error *err)
{
	struct files_dir *dir = self;

	if (dir->fd < 0) {
		if (inside_make_path(dir->root, dir->path, err) != 0) {
			return -1;
		}
		dir->fd = inside_open(dir->root, dir->path, O_RDONLY | O_DIRECTORY);
	} else {
		inside_sync_parent(dir->root, dir->path);
	}
	if (dir->fd < 0 || syscall(SYS_faccessat, dir->fd, ".", W_OK | X_OK) != 0) {
		return fail(err, "write to", dir->shown, "");
	}
	return refuse_vfat(dir, err);
}

/* flock(2) on the directory itself: nothing is left behind. */
static int dir_lock(void *self, int64_t deadline_ms, struct error *err)
{
	const struct files_dir *dir = self;

	while (flock(dir->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			return fail(err, "lock", dir->shown, "");
		}
		if (clock_now_ms() >= deadline_ms) {
			return error_set(err, ERROR_PENDING,
					 "cannot lock %s: another run is still at work there; the next one goes on from what it leaves",
					 dir->shown);
		}
		clock_sleep_until(clock_now_ms() + LOCK_POLL_MS);
	}
	return 0;
}

void files_init_dir(struct files_dir *dir)
{
	*dir = (struct files_dir){
		.disk = {.self = dir,
			 .path = dir->path,
			 .shown = dir->shown,
			 .open = dir_open,
			 .prepare = dir_prepare,
			 .lock = dir_lock,
			 .look = dir_look,
			 .read = dir_read,
			 .sync = dir_sync,
			 .list = dir_list,
			 .write = dir_write,
			 .link = dir_link,
			 .move = dir_move,
			 .remove = dir_remove},
		.fd = -1,
	};
}
