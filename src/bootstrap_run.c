/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap.h"
#include "date.h"
#include "pem.h"

/* By which clock the certificates are judged. */
static void format_today(char text[ERROR_TEXT_LIMIT], const struct bootstrap *self)
{
	const struct host *host = self->platform->host;
	char date[DATE_TEXT_LIMIT];

	date_format_text(date, host->calendar_s());
	text_format(text, ERROR_TEXT_LIMIT, "it is %s by %s", date, host->calendar_source());
}

/* The key has led nowhere: the next run asks with a new one. */
static int drop_key(struct bootstrap *self)
{
	struct error ignored; /* the error that is reported is the one that led here */

	(void)install_drop_key(self->platform->cert_dir, &ignored);
	return -1;
}

static enum enroll_state run_exchange(struct bootstrap *self, struct buffer *chain, struct error *err)
{
	struct exchange *exchange = &self->exchange;

	exchange->config = &self->config;
	exchange->identity = &self->identity;
	exchange->host = self->platform->host;
	exchange->crypto = self->platform->crypto;
	exchange->transport = &self->transport;
	exchange->memory = (struct cluster_info_memory){bootstrap_scratch(self), bootstrap_json(self)};
	exchange->deadline_ms = self->deadline_ms;
	buffer_init(chain, self->certificate, sizeof self->certificate);
	return exchange_run(exchange, chain, err);
}

/* The certificate is good, kubelet.conf is missing, and the certificate authority that goes into it is not known. */
static int discover(struct bootstrap *self, struct error *err)
{
	struct buffer unused;

	self->exchange.only_discovers = true;
	return run_exchange(self, &unused, err) == ENROLL_CREATE ? 0 : -1;
}

/* Talk to the API servers; `chain` becomes the certificate. */
static int request_certificate(struct bootstrap *self, struct buffer *chain, struct error *err)
{
	enum enroll_state state = run_exchange(self, chain, err);
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
	char today[ERROR_TEXT_LIMIT];
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
	format_today(today, self);
	(void)error_set(err, ERROR_UNTRUSTED, "cannot use the certificate issued for %s: it %s%s%s", self->identity.csr_name,
			certificate_fault_text(fault), fault == CERTIFICATE_EXPIRED ? ", and " : "",
			fault == CERTIFICATE_EXPIRED ? today : ""); /* gives -1, as drop_key() */
	return drop_key(self);
}

/* From nothing to a dated file with certificate and key. */
static int enroll(struct bootstrap *self, const struct install_place *place, struct error *err)
{
	const struct bootstrap_platform *platform = self->platform;
	struct buffer chain;

	if (identity_load_key(&self->identity, platform->cert_dir, platform->crypto, err) != 0 ||
	    identity_make_request(&self->identity, self->config.node_name, platform->crypto, err) != 0 ||
	    request_certificate(self, &chain, err) != 0 || check_certificate(self, buffer_view(&chain), err) != 0) {
		return -1;
	}
	return install_pem(&self->found, place, buffer_view(&chain), &self->identity.key, err);
}

static void say_outcome(const struct bootstrap *self, const char *outcome)
{
	const struct host *host = self->platform->host;
	const struct certificate *certificate = &self->found.certificate;
	char date[DATE_TEXT_LIMIT];
	char today[ERROR_TEXT_LIMIT];
	char text[ERROR_TEXT_LIMIT];

	date_format_text(date, certificate->not_after_s);
	text_format(text, sizeof text, "%s: certificate valid until %s, %s", self->config.node_name, date, outcome);
	host->say(HOST_NOTICE, text);
	if (certificate->not_before_s > host->calendar_s()) { /* good all the same, see certificate_judge() */
		date_format_text(date, certificate->not_before_s);
		format_today(today, self);
		text_format(text, sizeof text, "the certificate is not valid before %s, and %s; kubelet needs the clock set", date, today);
		host->say(HOST_NOTICE, text);
	}
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

static int sync_all(const struct bootstrap *self, struct error *err)
{
	const struct disk *cert_dir = self->platform->cert_dir;
	const struct disk *kubeconfig_dir = self->platform->kubeconfig_dir;

	return cert_dir->sync(cert_dir->self, err) == 0 ? kubeconfig_dir->sync(kubeconfig_dir->self, err) : -1;
}

/*
 * The bootstrap credential has done its work, now or in an earlier run that did not come to this: it goes when nothing can bring back the
 * state in which it is needed. A file of ours may be among what is removed, under another path: look again.
 */
static int remove_used(struct bootstrap *self, struct error *err)
{
	const struct config *config = &self->config;
	const char *const paths[] = {config->token_path, config->bootstrap_path};
	struct error warning;
	bool is_durable = config->remove_after_use && sync_all(self, &warning) == 0;

	if (!config->remove_after_use) {
		return 0;
	}
	if (!is_durable) {
		self->platform->host->say(HOST_NOTICE, warning.text);
	}
	for (size_t i = 0; is_durable && i < sizeof paths / sizeof paths[0]; i++) {
		if (paths[i][0] != '\0' && self->platform->host->remove_file(self->options->root, paths[i], &warning) != 0) {
			self->platform->host->say(HOST_NOTICE, warning.text);
		}
	}
	return verify(self, err);
}

static int install(struct bootstrap *self, const struct install_place *place, struct error *err)
{
	const struct config *config = &self->config;
	struct kubeconfig kubeconfig = {
		.server = config->servers[config->main_server].text,
		.ca_path = config->ca_path[0] != '\0' ? config->ca_path : NULL,
		.ca_pem = {config->ca_data, config->ca_data_len},
		.proxy = config->proxy.text,
		.tls_server_name = config->tls_server_name,
		.certificate = self->current_path,
	};

	return install_links(&self->found, place, &kubeconfig, err);
}

static int complete(struct bootstrap *self, struct error *err)
{
	struct install_place place = {
		.cert_dir = self->platform->cert_dir,
		.kubeconfig_dir = self->platform->kubeconfig_dir,
		.kubeconfig_name = self->kubeconfig_name,
		.now_s = self->platform->host->calendar_s(),
		.scratch = bootstrap_scratch(self),
	};
	enum inspect_verdict verdict = self->found.verdict;

	if (install_make_room(&self->found, &place, err) != 0) {
		return -1;
	}
	if (verdict == INSPECT_ENROLL && enroll(self, &place, err) != 0) {
		return -1;
	}
	if (!self->found.has_kubeconfig && !config_has_authority(&self->config) && discover(self, err) != 0) {
		return -1;
	}
	if (install(self, &place, err) != 0 || verify(self, err) != 0) {
		return -1;
	}
	self->platform->host->committed();
	clean(self);
	if (remove_used(self, err) != 0) {
		return -1;
	}
	say_outcome(self, verdict == INSPECT_ENROLL ? "files written" : "files repaired");
	return 0;
}

/* A crash came between the last file and this one. */
static void remove_leftover(struct bootstrap *self)
{
	const struct disk *disk = self->platform->cert_dir;
	struct error ignored;

	if (disk->prepare(disk->self, &ignored) == 0 && disk->lock(disk->self, self->platform->host->now_ms(), &ignored) == 0 &&
	    bootstrap_look(self, &ignored) == 0 && self->found.verdict == INSPECT_VALID) {
		clean(self);
	}
}

/*
 * A kubeconfig that is to go may name a token file, which goes with it. This run has not used it, so the name proves nothing: only a file
 * that holds a bootstrap token is taken for one.
 */
static void find_token_file(struct bootstrap *self)
{
	struct config *config = &self->config;
	struct buffer text = bootstrap_scratch(self);
	struct error ignored; /* then that file stays */

	if (!config->remove_after_use || config->token_path[0] != '\0' || config->bootstrap_path[0] == '\0') {
		return;
	}
	if (bootstrap_complete_access(self, &ignored) != 0 ||
	    self->platform->host->read_file(self->options->root, config->token_path, &text, NULL, &ignored) != HOST_READ_OK ||
	    token_parse(&config->token, buffer_view(&text), &ignored) != 0) {
		config->token_path[0] = '\0';
	}
	buffer_wipe(text.data, text.len);
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
	find_token_file(self);
	if (remove_used(self, err) != 0) {
		return -1;
	}
	say_outcome(self, "already valid, nothing to do");
	return 0;
}
