/* SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"

#include <string.h>

#include "csr.h"

static bool has_subject(const struct certificate *certificate, const char *node_name)
{
	struct view common_name = view_of(certificate->common_name);
	size_t prefix = strlen(CSR_NODE_PREFIX);

	return !certificate->has_other_name && strcmp(certificate->organization, CSR_ORGANIZATION) == 0 &&
	       view_starts_with(common_name, CSR_NODE_PREFIX) && strcmp(certificate->common_name + prefix, node_name) == 0;
}

enum certificate_fault certificate_judge(const struct certificate *certificate, const struct certificate_wanted *wanted)
{
	if (memcmp(certificate->spki, wanted->spki, KEY_SPKI_LEN) != 0) {
		return CERTIFICATE_OTHER_KEY;
	}
	if (!has_subject(certificate, wanted->node_name)) {
		return CERTIFICATE_OTHER_SUBJECT;
	}
	if (!certificate->has_client_auth) {
		return CERTIFICATE_NO_CLIENT_AUTH;
	}
	return certificate->not_after_s < wanted->now_s ? CERTIFICATE_EXPIRED : CERTIFICATE_GOOD;
}

const char *certificate_fault_text(enum certificate_fault fault)
{
	switch (fault) {
	case CERTIFICATE_GOOD:
		return "is good";
	case CERTIFICATE_UNREADABLE:
		return "is damaged: it does not hold a certificate and a P-256 key";
	case CERTIFICATE_OTHER_KIND:
		return "is for a key of another kind than P-256";
	case CERTIFICATE_OTHER_KEY:
		return "holds a key that does not fit its certificate";
	case CERTIFICATE_OTHER_SUBJECT:
		return "is for another node or organization";
	case CERTIFICATE_NO_CLIENT_AUTH:
		return "is not for client authentication";
	case CERTIFICATE_EXPIRED:
		return "is expired";
	}
	return "";
}
