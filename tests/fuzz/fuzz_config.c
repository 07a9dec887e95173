/* SPDX-License-Identifier: Apache-2.0 */
/* src/config.h: the input is a configuration. */
#include "base64.h"
#include "config.h"
#include "fuzz.h"

#define NAME "kubelet-bootstrap.ini"

static void check_path(const char path[PATH_LIMIT], bool is_needed)
{
	FUZZ_CHECK(memchr(path, '\0', PATH_LIMIT) != NULL);
	FUZZ_CHECK(path[0] == '/' || (!is_needed && path[0] == '\0'));
	FUZZ_CHECK(strstr(path, "//") == NULL && (path[0] == '\0' || path[1] == '\0' || path[strlen(path) - 1] != '/'));
}

static void check(const struct config *config)
{
	bool has_kubeconfig = config->bootstrap_path[0] != '\0';

	FUZZ_CHECK((config->server_count >= 1 || has_kubeconfig) && config->server_count <= SERVER_LIMIT);
	for (size_t i = 0; i < config->server_count; i++) {
		FUZZ_CHECK(config->servers[i].host[0] != '\0' && config->servers[i].port != 0);
	}
	check_path(config->ca_path, false);
	check_path(config->token_path, false);
	check_path(config->bootstrap_path, false);
	check_path(config->client_certificate_path, false);
	check_path(config->client_key_path, false);
	check_path(config->kubeconfig_path, true);
	check_path(config->cert_dir, true);
	FUZZ_CHECK(strrchr(config->kubeconfig_path, '/')[1] != '\0');
	FUZZ_CHECK(config->ca_path[0] == '\0' || config->ca_data_len == 0);
	FUZZ_CHECK(config->ca_path[0] != '\0' || config->ca_data_len > 0 || config->pin_count > 0 || has_kubeconfig);
	FUZZ_CHECK(config->pin_count <= PIN_LIMIT && memchr(config->proxy.text, '\0', URL_LIMIT) != NULL);
	FUZZ_CHECK(config->ca_data_len <= CA_LIMIT);
	FUZZ_CHECK((config->token.text[0] != '\0') + (config->token_path[0] != '\0') + (config->client_certificate_path[0] != '\0') <= 1);
	FUZZ_CHECK((config->client_certificate_path[0] != '\0') == (config->client_key_path[0] != '\0'));
	FUZZ_CHECK(config->deadline_ms >= 0 && config->deadline_ms <= INT64_C(1000000000000));
}

static void add_key(struct buffer *ini, const char *key, const char *value)
{
	if (value[0] != '\0') {
		buffer_format(ini, "%s=%s\n", key, value);
	}
}

/* With a slash at the end, since a space there would be taken off. */
static void add_path(struct buffer *ini, const char *key, const char *path)
{
	if (path[0] != '\0') {
		buffer_format(ini, "%s=%s/\n", key, path);
	}
}

static void format(struct buffer *ini, const struct config *config)
{
	buffer_add_text(ini, "[cluster]\n");
	for (size_t i = 0; i < config->server_count; i++) {
		add_key(ini, "server", config->servers[i].text);
	}
	add_path(ini, "certificate-authority", config->ca_path);
	if (config->ca_data_len > 0) {
		buffer_add_text(ini, "certificate-authority-data=");
		base64_format(ini, config->ca_data, config->ca_data_len);
		buffer_add_text(ini, "\n");
	}
	for (size_t i = 0; i < config->pin_count; i++) {
		buffer_add_text(ini, "ca-cert-hash=sha256:");
		for (size_t j = 0; j < PIN_LEN; j++) {
			buffer_format(ini, "%x%x", config->pins[i][j] >> 4U, config->pins[i][j] & 0xfU);
		}
		buffer_add_text(ini, "\n");
	}
	add_key(ini, "tls-server-name", config->tls_server_name);
	add_key(ini, "proxy-url", config->proxy.text);
	buffer_add_text(ini, "[bootstrap]\n");
	add_key(ini, "token", config->token.text);
	add_path(ini, "token-file", config->token_path);
	add_path(ini, "kubeconfig", config->bootstrap_path);
	add_path(ini, "client-certificate", config->client_certificate_path);
	add_path(ini, "client-key", config->client_key_path);
	add_key(ini, "remove-after-use", config->remove_after_use ? "yes" : "no");
	buffer_add_text(ini, "[node]\n");
	add_key(ini, "name", config->node_name);
	buffer_add_text(ini, "[output]\n");
	add_path(ini, "kubeconfig", config->kubeconfig_path);
	add_path(ini, "cert-dir", config->cert_dir);
	buffer_format(ini, "[limits]\ndeadline = %lldms\n", (long long)config->deadline_ms);
}

/* What was read and is written again reads the same. */
static void check_again(const struct config *config)
{
	static struct config again;
	static char memory[2 * KUBECONFIG_LIMIT];
	struct buffer ini;
	struct error err;

	buffer_init(&ini, memory, sizeof memory);
	format(&ini, config);
	FUZZ_CHECK(!ini.overflow);
	memset(&again, 0, sizeof again);
	if (config->deadline_ms <= INT64_C(1000000000)) { /* the greatest number that is accepted */
		FUZZ_CHECK(config_parse(&again, NAME, buffer_view(&ini), &err) == 0);
		FUZZ_CHECK(memcmp(&again, config, sizeof again) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	struct error err;

	memset(&config, 0, sizeof config);
	fuzz_error_init(&err);
	int result = config_parse(&config, NAME, fuzz_view(data, size), &err);
	fuzz_check_error(&err, result, ERROR_CONFIG);
	if (result == 0) {
		check(&config);
		check_again(&config);
	} else {
		FUZZ_CHECK(view_starts_with(view_of(err.text), "cannot read " NAME ":"));
	}
	return 0;
}
