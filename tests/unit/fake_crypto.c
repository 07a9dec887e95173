/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_crypto.h"

#include "base64.h"
#include "pem.h"

struct fake_crypto_state fake_crypto_state;

void fake_crypto_reset(void)
{
	fake_crypto_state = (struct fake_crypto_state){0};
}

static void set_point(struct key *key)
{
	unsigned char point[65] = {0x04};

	for (size_t i = 0; i < KEY_PRIVATE_LEN; i++) {
		point[1 + i] = (unsigned char)(key->private[i] ^ 0x5a);
		point[33 + i] = (unsigned char)(key->private[i] + i);
	}
	key_set_point(key, point);
}

static enum crypto_result derive_public(struct key *key, struct error *err)
{
	static const unsigned char zeros[KEY_PRIVATE_LEN];

	if (fake_crypto_state.derive_fails) {
		(void)error_set(err, ERROR_INTERNAL, "cannot read a key: no luck"); /* gives -1 */
		return CRYPTO_FAILED;
	}
	set_point(key);
	return memcmp(key->private, zeros, sizeof zeros) != 0 ? CRYPTO_OK : CRYPTO_UNFIT;
}

struct key fake_key(unsigned char number)
{
	struct key key;

	memset(key.private, number, sizeof key.private);
	set_point(&key);
	return key;
}

static int generate_key(struct key *key, struct error *err)
{
	if (fake_crypto_state.generate_fails) {
		return error_set(err, ERROR_INTERNAL, "cannot make a key: no luck");
	}
	*key = fake_key(++fake_crypto_state.keys_made);
	return 0;
}

static int sign(const struct key *key, struct view message, unsigned char signature[CSR_SIGNATURE_LEN], struct error *err)
{
	if (fake_crypto_state.sign_fails) {
		return error_set(err, ERROR_INTERNAL, "cannot sign: no luck");
	}
	memset(signature, key->private[0], CSR_SIGNATURE_LEN);
	signature[0] = (unsigned char)message.len;
	return 0;
}

/* Not one-way, but a digest: every byte counts (FNV-1a, once for each byte that is wanted). */
static void digest(struct view message, unsigned char bytes[CSR_DIGEST_LEN])
{
	for (unsigned int i = 0; i < CSR_DIGEST_LEN; i++) {
		uint32_t hash = 2166136261U + i;
		for (size_t at = 0; at < message.len; at++) {
			hash = (hash ^ (unsigned char)message.data[at]) * 16777619U;
		}
		bytes[i] = (unsigned char)(hash >> 24);
	}
}

static enum crypto_result read_certificate(struct certificate *certificate, struct view pem, struct error *err)
{
	struct view body;
	BUFFER(bytes, sizeof(struct certificate) + 1);

	if (fake_crypto_state.read_fails) {
		(void)error_set(err, ERROR_INTERNAL, "cannot read a certificate: no luck"); /* gives -1 */
		return CRYPTO_FAILED;
	}
	if (!pem_find(pem, "CERTIFICATE", &body) || base64_parse(&bytes, body) != 0 || bytes.overflow || bytes.len != sizeof *certificate) {
		return CRYPTO_UNFIT;
	}
	memcpy(certificate, bytes.data, sizeof *certificate);
	return CRYPTO_OK;
}

/* Not a MAC: the sum of both, in every byte. */
static int authenticate(struct view key, struct view message, unsigned char mac[CRYPTO_MAC_LEN], struct error *err)
{
	unsigned char sum = 0;

	if (fake_crypto_state.authenticate_fails) {
		return error_set(err, ERROR_INTERNAL, "cannot check a signature: no luck");
	}
	for (size_t i = 0; i < key.len; i++) {
		sum = (unsigned char)(sum + key.data[i]);
	}
	for (size_t i = 0; i < message.len; i++) {
		sum = (unsigned char)(sum + message.data[i]);
	}
	memset(mac, sum, CRYPTO_MAC_LEN);
	return 0;
}

/* The front of the key. */
static enum crypto_result take_pin(unsigned char pin[PIN_LEN], struct view *pem, struct error *err)
{
	struct certificate certificate;
	struct view body;
	enum crypto_result result = read_certificate(&certificate, *pem, err);

	if (result == CRYPTO_OK) {
		memcpy(pin, certificate.spki, PIN_LEN);
		assert_true(pem_take(pem, "CERTIFICATE", &body));
	}
	return result;
}

const struct crypto fake_crypto = {
	.generate_key = generate_key,
	.derive_public = derive_public,
	.sign = sign,
	.authenticate = authenticate,
	.take_pin = take_pin,
	.digest = digest,
	.read_certificate = read_certificate,
};

struct certificate fake_certificate(const char *node_name, const struct key *key, int64_t not_after_s)
{
	struct certificate certificate;

	memset(&certificate, 0, sizeof certificate); /* what lies between the fields is written out too */
	certificate.has_client_auth = true;
	certificate.not_after_s = not_after_s;
	text_format(certificate.organization, sizeof certificate.organization, "%s", CSR_ORGANIZATION);
	text_format(certificate.common_name, sizeof certificate.common_name, "%s%s", CSR_NODE_PREFIX, node_name);
	text_format(certificate.issuer, sizeof certificate.issuer, "%s", "kubernetes");
	memcpy(certificate.spki, key->spki, KEY_SPKI_LEN);
	return certificate;
}

void fake_certificate_format(struct buffer *buf, const struct certificate *certificate)
{
	pem_format(buf, "CERTIFICATE", (struct view){(const char *)certificate, sizeof *certificate});
}

void fake_pem_format(struct buffer *buf, const struct certificate *certificate, const struct key *key)
{
	fake_certificate_format(buf, certificate);
	key_format_pem(buf, key);
}
