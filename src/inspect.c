/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <string.h>

#include "date.h"
#include "kubeconfig.h"

bool inspect_is_dated(const char *name)
{
	static const char pattern[] = "kubelet-client-dddd-dd-dd-dd-dd-dd.pem"; /* d: a digit */

	for (size_t i = 0; i < sizeof pattern; i++) {
		bool fits = pattern[i] == 'd' ? name[i] >= '0' && name[i] <= '9' : name[i] == pattern[i];
		if (!fits) {
			return false;
		}
	}
	return true;
}

static bool is_file(enum disk_kind kind)
{
	return kind == DISK_FILE || kind == DISK_SHARED;
}

/* Judge a file with certificates and key. -1 only when the disk fails. */
static int judge_pem(const struct inspect_place *place, const char *name, struct certificate *certificate, enum certificate_fault *fault,
		     struct error *err)
{
	struct buffer pem = place->scratch;
	struct key key;
	int result = place->cert_dir->read(place->cert_dir->self, name, &pem, err);

	*fault = CERTIFICATE_UNREADABLE;
	if (result == 0 && !pem.overflow && place->crypto->read_certificate(certificate, buffer_view(&pem)) == 0 &&
	    key_parse_pem(key.private, buffer_view(&pem)) == 0 && place->crypto->derive_public(&key) == 0) {
		struct certificate_wanted wanted = {place->node_name, key.spki, place->now_s};
		*fault = certificate_judge(certificate, &wanted);
	}
	buffer_wipe(pem.data, pem.len);
	buffer_wipe(&key, sizeof key);
	return result;
}

/* The file name when `target` lies directly in the directory at `dir`, or is relative to it; otherwise NULL. */
static const char *name_inside(const char *target, const char *dir)
{
	struct view view = view_of(target);
	size_t len = strlen(dir);

	if (view_starts_with(view, dir) && target[len] == '/') {
		target += len + 1;
	}
	return target[0] == '\0' || strchr(target, '/') != NULL ? NULL : target;
}

/* Look at the link, and at what it leads to. */
static int inspect_link(struct inspection *found, const struct inspect_place *place, struct error *err)
{
	const struct disk *disk = place->cert_dir;
	char target[PATH_LIMIT];
	char unused[PATH_LIMIT];
	enum disk_kind kind;
	enum certificate_fault fault;

	if (disk->look(disk->self, INSPECT_CURRENT, &kind, target, err) != 0) {
		return -1;
	}
	if (kind != DISK_LINK) {
		found->link_is_taken = kind != DISK_MISSING;
		text_format(found->reason, sizeof found->reason, "%s/%s %s", disk->path, INSPECT_CURRENT,
			    kind == DISK_MISSING ? "does not exist" : "is not a symlink");
		return 0;
	}

	const char *name = name_inside(target, disk->path);
	if (name == NULL || strlen(name) >= FILE_NAME_LIMIT || strcmp(name, INSPECT_KEY) == 0) {
		text_format(found->reason, sizeof found->reason, "%s/%s leads to %s, where no certificate is kept", disk->path,
			    INSPECT_CURRENT, target);
		return 0;
	}
	if (disk->look(disk->self, name, &kind, unused, err) != 0) { /* `name` lies in `target` */
		return -1;
	}
	if (!is_file(kind)) {
		text_format(found->reason, sizeof found->reason, "%s/%s leads to %s, which %s", disk->path, INSPECT_CURRENT, name,
			    kind == DISK_MISSING ? "does not exist" : "is not a file");
		return 0;
	}
	if (judge_pem(place, name, &found->certificate, &fault, err) != 0) {
		return -1;
	}
	if (fault != CERTIFICATE_GOOD) {
		text_format(found->reason, sizeof found->reason, "%s/%s %s", disk->path, name, certificate_fault_text(fault));
		if (fault == CERTIFICATE_UNREADABLE || fault == CERTIFICATE_OTHER_KEY) {
			(void)view_copy(view_of(name), found->damaged_name, sizeof found->damaged_name); /* its length was checked */
		}
		return 0;
	}
	(void)view_copy(view_of(name), found->pem_name, sizeof found->pem_name); /* its length was checked */
	found->is_linked = true;
	return 0;
}

struct search {
	struct inspection *found;
	const struct inspect_place *place;
};

/* Keep the good file whose certificate lasts longest. One that cannot be read is not good. */
static void visit_candidate(void *context, const char *name)
{
	struct search *search = context;
	const struct disk *disk = search->place->cert_dir;
	char target[PATH_LIMIT];
	struct certificate certificate;
	struct error ignored;
	enum certificate_fault fault;
	enum disk_kind kind;

	if (!inspect_is_dated(name) && strcmp(name, INSPECT_CURRENT) != 0) {
		return;
	}
	if (disk->look(disk->self, name, &kind, target, &ignored) != 0 || !is_file(kind) ||
	    judge_pem(search->place, name, &certificate, &fault, &ignored) != 0 || fault != CERTIFICATE_GOOD) {
		return;
	}

	if (search->found->pem_name[0] == '\0' || certificate.not_after_s > search->found->certificate.not_after_s) {
		(void)view_copy(view_of(name), search->found->pem_name, sizeof search->found->pem_name); /* both names are short */
		search->found->certificate = certificate;
	}
}

static int inspect_kubeconfig(struct inspection *found, const struct inspect_place *place, struct error *err)
{
	const struct disk *disk = place->kubeconfig_dir;
	char target[PATH_LIMIT];
	enum disk_kind kind;
	struct buffer text = place->scratch;

	if (disk->look(disk->self, place->kubeconfig_name, &kind, target, err) != 0) {
		return -1;
	}
	if (kind == DISK_MISSING) {
		return 0;
	}
	found->kubeconfig_is_taken = true;
	if (!is_file(kind)) {
		return error_set(err, ERROR_DISK, "cannot write %s/%s: it is a %s; name the file itself in [output] kubeconfig", disk->path,
				 place->kubeconfig_name, kind == DISK_LINK ? "symlink" : "directory or device");
	}
	if (disk->read(disk->self, place->kubeconfig_name, &text, err) != 0) {
		return -1;
	}
	enum kubeconfig_kind content = text.overflow ? KUBECONFIG_FOREIGN : kubeconfig_judge(buffer_view(&text), place->current_path);
	buffer_wipe(text.data, text.len);
	if (content == KUBECONFIG_FOREIGN) {
		return error_set(err, ERROR_DISK,
				 "cannot replace %s/%s: it is not a kubeconfig; move it away, or name another file in [output] kubeconfig",
				 disk->path, place->kubeconfig_name);
	}
	found->has_kubeconfig = content == KUBECONFIG_OURS;
	return 0;
}

static void conclude(struct inspection *found, const struct inspect_place *place)
{
	if (found->pem_name[0] == '\0') {
		found->verdict = INSPECT_ENROLL;
		return;
	}
	if (found->is_linked && !found->has_kubeconfig) {
		text_format(found->reason, sizeof found->reason, "%s/%s %s", place->kubeconfig_dir->path, place->kubeconfig_name,
			    found->kubeconfig_is_taken ? "does not name the certificate" : "does not exist");
	}
	found->verdict = found->is_linked && found->has_kubeconfig ? INSPECT_VALID : INSPECT_REPAIR;
}

int inspect_disk(struct inspection *found, struct inspect_place *place, struct error *err)
{
	char target[PATH_LIMIT];
	enum disk_kind kind;

	memset(found, 0, sizeof *found);
	if (inspect_link(found, place, err) != 0) {
		return -1;
	}
	if (!found->is_linked) {
		struct search search = {.found = found, .place = place};
		if (place->cert_dir->list(place->cert_dir->self, visit_candidate, &search, err) != 0) {
			return -1;
		}
	}
	if (inspect_kubeconfig(found, place, err) != 0 ||
	    place->cert_dir->look(place->cert_dir->self, INSPECT_KEY, &kind, target, err) != 0) {
		return -1;
	}
	found->has_leftover_key = is_file(kind);
	conclude(found, place);
	return 0;
}
