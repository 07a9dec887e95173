/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and directories: the only part of the program that reads or writes a disk.
 *
 * `root` is the directory of --root, "" for none; see inside.h.
 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "disk.h"
#include "host.h"

/* A directory; `disk` works on it once it is open. */
struct files_dir {
	struct disk disk;
	int fd; /* -1: it does not exist */
	char root[PATH_LIMIT];
	char path[PATH_LIMIT];      /* as the running system will see it */
	char shown[PATH_LIMIT * 2]; /* with root: for messages */
};

/* The entries read_file and remove_file of struct host (src/host.h), which describes them. */
enum host_read files_read(const char *root, const char *path, struct buffer *content, unsigned int *mode, struct error *err)
	__attribute__((warn_unused_result));

int files_remove(const char *root, const char *path, struct error *err) __attribute__((warn_unused_result));

/* The entry read_credential; the credentials lie in $CREDENTIALS_DIRECTORY, outside of any root. */
enum host_read files_read_credential(const char *name, struct buffer *content, struct error *err) __attribute__((warn_unused_result));

/* Fill in the table of functions. `dir` must stay where it is: the table points into it. */
void files_init_dir(struct files_dir *dir);

#endif
