/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_disk.h"

#define OPERATIONS_MAX 100000 /* whoever needs more of them never ends */

static void check_name(const struct memory_disk *disk, const char *name)
{
	assert_true(disk->is_open);
	if (name[0] == '\0' || strchr(name, '/') != NULL || strlen(name) >= FILE_NAME_LIMIT) {
		fail_msg("\"%s\" is no file name", name);
	}
}

/* Count a call; -1 when it is the one that fails. */
static int begin_call(struct memory_disk *disk, const char *verb, const char *name, struct error *err)
{
	struct memory_machine *machine = disk->machine;

	if (++machine->operations > OPERATIONS_MAX) {
		machine->operations = 0; /* let the clean-up of the test work */
		fail_msg("%s \"%s\" for ever", verb, name);
	}
	if (machine->operations == machine->fail_at) {
		return error_set(err, ERROR_DISK, "cannot %s %s/%s: Input/output error", verb, disk->path, name);
	}
	return 0;
}

/* A change begins: true when the power fails in it, halfway. */
static bool is_cut(struct memory_disk *disk, enum memory_cut cut)
{
	struct memory_machine *machine = disk->machine;

	return machine->changes == machine->cut_at && machine->cut == cut;
}

static void begin_change(struct memory_disk *disk)
{
	assert_true(disk->is_prepared);
	assert_true(disk->machine->is_locked);
	disk->machine->changes++;
}

static void end_change(struct memory_disk *disk)
{
	if (is_cut(disk, MEMORY_AFTER) || is_cut(disk, MEMORY_HALFWAY)) {
		longjmp(disk->machine->off, 1);
	}
}

static int disk_open(struct disk *self, const char *root, const char *path, struct error *err)
{
	struct memory_disk *disk = self->self;

	if (begin_call(disk, "open", path, err) != 0) {
		return -1;
	}
	assert_string_equal(path, disk->expected_path);
	assert_non_null(root);
	if (disk->is_replaced && disk->is_open) {
		memset(disk->entries, 0, sizeof disk->entries);
	}
	disk->is_open = true;
	return 0;
}

static int disk_prepare(void *self, struct error *err)
{
	struct memory_disk *disk = self;

	assert_true(disk->is_open);
	if (begin_call(disk, "create", "", err) != 0) {
		return -1;
	}
	disk->is_prepared = true;
	if (disk->exists) {
		return 0;
	}
	disk->machine->changes++;
	disk->exists = !is_cut(disk, MEMORY_HALFWAY);
	buffer_format(&disk->machine->changes_made, "create %s\n", disk->path);
	end_change(disk);
	return 0;
}

static int disk_lock(void *self, __attribute__((unused)) int64_t deadline_ms, struct error *err)
{
	struct memory_disk *disk = self;

	assert_true(disk->is_prepared);
	if (begin_call(disk, "lock", "", err) != 0) {
		return -1;
	}
	if (disk->machine->is_busy) {
		return error_set(err, ERROR_PENDING, "cannot lock %s: another run is at work there", disk->path);
	}
	if (disk->machine->other_run != NULL) {
		disk->machine->other_run();
	}
	disk->machine->is_locked = true;
	return 0;
}

static int disk_look(void *self, const char *name, enum disk_kind *kind, char target[PATH_LIMIT], struct error *err)
{
	struct memory_disk *disk = self;
	const struct memory_entry *entry = memory_disk_find(disk, name);

	check_name(disk, name);
	if (begin_call(disk, "look at", name, err) != 0) {
		return -1;
	}
	*kind = entry == NULL ? DISK_MISSING : entry->kind;
	target[0] = '\0';
	if (entry != NULL && entry->kind == DISK_LINK) {
		(void)view_copy(view_of(entry->target), target, PATH_LIMIT); /* empty when it is too long, as promised */
	}
	return 0;
}

static enum disk_result disk_read(void *self, const char *name, struct buffer *content, struct error *err)
{
	struct memory_disk *disk = self;
	const struct memory_entry *entry = memory_disk_find(disk, name);

	check_name(disk, name);
	if (begin_call(disk, "read", name, err) != 0) {
		return DISK_FAILED;
	}
	if (entry == NULL || entry->kind != DISK_FILE || entry->read_result != DISK_OK) {
		(void)error_set(err, ERROR_DISK, "cannot read %s/%s: it cannot be read", disk->path, name); /* gives -1 */
		return entry != NULL && entry->read_result == DISK_LOST ? DISK_LOST : DISK_FAILED;
	}
	if (entry->content.len > 0) {
		buffer_add_view(content, entry->content);
	}
	return DISK_OK;
}

static int disk_sync(void *self, struct error *err)
{
	struct memory_disk *disk = self;

	assert_true(disk->is_open);
	return begin_call(disk, "sync", "", err);
}

static int disk_list(void *self, disk_visitor *visit, void *context, struct error *err)
{
	struct memory_disk *disk = self;

	assert_true(disk->is_open);
	if (begin_call(disk, "list", "", err) != 0) {
		return -1;
	}
	for (size_t i = 0; i < MEMORY_ENTRIES; i++) {
		const char *name = disk->entries[disk->lists_backwards ? MEMORY_ENTRIES - 1 - i : i].name;
		if (name[0] != '\0') {
			visit(context, support_exact((struct view){name, strlen(name) + 1}).data);
		}
	}
	return 0;
}

static int disk_write(void *self, const char *name, struct view content, struct error *err)
{
	struct memory_disk *disk = self;
	struct memory_entry *entry = memory_disk_find(disk, name);

	check_name(disk, name);
	if (begin_call(disk, "write", name, err) != 0) {
		return -1;
	}
	if (entry != NULL && entry->kind == DISK_OTHER) {
		return error_set(err, ERROR_DISK, "cannot write %s/%s: Is a directory", disk->path, name);
	}
	begin_change(disk);
	if (is_cut(disk, MEMORY_HALFWAY)) {
		(void)memory_disk_add_file(disk, MEMORY_TEMPORARY, (struct view){content.data, content.len / 2});
	} else {
		entry = memory_disk_find(disk, MEMORY_TEMPORARY);
		if (entry != NULL) {
			entry->name[0] = '\0';
		}
		(void)memory_disk_add_file(disk, name, content);
	}
	buffer_format(&disk->machine->changes_made, "write %s\n", name);
	end_change(disk);
	return 0;
}

static int disk_link(void *self, const char *name, const char *temporary, const char *target, struct error *err)
{
	struct memory_disk *disk = self;
	struct memory_entry *entry = memory_disk_find(disk, temporary);

	check_name(disk, name);
	check_name(disk, temporary);
	if (begin_call(disk, "link", name, err) != 0) {
		return -1;
	}
	begin_change(disk);
	if (is_cut(disk, MEMORY_HALFWAY)) {
		memory_disk_add_link(disk, temporary, target);
	} else {
		if (entry != NULL) {
			entry->name[0] = '\0';
		}
		memory_disk_add_link(disk, name, target);
	}
	buffer_format(&disk->machine->changes_made, "link %s -> %s\n", name, target);
	end_change(disk);
	return 0;
}

static int disk_move(void *self, const char *from, const char *to, struct error *err)
{
	struct memory_disk *disk = self;
	struct memory_entry *entry = memory_disk_find(disk, from);

	check_name(disk, from);
	check_name(disk, to);
	if (begin_call(disk, "rename", from, err) != 0) {
		return -1;
	}
	if (entry == NULL) {
		return 0;
	}
	assert_null(memory_disk_find(disk, to));
	begin_change(disk);
	if (!is_cut(disk, MEMORY_HALFWAY)) {
		(void)view_copy(view_of(to), entry->name, sizeof entry->name); /* checked above */
	}
	buffer_format(&disk->machine->changes_made, "move %s -> %s\n", from, to);
	end_change(disk);
	return 0;
}

static int disk_remove(void *self, const char *name, struct error *err)
{
	struct memory_disk *disk = self;
	struct memory_entry *entry = memory_disk_find(disk, name);

	check_name(disk, name);
	if (begin_call(disk, "remove", name, err) != 0) {
		return -1;
	}
	if (entry == NULL) {
		return 0;
	}
	if (entry->kind == DISK_OTHER) {
		return error_set(err, ERROR_DISK, "cannot remove %s/%s: Is a directory", disk->path, name);
	}
	begin_change(disk);
	if (!is_cut(disk, MEMORY_HALFWAY)) {
		entry->name[0] = '\0';
	}
	buffer_format(&disk->machine->changes_made, "remove %s\n", name);
	end_change(disk);
	return 0;
}

void memory_disk_restart(struct memory_disk *disk)
{
	disk->is_open = disk->is_prepared = false;
}

void memory_disk_init(struct memory_disk *disk, struct memory_machine *machine, const char *path)
{
	memset(disk, 0, sizeof *disk);
	disk->machine = machine;
	disk->expected_path = path;
	disk->is_open = disk->is_prepared = disk->exists = true;
	assert_true(view_copy(view_of(path), disk->path, sizeof disk->path));
	disk->disk = (struct disk){.self = disk,
				   .path = disk->path,
				   .shown = disk->path,
				   .open = disk_open,
				   .prepare = disk_prepare,
				   .lock = disk_lock,
				   .look = disk_look,
				   .read = disk_read,
				   .sync = disk_sync,
				   .list = disk_list,
				   .write = disk_write,
				   .link = disk_link,
				   .move = disk_move,
				   .remove = disk_remove};
}
