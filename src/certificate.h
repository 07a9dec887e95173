/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client certificate, as far as this program looks at it, and whether it is a node's.
 *
 * Source of the rules: k8s.io/kubernetes pkg/apis/certificates/v1/helpers.go and plugin/pkg/auth/authorizer/node (the Node authorizer
 * knows a node by O and CN), pkg/kubelet/certificate/bootstrap/bootstrap.go (isClientConfigStillValid: expiry only).
 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <stdint.h>

#include "buffer.h"
#include "sizes.h"

#define CERTIFICATE_NAME_LIMIT (NODE_NAME_LIMIT + 16)

struct certificate {
	char organization[CERTIFICATE_NAME_LIMIT]; /* decoded text; empty when there is not exactly one */
	char common_name[CERTIFICATE_NAME_LIMIT];
	bool has_other_name;                 /* the subject has more than these two attributes */
	char issuer[CERTIFICATE_NAME_LIMIT]; /* common name of the issuer, for people */
	bool has_client_auth;                /* extended key usage names clientAuth */
	int64_t not_before_s;                /* seconds since 1970 */
	int64_t not_after_s;
	unsigned char spki[KEY_SPKI_LEN]; /* all zeros when the key is not of that size */
};

enum certificate_fault {
	CERTIFICATE_GOOD,
	CERTIFICATE_UNREADABLE,
	CERTIFICATE_OTHER_KIND, /* for a key that is not on P-256, which is all this program can check */
	CERTIFICATE_OTHER_KEY,
	CERTIFICATE_OTHER_SUBJECT,
	CERTIFICATE_NO_CLIENT_AUTH,
	CERTIFICATE_EXPIRED,
};

/* What a certificate must fit. */
struct certificate_wanted {
	const char *node_name;
	const unsigned char *spki; /* KEY_SPKI_LEN bytes */
	int64_t now_s;
};

/* The first fault in the order of the enum from CERTIFICATE_OTHER_KEY on, or CERTIFICATE_GOOD. One that is not valid yet is good: the clock
 * may be behind. */
enum certificate_fault certificate_judge(const struct certificate *certificate, const struct certificate_wanted *wanted);

/* What a person reads about a fault: "is expired". */
const char *certificate_fault_text(enum certificate_fault fault);

#endif
