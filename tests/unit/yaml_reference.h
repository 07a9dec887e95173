/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml beside src/yaml.h: whatever the program reads, libyaml must read, and the same.
 *
 * What plain text is, libyaml leaves to its callers; here it is what go-yaml makes of it (go.yaml.in/yaml/v2 resolve.go), and a number in
 * base 60, a date with a time of any form, "=" and "<<" are no strings either.
 */
#ifndef YAML_REFERENCE_H
#define YAML_REFERENCE_H

#include "buffer.h"

/*
 * Append to `json` what libyaml reads in `text`, written as yaml_to_json() does. Returns 0, or -1 when it reads nothing, or more than one
 * document, anchors or tags.
 */
int yaml_reference_to_json(struct buffer *json, struct view text) __attribute__((warn_unused_result));

#endif
