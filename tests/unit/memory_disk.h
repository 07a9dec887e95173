/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories in memory (src/disk.h): what stands in them is what would stand on a disk after the power has failed.
 *
 * A breach of the contract of disk.h fails the test: a path for a name, a change before prepare() or without the lock, a move to a name
 * that is taken.
 */
#ifndef MEMORY_DISK_H
#define MEMORY_DISK_H

#include "disk.h"
#include "support.h"

#define MEMORY_ENTRIES   96
#define MEMORY_LOG       4096
#define MEMORY_TEMPORARY ".kubelet-bootstrap.tmp" /* as platform/linux/files.c */

struct memory_entry {
	char name[FILE_NAME_LIMIT]; /* "": free */
	enum disk_kind kind;
	struct view content;
	char target[PATH_LIMIT + FILE_NAME_LIMIT];
	enum disk_result read_result; /* what read() gives; DISK_OK unless a test says otherwise */
};

enum memory_cut {
	MEMORY_HALFWAY, /* the change is under way: its temporary is there, nothing else */
	MEMORY_AFTER,   /* the change is durable, and nobody has heard of it */
};

/* What all directories of one machine share. */
struct memory_machine {
	size_t operations;   /* calls so far */
	size_t changes;      /* of these, the ones that changed something */
	size_t fail_at;      /* the call with this number fails with ERROR_DISK; 0: none */
	size_t cut_at;       /* the power fails in the change with this number; 0: never */
	enum memory_cut cut; /* where in it */
	jmp_buf off;         /* where the power failure leads */
	bool is_locked;
	bool is_busy;            /* another run holds the lock, and does not let go */
	void (*other_run)(void); /* what another run does while this one waits for the lock; NULL: there is none */
	char log[MEMORY_LOG];
	struct buffer changes_made; /* one line for each change, in order: "write a", "link a -> /b", "move a -> b", "remove a" */
};

struct memory_disk {
	struct disk disk;
	struct memory_machine *machine;
	const char *expected_path; /* what open() must be given */
	char path[PATH_LIMIT];
	bool is_replaced; /* by an empty one: whoever opens it again finds that */
	bool is_open;
	bool is_prepared;
	bool exists;
	bool lists_backwards;
	struct memory_entry entries[MEMORY_ENTRIES];
};

void memory_machine_init(struct memory_machine *machine);

/* The power is back: nothing is counted, logged, locked or broken any more. */
void memory_machine_restart(struct memory_machine *machine);

/* An empty directory that exists. It may be used at once, as if open() and prepare() had been called. */
void memory_disk_init(struct memory_disk *disk, struct memory_machine *machine, const char *path);

/* Forget open() and prepare(), as a new process has. The content stays. */
void memory_disk_restart(struct memory_disk *disk);

struct memory_entry *memory_disk_add_file(struct memory_disk *disk, const char *name, struct view content);
void memory_disk_add_link(struct memory_disk *disk, const char *name, const char *target);
void memory_disk_add_other(struct memory_disk *disk, const char *name);

/* NULL when there is none. */
struct memory_entry *memory_disk_find(struct memory_disk *disk, const char *name);

/* How many names there are. */
size_t memory_disk_count(const struct memory_disk *disk);

/* All names in order, one on a line, with what they are: "a", "a -> target", "a/". */
struct view memory_disk_names(const struct memory_disk *disk);

#endif
