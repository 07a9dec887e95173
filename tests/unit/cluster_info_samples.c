/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster_info_samples.h"

#include "base64.h"
#include "exchange_fixture.h"

static struct certificate authority(char digit)
{
	const struct key key = fake_key((unsigned char)(digit - '0'));

	return fake_certificate("", &key, INT64_MAX);
}

const char *sample_authorities(const char *numbers)
{
	BUFFER(pem, CA_LIMIT);

	for (; *numbers != '\0'; numbers++) {
		struct certificate certificate = authority(*numbers);
		fake_certificate_format(&pem, &certificate);
	}
	assert_false(pem.overflow);
	return script_text("%.*s", (int)pem.len, pem.data);
}

const char *sample_cluster_content(const char *server, const char *authorities)
{
	return script_text("apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: %s\n    server: %s\n  name: \"\"\n"
			   "contexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n",
			   encoded(view_of(authorities)), server);
}

const char *sample_signature(const char *content, const char *token)
{
	const char *header = script_text("{\"alg\":\"HS256\",\"kid\":\"%.6s\"}", token);
	unsigned char mac[CRYPTO_MAC_LEN];
	struct error err;
	BUFFER(first, 128);
	BUFFER(input, KUBECONFIG_JSON_LIMIT);
	BUFFER(last, 128);

	base64_format_url(&first, header, strlen(header));
	buffer_add_view(&input, buffer_view(&first));
	buffer_add_text(&input, ".");
	base64_format_url(&input, content, strlen(content));
	assert_int_equal(fake_crypto.authenticate(view_of(token + 7), buffer_view(&input), mac, &err), 0);
	base64_format_url(&last, mac, sizeof mac);
	return script_text("%.*s..%.*s", (int)first.len, first.data, (int)last.len, last.data);
}

const char *sample_cluster_info(const char *content, const char *token, const char *signature)
{
	BUFFER(escaped, KUBECONFIG_JSON_LIMIT);

	for (; *content != '\0'; content++) {
		if (*content == '\n') {
			buffer_add_text(&escaped, "\\n");
		} else {
			buffer_add_text(&escaped, *content == '"' ? "\\" : "");
			buffer_add(&escaped, content, 1);
		}
	}
	assert_false(escaped.overflow);
	const char *signed_by = signature == NULL ? "" : script_text("\"jws-kubeconfig-%.6s\":\"%s\",", token, signature);
	return script_text("{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"cluster-info\"},"
			   "\"data\":{%s\"kubeconfig\":\"%.*s\"}}\n",
			   signed_by, (int)escaped.len, escaped.data);
}

void sample_pin(struct config *config, const char *numbers)
{
	config->pin_count = 0;
	for (; *numbers != '\0'; numbers++) {
		struct certificate certificate = authority(*numbers);
		memcpy(config->pins[config->pin_count++], certificate.spki, PIN_LEN);
	}
}
