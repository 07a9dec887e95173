/* SPDX-License-Identifier: Apache-2.0 */
/* Files: once the directories are there, only what is still needed can be reached (landlock(7), Linux 5.13). */
#ifndef LANDLOCK_H
#define LANDLOCK_H

/* Paths inside `root`, "" for none; `removed` may be "" or NULL. */
struct landlock_paths {
	const char *root;
	const char *cert_dir; /* of these two directories: read, create, rename, remove */
	const char *kubeconfig_dir;
	const char *kubeconfig_file; /* read; it may be a symlink out of its directory */
	const char *removed[2];      /* of the directories that hold these files: list, remove */
};

/*
 * From now on all other files are out of reach, whoever the process runs as. Of the resolver's files (resolve.h) the directories stay
 * readable, or those of the files that they lead to: network managers put new files in their place while a node waits. What lies below
 * the two directories is in reach as well. No socket can listen, no signal and no abstract socket leaves the process, where the kernel can
 * promise it.
 *
 * A kernel without Landlock is no error: --verbose says so.
 */
void landlock_enter(const struct landlock_paths *paths);

#endif
