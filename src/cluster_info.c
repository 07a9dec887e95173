/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_info.h"

#include <string.h>

#include "base64.h"
#include "json.h"
#include "kubeconfig.h"

static enum enroll_event distrust(struct error *err, const char *text)
{
	error_set(err, ERROR_UNTRUSTED, "cluster-info: %s", text);
	return ENROLL_UNTRUSTED;
}

/*
 * Append the signature that the signer makes of `content` with the token (RFC 7515, HS256, content detached). The header is compared as a
 * text by all who verify it, so it has one form only.
 */
static int format_signature(struct buffer *buf, const struct token *token, struct view content, const struct crypto *crypto,
			    struct error *err)
{
	struct view secret = view_of(token_secret(token));
	unsigned char mac[CRYPTO_MAC_LEN];
	char header[64];

	text_format(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"%.*s\"}", TOKEN_ID_LEN, token->text);
	base64_format_url(buf, header, strlen(header));
	buffer_add_text(buf, ".");

	const size_t head_len = buf->len;
	base64_format_url(buf, content.data, content.len);
	if (buf->overflow) {
		return error_set(err, ERROR_UNTRUSTED, "cluster-info: it is too large");
	}
	if (crypto->authenticate(secret, buffer_view(buf), mac, err) != 0) {
		return -1;
	}
	buf->len = head_len; /* the content is left out */
	buffer_add_text(buf, ".");
	base64_format_url(buf, mac, sizeof mac);
	return 0;
}

/* In constant time. */
static bool is_same(struct view a, struct view b)
{
	unsigned char difference = a.len != b.len;

	for (size_t i = 0; i < a.len && i < b.len; i++) {
		difference = (unsigned char)(difference | (a.data[i] ^ b.data[i]));
	}
	return difference == 0;
}

/* ENROLL_DISCOVERED: `content` is signed with the token. */
static enum enroll_event check_signature(const struct config *config, const struct json *map, struct view content, struct buffer memory,
					 const struct crypto *crypto, struct error *err)
{
	const struct token *token = &config->token;
	struct json signature;
	char path[64];

	text_format(path, sizeof path, "data.jws-kubeconfig-%.*s", TOKEN_ID_LEN, token->text);
	if (!json_find(map, path, &signature)) {
		error_set(
			err, ERROR_UNTRUSTED,
			"cluster-info is not signed for token %.*s: it is unknown, expired or not for signing, or kube-controller-manager "
			"runs without bootstrapsigner",
			TOKEN_ID_LEN, token->text);
		return ENROLL_UNREADY;
	}
	if (format_signature(&memory, token, content, crypto, err) != 0) {
		return err->class == ERROR_INTERNAL ? ENROLL_BROKEN : ENROLL_UNTRUSTED;
	}
	if (!is_same(signature.text, buffer_view(&memory))) { /* base64url has no character that JSON escapes */
		error_set(err, ERROR_UNTRUSTED, "cluster-info: the signature does not fit; is the secret of token %.*s right?",
			  TOKEN_ID_LEN, token->text);
		return ENROLL_UNREADY;
	}
	return ENROLL_DISCOVERED;
}

static bool is_pinned(const struct config *config, const unsigned char pin[PIN_LEN])
{
	size_t i = 0;

	while (i < config->pin_count && memcmp(pin, config->pins[i], PIN_LEN) != 0) {
		i++;
	}
	return i < config->pin_count;
}

enum enroll_event cluster_info_check_pins(const struct config *config, struct buffer *pinned, const struct crypto *crypto,
					  struct error *err)
{
	struct view pem = {config->ca_data, config->ca_data_len};
	const char *begin = pem.data;
	unsigned char pin[PIN_LEN];
	enum crypto_result result;

	while ((result = crypto->take_pin(pin, &pem, err)) == CRYPTO_OK) {
		if (is_pinned(config, pin)) {
			buffer_add(pinned, begin, (size_t)(pem.data - begin));
		}
		begin = pem.data;
	}
	if (result == CRYPTO_FAILED) {
		return ENROLL_BROKEN;
	}
	if (pinned->len > 0) {
		return ENROLL_DISCOVERED;
	}
	error_set(err, ERROR_UNTRUSTED, "no certificate authority has a public key that ca-cert-hash pins");
	return ENROLL_UNTRUSTED;
}

/* Server and authorities, after the signature was found good. */
static enum enroll_event read_content(struct config *config, struct cluster_info *info, struct view content, struct buffer memory,
				      const struct crypto *crypto, struct error *err)
{
	char text[URL_LIMIT];
	struct json root;
	struct json cluster;
	struct buffer authorities;

	buffer_init(&authorities, config->ca_data, sizeof config->ca_data);
	if (kubeconfig_read(&root, content, memory, err) != 0 || kubeconfig_choose_cluster(&cluster, &root, err) != 0 ||
	    kubeconfig_take_text(text, sizeof text, &cluster, "server", err) != 0 || url_parse(&info->server, view_of(text), err) != 0 ||
	    kubeconfig_take_data(&authorities, &cluster, "certificate-authority-data", err) != 0) {
		error_wrap(err, "cluster-info");
		err->class = ERROR_UNTRUSTED;
		return ENROLL_UNTRUSTED;
	}
	config->ca_data_len = authorities.len;
	enum enroll_event event = cluster_info_check_pins(config, &memory, crypto, err); /* what was read is in its place */
	info->pinned = buffer_view(&memory);
	if (event != ENROLL_DISCOVERED) {
		config->ca_data_len = 0;
		error_wrap(err, "cluster-info");
	}
	return event;
}

enum enroll_event cluster_info_read(struct config *config, struct cluster_info *info, struct view body, struct cluster_info_memory memory,
				    const struct crypto *crypto, struct error *err)
{
	struct json map;
	struct json text;

	if (json_parse(&map, body) != 0 || !json_find(&map, "data.kubeconfig", &text)) {
		return distrust(err, "it has no kubeconfig");
	}
	json_add_string(&memory.text, &text);
	if (memory.text.overflow) {
		return distrust(err, "it is too large");
	}

	struct view content = buffer_view(&memory.text);
	enum enroll_event event = check_signature(config, &map, content, memory.json, crypto, err);
	return event == ENROLL_DISCOVERED ? read_content(config, info, content, memory.json, crypto, err) : event;
}

void cluster_info_add_server(struct config *config, const struct url *server)
{
	size_t i = 0;

	while (i < config->server_count && strcmp(config->servers[i].text, server->text) != 0) {
		i++;
	}
	config->servers[i] = *server;
	config->server_count += i == config->server_count;
	config->main_server = i;
	config->servers_from = config->authority_from = CONFIG_DISCOVERED;
}
