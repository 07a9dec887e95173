/* SPDX-License-Identifier: Apache-2.0 */
#include "dns.h"

#include <string.h>

#define HEADER_LEN  12
#define LABEL_LIMIT 63
#define CLASS_IN    1
#define RCODE_OK    0
#define RCODE_NAME  3
#define NDOTS_MAX   15

void dns_add_address(struct dns_addresses *addresses, bool is_v6, const void *bytes)
{
	if (addresses->count < DNS_ADDRESS_LIMIT) {
		struct dns_address *address = &addresses->list[addresses->count++];
		address->is_v6 = is_v6;
		memcpy(address->bytes, bytes, is_v6 ? 16 : 4);
	}
}

void dns_interleave(struct dns_addresses *addresses)
{
	struct dns_address *list = addresses->list;

	for (size_t i = 0; i < addresses->count; i++) {
		size_t at = i;
		while (at < addresses->count && list[at].is_v6 != (i % 2 == 1)) {
			at++;
		}
		if (at < addresses->count) { /* otherwise there is only the other family left */
			struct dns_address next = list[at];
			memmove(list + i + 1, list + i, (at - i) * sizeof *list);
			list[i] = next;
		}
	}
}

void dns_format_address(char text[DNS_ADDRESS_TEXT], const struct dns_address *address)
{
	const unsigned char *bytes = address->bytes;
	struct buffer buf;

	buffer_init(&buf, text, DNS_ADDRESS_TEXT - 1);
	if (!address->is_v6) {
		buffer_format(&buf, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
	}
	for (size_t i = 0; i < 16 && address->is_v6; i += 2) {
		buffer_format(&buf, i > 0 ? ":%x" : "%x", (unsigned int)bytes[i] << 8 | bytes[i + 1]);
	}
	text[buf.len] = '\0';
}

static void add_number(struct buffer *buf, unsigned int number)
{
	unsigned char bytes[2] = {(unsigned char)(number >> 8), (unsigned char)number};

	buffer_add(buf, bytes, sizeof bytes);
}

/* "example.com" becomes 7 example 3 com 0. */
static int add_name(struct buffer *buf, struct view name)
{
	if (name.len > 0 && name.data[name.len - 1] == '.') {
		name.len--;
	}
	if (name.len == 0 || name.len >= HOST_LIMIT) {
		return -1;
	}
	for (size_t begin = 0; begin <= name.len;) {
		size_t end = begin;
		while (end < name.len && name.data[end] != '.') {
			end++;
		}
		if (end == begin || end - begin > LABEL_LIMIT) {
			return -1;
		}
		unsigned char len = (unsigned char)(end - begin);
		buffer_add(buf, &len, 1);
		buffer_add(buf, name.data + begin, len);
		begin = end + 1;
	}
	buffer_add(buf, "", 1);
	return 0;
}

int dns_format_query(struct buffer *buf, uint16_t id, struct view name, enum dns_type type)
{
	static const unsigned char flags_and_counts[] = {0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0}; /* recursion desired; one question */

	add_number(buf, id);
	buffer_add(buf, flags_and_counts, sizeof flags_and_counts);
	if (add_name(buf, name) != 0) {
		return -1;
	}
	add_number(buf, type);
	add_number(buf, CLASS_IN);
	return buf->overflow ? -1 : 0;
}

static unsigned int number_at(struct view packet, size_t at)
{
	return (unsigned int)(unsigned char)packet.data[at] << 8 | (unsigned char)packet.data[at + 1];
}

/* Stand behind a name: labels up to an empty one, or up to a pointer, which ends it. False when the packet ends before. */
static bool skip_name(struct view packet, size_t *at)
{
	while (*at < packet.len) {
		unsigned char len = (unsigned char)packet.data[*at];
		if (len >= 0xc0) {
			*at += 2;
			return *at <= packet.len;
		}
		*at += 1 + (size_t)len;
		if (len == 0) {
			return true;
		}
	}
	return false;
}

/* Take the addresses among `count` records; stop where the packet is cut. */
static void read_records(struct view packet, size_t at, unsigned int count, unsigned int type, struct dns_addresses *addresses)
{
	size_t wanted_len = type == DNS_AAAA ? 16 : 4;

	while (count-- > 0 && skip_name(packet, &at) && packet.len - at >= 10) {
		size_t len = number_at(packet, at + 8);
		bool is_wanted = number_at(packet, at) == type && number_at(packet, at + 2) == CLASS_IN && len == wanted_len;
		at += 10;
		if (len > packet.len - at) {
			return;
		}
		if (is_wanted) {
			dns_add_address(addresses, type == DNS_AAAA, packet.data + at);
		}
		at += len;
	}
}

enum dns_result dns_parse_answer(struct view query, struct view packet, struct dns_addresses *addresses)
{
	bool is_answer = packet.len >= query.len && memcmp(packet.data, query.data, 2) == 0 && (packet.data[2] & 0x80) != 0 &&
			 number_at(packet, 4) == 1 &&
			 memcmp(packet.data + HEADER_LEN, query.data + HEADER_LEN, query.len - HEADER_LEN) == 0;

	if (!is_answer) {
		return DNS_OTHER;
	}

	bool is_cut_off = (packet.data[2] & 0x02) != 0; /* TC: the rest would come over TCP */
	size_t count = addresses->count;
	switch (packet.data[3] & 0x0f) {
	case RCODE_OK:
		read_records(packet, query.len, number_at(packet, 6), number_at(query, query.len - 4), addresses);
		return is_cut_off && addresses->count == count ? DNS_REFUSED : DNS_ANSWER;
	case RCODE_NAME:
		return DNS_NO_NAME;
	default:
		return DNS_REFUSED;
	}
}

/* Take the next word off a line; a word that begins with '#' or ';' ends it. */
static bool take_word(struct view *line, struct view *word)
{
	size_t len = 0;

	*line = view_trim(*line);
	while (len < line->len && line->data[len] != ' ' && line->data[len] != '\t') {
		len++;
	}
	*word = (struct view){line->data, len};
	line->data += len;
	line->len -= len;
	return len > 0 && word->data[0] != '#' && word->data[0] != ';';
}

static void read_options(struct dns_config *config, struct view line)
{
	struct view word;
	long long number;

	while (take_word(&line, &word)) {
		if (view_starts_with(word, "ndots:") && view_parse_number((struct view){word.data + 6, word.len - 6}, INT32_MAX, &number)) {
			config->ndots = number < NDOTS_MAX ? (unsigned int)number : NDOTS_MAX;
		}
	}
}

void dns_parse_config(struct dns_config *config, struct view text)
{
	struct view line;
	struct view word;

	*config = (struct dns_config){.ndots = 1};
	while (view_take_line(&text, &line)) {
		if (!take_word(&line, &word)) {
			continue;
		}
		if (view_equals(word, "nameserver") && take_word(&line, &word)) {
			if (config->server_count < DNS_SERVER_LIMIT &&
			    view_copy(word, config->servers[config->server_count], DNS_SERVER_TEXT)) {
				config->server_count++;
			}
		} else if (view_equals(word, "search") || view_equals(word, "domain")) {
			(void)view_copy(view_trim(line), config->search, sizeof config->search); /* a list too long is none */
		} else if (view_equals(word, "options")) {
			read_options(config, line);
		}
	}
}

static unsigned int count_dots(const char *name)
{
	unsigned int dots = 0;

	for (; *name != '\0'; name++) {
		dots += *name == '.';
	}
	return dots;
}

bool dns_take_candidate(const struct dns_config *config, const char *name, size_t *step, char candidate[HOST_LIMIT])
{
	bool is_absolute = count_dots(name) >= config->ndots || name[strlen(name) - 1] == '.';

	for (;;) {
		struct view domains = view_of(config->search);
		struct view domain;
		bool has_domain = false;
		size_t number = 0;

		while (!is_absolute && !has_domain && take_word(&domains, &domain)) {
			has_domain = number == *step;
			number += !has_domain;
		}
		if (!has_domain && number != *step) {
			return false;
		}
		(*step)++;
		if (!has_domain) { /* the domains are used up */
			return view_copy(view_of(name), candidate, HOST_LIMIT);
		}
		if (strlen(name) + 1 + domain.len < HOST_LIMIT) {
			text_format(candidate, HOST_LIMIT, "%s.%.*s", name, (int)domain.len, domain.data);
			return true;
		}
	}
}

bool dns_take_host(struct view *text, const char *name, struct view *address)
{
	struct view line;
	struct view word;

	while (view_take_line(text, &line)) {
		if (!take_word(&line, address)) {
			continue;
		}
		while (take_word(&line, &word)) {
			if (view_equals_ignoring_case(word, name)) {
				return true;
			}
		}
	}
	return false;
}
