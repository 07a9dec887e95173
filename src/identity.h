/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key the node asks a certificate for, and the request made with it.
 *
 * The key is made once and kept as kubelet-client.key.tmp until a certificate for it is installed. The name of the request follows from
 * key and node name, so any number of crashes and restarts leaves at most one request per node in the cluster.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "crypto.h"
#include "disk.h"

struct identity {
	struct key key;
	char csr_name[CSR_NAME_LIMIT];
	unsigned char csr_der[CSR_LIMIT];
	size_t csr_der_len;
};

/*
 * Take the key that an earlier run left, or make one and write it durably. A damaged one is replaced; one that cannot be read just now
 * is not, for the request made with it may stand, and be approved by hand.
 *
 * Returns 0, or -1 with ERROR_DISK or ERROR_INTERNAL. `identity->key` is secret from then on.
 */
int identity_load_key(struct identity *identity, const struct disk *cert_dir, const struct crypto *crypto, struct error *err)
	__attribute__((warn_unused_result));

/* Make and sign the request. Returns 0, or -1 with ERROR_INTERNAL. */
int identity_make_request(struct identity *identity, const char *node_name, const struct crypto *crypto, struct error *err)
	__attribute__((warn_unused_result));

#endif
