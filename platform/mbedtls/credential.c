/* SPDX-License-Identifier: Apache-2.0 */
#include "credential.h"

#include <mbedtls/psa_util.h>

#include "arena.h"
#include "base64.h"
#include "pem.h"
#include "x509.h"

#define KEY_DER_LIMIT 4096 /* RSA-4096: 2.4 KB */

static int load_chain(mbedtls_x509_crt *chain, struct view pem)
{
	int result;

	do {
		result = x509_parse_next(chain, &pem);
	} while (result > 0);
	return result == 0 && chain->raw.len > 0 ? 0 : -1;
}

static int load_key(mbedtls_pk_context *key, struct view pem)
{
	static const char *const labels[] = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"};
	static char der_memory[KEY_DER_LIMIT];
	struct buffer der;
	struct view body;
	int result = -1;

	buffer_init(&der, der_memory, sizeof der_memory);
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		if (pem_find(pem, labels[i], &body) && base64_parse(&der, body) == 0 && !der.overflow) {
			result = mbedtls_pk_parse_key(key, (const unsigned char *)der.data, der.len, NULL, 0, mbedtls_psa_get_random,
						      MBEDTLS_PSA_RANDOM_STATE);
			break;
		}
	}
	buffer_wipe(der.data, der.len);
	return result;
}

int credential_load(struct credential_pair *pair, const struct transport_material *material, struct error *err)
{
	const char *name = material->certificate_name;
	const char *fault = NULL;

	if (load_chain(&pair->chain, material->certificate) != 0) {
		fault = "it must hold a PEM certificate, for a key of RSA, P-256 or P-384";
	} else if (load_key(&pair->key, material->key) != 0) {
		name = material->key_name;
		fault = "it must hold a PEM private key, not encrypted: RSA, P-256 or P-384";
	} else if (mbedtls_pk_check_pair(&pair->chain.pk, &pair->key, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE) != 0) {
		return error_set(err, ERROR_CONFIG, "cannot use %s: it is for another key than that in %s", name, material->key_name);
	}
	if (fault == NULL) {
		return 0;
	}
	if (arena_take_fault()) {
		return error_set(err, ERROR_INTERNAL, "cannot use %s: out of memory (%d bytes)", name, ARENA_LIMIT);
	}
	return error_set(err, ERROR_CONFIG, "cannot use %s: %s", name, fault);
}
