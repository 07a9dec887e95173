/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's name.
 *
 * Sources: k8s.io/component-helpers node/util/hostname.go (trimmed, lower-cased), k8s.io/apimachinery pkg/util/validation
 * (IsDNS1123Subdomain).
 */
#ifndef NODE_H
#define NODE_H

#include "buffer.h"
#include "error.h"

/*
 * Trim and lower-case `text` into `name`, and check that a Node object can have that name.
 *
 * Returns 0, or -1 with ERROR_CONFIG and what is accepted.
 */
int node_parse_name(char name[NODE_NAME_LIMIT], struct view text, struct error *err) __attribute__((warn_unused_result));

#endif
