/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate request: PKCS#10 (RFC 2986), its CertificateSigningRequest object, and the name kubelet gives that object.
 *
 * Sources: k8s.io/kubernetes pkg/kubelet/certificate/bootstrap/bootstrap.go (digestedName, requestNodeCertificate),
 * pkg/apis/certificates/v1/helpers.go (ValidateKubeletClientCSR).
 */
#ifndef CSR_H
#define CSR_H

#include "buffer.h"
#include "sizes.h"

#define CSR_PATH          "/apis/certificates.k8s.io/v1/certificatesigningrequests"
#define CSR_SIGNER        "kubernetes.io/kube-apiserver-client-kubelet"
#define CSR_ORGANIZATION  "system:nodes"
#define CSR_NODE_PREFIX   "system:node:"
#define CSR_SIGNATURE_LEN 64 /* r, s: 32 bytes each, big-endian */
#define CSR_DIGEST_LEN    32 /* SHA-512/256 */

/*
 * Append the CertificationRequestInfo, the bytes that are signed (ECDSA with SHA-256): subject O=system:nodes,
 * CN=system:node:<node_name>, the public key, no extension.
 */
void csr_format_info(struct buffer *buf, const unsigned char spki[KEY_SPKI_LEN], const char *node_name);

/* Append the CertificationRequest around what csr_format_info() gave. At most CSR_LIMIT bytes. */
void csr_format(struct buffer *buf, struct view info, const unsigned char signature[CSR_SIGNATURE_LEN]);

/* Append the bytes whose SHA-512/256 makes the object's name; then "node-csr-<digest>" with a NUL, CSR_NAME_LIMIT at most. */
void csr_format_name_input(struct buffer *buf, const unsigned char spki[KEY_SPKI_LEN], const char *node_name);
void csr_format_name(char name[CSR_NAME_LIMIT], const unsigned char digest[CSR_DIGEST_LEN]);

/* Append the JSON object to be posted. */
void csr_format_object(struct buffer *buf, const char *name, struct view csr_der);

#endif
