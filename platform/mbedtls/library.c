/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <psa/crypto.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "clock.h"
#include "date.h"
#include "keys.h"
#include "x509.h"

const struct crypto library_crypto = {
	.generate_key = keys_generate,
	.derive_public = keys_derive_public,
	.sign = keys_sign,
	.authenticate = keys_authenticate,
	.take_pin = x509_take_pin,
	.digest = keys_digest,
	.read_certificate = x509_read_certificate,
};

static mbedtls_time_t calendar(mbedtls_time_t *now)
{
	mbedtls_time_t seconds = (mbedtls_time_t)clock_calendar_s();

	if (now != NULL) {
		*now = seconds;
	}
	return seconds;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
	return clock_now_ms();
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *seconds, struct tm *result)
{
	struct date date = date_from_seconds(*seconds);

	memset(result, 0, sizeof *result);
	result->tm_year = date.year - 1900;
	result->tm_mon = date.month - 1;
	result->tm_mday = date.day;
	result->tm_hour = date.hour;
	result->tm_min = date.minute;
	result->tm_sec = date.second;
	return result;
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *output, size_t output_size,
					     size_t *output_length)
{
	(void)context; /* the generator is the kernel's */
	if (clock_random(output, output_size) != 0) {
		return PSA_ERROR_INSUFFICIENT_ENTROPY;
	}
	*output_length = output_size;
	return PSA_SUCCESS;
}

int library_start(struct error *err)
{
	arena_start();
	if (mbedtls_platform_set_time(calendar) != 0 || psa_crypto_init() != PSA_SUCCESS) {
		return error_set(err, ERROR_INTERNAL, "cannot start the crypto library");
	}
	return 0;
}
