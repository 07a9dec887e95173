/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of contents: options, configuration, what is on disk, what is missing. Here the pure code of src/ meets the machine
 * (platform/); errors are printed here and nowhere else.
 */
#include "bootstrap.h"
#include "clock.h"
#include "files.h"
#include "landlock.h"
#include "library.h"
#include "log.h"
#include "machine.h"
#include "notify.h"
#include "report.h"
#include "sandbox.h"
#include "seccomp.h"
#include "stop.h"
#include "tls.h"

#define REPORT_LIMIT 16384

static struct bootstrap bootstrap; /* too large for the stack */
static struct files_dir cert_dir;
static struct files_dir kubeconfig_dir;

static const struct bootstrap_platform platform = {
	.host = &machine_host,
	.crypto = &library_crypto,
	.cert_dir = &cert_dir.disk,
	.kubeconfig_dir = &kubeconfig_dir.disk,
	.start_transport = tls_start,
};

static int print(const char *text, struct error *err)
{
	return log_print(text) == 0 ? 0 : error_set(err, ERROR_DISK, "cannot write to standard output");
}

/* Exit status of --check: 0, ERROR_PENDING when a bootstrap is needed, or what a run would fail with at once; the report says it. */
static int check(struct error *err)
{
	static char text[REPORT_LIMIT]; /* not on the stack of a whole run */
	struct buffer report;
	struct error unprinted;

	if (bootstrap_look(&bootstrap, err) != 0) {
		return -1;
	}
	bool is_valid = bootstrap.found.verdict == INSPECT_VALID;
	bool can_run = bootstrap_complete_access(&bootstrap, err) == 0 || !bootstrap_needs_access(&bootstrap);
	buffer_init(&report, text, sizeof text - 1);
	report_format(&report, &bootstrap, can_run ? NULL : err);
	text[report.len] = '\0';
	if (print(text, &unprinted) != 0) {
		*err = unprinted;
		return -1;
	}
	if (is_valid) {
		return 0;
	}
	return can_run ? ERROR_PENDING : (int)err->class;
}

/* Both directories are there, and all that is configured was read: other files are of no interest from here on. */
static void give_up_files(void)
{
	const struct config *config = &bootstrap.config;
	struct landlock_paths paths = {
		.root = bootstrap.options->root,
		.cert_dir = cert_dir.path,
		.kubeconfig_dir = kubeconfig_dir.path,
		.kubeconfig_file = config->kubeconfig_path,
	};

	if (config->remove_after_use) {
		paths.removed[0] = config->token_path;
		paths.removed[1] = config->bootstrap_path;
	}
	landlock_enter(&paths);
}

static int run(struct error *err)
{
	stop_on_signals();
	notify_extend(bootstrap.deadline_ms);
	if (bootstrap_look(&bootstrap, err) != 0) {
		return -1;
	}
	if (bootstrap.found.verdict != INSPECT_VALID) {
		stop_after(bootstrap.deadline_ms);
		if (bootstrap_prepare(&bootstrap, err) != 0) {
			return -1;
		}
		give_up_files();
	}
	if (bootstrap_run(&bootstrap, err) != 0) {
		return -1;
	}
	notify_ready();
	return 0;
}

/* Exit status, or -1 with `err`. */
static int work(const struct options *options, struct error *err)
{
	if (options->action == OPTIONS_HELP || options->action == OPTIONS_VERSION) {
		return print(options->action == OPTIONS_HELP ? options_help : "kubelet-bootstrap " VERSION "\n", err);
	}
	log_set_volume(options->volume);
	if (options->action == OPTIONS_RUN) {
		notify_start();
	}
	clock_read_floors(options->root);
	files_init_dir(&cert_dir);
	files_init_dir(&kubeconfig_dir);
	bootstrap.options = options;
	bootstrap.platform = &platform;
	if (library_start(err) != 0 || bootstrap_load(&bootstrap, err) != 0) {
		return -1;
	}
	seccomp_enter();
	return options->action == OPTIONS_CHECK ? check(err) : run(err);
}

int main(int argc, char *argv[])
{
	struct options options;
	struct error err;
	int status = -1;

	sandbox_enter();
	(void)clock_now_ms(); /* starts the clock of the deadline */
	log_start();
	if (options_parse(&options, argc, argv, &err) == 0) {
		status = work(&options, &err);
	}
	if (status < 0) {
		log_error(err.text);
		status = (int)err.class;
	}
	bootstrap_wipe(&bootstrap);
	tls_wipe();
	return status;
}
