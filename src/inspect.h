/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on disk, judged before anything else is done: nothing here writes.
 *
 * Valid means all of: kubelet-client-current.pem is a symlink that leads to a file inside cert-dir; that file holds a certificate and
 * the private key for it, for this node, for client authentication, not expired; kubelet.conf is a kubeconfig that names the symlink
 * as certificate and key; nothing stands in kubelet's way where it renews.
 */
#ifndef INSPECT_H
#define INSPECT_H

#include "certificate.h"
#include "crypto.h"
#include "disk.h"
#include "host.h"

#define INSPECT_CURRENT "kubelet-client-current.pem"
#define INSPECT_UPDATED "kubelet-client-updated.pem" /* client-go certificate_store.go: the link on its way to the name above */
#define INSPECT_KEY     "kubelet-client.key.tmp"

enum inspect_verdict {
	INSPECT_VALID,
	INSPECT_REPAIR, /* a good certificate is there; link or kubelet.conf are not */
	INSPECT_ENROLL, /* no good certificate is there */
};

/* Where to look, and what for. */
struct inspect_place {
	const struct disk *cert_dir;
	const struct disk *kubeconfig_dir;
	const char *kubeconfig_name; /* file name in kubeconfig_dir */
	const char *kubeconfig_path; /* the whole of it, inside `root` */
	const char *root;
	const struct host *host; /* reads it where it is a symlink */
	const char *node_name;
	const char *current_path; /* path of the symlink as it stands in kubelet.conf */
	int64_t now_s;
	const struct crypto *crypto;
	struct buffer scratch; /* memory for one file at a time: KUBECONFIG_LIMIT bytes; private keys pass through it, it is wiped */
	struct buffer json;    /* memory for kubeconfig_judge() */
};

struct inspection {
	enum inspect_verdict verdict;
	char pem_name[FILE_NAME_LIMIT];     /* the good file of the newest certificate; "" when none is good */
	struct certificate certificate;     /* of that file */
	bool is_linked;                     /* INSPECT_CURRENT leads to it */
	bool link_is_taken;                 /* something else than a symlink has the name INSPECT_CURRENT */
	char damaged_name[FILE_NAME_LIMIT]; /* the dated file the link leads to, when it is damaged; "" otherwise */
	bool has_kubeconfig;                /* kubelet.conf is as it must be */
	bool kubeconfig_is_taken;           /* a file has its name that must be set aside */
	bool has_leftover_key;              /* INSPECT_KEY is there */
	bool updated_is_taken;              /* something else than a symlink has the name INSPECT_UPDATED: kubelet could not renew */
	char reason[ERROR_TEXT_LIMIT];      /* for people: what is there, or why it is not valid */
};

/*
 * Look at everything.
 *
 * What cannot be looked at or judged just now is never taken for damaged: that would cost a good certificate. What the disk has lost
 * for good (DISK_LOST) is damaged, or the node would be stuck.
 *
 * Returns 0, or -1 with ERROR_DISK or, from the crypto library, ERROR_INTERNAL: something cannot be looked at or judged, or kubelet.conf
 * cannot be read or is not a kubeconfig (then it is not ours to replace).
 */
int inspect_disk(struct inspection *inspection, struct inspect_place *place, struct error *err) __attribute__((warn_unused_result));

/* True for the name of a dated certificate file, kubelet-client-YYYY-MM-DD-HH-MM-SS.pem. */
bool inspect_is_dated(const char *name);

#endif
