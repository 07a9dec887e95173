/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include "buffer.h"
#include "config.h"

const char options_help[] = "usage: kubelet-bootstrap [--config FILE] [--root DIR] [--check] [--verbose | --quiet]\n"
			    "\n"
			    "Gets this machine its Kubernetes node identity before kubelet starts: a client\n"
			    "certificate, the link to it, and kubelet.conf. Does nothing when they are there.\n"
			    "\n"
			    "  --config FILE  configuration (default " CONFIG_PATH_DEFAULT ")\n"
			    "  --root DIR     take every path named in FILE inside DIR (for an initramfs)\n"
			    "  --check        say what is on disk and whether a bootstrap is needed;\n"
			    "                 open no connection, write nothing\n"
			    "  --verbose      say every step\n"
			    "  --quiet        say errors only\n"
			    "  --version      print the version\n"
			    "  --help         print this text\n"
			    "\n"
			    "exit status:\n"
			    "   0  certificate, link and kubelet.conf are in place (--check: valid)\n"
			    "  64  wrong command line\n"
			    "  69  no API server answered before the deadline; try again\n"
			    "  70  internal error\n"
			    "  73  cannot read or write the disk, or kubelet.conf is no kubeconfig\n"
			    "  75  not approved or issued before the deadline, another run at work, or\n"
			    "      stopped by a signal; the next run resumes\n"
			    "      (--check: a bootstrap is needed)\n"
			    "  76  the API server's identity could not be verified, or it spoke nonsense\n"
			    "  77  refused: credential, permission, request, or CSR denied or failed\n"
			    "  78  bad configuration\n";

/* The value of `--name VALUE` or `--name=VALUE` at argv[*index], which moves on; NULL when that is another option or has none. */
static const char *take_value(const char *name, int argc, char *const argv[], int *index)
{
	size_t len = strlen(name);

	if (strncmp(argv[*index], name, len) != 0) {
		return NULL;
	}
	if (argv[*index][len] == '=') {
		return argv[*index] + len + 1;
	}
	if (argv[*index][len] != '\0' || *index + 1 >= argc) {
		return NULL;
	}
	if (strncmp(argv[*index + 1], "--", 2) == 0) { /* the value was forgotten: the next option is none. --root=--x says it is meant */
		return NULL;
	}
	return argv[++*index];
}

static int take_flag(struct options *options, const char *flag)
{
	if (strcmp(flag, "--check") == 0) {
		options->action = OPTIONS_CHECK;
	} else if (strcmp(flag, "--verbose") == 0 && options->volume != OPTIONS_QUIET) {
		options->volume = OPTIONS_VERBOSE;
	} else if (strcmp(flag, "--quiet") == 0 && options->volume != OPTIONS_VERBOSE) {
		options->volume = OPTIONS_QUIET;
	} else {
		return -1;
	}
	return 0;
}

static int set_root(struct options *options, struct view path, struct error *err)
{
	if (path.len == 0) {
		return error_set(err, ERROR_USAGE, "cannot read the command line: --root needs a directory");
	}
	while (path.len > 0 && path.data[path.len - 1] == '/') {
		path.len--;
	}
	if (!view_copy(path, options->root, sizeof options->root)) {
		return error_set(err, ERROR_USAGE, "cannot read the command line: --root must be at most %d characters", PATH_LIMIT - 1);
	}
	return 0;
}

static int refuse(const char *text, struct error *err)
{
	if (strcmp(text, "--verbose") == 0 || strcmp(text, "--quiet") == 0) {
		return error_set(err, ERROR_USAGE, "cannot read the command line: --verbose and --quiet exclude each other");
	}
	if (strcmp(text, "--config") == 0 || strcmp(text, "--root") == 0) {
		return error_set(err, ERROR_USAGE, "cannot read the command line: %s needs a value", text);
	}
	return error_set(err, ERROR_USAGE, "cannot read the command line: unknown argument \"%s\"; try --help", text);
}

int options_parse(struct options *options, int argc, char *const argv[], struct error *err)
{
	*options = (struct options){.volume = OPTIONS_NORMAL, .config = CONFIG_PATH_DEFAULT, .is_default = true};
	for (int i = 1; i < argc; i++) {
		const char *value;
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "--version") == 0) {
			options->action = argv[i][2] == 'h' ? OPTIONS_HELP : OPTIONS_VERSION;
			return 0;
		}
		if ((value = take_value("--config", argc, argv, &i)) != NULL) {
			options->config = value;
			options->is_default = false;
		} else if ((value = take_value("--root", argc, argv, &i)) != NULL) {
			if (set_root(options, view_of(value), err) != 0) {
				return -1;
			}
		} else if (take_flag(options, argv[i]) != 0) {
			return refuse(argv[i], err);
		}
	}
	if (options->config[0] == '\0') {
		return error_set(err, ERROR_USAGE, "cannot read the command line: --config needs a file name");
	}
	return 0;
}
