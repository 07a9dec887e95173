/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "date.h"

#define DAY_S 86400

/* "label:        ", to a column of its own. */
static void add_label(struct buffer *text, const char *label)
{
	static const char column[] = "             ";
	size_t len = view_of(label).len;

	buffer_format(text, "%s:%s", label, column + len + 1);
}

static void add_origin(struct buffer *text, const struct bootstrap *bootstrap, enum config_origin origin)
{
	const char *root = bootstrap->options->root;

	switch (origin) {
	case CONFIG_NOWHERE:
		buffer_add_text(text, "\n");
		break;
	case CONFIG_FILE:
		buffer_format(text, " (%s)\n", bootstrap->options->config);
		break;
	case CONFIG_KUBECONFIG:
		buffer_format(text, " (%s%s)\n", root, bootstrap->config.bootstrap_path);
		break;
	case CONFIG_CREDENTIAL:
		buffer_add_text(text, " (systemd credential)\n");
		break;
	case CONFIG_HOST:
		buffer_add_text(text, " (host name)\n");
		break;
	case CONFIG_DISCOVERED:
		buffer_add_text(text, " (cluster-info)\n");
		break;
	}
}

static void add_servers(struct buffer *text, const struct bootstrap *bootstrap)
{
	const struct config *config = &bootstrap->config;

	for (size_t i = 0; i < config->server_count; i++) {
		add_label(text, "server");
		buffer_add_text(text, config->servers[i].text);
		if (config->proxy.text[0] != '\0') {
			buffer_add_text(text, " by proxy ");
			url_format_host(text, config->proxy.host, config->proxy.port);
		}
		add_origin(text, bootstrap, config->servers_from);
	}
}

/* A setting that is nowhere may stand in a kubeconfig that cannot be used. */
static const char *text_of_absence(const struct config *config)
{
	return config->bootstrap_path[0] != '\0' && config->server_count == 0 ? "not known" : "none";
}

static void add_authority(struct buffer *text, const struct bootstrap *bootstrap)
{
	const struct config *config = &bootstrap->config;
	enum config_origin origin = config->authority_from;

	add_label(text, "authority");
	if (config->ca_path[0] != '\0') {
		buffer_format(text, "%s%s", bootstrap->options->root, config->ca_path);
	} else if (config->ca_data_len > 0) {
		buffer_add_text(text, "embedded");
	} else if (config->pin_count > 0) {
		buffer_add_text(text, "to be discovered in the cluster, pinned by ca-cert-hash");
		origin = CONFIG_FILE;
	} else {
		buffer_add_text(text, text_of_absence(config));
	}
	add_origin(text, bootstrap, origin);
}

static void add_credential(struct buffer *text, const struct bootstrap *bootstrap)
{
	const struct config *config = &bootstrap->config;
	const char *root = bootstrap->options->root;

	add_label(text, "credential");
	if (config->token_path[0] != '\0') {
		buffer_format(text, "token-file %s%s", root, config->token_path);
	} else if (config->token.is_bootstrap) {
		buffer_format(text, "token %.*s", TOKEN_ID_LEN, config->token.text);
	} else if (config->token.text[0] != '\0') {
		buffer_add_text(text, "token");
	} else if (config->client_certificate_path[0] != '\0') {
		buffer_format(text, "client-certificate %s%s", root, config->client_certificate_path);
	} else if (config->client_certificate_len > 0) {
		buffer_add_text(text, "client-certificate, embedded");
	} else {
		buffer_add_text(text, text_of_absence(config));
	}
	add_origin(text, bootstrap, config->credential_from);
}

static void add_certificate(struct buffer *text, const struct bootstrap *bootstrap)
{
	const struct certificate *certificate = &bootstrap->found.certificate;
	int64_t now_s = bootstrap->platform->host->calendar_s();

	add_label(text, "certificate");
	if (bootstrap->found.pem_name[0] == '\0') {
		buffer_add_text(text, "none that is good\n");
		return;
	}
	buffer_format(text, "%s%s/%s\n", bootstrap->options->root, bootstrap->config.cert_dir, bootstrap->found.pem_name);
	add_label(text, "subject");
	buffer_add_clean(text, certificate->common_name);
	buffer_add_text(text, ", issued by ");
	buffer_add_clean(text, certificate->issuer);
	buffer_add_text(text, "\n");
	add_label(text, "expires");
	date_format(text, certificate->not_after_s);
	buffer_format(text, ", %lld days left\n", (long long)((certificate->not_after_s - now_s) / DAY_S));
	if (certificate->not_before_s > now_s) {
		add_label(text, "begins");
		date_format(text, certificate->not_before_s);
		buffer_add_text(text, ", and it is ");
		date_format(text, now_s);
		buffer_format(text, " by %s\n", bootstrap->platform->host->calendar_source());
	}
}

static const char *text_of_verdict(enum inspect_verdict verdict)
{
	switch (verdict) {
	case INSPECT_VALID:
		return "valid";
	case INSPECT_REPAIR:
		return "the files need repair, no request: ";
	case INSPECT_ENROLL:
		return "a bootstrap is needed: ";
	}
	return "";
}

void report_format(struct buffer *text, const struct bootstrap *bootstrap, const struct error *obstacle)
{
	const struct inspection *found = &bootstrap->found;
	bool is_valid = found->verdict == INSPECT_VALID;

	add_label(text, "node");
	buffer_add_text(text, bootstrap->config.node_name);
	add_origin(text, bootstrap, bootstrap->config.name_from);
	add_servers(text, bootstrap);
	add_authority(text, bootstrap);
	add_credential(text, bootstrap);
	add_certificate(text, bootstrap);
	add_label(text, "kubeconfig");
	buffer_format(text, "%s%s%s\n", bootstrap->options->root, bootstrap->config.kubeconfig_path,
		      found->has_kubeconfig ? "" : ", to be written");
	add_label(text, "verdict");
	buffer_add_text(text, text_of_verdict(found->verdict));
	buffer_add_clean(text, is_valid ? "" : found->reason);
	buffer_add_text(text, "\n");
	add_label(text, "next step");
	if (is_valid) {
		buffer_add_text(text, "start kubelet\n");
	} else if (obstacle != NULL) {
		buffer_add_text(text, "mend what is in the way: ");
		buffer_add_clean(text, obstacle->text);
		buffer_add_text(text, "\n");
	} else {
		buffer_add_text(text, "run kubelet-bootstrap\n");
	}
}
