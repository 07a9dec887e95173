/* SPDX-License-Identifier: Apache-2.0 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* for the initial value of SHA-512/256, see keys_digest() */
#include "keys.h"

#include <mbedtls/sha512.h>
#include <psa/crypto.h>
#include <string.h>

#include "arena.h"
#include "clock.h"

#define POINT_LEN  65
#define SHA512_LEN 64

static int explain(psa_status_t status, const char *doing, struct error *err)
{
	if (clock_random_fault() != 0) {
		return error_set(err, ERROR_INTERNAL, "cannot %s: no random numbers from the kernel: %s", doing,
				 strerror(clock_random_fault()));
	}
	if (arena_take_fault()) {
		return error_set(err, ERROR_INTERNAL, "cannot %s: out of memory (%d bytes)", doing, ARENA_LIMIT);
	}
	return error_set(err, ERROR_INTERNAL, "cannot %s: PSA status %d", doing, (int)status);
}

static psa_key_attributes_t attributes_of_node_key(void)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

	psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&attributes, 256);
	psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT | PSA_KEY_USAGE_SIGN_MESSAGE);
	return attributes;
}

static psa_status_t import_key(const struct key *key, mbedtls_svc_key_id_t *id)
{
	psa_key_attributes_t attributes = attributes_of_node_key();

	return psa_import_key(&attributes, key->private, sizeof key->private, id);
}

static psa_status_t export_public(struct key *key, mbedtls_svc_key_id_t id)
{
	unsigned char point[POINT_LEN];
	size_t len;
	psa_status_t status = psa_export_public_key(id, point, sizeof point, &len);

	if (status == PSA_SUCCESS) {
		key_set_point(key, point);
	}
	return status;
}

int keys_generate(struct key *key, struct error *err)
{
	psa_key_attributes_t attributes = attributes_of_node_key();
	mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
	size_t len;
	psa_status_t status = psa_generate_key(&attributes, &id);

	if (status == PSA_SUCCESS) {
		status = psa_export_key(id, key->private, sizeof key->private, &len);
	}
	if (status == PSA_SUCCESS) {
		status = export_public(key, id);
	}
	(void)psa_destroy_key(id); /* a volatile key: it lives in the arena only */
	return status == PSA_SUCCESS ? 0 : explain(status, "make a key", err);
}

enum crypto_result keys_derive_public(struct key *key, struct error *err)
{
	mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
	psa_status_t status = import_key(key, &id);

	if (status == PSA_SUCCESS) {
		status = export_public(key, id);
	}
	(void)psa_destroy_key(id); /* as above */
	if (status == PSA_SUCCESS) {
		return CRYPTO_OK;
	}
	if (status == PSA_ERROR_INVALID_ARGUMENT) {
		return CRYPTO_UNFIT;
	}
	(void)explain(status, "read a key", err); /* gives -1 */
	return CRYPTO_FAILED;
}

int keys_sign(const struct key *key, struct view message, unsigned char signature[CSR_SIGNATURE_LEN], struct error *err)
{
	mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
	size_t len;
	psa_status_t status = import_key(key, &id);

	if (status == PSA_SUCCESS) {
		status = psa_sign_message(id, PSA_ALG_ECDSA(PSA_ALG_SHA_256), (const uint8_t *)message.data, message.len, signature,
					  CSR_SIGNATURE_LEN, &len);
	}
	(void)psa_destroy_key(id); /* as above */
	return status == PSA_SUCCESS ? 0 : explain(status, "sign the request", err);
}

int keys_authenticate(struct view key, struct view message, unsigned char mac[CRYPTO_MAC_LEN], struct error *err)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	mbedtls_svc_key_id_t id = MBEDTLS_SVC_KEY_ID_INIT;
	size_t len;

	psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
	psa_set_key_algorithm(&attributes, PSA_ALG_HMAC(PSA_ALG_SHA_256));
	psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
	psa_status_t status = psa_import_key(&attributes, (const uint8_t *)key.data, key.len, &id);
	if (status == PSA_SUCCESS) {
		status = psa_mac_compute(id, PSA_ALG_HMAC(PSA_ALG_SHA_256), (const uint8_t *)message.data, message.len, mac, CRYPTO_MAC_LEN,
					 &len);
	}
	(void)psa_destroy_key(id); /* as above */
	return status == PSA_SUCCESS ? 0 : explain(status, "check a signature", err);
}

/* SHA-512/256 is SHA-512 with another initial value, cut to 32 bytes (FIPS 180-4 §5.3.6.2); PSA does not offer it. */
void keys_digest(struct view message, unsigned char digest[CSR_DIGEST_LEN])
{
	static const uint64_t initial[8] = {
		0x22312194fc2bf72c, 0x9f555fa3c84c64c2, 0x2393b86b6f53b151, 0x963877195940eabd,
		0x96283ee2a88effe3, 0xbe5e1e2553863992, 0x2b0199fc2c85b8aa, 0x0eb72ddc81c52ca2,
	};
	unsigned char whole[SHA512_LEN];
	mbedtls_sha512_context context;

	mbedtls_sha512_init(&context);
	(void)mbedtls_sha512_starts(&context, 0); /* software only: none of the three can fail */
	memcpy(context.state, initial, sizeof initial);
	(void)mbedtls_sha512_update(&context, (const unsigned char *)message.data, message.len);
	(void)mbedtls_sha512_finish(&context, whole);
	mbedtls_sha512_free(&context);
	memcpy(digest, whole, CSR_DIGEST_LEN);
}
