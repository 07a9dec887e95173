/* SPDX-License-Identifier: Apache-2.0 */
#include "identity.h"

#include "inspect.h"

#define NAME_INPUT_LIMIT 768 /* base64url of key, subject (at most 265 characters) and usages */

/* CRYPTO_UNFIT: there is no key that can be used, not now and not later. */
static enum crypto_result read_key(struct key *key, const struct disk *cert_dir, const struct crypto *crypto, struct error *err)
{
	char text[KEY_PEM_LIMIT];
	char target[PATH_LIMIT];
	struct buffer pem;
	enum disk_kind kind;
	enum crypto_result result = CRYPTO_UNFIT;

	if (cert_dir->look(cert_dir->self, INSPECT_KEY, &kind, target, err) != 0) {
		return CRYPTO_FAILED;
	}
	if (kind != DISK_FILE) {
		return CRYPTO_UNFIT;
	}
	buffer_init(&pem, text, sizeof text);
	enum disk_result read = cert_dir->read(cert_dir->self, INSPECT_KEY, &pem, err);
	if (read == DISK_FAILED) {
		result = CRYPTO_FAILED;
	} else if (read == DISK_OK && !pem.overflow && key_parse_pem(key->private, buffer_view(&pem)) == 0) {
		result = crypto->derive_public(key, err);
	}
	buffer_wipe(text, sizeof text);
	return result;
}

int identity_load_key(struct identity *identity, const struct disk *cert_dir, const struct crypto *crypto, struct error *err)
{
	char text[KEY_PEM_LIMIT];
	struct buffer pem;

	enum crypto_result found = read_key(&identity->key, cert_dir, crypto, err);
	if (found == CRYPTO_OK) {
		return cert_dir->sync(cert_dir->self, err);
	}
	if (found == CRYPTO_FAILED) {
		return -1;
	}
	if (crypto->generate_key(&identity->key, err) != 0) {
		return -1;
	}
	buffer_init(&pem, text, sizeof text);
	key_format_pem(&pem, &identity->key);
	int result = cert_dir->write(cert_dir->self, INSPECT_KEY, buffer_view(&pem), err);
	buffer_wipe(text, sizeof text);
	return result;
}

int identity_make_request(struct identity *identity, const char *node_name, const struct crypto *crypto, struct error *err)
{
	char text[NAME_INPUT_LIMIT];
	unsigned char digest[CSR_DIGEST_LEN];
	unsigned char signature[CSR_SIGNATURE_LEN];
	struct buffer input;
	struct buffer info;
	struct buffer csr;

	buffer_init(&input, text, sizeof text);
	csr_format_name_input(&input, identity->key.spki, node_name);
	crypto->digest(buffer_view(&input), digest);
	csr_format_name(identity->csr_name, digest);

	buffer_init(&info, text, sizeof text);
	csr_format_info(&info, identity->key.spki, node_name);
	if (crypto->sign(&identity->key, buffer_view(&info), signature, err) != 0) {
		return -1;
	}
	buffer_init(&csr, (char *)identity->csr_der, sizeof identity->csr_der);
	csr_format(&csr, buffer_view(&info), signature);
	identity->csr_der_len = csr.len;
	bool fits = !input.overflow && !info.overflow && !csr.overflow; /* as sizes.h has it */
	return fits ? 0 : error_set(err, ERROR_INTERNAL, "cannot build the certificate request: it is larger than %d bytes", CSR_LIMIT);
}
