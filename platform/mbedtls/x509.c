/* SPDX-License-Identifier: Apache-2.0 */
#include "x509.h"

#include <mbedtls/oid.h>
#include <psa/crypto.h>
#include <string.h>

#include "arena.h"
#include "base64.h"
#include "date.h"
#include "pem.h"

int64_t x509_seconds(const mbedtls_x509_time *time)
{
	struct date date = {time->year, time->mon, time->day, time->hour, time->min, time->sec};

	return date_to_seconds(&date);
}

static bool is_oid(const mbedtls_x509_buf *oid, const char *wanted, size_t len)
{
	return oid->tag == MBEDTLS_ASN1_OID && oid->len == len && memcmp(oid->p, wanted, len) == 0;
}

/* Take an attribute that may be there once. False when it was there before, or does not fit. */
static bool take_attribute(char text[CERTIFICATE_NAME_LIMIT], const mbedtls_x509_name *name)
{
	struct view value = {(const char *)name->val.p, name->val.len};

	return text[0] == '\0' && value.len > 0 && memchr(value.data, '\0', value.len) == NULL &&
	       view_copy(value, text, CERTIFICATE_NAME_LIMIT);
}

static void read_subject(struct certificate *certificate, const mbedtls_x509_name *name)
{
	for (; name != NULL; name = name->next) {
		bool taken = false;
		if (is_oid(&name->oid, MBEDTLS_OID_AT_ORGANIZATION, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_ORGANIZATION))) {
			taken = take_attribute(certificate->organization, name);
		} else if (is_oid(&name->oid, MBEDTLS_OID_AT_CN, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN))) {
			taken = take_attribute(certificate->common_name, name);
		}
		certificate->has_other_name = certificate->has_other_name || !taken;
	}
}

void x509_read_common_name(char text[CERTIFICATE_NAME_LIMIT], const mbedtls_x509_name *name)
{
	text[0] = '\0';
	for (; name != NULL; name = name->next) {
		if (is_oid(&name->oid, MBEDTLS_OID_AT_CN, MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN))) {
			(void)take_attribute(text, name); /* for people only */
		}
	}
}

int x509_parse_next(mbedtls_x509_crt *chain, struct view *pem)
{
	static char der_memory[CERTIFICATE_DER_LIMIT];
	struct buffer der;
	struct view body;

	if (!pem_take(pem, "CERTIFICATE", &body)) {
		return 0;
	}
	buffer_init(&der, der_memory, sizeof der_memory);
	if (base64_parse(&der, body) != 0 || der.overflow) {
		return MBEDTLS_ERR_X509_INVALID_FORMAT;
	}
	int result = mbedtls_x509_crt_parse_der(chain, (const unsigned char *)der.data, der.len);
	return result == 0 ? 1 : result;
}

static enum crypto_result conclude(mbedtls_x509_crt *parsed, int result, struct error *err)
{
	mbedtls_x509_crt_free(parsed);
	if (result != 1 && arena_take_fault()) {
		(void)error_set(err, ERROR_INTERNAL, "cannot read a certificate: out of memory (%d bytes)", ARENA_LIMIT); /* gives -1 */
		return CRYPTO_FAILED;
	}
	return result == 1 ? CRYPTO_OK : CRYPTO_UNFIT;
}

enum crypto_result x509_read_certificate(struct certificate *certificate, struct view pem, struct error *err)
{
	mbedtls_x509_crt parsed;

	memset(certificate, 0, sizeof *certificate);
	mbedtls_x509_crt_init(&parsed);
	int result = x509_parse_next(&parsed, &pem);
	if (result == 1) {
		read_subject(certificate, &parsed.subject);
		x509_read_common_name(certificate->issuer, &parsed.issuer);
		for (const mbedtls_x509_sequence *usage = &parsed.ext_key_usage; usage != NULL; usage = usage->next) {
			certificate->has_client_auth = certificate->has_client_auth || is_oid(&usage->buf, MBEDTLS_OID_CLIENT_AUTH,
											      MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH));
		}
		certificate->not_before_s = x509_seconds(&parsed.valid_from);
		certificate->not_after_s = x509_seconds(&parsed.valid_to);
		if (parsed.pk_raw.len == KEY_SPKI_LEN) {
			memcpy(certificate->spki, parsed.pk_raw.p, KEY_SPKI_LEN);
		}
	}
	return conclude(&parsed, result, err);
}

enum crypto_result x509_take_pin(unsigned char pin[PIN_LEN], struct view *pem, struct error *err)
{
	mbedtls_x509_crt parsed;
	size_t len;

	mbedtls_x509_crt_init(&parsed);
	int result = x509_parse_next(&parsed, pem);
	if (result == 1) {
		(void)psa_hash_compute(PSA_ALG_SHA_256, parsed.pk_raw.p, parsed.pk_raw.len, pin, PIN_LEN,
				       &len); /* in software: cannot fail */
	}
	return conclude(&parsed, result, err);
}
