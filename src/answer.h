/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server's answers mean: HTTP status and Status object, watch event, CertificateSigningRequest object -> event of the
 * enrolment and a text for people.
 *
 * Sources: k8s.io/api certificates/v1/types.go (conditions), k8s.io/apimachinery pkg/apis/meta/v1 (Status, WatchEvent),
 * k8s.io/kubernetes pkg/kubelet/certificate/bootstrap/bootstrap.go (ensureCompatible).
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "enroll.h"
#include "error.h"
#include "http.h"

/* What a request object must be to be ours. */
struct answer_wanted {
	const char *csr_name;
	const unsigned char *spki; /* KEY_SPKI_LEN bytes */
	const char *credential;    /* what we asked with, for messages: "token abcdef" */
};

/*
 * The answer to the POST, or an answer to the watch that is not 200. `err` gets class and text for every event but ENROLL_CREATED and
 * ENROLL_EXISTS. `credential`: as in struct answer_wanted.
 */
enum enroll_event answer_read_status(const struct http_response *response, const char *credential, struct error *err);

/*
 * One line of the watch: {"type":…,"object":…}. With ENROLL_CERTIFIED the certificate, decoded PEM, goes into `certificate`,
 * which must be empty and also serves as working memory.
 * `err` gets class and text for ENROLL_WAS_DENIED, _HAS_FAILED, _REPLACED, _MALFORMED and what answer_read_status() describes.
 * Lines that say nothing about our object (bookmarks, other names) give ENROLL_EVENTS.
 */
enum enroll_event answer_read_watch_line(struct view line, const struct answer_wanted *wanted, struct buffer *certificate,
					 struct error *err);

#endif
