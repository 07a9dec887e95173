/* SPDX-License-Identifier: Apache-2.0 */
#include "verify.h"

#include <mbedtls/oid.h>

#include "arena.h"
#include "clock.h"
#include "date.h"
#include "x509.h"

const mbedtls_x509_crt_profile verify_profile = {
	.allowed_mds =
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	.allowed_pks = 0xfffffff, /* the library knows RSA and ECDSA only */
	.allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1),
	.rsa_min_bitlen = 2048,
};

int verify_load(struct verify *verify, struct view pem, const char *source, struct error *err)
{
	size_t count = 0;
	int result;

	mbedtls_x509_crt_free(&verify->authorities);
	while ((result = x509_parse_next(&verify->authorities, &pem)) > 0) {
		count++;
	}
	if (result == 0 && count > 0) {
		return 0;
	}
	if (arena_take_fault()) {
		return error_set(err, ERROR_INTERNAL, "cannot use %s: more certificates than %d bytes of memory hold", source, ARENA_LIMIT);
	}
	return error_set(err, ERROR_CONFIG, "cannot use %s: %s", source,
			 result == 0 ? "it must hold PEM certificates" : "a certificate in it is damaged, or of an unknown kind");
}

void verify_begin(struct verify *verify)
{
	verify->not_before_s = verify->not_after_s = 0;
}

int verify_look(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
	struct verify *verify = context;

	/* The name must stand in a subject alternative name; Mbed TLS would take the common name where there is none. */
	if (depth == 0 && !mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME)) {
		*flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
	}
	int64_t not_before_s = x509_seconds(&certificate->valid_from);
	bool is_expired = (*flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0;
	bool is_latest = (*flags & MBEDTLS_X509_BADCERT_FUTURE) != 0 && not_before_s > verify->not_before_s;
	if (is_expired || (is_latest && verify->not_after_s == 0)) { /* to wait helps where none has expired */
		x509_read_common_name(verify->name, &certificate->subject);
	}
	if (is_expired) {
		verify->not_after_s = x509_seconds(&certificate->valid_to);
	}
	if (is_latest) {
		verify->not_before_s = not_before_s;
	}
	return 0;
}

uint32_t verify_chain(struct verify *verify, mbedtls_x509_crt *chain, const char *name)
{
	uint32_t flags = 0;

	verify_begin(verify);
	(void)mbedtls_x509_crt_verify_with_profile(chain, &verify->authorities, NULL, &verify_profile, name, &flags, verify_look,
						   verify); /* the flags tell: all are set where it fails */
	return flags;
}

static const char *text_of_flags(uint32_t flags)
{
	/* First: what an unsigned certificate says of its name and dates means nothing, and advice on it would help a stranger. */
	if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
		return "its certificate is not signed by the certificate authority";
	}
	if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) {
		return "its certificate is for another name (tls-server-name sets the name that is expected)";
	}
	if ((flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY)) != 0) {
		return "its certificate uses weak cryptography (RSA of 2048 bits, P-256 or P-384, and SHA-256 are the least)";
	}
	return "its certificate is not fit for a server";
}

int verify_explain(const struct verify *verify, uint32_t flags, const char *name, struct error *err)
{
	bool is_early = (flags & MBEDTLS_X509_BADCERT_EXPIRED) == 0;
	char now_text[DATE_TEXT_LIMIT];
	char bound_text[DATE_TEXT_LIMIT];

	if ((flags & ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE)) != 0) { /* what no clock can mend */
		return error_set(err, ERROR_UNTRUSTED, "cannot trust the server as %s: %s", name, text_of_flags(flags));
	}
	date_format_text(now_text, clock_calendar_s());
	date_format_text(bound_text, is_early ? verify->not_before_s : verify->not_after_s);
	return error_set(err, ERROR_UNTRUSTED, "cannot trust the server as %s: certificate \"%s\" is %s %s, and it is %s by %s", name,
			 verify->name, is_early ? "not valid before" : "expired since", bound_text, now_text, clock_calendar_source());
}
