/* SPDX-License-Identifier: Apache-2.0 */
/* src/cluster_info.h: the input is the body of a ConfigMap. The MAC is all zeros, so that what lies behind the signature is reached. */
#include "cluster_info.h"
#include "fuzz.h"
#include "pem.h"

static int authenticate(struct view key, struct view message, unsigned char mac[CRYPTO_MAC_LEN], struct error *err)
{
	FUZZ_CHECK(key.len == TOKEN_SECRET_LEN && message.len > 0 && err != NULL);
	memset(mac, 0, CRYPTO_MAC_LEN);
	return 0;
}

/* The first character of the certificate, again and again. */
static enum crypto_result take_pin(unsigned char pin[PIN_LEN], struct view *pem, struct error *err)
{
	struct view body;

	FUZZ_CHECK(err != NULL);
	if (!pem_take(pem, "CERTIFICATE", &body)) {
		return CRYPTO_UNFIT;
	}
	memset(pin, body.len > 1 ? body.data[1] : 0, PIN_LEN);
	return CRYPTO_OK;
}

static const struct crypto crypto = {.authenticate = authenticate, .take_pin = take_pin};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	static char text[KUBECONFIG_LIMIT];
	static char json[KUBECONFIG_JSON_LIMIT];
	struct cluster_info_memory memory;
	struct cluster_info info;
	struct error err;

	memset(&config, 0, sizeof config);
	memset(config.pins[0], 'Q', PIN_LEN);
	config.pin_count = 1;
	FUZZ_CHECK(token_parse(&config.token, view_of("abcdef.0123456789abcdef"), &err) == 0);
	buffer_init(&memory.text, text, sizeof text);
	buffer_init(&memory.json, json, sizeof json);
	fuzz_error_init(&err);
	enum enroll_event event = cluster_info_read(&config, &info, fuzz_view(data, size), memory, &crypto, &err);
	FUZZ_CHECK((event == ENROLL_DISCOVERED) == (config.ca_data_len > 0));
	if (event == ENROLL_DISCOVERED) {
		FUZZ_CHECK(info.pinned.len > 0 && info.pinned.len <= config.ca_data_len && info.server.host[0] != '\0');
		cluster_info_add_server(&config, &info.server);
		FUZZ_CHECK(config.server_count == 1 && config.main_server == 0);
	} else {
		FUZZ_CHECK(event == ENROLL_UNREADY || event == ENROLL_UNTRUSTED);
		fuzz_check_error(&err, -1, ERROR_UNTRUSTED);
	}
	return 0;
}
