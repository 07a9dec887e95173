/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The straight line of the program: configuration, what is on disk, and where that is not valid, a request, a certificate, files.
 *
 * Pure as all of src/: what it asks of the machine comes in as tables of functions, so a test can run the whole of it in memory.
 */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#include "access.h"
#include "config.h"
#include "exchange.h"
#include "inspect.h"
#include "install.h"
#include "options.h"

/* What it runs on. */
struct bootstrap_platform {
	const struct host *host;
	const struct crypto *crypto;
	struct disk *cert_dir; /* not open yet */
	struct disk *kubeconfig_dir;

	/* Make `transport` ready; see tls_start() in platform/mbedtls/tls.h. */
	int (*start_transport)(struct transport *transport, const struct transport_material *material, struct error *err);
};

/* All its memory. Who owns it calls bootstrap_wipe() when done. */
struct bootstrap {
	const struct options *options;
	const struct bootstrap_platform *platform;
	int64_t deadline_ms; /* INT64_MAX: none */
	struct transport transport;
	unsigned int config_mode; /* permission bits of the configuration file */
	bool has_config;          /* there is one */
	char kubeconfig_name[FILE_NAME_LIMIT];
	char current_path[PATH_LIMIT + FILE_NAME_LIMIT];
	struct identity identity;
	struct inspection found;
	struct config config;
	struct exchange exchange;
	char certificate[PEM_LIMIT];
	char scratch[KUBECONFIG_LIMIT];
	char json[KUBECONFIG_JSON_LIMIT];
};

/*
 * Read the configuration: `self->config`, `self->deadline_ms`. First of all; `self` is zeroed but for options and platform. Where no file
 * is named and the usual one is missing, all is at its default, and the bootstrap kubeconfig the usual one.
 *
 * Returns 0, or -1 with ERROR_CONFIG, or ERROR_DISK: it is there and cannot be read.
 */
int bootstrap_load(struct bootstrap *self, struct error *err) __attribute__((warn_unused_result));

/* Judge what is on disk: `self->found`. Returns 0, or -1 with ERROR_DISK or ERROR_INTERNAL. */
int bootstrap_look(struct bootstrap *self, struct error *err) __attribute__((warn_unused_result));

/*
 * Where `self->found` is not valid: create both directories, take the lock, and judge again, for another run may have done it all. Where
 * none has, read what else is needed (access.h): no further file has to be opened from here on.
 *
 * Returns 0, or -1 with an error of access_complete(), or ERROR_PENDING: the other run is still at work at the deadline.
 */
int bootstrap_prepare(struct bootstrap *self, struct error *err) __attribute__((warn_unused_result));

/*
 * Do what `self->found` says is missing, after bootstrap_prepare(), and nothing when nothing is. On return all is in place.
 *
 * Returns 0, or -1 with an error of any class but ERROR_USAGE.
 */
int bootstrap_run(struct bootstrap *self, struct error *err) __attribute__((warn_unused_result));

/* False when nothing but what is on disk is needed: all is there, or only the link is missing. */
bool bootstrap_needs_access(const struct bootstrap *self);

/*
 * Read what `self->found` makes necessary, and find out whether it is fit for a connection; none is opened, and nothing written. For
 * --check, too. Returns 0, or -1 with an error of access_complete() or of tls_start().
 */
int bootstrap_complete_access(struct bootstrap *self, struct error *err) __attribute__((warn_unused_result));

/* Working memory, empty: of KUBECONFIG_LIMIT and of KUBECONFIG_JSON_LIMIT bytes. */
struct buffer bootstrap_scratch(struct bootstrap *self);
struct buffer bootstrap_json(struct bootstrap *self);

/* Overwrite all secrets. */
void bootstrap_wipe(struct bootstrap *self);

#endif
