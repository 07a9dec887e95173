/* SPDX-License-Identifier: Apache-2.0 */
/* What is wanted of the PSA Crypto part of Mbed TLS 3.6 (MBEDTLS_PSA_CRYPTO_CONFIG_FILE). */
#ifndef PSA_CONFIG_H
#define PSA_CONFIG_H

#define PSA_WANT_ALG_ECDH              1
#define PSA_WANT_ALG_ECDSA             1
#define PSA_WANT_ALG_GCM               1
#define PSA_WANT_ALG_HKDF_EXTRACT      1
#define PSA_WANT_ALG_HKDF_EXPAND       1
#define PSA_WANT_ALG_HMAC              1
#define PSA_WANT_ALG_SHA_256           1
#define PSA_WANT_ALG_SHA_384           1
#define PSA_WANT_ALG_SHA_512           1
#define PSA_WANT_ALG_TLS12_PRF         1
#define PSA_WANT_ALG_RSA_PKCS1V15_SIGN 1
#define PSA_WANT_ALG_RSA_PSS           1

#define PSA_WANT_ECC_SECP_R1_256 1
#define PSA_WANT_ECC_SECP_R1_384 1

#define PSA_WANT_KEY_TYPE_AES                   1
#define PSA_WANT_KEY_TYPE_HMAC                  1
#define PSA_WANT_KEY_TYPE_DERIVE                1
#define PSA_WANT_KEY_TYPE_RAW_DATA              1
#define PSA_WANT_KEY_TYPE_RSA_PUBLIC_KEY        1
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_BASIC    1 /* a bootstrap certificate may have one */
#define PSA_WANT_KEY_TYPE_RSA_KEY_PAIR_IMPORT   1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY        1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC    1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT   1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1

#endif
