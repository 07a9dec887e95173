/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crypto table as the program uses it: Mbed TLS itself, with the program's configuration and arena.
 *
 * The certificates were made with openssl for the private key 00 01 02 .. 1f, by a CA "kubernetes", valid from 2026-11-24 to 2126-10-31.
 */
#include "library.h"

#include "cluster_info.h"
#include "support.h"

static const char node_certificate[] = "-----BEGIN CERTIFICATE-----\n"
				       "MIIBojCCAUegAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l\n"
				       "dGVzMCAXDTI2MTEyNDA4NDcxM1oYDzIxMjYxMDMxMDg0NzEzWjA0MRUwEwYDVQQK\n"
				       "DAxzeXN0ZW06bm9kZXMxGzAZBgNVBAMMEnN5c3RlbTpub2RlOm5vZGUtMTBZMBMG\n"
				       "ByqGSM49AgEGCCqGSM49AwEHA0IABHpZMYCGDEA3yDwSdJhFyO4UJN0pf63LiV41\n"
				       "glXSx9KyqMolWA8mJv5XkGL/G5n/kcJKDaBvsytb4gFIySSfVlCjZzBlMA4GA1Ud\n"
				       "DwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEFBQcDAjAdBgNVHQ4EFgQUIzAdEMBl\n"
				       "Zn2ZLCo+mqXhu1EE9ZEwHwYDVR0jBBgwFoAUmtaVxxGvk0wR1tTrPENbeoS1lCgw\n"
				       "CgYIKoZIzj0EAwIDSQAwRgIhALpcMIHL5jVEkLW9YrVqiWUuaG0bkIHtZON2vImW\n"
				       "z60FAiEA+Dh1RUindfkRkPTI2TyJW5UIB9mO5XmUi6KF3VKJ/B4=\n"
				       "-----END CERTIFICATE-----\n";

static const char certificate_with_two_organizations[] = "-----BEGIN CERTIFICATE-----\n"
							 "MIIBujCCAWCgAwIBAgIBAjAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l\n"
							 "dGVzMCAXDTI2MTEyNDA4NDgwM1oYDzIxMjYxMDMxMDg0ODAzWjBNMRUwEwYDVQQK\n"
							 "DAxzeXN0ZW06bm9kZXMxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMRswGQYDVQQD\n"
							 "DBJzeXN0ZW06bm9kZTpub2RlLTEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6\n"
							 "WTGAhgxAN8g8EnSYRcjuFCTdKX+ty4leNYJV0sfSsqjKJVgPJib+V5Bi/xuZ/5HC\n"
							 "Sg2gb7MrW+IBSMkkn1ZQo2cwZTAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYI\n"
							 "KwYBBQUHAwIwHQYDVR0OBBYEFCMwHRDAZWZ9mSwqPpql4btRBPWRMB8GA1UdIwQY\n"
							 "MBaAFJrWlccRr5NMEdbU6zxDW3qEtZQoMAoGCCqGSM49BAMCA0gAMEUCIQDiutQu\n"
							 "3VlOP1ydyvqhodzwEECeR//MHwqV3Dx5lcf4UwIgU4YVaczaw9G8jFKYFnZ0AVE/\n"
							 "G0Hv/vqFGXWUai1q98Y=\n"
							 "-----END CERTIFICATE-----\n";

static const char certificate_without_extended_key_usage[] = "-----BEGIN CERTIFICATE-----\n"
							     "MIIBiDCCAS+gAwIBAgIBAjAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l\n"
							     "dGVzMCAXDTI2MTEyNDA4NDgwM1oYDzIxMjYxMDMxMDg0ODAzWjA0MRUwEwYDVQQK\n"
							     "DAxzeXN0ZW06bm9kZXMxGzAZBgNVBAMMEnN5c3RlbTpub2RlOm5vZGUtMTBZMBMG\n"
							     "ByqGSM49AgEGCCqGSM49AwEHA0IABHpZMYCGDEA3yDwSdJhFyO4UJN0pf63LiV41\n"
							     "glXSx9KyqMolWA8mJv5XkGL/G5n/kcJKDaBvsytb4gFIySSfVlCjTzBNMAsGA1Ud\n"
							     "DwQEAwIHgDAdBgNVHQ4EFgQUIzAdEMBlZn2ZLCo+mqXhu1EE9ZEwHwYDVR0jBBgw\n"
							     "FoAUmtaVxxGvk0wR1tTrPENbeoS1lCgwCgYIKoZIzj0EAwIDRwAwRAIgWzva998K\n"
							     "38i6bFn3rWeSPww7x1XhM06Of1UKMiZnSIkCIHR23ehZX0mNM8jJse4fOG3sFhlb\n"
							     "iFUJb3kLwOhz79zQ\n"
							     "-----END CERTIFICATE-----\n";

static const char certificate_of_an_rsa_key[] = "-----BEGIN CERTIFICATE-----\n"
						"MIICazCCAhKgAwIBAgIBAjAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDAprdWJlcm5l\n"
						"dGVzMCAXDTI2MTEyNDA4NDgwM1oYDzIxMjYxMDMxMDg0ODAzWjA0MRUwEwYDVQQK\n"
						"DAxzeXN0ZW06bm9kZXMxGzAZBgNVBAMMEnN5c3RlbTpub2RlOm5vZGUtMTCCASIw\n"
						"DQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBANnezzIqVNrh9bhGm9g5lGWNa2Ci\n"
						"o0Lj6YLrMPlxbVu+ZuvMsLimXToArXx2bN0Jomao6PXFRkxLK/R4Tif9EE/tG2+X\n"
						"Dks6LIWY2fs1vVJRU7//N8SMMx43piCLrPsDnU3JQx1iSv3HRcxfQP7lAqtACRzO\n"
						"GLfeWSfAuKPC9ueohrktxFoIpwfMo5onEiGaEAsTdnnmSiyhuiQBFKod2MAHl9CA\n"
						"e8zqzqs7oW4JX9BK4xQ2qkMNfMrvHVeF+UNRCR+u3/4DNEZhcQRMlKFq2CI27ZbH\n"
						"028ItlDcOxeAjGVFj6gdGCOMPGv0rAcnSZTC/cZU0AJBINtEa+ZnWNZCL9kCAwEA\n"
						"AaNnMGUwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1Ud\n"
						"DgQWBBQs7yk+r5rJ+hHpvQfNt0FW5aYQGzAfBgNVHSMEGDAWgBSa1pXHEa+TTBHW\n"
						"1Os8Q1t6hLWUKDAKBggqhkjOPQQDAgNHADBEAiBaLI51uSx/afDf6Z5p/vWoDTEq\n"
						"qpE5/1VWrA6P/RsZsgIgVfXPAAJqTbSC+DlvVeVH60wDu/QLVlyEcm/z4rnpgMA=\n"
						"-----END CERTIFICATE-----\n";

/* SubjectPublicKeyInfo of that key. */
static const unsigned char node_spki[KEY_SPKI_LEN] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x7a, 0x59, 0x31, 0x80, 0x86, 0x0c, 0x40, 0x37, 0xc8, 0x3c, 0x12,
	0x74, 0x98, 0x45, 0xc8, 0xee, 0x14, 0x24, 0xdd, 0x29, 0x7f, 0xad, 0xcb, 0x89, 0x5e, 0x35, 0x82, 0x55, 0xd2, 0xc7,
	0xd2, 0xb2, 0xa8, 0xca, 0x25, 0x58, 0x0f, 0x26, 0x26, 0xfe, 0x57, 0x90, 0x62, 0xff, 0x1b, 0x99, 0xff, 0x91, 0xc2,
	0x4a, 0x0d, 0xa0, 0x6f, 0xb3, 0x2b, 0x5b, 0xe2, 0x01, 0x48, 0xc9, 0x24, 0x9f, 0x56, 0x50,
};

static struct key node_key(void)
{
	struct key key;
	struct error err;

	for (size_t i = 0; i < sizeof key.private; i++) {
		key.private[i] = (unsigned char)i;
	}
	assert_int_equal(library_crypto.derive_public(&key, &err), CRYPTO_OK);
	return key;
}

static int start_library(void **state)
{
	struct error err;

	(void)state;
	return library_start(&err);
}

TEST(the_public_key_follows_from_the_private_one)
{
	struct key key = node_key();

	assert_memory_equal(key.spki, node_spki, KEY_SPKI_LEN);
}

TEST(zero_and_the_order_of_the_curve_are_no_keys)
{
	static const unsigned char order[KEY_PRIVATE_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
	};
	struct key key = {0};
	struct error err;

	assert_int_equal(library_crypto.derive_public(&key, &err), CRYPTO_UNFIT);
	memcpy(key.private, order, sizeof order);
	assert_int_equal(library_crypto.derive_public(&key, &err), CRYPTO_UNFIT);
	key.private[KEY_PRIVATE_LEN - 1]--;
	assert_int_equal(library_crypto.derive_public(&key, &err), CRYPTO_OK);
}

TEST(two_keys_are_never_the_same)
{
	struct key first;
	struct key second;
	struct error err;

	assert_int_equal(library_crypto.generate_key(&first, &err), 0);
	assert_int_equal(library_crypto.generate_key(&second, &err), 0);
	assert_memory_not_equal(first.private, second.private, KEY_PRIVATE_LEN);
	struct key again = first;
	assert_int_equal(library_crypto.derive_public(&again, &err), CRYPTO_OK);
	assert_memory_equal(again.spki, first.spki, KEY_SPKI_LEN);
}

/* FIPS 180-4 test vectors, and lengths around a block. */
TEST(the_digest_is_sha_512_256)
{
	static const unsigned char of_abc[CSR_DIGEST_LEN] = {
		0x53, 0x04, 0x8e, 0x26, 0x81, 0x94, 0x1e, 0xf9, 0x9b, 0x2e, 0x29, 0xb7, 0x6b, 0x4c, 0x7d, 0xab,
		0xe4, 0xc2, 0xd0, 0xc6, 0x34, 0xfc, 0x6d, 0x46, 0xe0, 0xe2, 0xf1, 0x31, 0x07, 0xe7, 0xaf, 0x23,
	};
	static const unsigned char of_nothing[CSR_DIGEST_LEN] = {
		0xc6, 0x72, 0xb8, 0xd1, 0xef, 0x56, 0xed, 0x28, 0xab, 0x87, 0xc3, 0x62, 0x2c, 0x51, 0x14, 0x06,
		0x9b, 0xdd, 0x3a, 0xd7, 0xb8, 0xf9, 0x73, 0x74, 0x98, 0xd0, 0xc0, 0x1e, 0xce, 0xf0, 0x96, 0x7a,
	};
	unsigned char digest[CSR_DIGEST_LEN];

	library_crypto.digest(view_of("abc"), digest);
	assert_memory_equal(digest, of_abc, sizeof digest);
	library_crypto.digest(view_of(""), digest);
	assert_memory_equal(digest, of_nothing, sizeof digest);
}

/* The vector was computed with k8s.io/kubernetes pkg/kubelet/certificate/bootstrap (digestedName). */
TEST(the_name_of_the_request_is_the_one_kubelet_would_choose)
{
	char text[768];
	char name[CSR_NAME_LIMIT];
	unsigned char digest[CSR_DIGEST_LEN];
	struct buffer input;

	buffer_init(&input, text, sizeof text);
	csr_format_name_input(&input, node_spki, "node-1");
	library_crypto.digest(buffer_view(&input), digest);
	csr_format_name(name, digest);
	assert_string_equal(name, "node-csr-FEMnMkYqVDoTfbHWfHnaG6VXUlXXCnRnPfLqMsn02EU");
}

TEST(every_signature_is_another_one)
{
	struct key key = node_key();
	struct error err;
	unsigned char first[CSR_SIGNATURE_LEN];
	unsigned char second[CSR_SIGNATURE_LEN];

	assert_int_equal(library_crypto.sign(&key, view_of("message"), first, &err), 0);
	assert_int_equal(library_crypto.sign(&key, view_of("message"), second, &err), 0);
	assert_memory_not_equal(first, second, sizeof first);
}

TEST(a_node_certificate_is_read_and_found_good)
{
	struct certificate certificate;
	struct error err;
	struct certificate_wanted wanted = {"node-1", node_spki, 1800000000};

	assert_int_equal(library_crypto.read_certificate(&certificate, view_of(node_certificate), &err), CRYPTO_OK);
	assert_string_equal(certificate.organization, "system:nodes");
	assert_string_equal(certificate.common_name, "system:node:node-1");
	assert_string_equal(certificate.issuer, "kubernetes");
	assert_int_equal(certificate.not_before_s, 1795510033);
	assert_int_equal(certificate.not_after_s, 4949110033);
	assert_int_equal(certificate_judge(&certificate, &wanted), CERTIFICATE_GOOD);
	wanted.now_s = certificate.not_after_s + 1;
	assert_int_equal(certificate_judge(&certificate, &wanted), CERTIFICATE_EXPIRED);
}

TEST(other_certificates_are_told_apart)
{
	const struct {
		const char *pem;
		enum certificate_fault fault;
	} rows[] = {
		{certificate_with_two_organizations, CERTIFICATE_OTHER_SUBJECT},
		{certificate_without_extended_key_usage, CERTIFICATE_NO_CLIENT_AUTH},
		{certificate_of_an_rsa_key, CERTIFICATE_OTHER_KEY},
	};
	const struct certificate_wanted wanted = {"node-1", node_spki, 1800000000};
	struct certificate certificate;
	struct error err;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(library_crypto.read_certificate(&certificate, view_of(rows[i].pem), &err), CRYPTO_OK);
		assert_int_equal(certificate_judge(&certificate, &wanted), rows[i].fault);
	}
}

TEST(a_certificate_cut_off_anywhere_is_none)
{
	struct view whole = view_of(node_certificate);
	struct certificate certificate;
	struct error err;

	for (size_t len = 0; len < whole.len - 1; len++) { /* the last newline may be missing */
		assert_int_equal(library_crypto.read_certificate(&certificate, (struct view){whole.data, len}, &err), CRYPTO_UNFIT);
	}
}

/* As `openssl x509 -pubkey | openssl pkey -pubin -outform DER | sha256sum` prints them. */
TEST(a_pin_is_the_hash_of_the_public_key)
{
	static const struct {
		const char *pem;
		const char *pin;
	} rows[] = {
		{node_certificate, "a8f0cb0e6d98a8d9b3dad3ad6699408d20450373d8b54d8d6159acb7a3e9ea58"},
		{certificate_of_an_rsa_key, "b85e2065bf9f19a436dedd08881b6ccd91c9747c1c6a228247a657171f5c978d"},
	};
	char memory[CA_LIMIT];
	unsigned char expected[PIN_LEN];
	unsigned char pin[PIN_LEN];
	struct buffer all;
	struct error err;

	buffer_init(&all, memory, sizeof memory);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buffer_add_text(&all, rows[i].pem);
	}
	struct view rest = buffer_view(&all);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(support_hex(expected, sizeof expected, rows[i].pin), PIN_LEN);
		assert_int_equal(library_crypto.take_pin(pin, &rest, &err), CRYPTO_OK);
		assert_memory_equal(pin, expected, PIN_LEN);
	}
	assert_int_equal(rest.len, 0);
	assert_int_equal(library_crypto.take_pin(pin, &rest, &err), CRYPTO_UNFIT);
}

/* The vectors of k8s.io/cluster-bootstrap token/jws. */
TEST(what_signs_cluster_info_is_an_hmac_with_sha_256)
{
	static const struct {
		const char *secret;
		const char *message;
		const char *mac;
	} rows[] = {
		{"my voice is my passcode",
		 "eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9.SGVsbG8gZnJvbSB0aGUgb3RoZXIgc2lkZS4gSSBtdXN0IGhhdmUgY2FsbGVkIGEgdGhvdXNhbm"
		 "QgdGltZXMu",
		 "55285edad68b77e613ae65ae46470bffc4133431d8c5020406c018622223d7ff"},
		{"0123456789abcdef", "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9.YXBpVmVyc2lvbjogdjEKa2luZDogQ29uZmlnCg",
		 "bc7fe44f8ca2a25fa7ac05a08df098aafba6e70b0a1135ded12ece3a9d558271"},
	};
	unsigned char expected[CRYPTO_MAC_LEN];
	unsigned char mac[CRYPTO_MAC_LEN];
	struct error err;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(support_hex(expected, sizeof expected, rows[i].mac), CRYPTO_MAC_LEN);
		assert_int_equal(library_crypto.authenticate(view_of(rows[i].secret), view_of(rows[i].message), mac, &err), 0);
		assert_memory_equal(mac, expected, CRYPTO_MAC_LEN);
	}
}

static enum enroll_event read_cluster_info(const char *body, struct error *err)
{
	static struct config config;
	static char text[KUBECONFIG_LIMIT];
	static char json[KUBECONFIG_JSON_LIMIT];
	struct cluster_info_memory memory;
	struct cluster_info info;

	buffer_init(&memory.text, text, sizeof text);
	buffer_init(&memory.json, json, sizeof json);
	assert_int_equal(token_parse(&config.token, view_of("abcdef.0123456789abcdef"), err), 0);
	return cluster_info_read(&config, &info, view_of(body), memory, &library_crypto, err);
}

/* Past its signature the content is looked at, and has no cluster. */
TEST(the_signature_of_bootstrapsigner_fits)
{
#define SIGNED(content)                                                                                                    \
	"{\"data\":{\"kubeconfig\":\"" content "\",\"jws-kubeconfig-abcdef\":\"eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9.." \
	"vH_kT4yiol-nrAWgjfCYqvum5wsKETXe0S7OOp1VgnE\"}}"
	struct error err;

	assert_int_equal(read_cluster_info(SIGNED("apiVersion: v1\\nkind: Config\\n"), &err), ENROLL_UNTRUSTED);
	assert_error("signed", &err, ERROR_UNTRUSTED, "cluster");
	assert_int_equal(read_cluster_info(SIGNED("apiVersion: v1\\nkind: Config\\n\\n"), &err), ENROLL_UNREADY);
	assert_error("changed", &err, ERROR_UNTRUSTED, "the signature does not fit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_public_key_follows_from_the_private_one),
		cmocka_unit_test(zero_and_the_order_of_the_curve_are_no_keys),
		cmocka_unit_test(two_keys_are_never_the_same),
		cmocka_unit_test(the_digest_is_sha_512_256),
		cmocka_unit_test(the_name_of_the_request_is_the_one_kubelet_would_choose),
		cmocka_unit_test(every_signature_is_another_one),
		cmocka_unit_test(a_node_certificate_is_read_and_found_good),
		cmocka_unit_test(other_certificates_are_told_apart),
		cmocka_unit_test(a_certificate_cut_off_anywhere_is_none),
		cmocka_unit_test(a_pin_is_the_hash_of_the_public_key),
		cmocka_unit_test(what_signs_cluster_info_is_an_hmac_with_sha_256),
		cmocka_unit_test(the_signature_of_bootstrapsigner_fits),
	};

	return cmocka_run_group_tests_name("library", tests, start_library, NULL);
}
