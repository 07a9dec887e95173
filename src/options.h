/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. Long options only, as --option VALUE or --option=VALUE. A value that begins with "--" needs the second form: with the
 * first, `--root --check` would be a real run in a directory of that name.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "error.h"
#include "sizes.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK, /* look, report, change nothing */
	OPTIONS_VERSION,
	OPTIONS_HELP,
};

enum options_volume {
	OPTIONS_QUIET,  /* errors only */
	OPTIONS_NORMAL, /* what happened, and what an administrator must do */
	OPTIONS_VERBOSE,
};

struct options {
	enum options_action action;
	enum options_volume volume;
	const char *config;    /* path of the INI file, as given, or: */
	bool is_default;       /* none was given */
	char root[PATH_LIMIT]; /* "" for none; otherwise without a slash at the end */
};

extern const char options_help[];

/*
 * Read `argv` of `argc` texts, the program's name first. The result points into it.
 *
 * Returns 0, or -1 with ERROR_USAGE. --help and --version win over everything behind them.
 */
int options_parse(struct options *options, int argc, char *const argv[], struct error *err) __attribute__((warn_unused_result));

#endif
