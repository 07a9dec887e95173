/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths as they are seen from inside a root directory, that of --root. No path leads out of it, symlinks included (openat2(2) with
 * RESOLVE_IN_ROOT, Linux 5.6; before that no symlink is followed inside a root).
 */
#ifndef INSIDE_H
#define INSIDE_H

#include "error.h"

/* open(2) with O_CLOEXEC. `root` is "" for none. The descriptor, or -1 with errno. */
int inside_open(const char *root, const char *path, int flags);

/* Open the directory that holds `path`, in order to change or to sync it; `*name` becomes what `path` is called there. As inside_open(). */
int inside_open_parent(const char *root, const char *path, const char **name);

/* Make the name of `path`, which is there, durable in the directory that holds it: an earlier run may have ended before it could. */
void inside_sync_parent(const char *root, const char *path);

/*
 * Create what is missing of the directory `path`, part by part (0755), and make it durable. `path` is absolute, without slashes in a row
 * or at its end.
 *
 * Returns 0, or -1 with ERROR_DISK.
 */
int inside_make_path(const char *root, const char *path, struct error *err) __attribute__((warn_unused_result));

#endif
