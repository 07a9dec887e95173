/* SPDX-License-Identifier: Apache-2.0 */
/* Host names to addresses: literals, RESOLVE_HOSTS, then the name servers of RESOLVE_CONFIG or, where it names none, of RESOLVE_KERNEL. */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "dns.h"
#include "error.h"

#define RESOLVE_HOSTS  "/etc/hosts"
#define RESOLVE_CONFIG "/etc/resolv.conf"
#define RESOLVE_KERNEL "/proc/net/pnp" /* of the ip= parameter; Documentation/admin-guide/nfs/nfsroot.rst */

/*
 * Find the addresses of `host`, IPv4 before IPv6. No name server gets more than 2 s at a time, and each is asked twice.
 *
 * Returns 0 with at least one address, or -1 with ERROR_UNREACHABLE: the name does not exist, or nobody said so by `deadline_ms`.
 */
int resolve_host(struct dns_addresses *addresses, const char *host, int64_t deadline_ms, struct error *err)
	__attribute__((warn_unused_result));

#endif
