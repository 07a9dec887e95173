/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commit protocol: in which order the files come into being, so that no crash leaves something half written that looks whole.
 *
 *   dated pem  ->  symlink  ->  kubelet.conf  ->  key.tmp removed, old files removed
 *
 * Each arrow waits until what stands before it is durable. kubelet.conf is the commit point: kubelet starts with it. A run that finds
 * any state in between goes on from there (inspect.h).
 */
#ifndef INSTALL_H
#define INSTALL_H

#include "disk.h"
#include "inspect.h"
#include "kubeconfig.h"

struct install_place {
	const struct disk *cert_dir;
	const struct disk *kubeconfig_dir;
	const char *kubeconfig_name;
	int64_t now_s;         /* for the names of new files; UTC */
	struct buffer scratch; /* KUBECONFIG_LIMIT bytes */
};

/*
 * Set aside what stands where only the file of the key or kubelet's temporary link may stand, and is neither, such as a directory. A good
 * file of that name (`found->pem_name`) stays for install_links(). To be called first.
 *
 * Returns 0, or -1 with ERROR_DISK.
 */
int install_make_room(const struct inspection *found, const struct install_place *place, struct error *err)
	__attribute__((warn_unused_result));

/*
 * Write certificates and key as a new dated file; its name goes to `found->pem_name`. `chain` is PEM as the API server gave it.
 *
 * Returns 0, or -1 with ERROR_DISK.
 */
int install_pem(struct inspection *found, const struct install_place *place, struct view chain, const struct key *key, struct error *err)
	__attribute__((warn_unused_result));

/*
 * From a good dated file (`found->pem_name`) to the commit point: set aside what is in the way, link, kubelet.conf. What `found` says is
 * there already is left alone.
 *
 * Returns 0, or -1 with ERROR_DISK. Nothing is lost: what is damaged, or stands where the link belongs, is renamed to ".corrupt-<time>",
 * and a kubelet.conf that is replaced leaves a copy, ".replaced-<time>".
 */
int install_links(struct inspection *found, const struct install_place *place, const struct kubeconfig *kubeconfig, struct error *err)
	__attribute__((warn_unused_result));

/*
 * After the commit point: remove what is no longer needed, the key file and all dated files but `current`, which is in use, and the
 * newest two others. Old files that cannot be removed stay.
 *
 * Returns 0, or -1 with ERROR_DISK when the key file cannot be removed.
 */
int install_clean(const struct disk *cert_dir, const char *current, struct error *err);

/* Remove the key file, so that the next run asks for a certificate with a new one. 0, or -1 with ERROR_DISK. */
int install_drop_key(const struct disk *cert_dir, struct error *err);

#endif
