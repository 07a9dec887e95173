/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

struct fake_host_state fake_host_state;

void fake_host_reset(void)
{
	memset(&fake_host_state, 0, sizeof fake_host_state);
	fake_host_state.calendar_s = FAKE_HOST_CALENDAR;
	fake_host_state.node_name = "node-1";
}

void fake_host_add_file(const char *path, struct view content)
{
	struct fake_host_file *file = fake_host_state.files;

	while (file->path != NULL && strcmp(file->path, path) != 0) {
		file++;
		assert_true(file < fake_host_state.files + FAKE_HOST_FILES);
	}
	*file = (struct fake_host_file){.path = path, .content = content};
}

const struct fake_host_line *fake_host_find_line(const char *part)
{
	for (size_t i = 0; i < fake_host_state.line_count; i++) {
		if (strstr(fake_host_state.lines[i].text, part) != NULL) {
			return &fake_host_state.lines[i];
		}
	}
	return NULL;
}

size_t fake_host_count_lines(enum host_level level, const char *part)
{
	size_t count = 0;

	for (size_t i = 0; i < fake_host_state.line_count; i++) {
		const struct fake_host_line *line = &fake_host_state.lines[i];
		count += line->level == level && strstr(line->text, part) != NULL;
	}
	return count;
}

static int64_t now_ms(void)
{
	return fake_host_state.now_ms;
}

static int64_t calendar_s(void)
{
	if (fake_host_state.set_at_ms > 0 && fake_host_state.now_ms >= fake_host_state.set_at_ms) {
		return FAKE_HOST_CALENDAR + (fake_host_state.now_ms - fake_host_state.set_at_ms) / 1000;
	}
	return fake_host_state.calendar_s + fake_host_state.now_ms / 1000;
}

static void sleep_until(int64_t until_ms)
{
	assert_true(until_ms < INT64_MAX); /* a sleep without end */
	fake_host_state.now_ms = until_ms > fake_host_state.now_ms ? until_ms : fake_host_state.now_ms;
}

static uint32_t random_number(void)
{
	return fake_host_state.random;
}

static enum host_read read_file(const char *root, const char *path, struct buffer *content, unsigned int *mode, struct error *err)
{
	char whole[PATH_LIMIT * 2];

	text_format(whole, sizeof whole, "%s%s", root, path);
	for (size_t i = 0; i < FAKE_HOST_FILES; i++) {
		const struct fake_host_file *file = &fake_host_state.files[i];
		if (file->path == NULL || strcmp(file->path, whole) != 0 || file->is_gone) {
			continue;
		}
		if (file->is_broken) {
			(void)error_set(err, ERROR_DISK, "cannot read %s: Input/output error", whole); /* gives -1 */
			return HOST_READ_FAILED;
		}
		if (mode != NULL) {
			*mode = file->mode != 0 ? file->mode : 0600;
		}
		buffer_add_view(content, file->content);
		if (content->overflow) {
			(void)error_set(err, ERROR_DISK, "cannot read %s: it is larger than %zu bytes", whole,
					content->capacity - 1); /* as above */
			return HOST_READ_UNFIT;
		}
		return HOST_READ_OK;
	}
	(void)error_set(err, ERROR_DISK, "cannot read %s: No such file or directory", whole); /* as above */
	return HOST_READ_MISSING;
}

/* As a file of that name in "/credentials". */
static enum host_read read_credential(const char *name, struct buffer *content, struct error *err)
{
	char path[PATH_LIMIT];

	text_format(path, sizeof path, "/credentials/%s", name);
	return read_file("", path, content, NULL, err);
}

static int remove_file(const char *root, const char *path, struct error *err)
{
	char whole[PATH_LIMIT * 2];

	text_format(whole, sizeof whole, "%s%s", root, path);
	for (size_t i = 0; i < FAKE_HOST_FILES; i++) {
		struct fake_host_file *file = &fake_host_state.files[i];
		if (file->path != NULL && strcmp(file->path, whole) == 0) {
			if (file->is_fixed) {
				return error_set(err, ERROR_DISK, "cannot remove %s: Read-only file system", whole);
			}
			file->is_gone = true;
		}
	}
	return 0;
}

static const char *calendar_source(void)
{
	return "the clock of this machine";
}

static int64_t show(const char *text)
{
	if (!fake_host_state.is_watched) {
		return INT64_MAX;
	}
	fake_host_state.shown_count++;
	assert_true(view_copy(view_of(text), fake_host_state.shown, sizeof fake_host_state.shown));
	return fake_host_state.now_ms + 1000;
}

static int read_node_name(char name[NODE_NAME_LIMIT], struct error *err)
{
	if (fake_host_state.node_name == NULL) {
		return error_set(err, ERROR_CONFIG, "cannot use the host name \"_\"");
	}
	assert_true(view_copy(view_of(fake_host_state.node_name), name, NODE_NAME_LIMIT));
	return 0;
}

static void say(enum host_level level, const char *text)
{
	struct fake_host_line *line = &fake_host_state.lines[fake_host_state.line_count];

	assert_true(fake_host_state.line_count < FAKE_HOST_LINES); /* who has so much to say never ends */
	fake_host_state.line_count++;
	line->level = level;
	line->at_ms = fake_host_state.now_ms;
	assert_true(view_copy(view_of(text), line->text, sizeof line->text));
}

static void standing(const char *csr_name)
{
	fake_host_state.standing_count++;
	assert_true(view_copy(view_of(csr_name), fake_host_state.standing, sizeof fake_host_state.standing));
}

static void committed(void)
{
	fake_host_state.committed_count++;
	fake_host_state.changes_at_commit = fake_host_state.disk_changes != NULL ? *fake_host_state.disk_changes : 0;
}

const struct host fake_host = {
	.now_ms = now_ms,
	.calendar_s = calendar_s,
	.sleep_until = sleep_until,
	.random = random_number,
	.read_file = read_file,
	.read_credential = read_credential,
	.remove_file = remove_file,
	.show = show,
	.calendar_source = calendar_source,
	.read_node_name = read_node_name,
	.say = say,
	.standing = standing,
	.committed = committed,
};
