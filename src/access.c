/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"

#include <string.h>

#include "cluster_info.h"
#include "config_keys.h"
#include "kubeconfig.h"

#define EXPOSED 066 /* read or written by others than the owner */

static void warn_exposed(const struct access_place *place, const char *root, const char *path, unsigned int mode)
{
	char text[ERROR_TEXT_LIMIT];

	if ((mode & EXPOSED) != 0) {
		text_format(text, sizeof text, "%s%s holds a secret and is open to others (mode 0%d%d%d); chmod 600 closes it", root, path,
			    (int)(mode >> 6 & 7), (int)(mode >> 3 & 7), (int)(mode & 7));
		place->host->say(HOST_NOTICE, text);
	}
}

/* A text of the kubeconfig goes through the same door as that of the configuration file. A path is relative to the kubeconfig. */
static int take(struct config *config, const struct json *mapping, const char *field, bool is_path, struct error *err)
{
	char value[PATH_LIMIT];
	char path[PATH_LIMIT * 2];
	const char *dir = config->bootstrap_path;

	int result = kubeconfig_take_text(value, sizeof value, mapping, field, err);
	bool is_relative = is_path && value[0] != '/';
	text_format(path, sizeof path, "%.*s%s", is_relative ? (int)(strrchr(dir, '/') + 1 - dir) : 0, dir, value);
	const char *key = strcmp(field, "tokenFile") == 0 ? "token-file" : field; /* all others are called the same */
	if (result == 0 && value[0] != '\0' && config_set(config, key, view_of(path), err) != 0) {
		bool is_shown = !is_path && strcmp(field, "proxy-url") != 0 && strchr(value, '@') == NULL; /* user:password@host */
		result = error_wrap(err, "%s%s%s%s", field, is_shown ? " \"" : "", is_shown ? value : "", is_shown ? "\"" : "");
	}
	buffer_wipe(value, sizeof value); /* a proxy's password may stand in it */
	buffer_wipe(path, sizeof path);
	return result;
}

/* Append what a field ending in "-data" holds to memory of `capacity` bytes, of which `len` are used. */
static int take_data(char *memory, size_t capacity, size_t *len, const struct json *mapping, const char *field, struct error *err)
{
	struct buffer data;

	buffer_init(&data, memory, capacity);
	int result = kubeconfig_take_data(&data, mapping, field, err);
	if (result != 0) {
		buffer_wipe(memory, data.len); /* it may be a part of a key, and nobody knows its length any more */
		data.len = 0;
	}
	*len = data.len;
	return result;
}

static int take_cluster(struct config *config, const struct json *cluster, struct error *err)
{
	if (config->server_count == 0) {
		config->servers_from = CONFIG_KUBECONFIG;
		if (take(config, cluster, "server", false, err) != 0) {
			return -1;
		}
	}
	if (config->authority_from == CONFIG_NOWHERE) {
		if (take(config, cluster, "certificate-authority", true, err) != 0 ||
		    take_data(config->ca_data, sizeof config->ca_data, &config->ca_data_len, cluster, "certificate-authority-data", err) !=
			    0) {
			return -1;
		}
		config->authority_from = config_has_authority(config) ? CONFIG_KUBECONFIG : CONFIG_NOWHERE;
	}
	if (config->tls_server_name[0] == '\0' && take(config, cluster, "tls-server-name", false, err) != 0) {
		return -1;
	}
	return config->proxy.text[0] == '\0' ? take(config, cluster, "proxy-url", false, err) : 0;
}

static int take_token(struct config *config, const struct json *user, struct error *err)
{
	char text[TOKEN_LIMIT];
	int result = kubeconfig_take_text(text, sizeof text, user, "token", err);

	if (result == 0 && text[0] != '\0' && token_parse_bearer(&config->token, view_of(text), err) != 0) {
		result = error_wrap(err, "token");
	}
	buffer_wipe(text, sizeof text);
	return result;
}

static int take_user(struct config *config, const struct json *user, struct error *err)
{
	if (take_token(config, user, err) != 0 || take(config, user, "tokenFile", true, err) != 0 ||
	    take(config, user, "client-certificate", true, err) != 0 || take(config, user, "client-key", true, err) != 0 ||
	    take_data(config->client_certificate, sizeof config->client_certificate, &config->client_certificate_len, user,
		      "client-certificate-data", err) != 0 ||
	    take_data(config->client_key, sizeof config->client_key, &config->client_key_len, user, "client-key-data", err) != 0) {
		return -1;
	}
	config->credential_from = config_has_credential(config) ? CONFIG_KUBECONFIG : CONFIG_NOWHERE;
	return 0;
}

/* An earlier run may have removed the kubeconfig after use. */
static bool needs_kubeconfig(const struct config *config, const struct access_place *place)
{
	return place->asks || config->servers_from == CONFIG_NOWHERE || config->authority_from == CONFIG_NOWHERE;
}

static int read_kubeconfig(struct config *config, const struct access_place *place, struct buffer *text, struct json *root,
			   struct error *err)
{
	struct kubeconfig_choice choice;
	bool has_proxy = config->proxy.text[0] != '\0';
	unsigned int mode;

	enum host_read read = place->host->read_file(place->root, config->bootstrap_path, text, &mode, err);
	if (read == HOST_READ_MISSING && place->is_default) {
		return error_set(
			err, ERROR_CONFIG,
			"cannot find a configuration: there is neither %s nor %s%s; write one of them, see kubelet-bootstrap.ini(5)",
			place->config_name, place->root, config->bootstrap_path);
	}
	if (read == HOST_READ_MISSING && !needs_kubeconfig(config, place)) {
		return 0;
	}
	if (read != HOST_READ_OK) {
		return -1;
	}
	if (kubeconfig_read(root, buffer_view(text), place->json, err) != 0 || kubeconfig_choose(&choice, root, err) != 0 ||
	    take_cluster(config, &choice.cluster, err) != 0 ||
	    (config->credential_from == CONFIG_NOWHERE && take_user(config, &choice.user, err) != 0)) {
		return error_wrap(err, "cannot use %s%s", place->root, config->bootstrap_path);
	}
	bool gives_secret = config->credential_from == CONFIG_KUBECONFIG && (config->token.text[0] != '\0' || config->client_key_len > 0);
	if (gives_secret || (!has_proxy && config->proxy.authorization[0] != '\0')) {
		warn_exposed(place, place->root, config->bootstrap_path, mode);
	}
	return 0;
}

static int take_kubeconfig(struct config *config, const struct access_place *place, struct error *err)
{
	struct buffer text = place->text;
	struct json root = {.text = {NULL, 0}};

	if (config->bootstrap_path[0] == '\0') {
		return 0;
	}
	int result = read_kubeconfig(config, place, &text, &root, err);
	buffer_wipe(text.data, text.len);
	buffer_wipe(place->json.data, root.text.len);
	return result;
}

/* From the service manager, where no credential is configured. */
static int take_credential(struct config *config, const struct access_place *place, struct error *err)
{
	char memory[TOKEN_LIMIT];
	struct buffer text;

	if (config->credential_from != CONFIG_NOWHERE) {
		return 0;
	}
	buffer_init(&text, memory, sizeof memory);
	enum host_read read = place->host->read_credential(ACCESS_CREDENTIAL, &text, err);
	int result = read == HOST_READ_OK || read == HOST_READ_MISSING ? 0 : -1;
	if (read == HOST_READ_OK) {
		if (token_parse(&config->token, buffer_view(&text), err) == 0) {
			config->credential_from = CONFIG_CREDENTIAL;
		} else {
			result = error_wrap(err, "cannot use the systemd credential %s", ACCESS_CREDENTIAL);
		}
	}
	buffer_wipe(memory, sizeof memory);
	return result;
}

/* Read a file that is named into memory of `capacity` bytes; "" is none. `is_secret`: others should not read it. */
static int load(char *memory, size_t capacity, size_t *len, const char *path, bool is_secret, const struct access_place *place,
		struct error *err)
{
	struct buffer content;
	unsigned int mode;

	if (path[0] == '\0') {
		return 0;
	}
	buffer_init(&content, memory, capacity);
	if (place->host->read_file(place->root, path, &content, &mode, err) != HOST_READ_OK) {
		buffer_wipe(memory, content.len); /* a part of a secret */
		return -1;
	}
	*len = content.len;
	if (is_secret) {
		warn_exposed(place, place->root, path, mode);
	}
	return 0;
}

static int load_credential(struct config *config, const struct access_place *place, struct error *err)
{
	size_t len = 0;

	if (load(config->client_certificate, sizeof config->client_certificate, &config->client_certificate_len,
		 config->client_certificate_path, false, place, err) != 0 ||
	    load(config->client_key, sizeof config->client_key, &config->client_key_len, config->client_key_path, true, place, err) != 0 ||
	    load(place->text.data, place->text.capacity, &len, config->token_path, true, place, err) != 0) {
		return -1;
	}
	if (config->token_path[0] == '\0') {
		return 0;
	}
	bool is_any = config->credential_from == CONFIG_KUBECONFIG;
	struct view text = {place->text.data, len};
	int result = is_any ? token_parse_bearer(&config->token, text, err) : token_parse(&config->token, text, err);
	buffer_wipe(place->text.data, len);
	return result == 0 ? 0 : error_wrap(err, "cannot read the token in %s%s", place->root, config->token_path);
}

static int check_authority(struct config *config, const struct access_place *place, struct error *err)
{
	struct buffer pinned = place->text; /* all of them may be believed here: they were given */

	if (config->ca_data_len > 0) {
		if (config->pin_count == 0 || cluster_info_check_pins(config, &pinned, place->crypto, err) == ENROLL_DISCOVERED) {
			return 0;
		}
		return error_wrap(err, "cannot use the certificate authority that is given");
	}
	if (config->pin_count == 0) {
		return error_set(err, ERROR_CONFIG,
				 "cannot verify any server: %s%s has no certificate-authority; set it, or ca-cert-hash, in %s", place->root,
				 config->bootstrap_path, place->config_name);
	}
	if (!config->token.is_bootstrap) {
		return error_set(err, ERROR_CONFIG,
				 "cannot discover the certificate authority: ca-cert-hash alone needs a bootstrap token, with which the "
				 "cluster signs; set certificate-authority in %s, or a token",
				 place->config_name);
	}
	config->client_certificate_len = 0; /* the token is enough, and a stranger need not see it */
	return 0;
}

int access_complete(struct config *config, const struct access_place *place, struct error *err)
{
	if ((config->credential_from == CONFIG_FILE && config->token.text[0] != '\0') || config->proxy.authorization[0] != '\0') {
		warn_exposed(place, "", place->config_name, place->mode);
	}
	if ((take_credential(config, place, err) != 0 && place->asks) || take_kubeconfig(config, place, err) != 0) {
		return -1;
	}
	bool has_kubeconfig = config->bootstrap_path[0] != '\0';
	bool needs_credential = place->asks || !config_has_authority(config);
	if (needs_credential && !config_has_credential(config)) {
		bool is_unknown = !config_has_authority(config) && config->pin_count > 0;
		return error_set(err, ERROR_CONFIG,
				 "cannot %s: no %s in %s%s: set [bootstrap] token%s in %s, or the systemd credential " ACCESS_CREDENTIAL
				 "; one is needed: %s",
				 is_unknown ? "discover the certificate authority" : "request a certificate",
				 is_unknown ? "bootstrap token" : "credential", has_kubeconfig ? place->root : "",
				 has_kubeconfig ? config->bootstrap_path : place->config_name,
				 is_unknown ? " or token-file" : ", token-file or client-certificate", place->config_name, place->reason);
	}
	if (!needs_credential && config->ca_path[0] != '\0' && config->pin_count == 0) {
		return 0; /* kubelet.conf names the file, and nobody is asked */
	}
	if (needs_credential && load_credential(config, place, err) != 0) {
		return -1;
	}
	if (load(config->ca_data, sizeof config->ca_data, &config->ca_data_len, config->ca_path, false, place, err) != 0) {
		return -1;
	}
	return check_authority(config, place, err);
}
