/* SPDX-License-Identifier: Apache-2.0 */
#include "install.h"

#include <string.h>

#include "date.h"
#include "pem.h"

#define OLD_KEPT       2
#define ASIDE_NAME_MAX 200 /* what follows must fit into a file name of 255 */

static void format_time(char *text, size_t capacity, int64_t now_s)
{
	struct date date = date_from_seconds(now_s);

	text_format(text, capacity, "%d-%02d-%02d-%02d-%02d-%02d", date.year, date.month, date.day, date.hour, date.minute, date.second);
}

/* `aside` comes in as the name of a file, and becomes one that is not taken: with the reason and the time behind it. */
static int choose_aside(char aside[FILE_NAME_LIMIT], const struct disk *disk, const char *why, int64_t now_s, struct error *err)
{
	char name[FILE_NAME_LIMIT];
	char target[PATH_LIMIT];
	char time[32];
	enum disk_kind kind;

	text_format(name, sizeof name, "%.*s", ASIDE_NAME_MAX, aside);
	do {
		format_time(time, sizeof time, now_s++);
		text_format(aside, FILE_NAME_LIMIT, "%s.%s-%s", name, why, time);
		if (disk->look(disk->self, aside, &kind, target, err) != 0) {
			return -1;
		}
	} while (kind != DISK_MISSING);
	return 0;
}

static int set_aside(const struct disk *disk, const char *name, int64_t now_s, struct error *err)
{
	char aside[FILE_NAME_LIMIT];

	text_format(aside, sizeof aside, "%s", name);
	return choose_aside(aside, disk, "corrupt", now_s, err) == 0 ? disk->move(disk->self, name, aside, err) : -1;
}

/*
 * A copy of what is about to be replaced, and its name. The file itself stays until the new one is there: a node that works must go on
 * working.
 */
static int keep_copy(char aside[FILE_NAME_LIMIT], const struct disk *disk, const char *name, const struct install_place *place,
		     struct error *err)
{
	struct buffer content = place->scratch;

	text_format(aside, FILE_NAME_LIMIT, "%s", name);
	if (disk->read(disk->self, name, &content, err) != DISK_OK || choose_aside(aside, disk, "replaced", place->now_s, err) != 0) {
		return -1;
	}
	int result = disk->write(disk->self, aside, buffer_view(&content), err);
	buffer_wipe(content.data, content.len); /* it may hold a key */
	return result;
}

/* A dated name that is not taken. */
static int choose_name(char name[FILE_NAME_LIMIT], const struct disk *disk, int64_t now_s, struct error *err)
{
	char target[PATH_LIMIT];
	char time[32];
	enum disk_kind kind;

	do {
		format_time(time, sizeof time, now_s++);
		text_format(name, FILE_NAME_LIMIT, "kubelet-client-%s.pem", time);
		if (disk->look(disk->self, name, &kind, target, err) != 0) {
			return -1;
		}
	} while (kind != DISK_MISSING);
	return 0;
}

int install_make_room(const struct inspection *found, const struct install_place *place, struct error *err)
{
	static const char *const names[] = {INSPECT_UPDATED, INSPECT_KEY};
	const struct disk *disk = place->cert_dir;
	char target[PATH_LIMIT];
	enum disk_kind kind;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (disk->look(disk->self, names[i], &kind, target, err) != 0) {
			return -1;
		}
		bool is_file = kind == DISK_FILE || kind == DISK_SHARED;
		bool is_in_the_way = kind == DISK_OTHER || (is_file && strcmp(names[i], INSPECT_UPDATED) == 0);
		if (is_in_the_way && strcmp(names[i], found->pem_name) != 0 && set_aside(disk, names[i], place->now_s, err) != 0) {
			return -1;
		}
	}
	return 0;
}

int install_pem(struct inspection *found, const struct install_place *place, struct view chain, const struct key *key, struct error *err)
{
	struct buffer pem = place->scratch;
	struct view body;

	if (choose_name(found->pem_name, place->cert_dir, place->now_s, err) != 0) {
		return -1;
	}
	while (pem_take(&chain, "CERTIFICATE", &body)) {
		buffer_format(&pem, "-----BEGIN CERTIFICATE-----\n%.*s\n-----END CERTIFICATE-----\n", (int)view_trim(body).len,
			      view_trim(body).data);
	}
	key_format_pem(&pem, key);
	if (pem.overflow) {
		return error_set(err, ERROR_INTERNAL, "cannot write %s: the certificates are larger than %zu bytes", found->pem_name,
				 pem.capacity);
	}
	int result = place->cert_dir->write(place->cert_dir->self, found->pem_name, buffer_view(&pem), err);
	buffer_wipe(pem.data, pem.len);
	found->is_linked = false;
	return result;
}

/* The names of the newest dated files beside the current one; they sort by time. */
struct newest {
	const char *current;
	char names[OLD_KEPT][FILE_NAME_LIMIT];
};

static void visit_newest(void *context, const char *name)
{
	struct newest *newest = context;
	char moving[FILE_NAME_LIMIT];
	char next[FILE_NAME_LIMIT];

	if (!inspect_is_dated(name) || strcmp(name, newest->current) == 0) {
		return;
	}
	memcpy(moving, name, strlen(name) + 1);
	for (size_t i = 0; i < OLD_KEPT; i++) {
		if (strcmp(moving, newest->names[i]) > 0) {
			memcpy(next, newest->names[i], sizeof next);
			memcpy(newest->names[i], moving, strlen(moving) + 1);
			memcpy(moving, next, sizeof moving);
		}
	}
}

struct removal {
	const struct newest *newest;
	const struct disk *disk;
};

static void visit_old(void *context, const char *name)
{
	const struct removal *removal = context;
	struct error ignored; /* an old file that stays harms nobody */

	if (inspect_is_dated(name) && strcmp(name, removal->newest->current) != 0 &&
	    strcmp(name, removal->newest->names[OLD_KEPT - 1]) < 0) {
		(void)removal->disk->remove(removal->disk->self, name, &ignored);
	}
}

int install_clean(const struct disk *disk, const char *current, struct error *err)
{
	struct newest newest = {.current = current};
	struct removal removal = {&newest, disk};
	struct error ignored;

	if (disk->list(disk->self, visit_newest, &newest, &ignored) == 0 && newest.names[OLD_KEPT - 1][0] != '\0') {
		(void)disk->list(disk->self, visit_old, &removal, &ignored);
	}
	return install_drop_key(disk, err);
}

/* Make INSPECT_CURRENT lead to `found->pem_name`. */
static int install_link(struct inspection *found, const struct install_place *place, struct error *err)
{
	const struct disk *disk = place->cert_dir;
	char target[PATH_LIMIT + FILE_NAME_LIMIT];

	if (found->damaged_name[0] != '\0') {
		(void)set_aside(disk, found->damaged_name, place->now_s, err); /* it is in nobody's way */
	}
	if (found->link_is_taken && strcmp(found->pem_name, INSPECT_CURRENT) != 0 &&
	    set_aside(disk, INSPECT_CURRENT, place->now_s, err) != 0) {
		return -1;
	}
	if (strcmp(found->pem_name, INSPECT_CURRENT) == 0 || strcmp(found->pem_name, INSPECT_UPDATED) == 0) {
		char from[FILE_NAME_LIMIT]; /* a good file stands where a link belongs: it gets a dated name */
		text_format(from, sizeof from, "%s", found->pem_name);
		if (choose_name(found->pem_name, disk, place->now_s, err) != 0 || disk->move(disk->self, from, found->pem_name, err) != 0) {
			return -1;
		}
	}
	text_format(target, sizeof target, "%s/%s", disk->path, found->pem_name);
	if (disk->link(disk->self, INSPECT_CURRENT, INSPECT_UPDATED, target, err) != 0) {
		return -1;
	}
	found->is_linked = true;
	return 0;
}

static int install_kubeconfig(struct inspection *found, const struct install_place *place, const struct kubeconfig *kubeconfig,
			      struct error *err)
{
	const struct disk *disk = place->kubeconfig_dir;
	struct buffer text = place->scratch;
	char copy[FILE_NAME_LIMIT] = "";

	if (found->kubeconfig_is_taken && keep_copy(copy, disk, place->kubeconfig_name, place, err) != 0) {
		return -1;
	}
	kubeconfig_format(&text, kubeconfig);
	if (text.overflow) {
		return error_set(err, ERROR_INTERNAL, "cannot write %s/%s: it is larger than %zu bytes", disk->shown,
				 place->kubeconfig_name, text.capacity);
	}
	int result = disk->write(disk->self, place->kubeconfig_name, buffer_view(&text), err);
	buffer_wipe(text.data, text.len); /* the password of a proxy may stand in it */
	if (result != 0) {
		struct error ignored;
		if (copy[0] != '\0') {
			(void)disk->remove(disk->self, copy, &ignored); /* what it is a copy of is still there */
		}
		return -1;
	}
	found->has_kubeconfig = true;
	return 0;
}

int install_links(struct inspection *found, const struct install_place *place, const struct kubeconfig *kubeconfig, struct error *err)
{
	const struct disk *disk = place->cert_dir;

	/* An earlier run may have ended between a change and its sync. */
	if ((found->is_linked ? disk->sync(disk->self, err) : install_link(found, place, err)) != 0) {
		return -1;
	}
	return found->has_kubeconfig ? 0 : install_kubeconfig(found, place, kubeconfig, err);
}

int install_drop_key(const struct disk *cert_dir, struct error *err)
{
	return cert_dir->remove(cert_dir->self, INSPECT_KEY, err);
}
