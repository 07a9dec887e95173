/* SPDX-License-Identifier: Apache-2.0 */
/* src/certificate.h with the reader of platform/mbedtls: the input is PEM, or the DER of a certificate. */
#include "certificate.h"
#include "csr.h"
#include "date.h"
#include "fuzz.h"
#include "library.h"
#include "pem.h"
#include "support.h"

static bool is_text(const char *text)
{
	return memchr(text, '\0', CERTIFICATE_NAME_LIMIT) != NULL;
}

static void check_date(int64_t seconds)
{
	struct date date = date_from_seconds(seconds);

	FUZZ_CHECK(date.year >= 0 && date.year <= 9999);
	FUZZ_CHECK(date_to_seconds(&date) == seconds);
}

static void check(const struct certificate *certificate)
{
	unsigned char spki[KEY_SPKI_LEN];
	struct certificate_wanted wanted = {"node-1", spki, 1800000000};

	FUZZ_CHECK(is_text(certificate->organization) && is_text(certificate->common_name) && is_text(certificate->issuer));
	check_date(certificate->not_before_s);
	check_date(certificate->not_after_s);
	support_vector_spki(spki);
	if (certificate_judge(certificate, &wanted) == CERTIFICATE_GOOD) {
		FUZZ_CHECK(strcmp(certificate->organization, CSR_ORGANIZATION) == 0 && certificate->has_client_auth);
		FUZZ_CHECK(strcmp(certificate->common_name, CSR_NODE_PREFIX "node-1") == 0 && !certificate->has_other_name);
		FUZZ_CHECK(memcmp(certificate->spki, spki, sizeof spki) == 0);
		wanted.now_s = certificate->not_after_s;
		FUZZ_CHECK(certificate_judge(certificate, &wanted) == CERTIFICATE_GOOD);
		wanted.now_s++;
		FUZZ_CHECK(certificate_judge(certificate, &wanted) == CERTIFICATE_EXPIRED);
		wanted.node_name = "node-2";
		FUZZ_CHECK(certificate_judge(certificate, &wanted) == CERTIFICATE_OTHER_SUBJECT);
	}
}

static void read(struct view pem)
{
	struct certificate certificate;
	struct certificate again;
	struct error err;

	memset(&certificate, 'x', sizeof certificate);
	memset(&again, 'y', sizeof again);
	enum crypto_result result = library_crypto.read_certificate(&certificate, pem, &err);
	FUZZ_CHECK(result == CRYPTO_OK || result == CRYPTO_UNFIT);
	FUZZ_CHECK(library_crypto.read_certificate(&again, pem, &err) == result);
	FUZZ_CHECK(memcmp(&certificate, &again, sizeof again) == 0);
	if (result == CRYPTO_OK) {
		check(&certificate);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_started;
	struct view text = fuzz_view(data, size);
	struct buffer pem;
	struct error err;

	if (!is_started) {
		FUZZ_CHECK(library_start(&err) == 0);
		is_started = true;
	}
	if (view_starts_with(text, "-----BEGIN")) {
		read(text);
		return 0;
	}
	buffer_init(&pem, malloc(2 * size + 256), 2 * size + 256);
	FUZZ_CHECK(pem.data != NULL);
	pem_format(&pem, "CERTIFICATE", text);
	read(buffer_view(&pem));
	free(pem.data);
	return 0;
}
