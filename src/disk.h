/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One directory, as a table of functions: what the pure code asks of a disk. platform/linux/files.c fills it in and is the only
 * writer; a test fills it in with memory and cuts the power anywhere.
 *
 * All names are file names inside the directory, never paths; no function follows a symlink at `name`. Functions that return int give
 * 0, or -1 with ERROR_DISK and a text that names the path and the cause.
 */
#ifndef DISK_H
#define DISK_H

#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "sizes.h"

enum disk_kind {
	DISK_MISSING, /* also when the directory itself is not there */
	DISK_FILE,
	DISK_SHARED, /* a file that others own, may read, or have by another name */
	DISK_LINK,
	DISK_OTHER, /* directory, socket, device */
};

typedef void disk_visitor(void *context, const char *name);

enum disk_result {
	DISK_OK,
	DISK_LOST,   /* the medium does not give the content back, asked several times (EIO, EBADMSG, EUCLEAN) */
	DISK_FAILED, /* not just now */
};

struct disk {
	void *self;
	const char *path;  /* of the directory, as the running system will see it (without root); set by open(), as is: */
	const char *shown; /* with root, for messages */

	/*
	 * Open the directory `path` for reading, inside `root` ("" for none). One that does not exist reads as empty. All other functions
	 * need this first.
	 */
	int (*open)(struct disk *disk, const char *root, const char *path, struct error *err);

	/* Make ready for writing: create the directory and its parents where they are missing (0755), and check that it can be written to,
	 * and is not on a file system without symlinks (vfat).
	 */
	int (*prepare)(void *self, struct error *err);

	/*
	 * Take the lock of the directory, which ends with the process. ERROR_PENDING when another run holds it until `deadline_ms`
	 * (host.now_ms()).
	 */
	int (*lock)(void *self, int64_t deadline_ms, struct error *err);

	/* What `name` is; of a symlink also the target, empty when it is longer than PATH_LIMIT or the disk has lost it. */
	int (*look)(void *self, const char *name, enum disk_kind *kind, char target[PATH_LIMIT], struct error *err);

	/*
	 * Append the content of a file to `content`. A file larger than the room in
	 * `content` is read in part and sets `content->overflow`. With both failures `err` is set, and `content` may hold a part.
	 */
	enum disk_result (*read)(void *self, const char *name, struct buffer *content, struct error *err);

	/* Make durable what an earlier process did in the directory: it may have ended before it could. */
	int (*sync)(void *self, struct error *err);

	/* Call `visit` for each name in the directory, in no order. The visitor may remove what it is shown. */
	int (*list)(void *self, disk_visitor *visit, void *context, struct error *err);

	/*
	 * Put a file (mode 0600) in the place of `name` so that a crash at any moment leaves the old one or the whole new one: named
	 * temporary, write, fsync, read back, rename, fsync of the directory. On return it is durable.
	 */
	int (*write)(void *self, const char *name, struct view content, struct error *err);

	/* The same for a symlink: made as `temporary`, renamed over `name`, directory synced. */
	int (*link)(void *self, const char *name, const char *temporary, const char *target, struct error *err);

	/* Rename within the directory to a name that look() found missing, and sync it. A missing `from` is no error. */
	int (*move)(void *self, const char *from, const char *to, struct error *err);

	/* Remove a file or symlink. A missing one is no error. */
	int (*remove)(void *self, const char *name, struct error *err);
};

#endif
