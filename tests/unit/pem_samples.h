/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in cert-dir: files good and bad, links, directories. */
#ifndef PEM_SAMPLES_H
#define PEM_SAMPLES_H

#include "machine_fixture.h"

enum content {
	NOTHING,
	GOOD,               /* for another year */
	GOOD_LONGER,        /* for two */
	GOOD_TO_THE_SECOND, /* expires now */
	NOT_YET_VALID,
	EXPIRED,
	OTHER_NODE,
	OTHER_ORGANIZATION,
	MORE_NAMES,
	NOT_FOR_CLIENTS,
	KEY_OF_ANOTHER,
	OTHER_KIND, /* the certificate is for a key that is not on P-256 */
	KEY_CUT_OFF,
	KEY_ONLY,
	KEY_OUT_OF_RANGE,
	EMPTY,
	ZEROS,
	GARBAGE,
	TOO_LARGE,
	LINK,
	LINK_ABSOLUTE, /* `target` is a name in cert-dir */
	DIRECTORY,
};

struct put {
	const char *name;
	enum content content;
	const char *target;
};

/* The content of a file; MACHINE_NOW_S is now, node-1 with key 1 is us. */
struct view sample_content(enum content content);

/* Put it into the machine's cert-dir. */
void sample_put(const struct put *put);

#endif
