/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: addresses, TCP connections, waiting. All deadlines are absolute, of clock_now_ms(). */
#ifndef NET_H
#define NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "dns.h"
#include "transport.h"

/* An address as the socket calls want it. */
struct net_address {
	socklen_t len;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

void net_fill_address(struct net_address *target, const struct dns_address *address, uint16_t port);

/*
 * Connect to one of the addresses of the peer, or of its proxy, and have that connect to the peer: IPv4 and IPv6 in turn, from number
 * `turn` on. The next address is begun with as soon as one fails, or after 250 ms; the first that accepts wins, the others are closed (RFC
 * 8305 in spirit). No address takes more than `patience_ms`, 5 s where that is 0.
 *
 * When an address wins before the one of this turn has failed, `address_count` is twice what it is: another round is needed until each
 * was met, and from the second round on an address is left alone for 1.5 s.
 *
 * The socket does not block, sends at once (TCP_NODELAY) and notices a dead peer within a minute (TCP keep-alive).
 * Returns the socket, or -1 with ERROR_UNREACHABLE: no such name, the address that failed last and its cause, or what the proxy says.
 */
int net_connect(struct transport_peer *peer, int64_t deadline_ms, struct error *err) __attribute__((warn_unused_result));

/* Wait until the socket can be read (or written). False when the deadline comes first. */
bool net_wait(int fd, bool to_write, int64_t deadline_ms);

#endif
