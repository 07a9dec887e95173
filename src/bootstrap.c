/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap.h"

#include <string.h>

#include "date.h"
#include "pem.h"

static struct buffer scratch_of(struct bootstrap *self)
{
	struct buffer scratch;

	buffer_init(&scratch, self->scratch, sizeof self->scratch);
	return scratch;
}

int bootstrap_load(struct bootstrap *self, struct error *err)
{
	const struct host *host = self->platform->host;
	struct config *config = &self->config;
	struct buffer text = scratch_of(self);

	enum host_read read = host->read_file("", self->options->config, &text, NULL, err);
	if (read != HOST_READ_OK) {
		buffer_wipe(text.data, text.len);
		err->class = read == HOST_READ_UNFIT ? ERROR_CONFIG : err->class;
		return -1;
	}
	int result = config_parse(config, self->options->config, buffer_view(&text), err);
	buffer_wipe(text.data, text.len);
	if (result == 0 && config->node_name[0] == '\0') {
		result = host->read_node_name(config->node_name, err);
	}
	self->deadline_ms = config->deadline_ms > 0 ? config->deadline_ms : INT64_MAX;
	return result;
}

static int open_dirs(struct bootstrap *self, struct error *err)
{
	const struct bootstrap_platform *platform = self->platform;
	const char *path = self->config.kubeconfig_path;
	const char *slash = strrchr(path, '/');
	char dir[PATH_LIMIT];

	text_format(dir, sizeof dir, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	text_format(self->kubeconfig_name, sizeof self->kubeconfig_name, "%s", slash + 1);
	text_format(self->current_path, sizeof self->current_path, "%s/%s", self->config.cert_dir, INSPECT_CURRENT);
	if (platform->cert_dir->open(platform->cert_dir, self->options->root, self->config.cert_dir, err) != 0) {
		return -1;
	}
	return platform->kubeconfig_dir->open(platform->kubeconfig_dir, self->options->root, dir, err);
}

static int inspect(struct bootstrap *self, struct error *err)
{
	struct inspect_place place = {
		.cert_dir = self->platform->cert_dir,
		.kubeconfig_dir = self->platform->kubeconfig_dir,
		.kubeconfig_name = self->kubeconfig_name,
		.kubeconfig_path = self->config.kubeconfig_path,
		.root = self->options->root,
		.host = self->platform->host,
		.node_name = self->config.node_name,
		.current_path = self->current_path,
		.now_s = self->platform->host->calendar_s(),
		.crypto = self->platform->crypto,
		.scratch = scratch_of(self),
		.json = {.data = self->json, .capacity = sizeof self->json},
	};

	return inspect_disk(&self->found, &place, err);
}

int bootstrap_look(struct bootstrap *self, struct error *err)
{
	return open_dirs(self, err) == 0 ? inspect(self, err) : -1;
}

/* One run at a time may write. */
static int lock(struct bootstrap *self, struct error *err)
{
	const struct disk *disk = self->platform->cert_dir;

	if (disk->lock(disk->self, self->platform->host->now_ms(), err) == 0) {
		return 0;
	}
	if (err->class == ERROR_PENDING) {
		self->platform->host->say(HOST_NOTICE, "another run is at work; waiting until it ends");
		return disk->lock(disk->self, self->deadline_ms, err);
	}
	return -1;
}

int bootstrap_prepare(struct bootstrap *self, struct error *err)
{
	const struct bootstrap_platform *platform = self->platform;

	if (self->found.reason[0] != '\0') {
		platform->host->say(HOST_DETAIL, self->found.reason);
	}
	if (platform->cert_dir->prepare(platform->cert_dir->self, err) != 0 ||
	    platform->kubeconfig_dir->prepare(platform->kubeconfig_dir->self, err) != 0 || lock(self, err) != 0) {
		return -1;
	}
	return inspect(self, err);
}

static int load_credential(struct bootstrap *self, struct error *err)
{
	struct config *config = &self->config;
	const char *root = self->options->root;
	struct buffer text = scratch_of(self);

	if (config->token.text[0] != '\0') {
		return 0;
	}
	if (config->token_path[0] == '\0') {
		return error_set(err, ERROR_CONFIG, "cannot request a certificate: %s has neither [bootstrap] token nor token-file",
				 self->options->config);
	}
	int result = self->platform->host->read_file(root, config->token_path, &text, NULL, err) == HOST_READ_OK ? 0 : -1;
	if (result == 0 && token_parse(&config->token, buffer_view(&text), err) != 0) {
		result = error_wrap(err, "cannot read the token in %s%s", root, config->token_path);
	}
	buffer_wipe(text.data, text.len);
	return result;
}

static int load_authorities(struct bootstrap *self, struct view *pem, struct error *err)
{
	struct buffer text;

	*pem = (struct view){self->config.ca_data, self->config.ca_data_len};
	if (self->config.ca_path[0] == '\0') {
		return 0;
	}
	buffer_init(&text, self->ca_file, sizeof self->ca_file);
	if (self->platform->host->read_file(self->options->root, self->config.ca_path, &text, NULL, err) != HOST_READ_OK) {
		return -1;
	}
	*pem = buffer_view(&text);
	return 0;
}

/* For messages: where the certificate authorities came from. */
static void format_authorities_name(char name[PATH_LIMIT * 2], const struct bootstrap *self)
{
	if (self->config.ca_path[0] != '\0') {
		text_format(name, PATH_LIMIT * 2, "%s%s", self->options->root, self->config.ca_path);
	} else {
		text_format(name, PATH_LIMIT * 2, "%s", "[cluster] certificate-authority-data");
	}
}

/* The key has led nowhere: the next run asks with a new one. */
static int drop_key(struct bootstrap *self)
{
	struct error ignored; /* the error that is reported is the one that led here */

	(void)install_drop_key(self->platform->cert_dir, &ignored);
	return -1;
}

/* Talk to the API servers; `chain` becomes the certificate. */
static int request_certificate(struct bootstrap *self, struct buffer *chain, struct error *err)
{
	self->exchange.config = &self->config;
	self->exchange.identity = &self->identity;
	self->exchange.host = self->platform->host;
	self->exchange.transport = &self->transport;
	self->exchange.deadline_ms = self->deadline_ms;
	buffer_init(chain, self->certificate, sizeof self->certificate);

	enum enroll_state state = exchange_run(&self->exchange, chain, err);
	if (state == ENROLL_DENIED || state == ENROLL_FAILED) {
		return drop_key(self);
	}
	return state == ENROLL_ISSUED ? 0 : -1;
}

/* The certificates after the first: who is shown them later refuses all when one is damaged. */
static enum crypto_result read_others(struct bootstrap *self, struct view chain, struct error *err)
{
	struct certificate other;
	struct view body;
	enum crypto_result result = CRYPTO_OK;

	for (struct view rest = chain; result == CRYPTO_OK && pem_take(&chain, "CERTIFICATE", &body); rest = chain) {
		struct view block = {rest.data, rest.len - chain.len};
		result = self->platform->crypto->read_certificate(&other, block, err);
	}
	return result;
}

/* What the cluster issued is installed only when it is what was asked for. */
static int check_certificate(struct bootstrap *self, struct view chain, struct error *err)
{
	struct certificate *certificate = &self->found.certificate;
	struct certificate_wanted wanted = {self->config.node_name, self->identity.key.spki, self->platform->host->calendar_s()};
	enum certificate_fault fault = CERTIFICATE_UNREADABLE;
	enum crypto_result read = self->platform->crypto->read_certificate(certificate, chain, err);

	if (read == CRYPTO_OK) {
		fault = certificate_judge(certificate, &wanted);
		read = read_others(self, chain, err);
	}
	if (read == CRYPTO_FAILED) {
		return -1; /* the request is good: the next run resumes it */
	}
	fault = read == CRYPTO_OK ? fault : CERTIFICATE_UNREADABLE;
	if (fault == CERTIFICATE_GOOD) {
		return 0;
	}
	(void)error_set(err, ERROR_UNTRUSTED, "cannot use the certificate issued for %s: it %s", self->identity.csr_name,
			certificate_fault_text(fault)); /* gives -1, as drop_key() */
	return drop_key(self);
}

/* From nothing to a dated file with certificate and key. */
static int enroll(struct bootstrap *self, const struct install_place *place, struct error *err)
{
	const struct bootstrap_platform *platform = self->platform;
	char authorities_name[PATH_LIMIT * 2];
	struct transport_material material = {.authorities_name = authorities_name};
	struct buffer chain;

	format_authorities_name(authorities_name, self);
	if (load_credential(self, err) != 0 || load_authorities(self, &material.authorities, err) != 0 ||
	    platform->start_transport(&self->transport, &material, err) != 0 ||
	    identity_load_key(&self->identity, platform->cert_dir, platform->crypto, err) != 0 ||
	    identity_make_request(&self->identity, self->config.node_name, platform->crypto, err) != 0 ||
	    request_certificate(self, &chain, err) != 0 || check_certificate(self, buffer_view(&chain), err) != 0) {
		return -1;
	}
	return install_pem(&self->found, place, buffer_view(&chain), &self->identity.key, err);
}

static void say_outcome(const struct bootstrap *self, const char *outcome)
{
	char until[32];
	char text[ERROR_TEXT_LIMIT];
	struct buffer date;

	buffer_init(&date, until, sizeof until - 1);
	date_format(&date, self->found.certificate.not_after_s);
	until[date.len] = '\0';
	text_format(text, sizeof text, "%s: certificate valid until %s, %s", self->config.node_name, until, outcome);
	self->platform->host->say(HOST_NOTICE, text);
}

/* What is left over harms nobody: where it cannot be removed, this and later runs are successful all the same. */
static void clean(struct bootstrap *self)
{
	struct error err;

	if (install_clean(self->platform->cert_dir, self->found.pem_name, &err) != 0) {
		self->platform->host->say(HOST_NOTICE, err.text);
	}
}

/* kubelet goes by paths: a directory that was replaced or covered by a mount during the run holds nothing of what was written. */
static int verify(struct bootstrap *self, struct error *err)
{
	if (bootstrap_look(self, err) != 0) {
		return error_wrap(err, "cannot find what was written");
	}
	if (self->found.verdict != INSPECT_VALID) {
		return error_set(err, ERROR_DISK,
				 "cannot find what was written: %s; was a directory replaced, or mounted over, during the run?",
				 self->found.reason);
	}
	return 0;
}

static int complete(struct bootstrap *self, struct error *err)
{
	struct install_place place = {
		.cert_dir = self->platform->cert_dir,
		.kubeconfig_dir = self->platform->kubeconfig_dir,
		.kubeconfig_name = self->kubeconfig_name,
		.now_s = self->platform->host->calendar_s(),
		.scratch = scratch_of(self),
	};
	struct kubeconfig kubeconfig = {
		.server = self->config.servers[0].text,
		.ca_path = self->config.ca_path[0] != '\0' ? self->config.ca_path : NULL,
		.ca_pem = {self->config.ca_data, self->config.ca_data_len},
		.tls_server_name = self->config.tls_server_name,
		.certificate = self->current_path,
		.proxy = "",
	};
	enum inspect_verdict verdict = self->found.verdict;

	if (install_make_room(&self->found, &place, err) != 0) {
		return -1;
	}
	if (verdict == INSPECT_ENROLL && enroll(self, &place, err) != 0) {
		return -1;
	}
	if (install_links(&self->found, &place, &kubeconfig, err) != 0 || verify(self, err) != 0) {
		return -1;
	}
	self->platform->host->committed();
	clean(self);
	say_outcome(self, verdict == INSPECT_ENROLL ? "files written" : "files repaired");
	return 0;
}

/* A crash came between the last file and this one. */
static void remove_leftover(struct bootstrap *self)
{
	const struct disk *disk = self->platform->cert_dir;
	struct error ignored;

	if (disk->prepare(disk->self, &ignored) == 0 && disk->lock(disk->self, self->platform->host->now_ms(), &ignored) == 0 &&
	    inspect(self, &ignored) == 0 && self->found.verdict == INSPECT_VALID) {
		clean(self);
	}
}

int bootstrap_run(struct bootstrap *self, struct error *err)
{
	if (self->found.verdict != INSPECT_VALID) {
		return complete(self, err);
	}
	self->platform->host->committed();
	if (self->found.has_leftover_key) {
		remove_leftover(self);
	}
	say_outcome(self, "already valid, nothing to do");
	return 0;
}

void bootstrap_report(const struct bootstrap *self, struct buffer *text)
{
	const struct inspection *found = &self->found;

	buffer_format(text, "node:        %s\n", self->config.node_name);
	if (found->pem_name[0] != '\0') {
		buffer_format(text, "certificate: %s/%s, valid until ", self->config.cert_dir, found->pem_name);
		date_format(text, found->certificate.not_after_s);
		buffer_add_text(text, ", issued by ");
		buffer_add_clean(text, found->certificate.issuer);
		buffer_add_text(text, "\n");
	} else {
		buffer_add_text(text, "certificate: none that is good\n");
	}
	buffer_format(text, "kubeconfig:  %s%s\n", self->config.kubeconfig_path, found->has_kubeconfig ? "" : " (to be written)");
	if (found->verdict == INSPECT_VALID) {
		buffer_add_text(text, "verdict:     valid\n");
	} else {
		buffer_format(text, "verdict:     %s: ",
			      found->verdict == INSPECT_REPAIR ? "the files need repair, no request" : "a bootstrap is needed");
		buffer_add_clean(text, found->reason);
		buffer_add_text(text, "\n");
	}
}
