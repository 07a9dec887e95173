/* SPDX-License-Identifier: Apache-2.0 */
#include "config_keys.h"

#include <string.h>

#include "base64.h"
#include "node.h"
#include "pem.h"
#include "yaml.h"

#define SECONDS_LIMIT 1000000000LL
#define CERT_DIR_MAX  (PATH_LIMIT - 64)

/* The value of a hexadecimal digit, -1 when it is none. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20); /* letters become lower case */
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int config_copy_path(char path[PATH_LIMIT], struct view value, struct error *err)
{
	if (value.len == 0 || value.data[0] != '/') {
		return error_set(err, ERROR_CONFIG, "must be an absolute path");
	}
	if (!yaml_is_text(value)) { /* kubelet.conf will hold it */
		return error_set(err, ERROR_CONFIG, "must be UTF-8");
	}

	struct buffer copy;
	buffer_init(&copy, path, PATH_LIMIT - 1);
	for (size_t i = 0; i < value.len; i++) { /* neither two slashes in a row nor one at the end */
		bool is_superfluous = value.data[i] == '/' && i > 0 && (i + 1 == value.len || value.data[i - 1] == '/');
		buffer_add(&copy, value.data + i, !is_superfluous);
	}
	while (copy.len > 1 && path[copy.len - 1] == '/') {
		copy.len--;
	}
	path[copy.len] = '\0';
	if (copy.overflow) {
		return error_set(err, ERROR_CONFIG, "must be at most %d characters", PATH_LIMIT - 1);
	}
	return 0;
}

static int set_server(struct config *config, struct view value, struct error *err)
{
	if (config->server_count == SERVER_LIMIT) {
		return error_set(err, ERROR_CONFIG, "must be given at most %d times", SERVER_LIMIT);
	}
	if (url_parse(&config->servers[config->server_count], value, err) != 0) {
		return -1;
	}
	config->server_count++;
	return 0;
}

static int set_ca_path(struct config *config, struct view value, struct error *err)
{
	return config_copy_path(config->ca_path, value, err);
}

static int set_ca_data(struct config *config, struct view value, struct error *err)
{
	struct buffer pem;
	struct view body;

	buffer_init(&pem, config->ca_data, sizeof config->ca_data);
	if (base64_parse(&pem, value) != 0 || pem.overflow || !pem_find(buffer_view(&pem), "CERTIFICATE", &body)) {
		return error_set(err, ERROR_CONFIG, "must be the base64 of a PEM certificate (base64 -w0 ca.crt)");
	}
	config->ca_data_len = pem.len;
	return 0;
}

static int set_tls_server_name(struct config *config, struct view value, struct error *err)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._:", c) != NULL)) {
			return error_set(err, ERROR_CONFIG, "must be a DNS name or an IP address");
		}
	}
	if (value.len == 0 || !view_copy(value, config->tls_server_name, sizeof config->tls_server_name)) {
		return error_set(err, ERROR_CONFIG, "must be a DNS name of 1 to %d characters, or an IP address", HOST_LIMIT - 1);
	}
	return 0;
}

static int set_token(struct config *config, struct view value, struct error *err)
{
	return token_parse(&config->token, value, err);
}

static int set_token_path(struct config *config, struct view value, struct error *err)
{
	return config_copy_path(config->token_path, value, err);
}

static int set_node_name(struct config *config, struct view value, struct error *err)
{
	return node_parse_name(config->node_name, value, err);
}

static int set_kubeconfig(struct config *config, struct view value, struct error *err)
{
	if (config_copy_path(config->kubeconfig_path, value, err) != 0) {
		return -1;
	}

	size_t name_len = strlen(strrchr(config->kubeconfig_path, '/') + 1);
	if (name_len == 0 || name_len >= FILE_NAME_LIMIT) {
		return error_set(err, ERROR_CONFIG, "must name a file, with at most %d characters", FILE_NAME_LIMIT - 1);
	}
	return 0;
}

static int set_cert_dir(struct config *config, struct view value, struct error *err)
{
	if (config_copy_path(config->cert_dir, value, err) != 0) {
		return -1;
	}
	if (strlen(config->cert_dir) > CERT_DIR_MAX) { /* the paths of the files in it must fit, too */
		return error_set(err, ERROR_CONFIG, "must be at most %d characters", CERT_DIR_MAX);
	}
	return 0;
}

/* Milliseconds in the unit that `unit` is, 0 when it is none. */
static long long unit_ms(struct view unit)
{
	if (view_equals(unit, "ms")) {
		return 1;
	}
	if (view_equals(unit, "s")) {
		return 1000;
	}
	if (view_equals(unit, "m")) {
		return 60000;
	}
	return view_equals(unit, "h") ? 3600000 : 0;
}

/* "90s", "1h30m", "0" */
static int set_deadline(struct config *config, struct view value, struct error *err)
{
	int64_t total_ms = 0;
	bool is_zero = view_equals(value, "0");
	bool valid = is_zero || value.len > 0;

	while (valid && !is_zero && value.len > 0) {
		size_t digits = 0;
		size_t end;
		long long number;

		while (digits < value.len && value.data[digits] >= '0' && value.data[digits] <= '9') {
			digits++;
		}
		for (end = digits; end < value.len && !(value.data[end] >= '0' && value.data[end] <= '9'); end++) {
		}
		long long ms = unit_ms((struct view){value.data + digits, end - digits});
		valid = ms > 0 && view_parse_number((struct view){value.data, digits}, SECONDS_LIMIT, &number);
		if (valid) {
			total_ms += number * ms;
			valid = total_ms <= SECONDS_LIMIT * 1000;
		}
		value.data += end;
		value.len -= end;
	}
	if (!valid) {
		return error_set(err, ERROR_CONFIG, "must be a duration such as 90s or 1h30m (units ms, s, m, h), or 0 for no limit");
	}
	config->deadline_ms = total_ms;
	return 0;
}

static int set_pin(struct config *config, struct view value, struct error *err)
{
	static const char prefix[] = "sha256:";
	const size_t prefix_len = sizeof prefix - 1;

	if (config->pin_count == PIN_LIMIT) {
		return error_set(err, ERROR_CONFIG, "must be given at most %d times", PIN_LIMIT);
	}
	unsigned char *pin = config->pins[config->pin_count];
	bool valid = view_starts_with(value, prefix) && value.len == prefix_len + 2 * PIN_LEN;
	for (size_t i = 0; valid && i < 2 * PIN_LEN; i++) {
		int digit = hex_digit(value.data[prefix_len + i]);
		valid = digit >= 0;
		pin[i / 2] = (unsigned char)(pin[i / 2] << 4 | (valid ? digit : 0));
	}
	if (!valid) {
		return error_set(err, ERROR_CONFIG, "must be sha256: and 64 hexadecimal digits, as kubeadm prints it");
	}
	config->pin_count++;
	return 0;
}

static int set_proxy(struct config *config, struct view value, struct error *err)
{
	return proxy_parse(&config->proxy, value, err);
}

static int set_bootstrap_path(struct config *config, struct view value, struct error *err)
{
	return config_copy_path(config->bootstrap_path, value, err);
}

static int set_client_certificate_path(struct config *config, struct view value, struct error *err)
{
	return config_copy_path(config->client_certificate_path, value, err);
}

static int set_client_key_path(struct config *config, struct view value, struct error *err)
{
	return config_copy_path(config->client_key_path, value, err);
}

static int set_remove_after_use(struct config *config, struct view value, struct error *err)
{
	config->remove_after_use = view_equals(value, "yes");
	return config->remove_after_use || view_equals(value, "no") ? 0 : error_set(err, ERROR_CONFIG, "must be yes or no");
}

const struct config_key config_keys[] = {
	{set_server, CONFIG_REPEATS, "cluster", "server"},
	{set_ca_path, CONFIG_PLAIN, "cluster", "certificate-authority"},
	{set_ca_data, CONFIG_PLAIN, "cluster", "certificate-authority-data"},
	{set_pin, CONFIG_REPEATS, "cluster", "ca-cert-hash"},
	{set_tls_server_name, CONFIG_PLAIN, "cluster", "tls-server-name"},
	{set_proxy, CONFIG_SECRET, "cluster", "proxy-url"},
	{set_bootstrap_path, CONFIG_PLAIN, "bootstrap", "kubeconfig"},
	{set_token, CONFIG_SECRET, "bootstrap", "token"},
	{set_token_path, CONFIG_SECRET, "bootstrap", "token-file"},
	{set_client_certificate_path, CONFIG_PLAIN, "bootstrap", "client-certificate"},
	{set_client_key_path, CONFIG_SECRET, "bootstrap", "client-key"},
	{set_remove_after_use, CONFIG_PLAIN, "bootstrap", "remove-after-use"},
	{set_node_name, CONFIG_PLAIN, "node", "name"},
	{set_kubeconfig, CONFIG_PLAIN, "output", "kubeconfig"},
	{set_cert_dir, CONFIG_PLAIN, "output", "cert-dir"},
	{set_deadline, CONFIG_PLAIN, "limits", "deadline"},
};

_Static_assert(sizeof config_keys / sizeof config_keys[0] == CONFIG_KEY_COUNT, "config_keys.h");

int config_set(struct config *config, const char *name, struct view value, struct error *err)
{
	size_t i = 0;

	while (strcmp(config_keys[i].name, name) != 0) {
		i++;
	}
	return config_keys[i].set(config, value, err);
}
