/* SPDX-License-Identifier: Apache-2.0 */
/* src/dns.h: the input is a packet that comes in answer to a query for api.example.com, or what is behind the question of one. */
#include "dns.h"
#include "fuzz.h"

#define ID 0x1234

static enum dns_result parse(const struct buffer *query, struct view packet)
{
	struct dns_addresses addresses = {0};
	enum dns_result result = dns_parse_answer(buffer_view(query), packet, &addresses);

	FUZZ_CHECK(addresses.count <= DNS_ADDRESS_LIMIT);
	FUZZ_CHECK(addresses.count == 0 || result == DNS_ANSWER);
	FUZZ_CHECK(addresses.count * 14 <= packet.len); /* each has a record of its own */
	return result;
}

/* With the question of `query` in front, the input is an answer for certain: its first four bytes are flags and the number of records. */
static void parse_behind_question(const struct buffer *query, struct view text)
{
	size_t len = query->len + text.len;
	char *packet = malloc(len);

	FUZZ_CHECK(packet != NULL);
	memcpy(packet, query->data, query->len);
	memcpy(packet + query->len, text.data, text.len);
	memcpy(packet + 2, text.data, text.len < 2 ? text.len : 2);
	packet[2] = (char)(packet[2] | 0x80);
	packet[7] = (char)(text.len > 2 ? text.data[2] : 0);
	FUZZ_CHECK(parse(query, (struct view){packet, len}) != DNS_OTHER);
	free(packet);
}

/* Every name makes a query of the right size, or none. */
static void format(struct view name)
{
	char memory[DNS_PACKET_LIMIT];
	struct buffer query;
	size_t len = name.len - (name.len > 0 && name.data[name.len - 1] == '.');

	buffer_init(&query, memory, sizeof memory);
	int result = dns_format_query(&query, ID, name, DNS_A);
	FUZZ_CHECK(result == -1 || (result == 0 && !query.overflow && query.len == 12 + len + 2 + 4 && len < HOST_LIMIT));
	buffer_init(&query, memory, 20);
	result = dns_format_query(&query, ID, name, DNS_A);
	FUZZ_CHECK(result == -1 || query.len <= 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = fuzz_view(data, size);
	const enum dns_type types[] = {DNS_A, DNS_AAAA};
	char memory[DNS_PACKET_LIMIT];
	struct buffer query;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		buffer_init(&query, memory, sizeof memory);
		FUZZ_CHECK(dns_format_query(&query, ID, view_of("api.example.com"), types[i]) == 0);
		(void)parse(&query, text); /* all is checked there */
		parse_behind_question(&query, text);
	}
	format(text);
	return 0;
}
