/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the configuration file and what their values may be. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "config.h"

#define CONFIG_KEY_COUNT 16

/* Put one value into `config`. 0, or -1 with ERROR_CONFIG and what is accepted. */
typedef int config_setter(struct config *config, struct view value, struct error *err);

enum config_trait {
	CONFIG_PLAIN,
	CONFIG_REPEATS, /* may be given more than once */
	CONFIG_SECRET,  /* never shown in a message: a secret may stand there, perhaps by mistake */
};

struct config_key {
	config_setter *set;
	enum config_trait trait;
	char section[10]; /* arrays, not pointers: each pointer costs a relocation of 24 bytes beside itself */
	char name[27];
};

/* Keys of one section stand together. */
extern const struct config_key config_keys[]; /* CONFIG_KEY_COUNT of them */

/* Put the value of the first key of that name, which must be known, into `config`. 0, or -1 with ERROR_CONFIG and what is accepted. */
int config_set(struct config *config, const char *name, struct view value, struct error *err) __attribute__((warn_unused_result));

/* Copy an absolute path without superfluous slashes. 0, or -1 with ERROR_CONFIG and what is accepted. */
int config_copy_path(char path[PATH_LIMIT], struct view value, struct error *err) __attribute__((warn_unused_result));

#endif
