/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a server that is not to be trusted, by the year. The certificates were made once, with Go's crypto/x509, and are valid
 * from January 1 to January 1:
 *
 *   authority "cluster" 2020 to 2040        short_authority "short" 2029 to 2031
 *     intermediate "between" 2032 to 2038     server_of_the_short_one "leaf" 2025 to 2030
 *       server_below "below" 2034 to 2036
 *       server_before_its_issuer "hasty" 2021 to 2120
 *     server "server" 2030 to 2120          stranger "cluster" 2020 to 2040: another key
 *
 * The servers are all called api.example.
 */
#define _GNU_SOURCE
#include "support.h"

#include <stdio.h>
#include <time.h>

#include "date.h"
#include "library.h"
#include "verify.h"
#include "x509.h"

static const char authority[] = "-----BEGIN CERTIFICATE-----\n"
				"MIIBVTCB+6ADAgECAgEBMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMTB2NsdXN0ZXIw\n"
				"HhcNMjAwMTAxMDAwMDAwWhcNNDAwMTAxMDAwMDAwWjASMRAwDgYDVQQDEwdjbHVz\n"
				"dGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7G96zR2RsqsEtR5wbq7vez+b\n"
				"fNtltLzk1up+YFSY+3uGunpf7+3mG5Rgasc5az1pw9pFhOREhdm/J1VdFmR+kKNC\n"
				"MEAwDgYDVR0PAQH/BAQDAgIEMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFKK6\n"
				"C9YLQcT2FvIXyApeWLbPcREYMAoGCCqGSM49BAMCA0kAMEYCIQDFZovuJ3ASljvE\n"
				"Aw3lVzNf9dOx6QZvvLcDClkmVQCP4gIhALis/wBbfif2QJ7ez27UK5HQghdQjlTN\n"
				"bwuazuIeaHq+\n"
				"-----END CERTIFICATE-----\n";

static const char short_authority[] = "-----BEGIN CERTIFICATE-----\n"
				      "MIIBUDCB96ADAgECAgECMAoGCCqGSM49BAMCMBAxDjAMBgNVBAMTBXNob3J0MB4X\n"
				      "DTI5MDEwMTAwMDAwMFoXDTMxMDEwMTAwMDAwMFowEDEOMAwGA1UEAxMFc2hvcnQw\n"
				      "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ/VTlwCqDgOj7KlrsV+6sJwB2yE60y\n"
				      "gCfnOnbLx9Vy4VQjVPDX5Ni2PQYMut3pxM9WnK7sNmyv3dguW8kWIyeNo0IwQDAO\n"
				      "BgNVHQ8BAf8EBAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUkMM8qprZ\n"
				      "p/nIKcoJHdgzwqVrSuIwCgYIKoZIzj0EAwIDSAAwRQIhAKwMlkjBZWG4R7n3BiZ9\n"
				      "33hCb2lvA0wqhaYuuLKFUi0mAiAKW8djKXa7rNTdEJ7BjKbaiOp3Et7PLNN1aIRl\n"
				      "6oN3Kg==\n"
				      "-----END CERTIFICATE-----\n";

static const char intermediate[] = "-----BEGIN CERTIFICATE-----\n"
				   "MIIBdzCCARygAwIBAgIBAzAKBggqhkjOPQQDAjASMRAwDgYDVQQDEwdjbHVzdGVy\n"
				   "MB4XDTMyMDEwMTAwMDAwMFoXDTM4MDEwMTAwMDAwMFowEjEQMA4GA1UEAxMHYmV0\n"
				   "d2VlbjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKp7niaBbih0rAXJkMtCya3b\n"
				   "ZHb71DCIfnnjxuN+BFwHP2T6KbzyQnvIJQ9+Y/+/aJfKoVlUHCwgSQ4VdztcI/uj\n"
				   "YzBhMA4GA1UdDwEB/wQEAwICBDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQZ\n"
				   "qKSBFVkUc2WzT7IjS249yDmTzDAfBgNVHSMEGDAWgBSiugvWC0HE9hbyF8gKXli2\n"
				   "z3ERGDAKBggqhkjOPQQDAgNJADBGAiEAyS7acg7K32M5vG8UMnDIt04ZIwxsy8wY\n"
				   "92HYHYvSVPUCIQCCIaKb9ASqrXFopIjG9TIFXEta/XVM2eqoRFN2zRoS2Q==\n"
				   "-----END CERTIFICATE-----\n";

static const char server[] = "-----BEGIN CERTIFICATE-----\n"
			     "MIIBgjCCASigAwIBAgIBBDAKBggqhkjOPQQDAjASMRAwDgYDVQQDEwdjbHVzdGVy\n"
			     "MCAXDTMwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjARMQ8wDQYDVQQDEwZz\n"
			     "ZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQsTeSgAiAi0DzHHtAqrDzG\n"
			     "sfPZMomcl2Dy6ZX1tpjet+FWeb9zDbAX4xXJ9SgtLqxidBnWLTDRRYavDSJwHgmQ\n"
			     "o24wbDAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0T\n"
			     "AQH/BAIwADAfBgNVHSMEGDAWgBSiugvWC0HE9hbyF8gKXli2z3ERGDAWBgNVHREE\n"
			     "DzANggthcGkuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiEAnSKRpMBGb3RU28QB\n"
			     "QEVXiJw6jKPzPLErpc+9rITFss0CIGtOpnPThhFuTFVxrkoaVDhhS1qfNT0AljHm\n"
			     "QapL/IKf\n"
			     "-----END CERTIFICATE-----\n";

static const char server_of_the_short_one[] = "-----BEGIN CERTIFICATE-----\n"
					      "MIIBezCCASKgAwIBAgIBBTAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDEwVzaG9ydDAe\n"
					      "Fw0yNTAxMDEwMDAwMDBaFw0zMDAxMDEwMDAwMDBaMA8xDTALBgNVBAMTBGxlYWYw\n"
					      "WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQzLSYZCJ/GVXGz8pZ8RDT63H4i6CxS\n"
					      "RmI6lT7sXoV4Pyh5CBMiidTF49SBAYEyLVJNeawwofnS1jNPGU43Vr/Zo24wbDAO\n"
					      "BgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0TAQH/BAIw\n"
					      "ADAfBgNVHSMEGDAWgBSQwzyqmtmn+cgpygkd2DPCpWtK4jAWBgNVHREEDzANggth\n"
					      "cGkuZXhhbXBsZTAKBggqhkjOPQQDAgNHADBEAiBsGC8iAd0CVeAzdjQrGmKHUMid\n"
					      "TYs4MQwpSkNTqM/0CgIgZpKSsbi9nKpTfOTv4J7BEo9KjIQLXrcT7JOPECYxa6Q=\n"
					      "-----END CERTIFICATE-----\n";

static const char server_below[] = "-----BEGIN CERTIFICATE-----\n"
				   "MIIBgDCCASWgAwIBAgIBBjAKBggqhkjOPQQDAjASMRAwDgYDVQQDEwdiZXR3ZWVu\n"
				   "MB4XDTM0MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowEDEOMAwGA1UEAxMFYmVs\n"
				   "b3cwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQCyWQ8S/NGGL1mSLu7tD4vMdTF\n"
				   "SDCxOtEZilxgYI+n1nVnE86f0eqI4kUzm7vfwEfwOR8zVhBbiD9UNc0u6Qu7o24w\n"
				   "bDAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwEwDAYDVR0TAQH/\n"
				   "BAIwADAfBgNVHSMEGDAWgBQZqKSBFVkUc2WzT7IjS249yDmTzDAWBgNVHREEDzAN\n"
				   "ggthcGkuZXhhbXBsZTAKBggqhkjOPQQDAgNJADBGAiEAiVNWSpajg4Q3d/RPyS+m\n"
				   "zuaAZvdEVUWS/H7wCTC/hn8CIQCqK59YJT7IKNTFXXAbIPpjUNI/CuT9ZTgVb/CG\n"
				   "LGS5WQ==\n"
				   "-----END CERTIFICATE-----\n";

static const char server_before_its_issuer[] = "-----BEGIN CERTIFICATE-----\n"
					       "MIIBgTCCASegAwIBAgIBBzAKBggqhkjOPQQDAjASMRAwDgYDVQQDEwdiZXR3ZWVu\n"
					       "MCAXDTIxMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAQMQ4wDAYDVQQDEwVo\n"
					       "YXN0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDk8OnjrQ1VnQaWj5OnqVBS7\n"
					       "6uR09UIuBJi3IYR0C1BnWhgUGcZrL+bH8I5/7GaQsXTrWVyNnFRa7UD+Sliljpyj\n"
					       "bjBsMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDATAMBgNVHRMB\n"
					       "Af8EAjAAMB8GA1UdIwQYMBaAFBmopIEVWRRzZbNPsiNLbj3IOZPMMBYGA1UdEQQP\n"
					       "MA2CC2FwaS5leGFtcGxlMAoGCCqGSM49BAMCA0gAMEUCIQCpIFL1HqyIjjASVtaG\n"
					       "8bjXq5wMfDTyxpxk4870/yIhFAIgFtehj/P2mCfdT2bxJmVzIqMTLylPo4FiVFe9\n"
					       "LFzW5JM=\n"
					       "-----END CERTIFICATE-----\n";

static const char stranger[] = "-----BEGIN CERTIFICATE-----\n"
			       "MIIBVTCB+6ADAgECAgEIMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMTB2NsdXN0ZXIw\n"
			       "HhcNMjAwMTAxMDAwMDAwWhcNNDAwMTAxMDAwMDAwWjASMRAwDgYDVQQDEwdjbHVz\n"
			       "dGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENzwdGsC+srJ8e/VtScqy57XF\n"
			       "Sff6D/+ARkAAuyjXm/UuvRbV+8azJvkgmkT9noSVetOivlpMZuqqQ+pkjdlfuqNC\n"
			       "MEAwDgYDVR0PAQH/BAQDAgIEMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFLnn\n"
			       "X0uZJivBUMkGX8N77SdQgh43MAoGCCqGSM49BAMCA0kAMEYCIQC5HcljD0ux9BLK\n"
			       "q/9ia2KA/N9SBTYTOVErlPaX6FidZQIhAJ07Dz00QGVWRbFHJPh1hSOmVgOT1tPB\n"
			       "DH6KVIFdy5GV\n"
			       "-----END CERTIFICATE-----\n";

/* In front of clock_gettime() (ld --wrap). */
static int64_t calendar_s;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	if (clock != CLOCK_REALTIME) {
		return __real_clock_gettime(clock, now);
	}
	*now = (struct timespec){.tv_sec = (time_t)calendar_s};
	return 0;
}

static int64_t year(int number)
{
	const struct date date = {.year = number, .month = 1, .day = 1};

	return date_to_seconds(&date);
}

static int start_library(void **state)
{
	struct error err;

	(void)state;
	return library_start(&err);
}

#define NAME       "api.example"
#define STRANGER   "its certificate is not signed by the certificate authority"
#define OTHER_NAME "its certificate is for another name (tls-server-name sets the name that is expected)"

struct judgement {
	struct error err;     /* its text is "" when the server is trusted */
	int64_t not_before_s; /* when waiting helps, otherwise 0 */
};

static struct judgement judge(const char *chain_text, const char *authorities, const char *name)
{
	struct judgement judgement = {.not_before_s = 0};
	struct verify verify = {.not_before_s = 0};
	struct view rest = view_of(chain_text);
	mbedtls_x509_crt chain;
	int result;

	mbedtls_x509_crt_init(&verify.authorities);
	mbedtls_x509_crt_init(&chain);
	assert_int_equal(verify_load(&verify, view_of(authorities), "test", &judgement.err), 0);
	while ((result = x509_parse_next(&chain, &rest)) > 0) {
	}
	assert_int_equal(result, 0);
	uint32_t flags = verify_chain(&verify, &chain, name);
	judgement.err.text[0] = '\0';
	if (flags != 0) {
		assert_int_equal(verify_explain(&verify, flags, name, &judgement.err), -1);
		assert_int_equal(judgement.err.class, ERROR_UNTRUSTED);
	}
	if (flags == MBEDTLS_X509_BADCERT_FUTURE) {
		judgement.not_before_s = verify.not_before_s;
	}
	mbedtls_x509_crt_free(&chain);
	mbedtls_x509_crt_free(&verify.authorities);
	return judgement;
}

static char below_chain[4096];
static char hasty_chain[4096];

static const struct row {
	const char *chain;
	const char *authorities;
	const char *name;
	int year;         /* January 1 */
	int before_s;     /* that many seconds before it */
	const char *says; /* NULL: trusted */
	int begins;       /* the year to wait for; 0: waiting does not help */
} rows[] = {
	{server, authority, NAME, 2030, 0, NULL, 0},
	{server, authority, NAME, 2038, 0, NULL, 0},
	{server, authority, NAME, 2030, 1,
	 "certificate \"server\" is not valid before 2030-01-01T00:00:00Z, and it is 2029-12-31T23:59:59Z by the clock of this machine",
	 2030},
	{server, authority, NAME, 1970, 0,
	 "certificate \"server\" is not valid before 2030-01-01T00:00:00Z, and it is 1970-01-01T00:00:00Z by the clock of this machine",
	 2030},
	{server, authority, NAME, 2040, 0, NULL, 0}, /* the last second counts */
	{server, authority, NAME, 2106, 0,
	 "certificate \"cluster\" is expired since 2040-01-01T00:00:00Z, and it is 2106-01-01T00:00:00Z by the clock of this machine", 0},
	{server_of_the_short_one, short_authority, NAME, 2029, 0, NULL, 0},
	{server_of_the_short_one, short_authority, NAME, 2026, 0,
	 "certificate \"short\" is not valid before 2029-01-01T00:00:00Z, and it is 2026-01-01T00:00:00Z", 2029},
	{server_of_the_short_one, short_authority, NAME, 2020, 0,
	 "certificate \"short\" is not valid before 2029-01-01T00:00:00Z, and it is 2020-01-01T00:00:00Z", 2029},
	{server_of_the_short_one, short_authority, NAME, 2031, 0,
	 "certificate \"leaf\" is expired since 2030-01-01T00:00:00Z, and it is 2031-01-01T00:00:00Z", 0},
	{server_of_the_short_one, short_authority, NAME, 2033, 0,
	 "certificate \"leaf\" is expired since 2030-01-01T00:00:00Z, and it is 2033-01-01T00:00:00Z", 0},
	{below_chain, authority, NAME, 2035, 0, NULL, 0},
	{below_chain, authority, NAME, 2033, 0, "certificate \"below\" is not valid before 2034-01-01T00:00:00Z", 2034},
	{below_chain, authority, NAME, 2031, 0, "certificate \"below\" is not valid before 2034-01-01T00:00:00Z", 2034},
	{below_chain, authority, NAME, 2037, 0, "certificate \"below\" is expired since 2036-01-01T00:00:00Z", 0},
	{hasty_chain, authority, NAME, 2030, 0, "certificate \"between\" is not valid before 2032-01-01T00:00:00Z", 2032},
	{hasty_chain, authority, NAME, 2039, 0, "certificate \"between\" is expired since 2038-01-01T00:00:00Z", 0},
	{server, authority, "other.example", 2030, 0, OTHER_NAME, 0},
	{server, authority, "other.example", 1970, 0, OTHER_NAME, 0},
	{server, authority, "other.example", 2106, 0, OTHER_NAME, 0},
	{server, stranger, NAME, 2030, 0, STRANGER, 0},
	{server, stranger, NAME, 1970, 0, STRANGER, 0},
	{server, stranger, "other.example", 2106, 0, STRANGER, 0},
	{server_below, authority, NAME, 2035, 0, STRANGER, 0}, /* the intermediate is not sent */
};

TEST(what_is_said_of_a_server_is_its_first_fault_that_no_clock_mends_or_its_date)
{
	(void)snprintf(below_chain, sizeof below_chain, "%s%s", server_below, intermediate);
	(void)snprintf(hasty_chain, sizeof hasty_chain, "%s%s", server_before_its_issuer, intermediate);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		char label[32];

		(void)snprintf(label, sizeof label, "row %zu", i);
		calendar_s = year(row->year) - row->before_s;
		struct judgement judgement = judge(row->chain, row->authorities, row->name);
		if (row->says == NULL) {
			assert_string_equal(judgement.err.text, "");
		} else {
			assert_error(label, &judgement.err, ERROR_UNTRUSTED, row->says);
			assert_error(label, &judgement.err, ERROR_UNTRUSTED, "cannot trust the server as ");
		}
		assert_row(label, judgement.not_before_s == (row->begins != 0 ? year(row->begins) : 0));
	}
}

TEST(a_new_authority_takes_the_place_of_the_old_one)
{
	struct verify verify = {.not_before_s = 0};
	struct error err;
	struct view pem = view_of(server);
	mbedtls_x509_crt chain;

	calendar_s = year(2035);
	mbedtls_x509_crt_init(&verify.authorities);
	mbedtls_x509_crt_init(&chain);
	assert_int_equal(x509_parse_next(&chain, &pem), 1);
	assert_int_equal(verify_load(&verify, view_of(stranger), "test", &err), 0);
	assert_int_equal(verify_chain(&verify, &chain, NAME), MBEDTLS_X509_BADCERT_NOT_TRUSTED);
	assert_int_equal(verify_load(&verify, view_of(authority), "test", &err), 0);
	assert_int_equal(verify_chain(&verify, &chain, NAME), 0);
	assert_int_equal(verify_load(&verify, view_of(stranger), "test", &err), 0);
	assert_int_equal(verify_chain(&verify, &chain, NAME), MBEDTLS_X509_BADCERT_NOT_TRUSTED);
	mbedtls_x509_crt_free(&chain);
	mbedtls_x509_crt_free(&verify.authorities);
}

TEST(the_date_of_the_verification_before_is_forgotten)
{
	struct verify verify = {.not_before_s = 0};
	struct error err;
	struct view pem = view_of(server);
	mbedtls_x509_crt chain;

	mbedtls_x509_crt_init(&verify.authorities);
	mbedtls_x509_crt_init(&chain);
	assert_int_equal(x509_parse_next(&chain, &pem), 1);
	assert_int_equal(verify_load(&verify, view_of(authority), "test", &err), 0);
	calendar_s = year(1970);
	assert_int_equal(verify_chain(&verify, &chain, NAME), MBEDTLS_X509_BADCERT_FUTURE);
	assert_int_equal(verify.not_before_s, year(2030));
	calendar_s = year(2041);
	assert_int_equal(verify_chain(&verify, &chain, NAME), MBEDTLS_X509_BADCERT_EXPIRED);
	assert_int_equal(verify.not_before_s, 0);
	assert_int_equal(verify.not_after_s, year(2040));
	assert_string_equal(verify.name, "cluster");
	mbedtls_x509_crt_free(&chain);
	mbedtls_x509_crt_free(&verify.authorities);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_of_a_server_is_its_first_fault_that_no_clock_mends_or_its_date),
		cmocka_unit_test(a_new_authority_takes_the_place_of_the_old_one),
		cmocka_unit_test(the_date_of_the_verification_before_is_forgotten),
	};

	return cmocka_run_group_tests_name("verify", tests, start_library, NULL);
}
