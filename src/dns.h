/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to addresses: DNS messages (RFC 1035), and the two files that say where to ask and what not to ask.
 *
 * Why not the C library's getaddrinfo: it takes 20 KB, a heap, and no deadline, and reads no /proc/net/pnp, where a kernel that
 * configured the network itself leaves the name servers.
 */
#ifndef DNS_H
#define DNS_H

#include <stdint.h>

#include "buffer.h"
#include "sizes.h"

enum dns_type {
	DNS_A = 1,
	DNS_AAAA = 28,
};

#define DNS_ADDRESS_TEXT 40

struct dns_address {
	bool is_v6;
	unsigned char bytes[16]; /* network order; the first four for IPv4 */
};

struct dns_addresses {
	size_t count;
	struct dns_address list[DNS_ADDRESS_LIMIT];
};

/* Append an address; one too many is dropped. */
void dns_add_address(struct dns_addresses *addresses, bool is_v6, const void *bytes);

/* Order the addresses so that the families take turns, IPv4 first (RFC 8305 §4): a family that is out of order delays no other. */
void dns_interleave(struct dns_addresses *addresses);

/* The address as text: dotted, or eight groups of hexadecimal digits. */
void dns_format_address(char text[DNS_ADDRESS_TEXT], const struct dns_address *address);

/*
 * Append a query, recursion desired. `id` must not be foreseeable.
 *
 * Returns 0, or -1 when `name` is no DNS name: empty, an empty label, a label over 63 characters, or over 253 in all.
 */
int dns_format_query(struct buffer *buf, uint16_t id, struct view name, enum dns_type type) __attribute__((warn_unused_result));

enum dns_result {
	DNS_ANSWER,  /* the addresses in it, none perhaps, were appended */
	DNS_NO_NAME, /* the name does not exist */
	DNS_REFUSED, /* the server cannot or will not say */
	DNS_OTHER,   /* not an answer to this query, or damaged */
};

/*
 * Read what came in answer to `query`, as dns_format_query() made it. All addresses of its type count, whatever name they stand under:
 * the server has followed the aliases. Of an answer cut off (TC) what is there is taken.
 */
enum dns_result dns_parse_answer(struct view query, struct view packet, struct dns_addresses *addresses);

/* /etc/resolv.conf (resolv.conf(5)), or /proc/net/pnp, which has the same form. */
struct dns_config {
	size_t server_count;
	char servers[DNS_SERVER_LIMIT][DNS_SERVER_TEXT]; /* addresses as text, with scope: "fe80::1%eth0" */
	char search[DNS_SEARCH_LIMIT];                   /* domains, separated by spaces */
	unsigned int ndots;                              /* a name with fewer dots is tried with the domains first */
};

/* Read the text; lines that are not understood are passed over, as every resolver does. */
void dns_parse_config(struct dns_config *config, struct view text);

/*
 * Take the next candidate for `name` off the list: with each of the search domains where it has too few dots, then as it is. A name that
 * ends in a dot is taken as it is.
 *
 * `step` begins at 0. False when there is none left; a candidate that does not fit is passed over.
 */
bool dns_take_candidate(const struct dns_config *config, const char *name, size_t *step, char candidate[HOST_LIMIT]);

/* Take lines of /etc/hosts off `text` until one names `name` (case does not matter); its address as text. False when there is none. */
bool dns_take_host(struct view *text, const char *name, struct view *address);

#endif
