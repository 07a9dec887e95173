/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap.h"

#include <string.h>

struct buffer bootstrap_scratch(struct bootstrap *self)
{
	struct buffer scratch;

	buffer_init(&scratch, self->scratch, sizeof self->scratch);
	return scratch;
}

struct buffer bootstrap_json(struct bootstrap *self)
{
	struct buffer json;

	buffer_init(&json, self->json, sizeof self->json);
	return json;
}

/* The text of the configuration file, which holds the token perhaps. */
static int read_config(struct bootstrap *self, struct buffer *text, struct error *err)
{
	const struct options *options = self->options;
	enum host_read read = self->platform->host->read_file("", options->config, text, &self->config_mode, err);

	self->has_config = read != HOST_READ_MISSING || !options->is_default;
	if (!self->has_config) {
		config_set_defaults(&self->config);
		(void)view_copy(view_of(CONFIG_BOOTSTRAP_DEFAULT), self->config.bootstrap_path, PATH_LIMIT); /* it fits */
		return 0;
	}
	if (read != HOST_READ_OK) {
		err->class = read == HOST_READ_FAILED ? ERROR_DISK : ERROR_CONFIG;
		return -1;
	}
	return config_parse(&self->config, options->config, buffer_view(text), err);
}

int bootstrap_load(struct bootstrap *self, struct error *err)
{
	struct config *config = &self->config;
	char origin[ERROR_TEXT_LIMIT];
	struct buffer text = bootstrap_scratch(self);
	int result = read_config(self, &text, err);

	buffer_wipe(text.data, text.len);
	if (result == 0 && config->node_name[0] == '\0') {
		config->name_from = CONFIG_HOST;
		result = self->platform->host->read_node_name(config->node_name, err);
	}
	if (result == 0) {
		text_format(origin, sizeof origin, "the node's name is %s, as %s says", config->node_name,
			    config->name_from == CONFIG_HOST ? "the host name" : self->options->config);
		self->platform->host->say(HOST_DETAIL, origin);
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
		.scratch = bootstrap_scratch(self),
		.json = bootstrap_json(self),
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

/* For messages: where the certificate authorities came from. */
static void format_authorities_name(char name[PATH_LIMIT * 2], const struct bootstrap *self)
{
	const struct config *config = &self->config;
	bool is_ours = config->authority_from == CONFIG_FILE;

	if (config->ca_path[0] != '\0') {
		text_format(name, PATH_LIMIT * 2, "%s%s", self->options->root, config->ca_path);
	} else {
		text_format(name, PATH_LIMIT * 2, "certificate-authority-data of %s%s", is_ours ? "" : self->options->root,
			    is_ours ? self->options->config : config->bootstrap_path);
	}
}

/* The same for one of the files of the client, or its "-data" in the kubeconfig. */
static void format_client_name(char name[PATH_LIMIT * 2], const struct bootstrap *self, const char *path, const char *field)
{
	text_format(name, PATH_LIMIT * 2, "%s%s%s%s", path[0] != '\0' ? "" : field, path[0] != '\0' ? "" : " of ", self->options->root,
		    path[0] != '\0' ? path : self->config.bootstrap_path);
}

/* No connection is opened yet, but what is not fit for one is found. */
static int start_transport(struct bootstrap *self, struct error *err)
{
	const struct config *config = &self->config;
	char authorities_name[PATH_LIMIT * 2];
	char certificate_name[PATH_LIMIT * 2];
	char key_name[PATH_LIMIT * 2];
	struct transport_material material = {
		.authorities = {config->ca_data, config->ca_data_len},
		.authorities_name = authorities_name,
		.certificate = {config->client_certificate, config->client_certificate_len},
		.certificate_name = certificate_name,
		.key = {config->client_key, config->client_key_len},
		.key_name = key_name,
	};

	format_authorities_name(authorities_name, self);
	format_client_name(certificate_name, self, config->client_certificate_path, "client-certificate-data");
	format_client_name(key_name, self, config->client_key_path, "client-key-data");
	return self->platform->start_transport(&self->transport, &material, err);
}

bool bootstrap_needs_access(const struct bootstrap *self)
{
	return self->found.pem_name[0] == '\0' || !self->found.has_kubeconfig;
}

int bootstrap_complete_access(struct bootstrap *self, struct error *err)
{
	struct access_place place = {
		.host = self->platform->host,
		.crypto = self->platform->crypto,
		.root = self->options->root,
		.config_name = self->options->config,
		.is_default = !self->has_config,
		.mode = self->config_mode,
		.asks = self->found.verdict == INSPECT_ENROLL,
		.reason = self->found.reason,
		.text = bootstrap_scratch(self),
		.json = bootstrap_json(self),
	};

	if (access_complete(&self->config, &place, err) != 0) {
		return -1;
	}
	return place.asks || !config_has_authority(&self->config) ? start_transport(self, err) : 0;
}

int bootstrap_prepare(struct bootstrap *self, struct error *err)
{
	const struct bootstrap_platform *platform = self->platform;

	if (self->found.reason[0] != '\0') {
		platform->host->say(HOST_DETAIL, self->found.reason);
	}
	if (platform->cert_dir->prepare(platform->cert_dir->self, err) != 0 ||
	    platform->kubeconfig_dir->prepare(platform->kubeconfig_dir->self, err) != 0 || lock(self, err) != 0 ||
	    inspect(self, err) != 0) {
		return -1;
	}
	return bootstrap_needs_access(self) ? bootstrap_complete_access(self, err) : 0;
}

void bootstrap_wipe(struct bootstrap *self)
{
	buffer_wipe(self->config.token.text, strlen(self->config.token.text));
	buffer_wipe(self->config.proxy.text, strlen(self->config.proxy.text));
	buffer_wipe(self->config.proxy.authorization, strlen(self->config.proxy.authorization));
	buffer_wipe(self->config.client_key, self->config.client_key_len);
	buffer_wipe(&self->identity.key, sizeof self->identity.key);
}
