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

/* What a dated file holds. */
struct judged {
	struct certificate certificate;
	enum certificate_fault fault;
};

/* Judge certificate and key in PEM text. -1 when the crypto library cannot do it now. */
static int judge_text(struct judged *judged, const struct inspect_place *place, struct view pem, struct error *err)
{
	static const unsigned char no_spki[KEY_SPKI_LEN];
	struct key key;
	enum crypto_result result = place->crypto->read_certificate(&judged->certificate, pem, err);

	if (result == CRYPTO_OK && memcmp(judged->certificate.spki, no_spki, sizeof no_spki) == 0) {
		judged->fault = CERTIFICATE_OTHER_KIND;
		result = CRYPTO_UNFIT;
	} else if (result == CRYPTO_OK) {
		result = key_parse_pem(key.private, pem) == 0 ? place->crypto->derive_public(&key, err) : CRYPTO_UNFIT;
	}
	if (result == CRYPTO_OK) {
		struct certificate_wanted wanted = {place->node_name, key.spki, place->now_s};
		judged->fault = certificate_judge(&judged->certificate, &wanted);
	}
	buffer_wipe(&key, sizeof key);
	return result == CRYPTO_FAILED ? -1 : 0;
}

/* The same for a file. -1 also when the disk fails; a file whose content is lost is a damaged one. */
static int judge_pem(struct judged *judged, const struct inspect_place *place, const char *name, struct error *err)
{
	struct buffer pem = place->scratch;
	enum disk_result read = place->cert_dir->read(place->cert_dir->self, name, &pem, err);
	int result = read == DISK_FAILED ? -1 : 0;

	judged->fault = CERTIFICATE_UNREADABLE;
	if (read == DISK_OK && !pem.overflow) {
		result = judge_text(judged, place, buffer_view(&pem), err);
		if (result != 0) {
			(void)error_wrap(err, "cannot judge %s/%s", place->cert_dir->shown, name); /* gives -1, as does result */
		}
	}
	buffer_wipe(pem.data, pem.len);
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
	struct judged judged;
	enum disk_kind kind;

	if (disk->look(disk->self, INSPECT_CURRENT, &kind, target, err) != 0) {
		return -1;
	}
	if (kind != DISK_LINK) {
		found->link_is_taken = kind != DISK_MISSING;
		text_format(found->reason, sizeof found->reason, "%s/%s %s", disk->shown, INSPECT_CURRENT,
			    kind == DISK_MISSING ? "does not exist" : "is not a symlink");
		return 0;
	}

	const char *name = name_inside(target, disk->path);
	if (name == NULL || strlen(name) >= FILE_NAME_LIMIT || strcmp(name, INSPECT_KEY) == 0 || strcmp(name, INSPECT_UPDATED) == 0) {
		text_format(found->reason, sizeof found->reason, "%s/%s leads to %s, where no certificate is kept", disk->shown,
			    INSPECT_CURRENT, target);
		return 0;
	}
	if (disk->look(disk->self, name, &kind, unused, err) != 0) { /* `name` lies in `target` */
		return -1;
	}
	if (!is_file(kind)) {
		text_format(found->reason, sizeof found->reason, "%s/%s leads to %s, which %s", disk->shown, INSPECT_CURRENT, name,
			    kind == DISK_MISSING ? "does not exist" : "is not a file");
		return 0;
	}
	if (judge_pem(&judged, place, name, err) != 0) {
		return -1;
	}
	if (judged.fault != CERTIFICATE_GOOD) {
		text_format(found->reason, sizeof found->reason, "%s/%s %s", disk->shown, name, certificate_fault_text(judged.fault));
		if (inspect_is_dated(name) && (judged.fault == CERTIFICATE_UNREADABLE || judged.fault == CERTIFICATE_OTHER_KEY)) {
			(void)view_copy(view_of(name), found->damaged_name, sizeof found->damaged_name); /* its length was checked */
		}
		return 0;
	}
	(void)view_copy(view_of(name), found->pem_name, sizeof found->pem_name); /* its length was checked */
	found->certificate = judged.certificate;
	found->is_linked = true;
	return 0;
}

struct search {
	struct inspection *found;
	const struct inspect_place *place;
	struct error *err;
	bool has_failed; /* a file could not be judged; `err` tells */
};

/* Keep the good file whose certificate lasts longest. */
static void visit_candidate(void *context, const char *name)
{
	struct search *search = context;
	const struct disk *disk = search->place->cert_dir;
	char target[PATH_LIMIT];
	struct judged judged = {.fault = CERTIFICATE_UNREADABLE};
	enum disk_kind kind;

	if (!inspect_is_dated(name) && strcmp(name, INSPECT_CURRENT) != 0 && strcmp(name, INSPECT_UPDATED) != 0) {
		return;
	}
	if (disk->look(disk->self, name, &kind, target, search->err) != 0 ||
	    (is_file(kind) && judge_pem(&judged, search->place, name, search->err) != 0)) {
		search->has_failed = true;
		return;
	}
	if (judged.fault == CERTIFICATE_GOOD &&
	    (search->found->pem_name[0] == '\0' || judged.certificate.not_after_s > search->found->certificate.not_after_s)) {
		(void)view_copy(view_of(name), search->found->pem_name, sizeof search->found->pem_name); /* both names are short */
		search->found->certificate = judged.certificate;
	}
}

/*
 * The best of all dated files. One that could not be judged does not matter where another is good; where none is, a new certificate
 * must not be asked for before it is known that there is none.
 */
static int find_best(struct inspection *found, const struct inspect_place *place, struct error *err)
{
	struct search search = {.found = found, .place = place, .err = err};

	if (place->cert_dir->list(place->cert_dir->self, visit_candidate, &search, err) != 0) {
		return -1;
	}
	return search.has_failed && found->pem_name[0] == '\0' ? -1 : 0;
}

/* A symlink is followed to read what it leads to, as kubelet does; written through it is not. */
static bool leads_to_ours(const struct inspect_place *place)
{
	struct buffer text = place->scratch;
	struct error ignored; /* it does not lead to one that can be read */
	bool result = place->host->read_file(place->root, place->kubeconfig_path, &text, NULL, &ignored) == HOST_READ_OK &&
		      kubeconfig_judge(buffer_view(&text), place->current_path, place->json) == KUBECONFIG_OURS;

	buffer_wipe(text.data, text.len);
	return result;
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
	if (kind == DISK_LINK && leads_to_ours(place)) {
		found->has_kubeconfig = true;
		return 0;
	}
	found->kubeconfig_is_taken = true;
	if (!is_file(kind)) {
		return error_set(err, ERROR_DISK, "cannot write %s/%s: it is a %s; name the file itself in [output] kubeconfig",
				 disk->shown, place->kubeconfig_name, kind == DISK_LINK ? "symlink" : "directory or device");
	}
	if (disk->read(disk->self, place->kubeconfig_name, &text, err) != DISK_OK) {
		return -1;
	}
	enum kubeconfig_kind content = kubeconfig_judge(buffer_view(&text), place->current_path, place->json);
	buffer_wipe(text.data, text.len);
	if (text.overflow) {
		return error_set(
			err, ERROR_DISK,
			"cannot replace %s/%s: it is larger than %zu bytes; move it away, or name another file in [output] kubeconfig",
			disk->shown, place->kubeconfig_name, text.capacity - 1);
	}
	if (content == KUBECONFIG_FOREIGN) {
		return error_set(err, ERROR_DISK,
				 "cannot replace %s/%s: it is not a kubeconfig; move it away, or name another file in [output] kubeconfig",
				 disk->shown, place->kubeconfig_name);
	}
	found->has_kubeconfig = content == KUBECONFIG_OURS;
	return 0;
}

/* Where the names are taken that this program and kubelet use on the way. */
static int inspect_leftovers(struct inspection *found, const struct inspect_place *place, struct error *err)
{
	const struct disk *disk = place->cert_dir;
	char target[PATH_LIMIT];
	enum disk_kind kind;

	if (disk->look(disk->self, INSPECT_KEY, &kind, target, err) != 0) {
		return -1;
	}
	found->has_leftover_key = is_file(kind);
	if (disk->look(disk->self, INSPECT_UPDATED, &kind, target, err) != 0) {
		return -1;
	}
	found->updated_is_taken = kind != DISK_MISSING && kind != DISK_LINK;
	return 0;
}

static void conclude(struct inspection *found, const struct inspect_place *place)
{
	if (found->pem_name[0] == '\0') {
		found->verdict = INSPECT_ENROLL;
		return;
	}
	if (found->is_linked && found->has_kubeconfig && found->updated_is_taken) {
		text_format(found->reason, sizeof found->reason, "%s/%s is not a symlink: kubelet could not renew the certificate",
			    place->cert_dir->shown, INSPECT_UPDATED);
	} else if (found->is_linked && !found->has_kubeconfig) {
		text_format(found->reason, sizeof found->reason, "%s/%s %s", place->kubeconfig_dir->shown, place->kubeconfig_name,
			    found->kubeconfig_is_taken ? "does not name the certificate" : "does not exist");
	}
	bool is_valid = found->is_linked && found->has_kubeconfig && !found->updated_is_taken;
	found->verdict = is_valid ? INSPECT_VALID : INSPECT_REPAIR;
}

int inspect_disk(struct inspection *found, struct inspect_place *place, struct error *err)
{
	memset(found, 0, sizeof *found);
	if (inspect_link(found, place, err) != 0) {
		return -1;
	}
	if (!found->is_linked && find_best(found, place, err) != 0) {
		return -1;
	}
	if (inspect_kubeconfig(found, place, err) != 0 || inspect_leftovers(found, place, err) != 0) {
		return -1;
	}
	conclude(found, place);
	return 0;
}
