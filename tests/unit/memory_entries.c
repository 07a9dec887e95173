/* SPDX-License-Identifier: Apache-2.0 */
/* What tests see of a directory in memory; what the program sees of it: memory_disk.c. */
#include "memory_disk.h"

#include <stdlib.h>

void memory_machine_restart(struct memory_machine *machine)
{
	machine->operations = machine->changes = machine->fail_at = machine->cut_at = 0;
	machine->is_locked = machine->is_busy = false;
	buffer_init(&machine->changes_made, machine->log, sizeof machine->log);
}

void memory_machine_init(struct memory_machine *machine)
{
	memset(machine, 0, sizeof *machine);
	memory_machine_restart(machine);
}

struct memory_entry *memory_disk_find(struct memory_disk *disk, const char *name)
{
	for (size_t i = 0; i < MEMORY_ENTRIES; i++) {
		if (disk->entries[i].name[0] != '\0' && strcmp(disk->entries[i].name, name) == 0) {
			return &disk->entries[i];
		}
	}
	return NULL;
}

/* The entry of that name, emptied, or a new one. */
static struct memory_entry *put(struct memory_disk *disk, const char *name, enum disk_kind kind)
{
	struct memory_entry *entry = memory_disk_find(disk, name);

	for (size_t i = 0; entry == NULL && i < MEMORY_ENTRIES; i++) {
		entry = disk->entries[i].name[0] == '\0' ? &disk->entries[i] : NULL;
	}
	assert_non_null(entry);
	memset(entry, 0, sizeof *entry);
	assert_true(view_copy(view_of(name), entry->name, sizeof entry->name));
	entry->kind = kind;
	return entry;
}

struct memory_entry *memory_disk_add_file(struct memory_disk *disk, const char *name, struct view content)
{
	struct memory_entry *entry = put(disk, name, DISK_FILE);

	entry->content = support_exact(content);
	return entry;
}

void memory_disk_add_link(struct memory_disk *disk, const char *name, const char *target)
{
	struct memory_entry *entry = put(disk, name, DISK_LINK);

	assert_true(view_copy(view_of(target), entry->target, sizeof entry->target));
}

void memory_disk_add_other(struct memory_disk *disk, const char *name)
{
	(void)put(disk, name, DISK_OTHER);
}

size_t memory_disk_count(const struct memory_disk *disk)
{
	size_t count = 0;

	for (size_t i = 0; i < MEMORY_ENTRIES; i++) {
		count += disk->entries[i].name[0] != '\0';
	}
	return count;
}

static int compare_entries(const void *a, const void *b)
{
	const struct memory_entry *const *first = a;
	const struct memory_entry *const *second = b;

	return strcmp((*first)->name, (*second)->name);
}

struct view memory_disk_names(const struct memory_disk *disk)
{
	const struct memory_entry *sorted[MEMORY_ENTRIES];
	BUFFER(text, 8192);

	for (size_t i = 0; i < MEMORY_ENTRIES; i++) {
		sorted[i] = &disk->entries[i];
	}
	qsort(sorted, MEMORY_ENTRIES, sizeof sorted[0], compare_entries);
	for (size_t i = 0; i < MEMORY_ENTRIES; i++) {
		if (sorted[i]->name[0] != '\0') {
			buffer_format(&text, "%s%s%s%s\n", sorted[i]->name, sorted[i]->kind == DISK_OTHER ? "/" : "",
				      sorted[i]->kind == DISK_LINK ? " -> " : "", sorted[i]->target);
		}
	}
	assert_false(text.overflow);
	return support_exact(buffer_view(&text));
}
