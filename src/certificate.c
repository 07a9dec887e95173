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
	static const char *const texts[] = {
		[CERTIFICATE_GOOD] = "is good",
		[CERTIFICATE_UNREADABLE] = "is damaged: it does not hold a certificate and a P-256 key",
		[CERTIFICATE_OTHER_KIND] = "is for a key of another kind than P-256",
		[CERTIFICATE_OTHER_KEY] = "holds a key that does not fit its certificate",
		[CERTIFICATE_OTHER_SUBJECT] = "is for another node or organization",
		[CERTIFICATE_NO_CLIENT_AUTH] = "is not for client authentication",
		[CERTIFICATE_EXPIRED] = "is expired",
	};

	return texts[fault];
}
