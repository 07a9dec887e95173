/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "dns.h"

#define ID 0x1234

/* A query for `name`; kept until the program ends. */
static struct view query_for(const char *name, enum dns_type type)
{
	BUFFER(query, DNS_PACKET_LIMIT);

	assert_int_equal(dns_format_query(&query, ID, view_of(name), type), 0);
	return support_exact(buffer_view(&query));
}

/* An answer to `query`: flags, the number of answers, and behind the question `records` as hex. */
static struct view answer_to(struct view query, unsigned int flags, unsigned int count, const char *records)
{
	unsigned char packet[4096];

	memcpy(packet, query.data, query.len);
	packet[2] = (unsigned char)(flags >> 8);
	packet[3] = (unsigned char)flags;
	packet[6] = (unsigned char)(count >> 8);
	packet[7] = (unsigned char)count;
	size_t len = query.len + support_hex(packet + query.len, sizeof packet - query.len, records);
	return support_exact((struct view){(const char *)packet, len});
}

/* The addresses as hex, one behind the other with a space between. */
static void assert_addresses(const char *label, const struct dns_addresses *addresses, const char *expected)
{
	BUFFER(text, 1024);

	for (size_t i = 0; i < addresses->count; i++) {
		buffer_add_text(&text, i > 0 ? " " : "");
		for (size_t j = 0; j < (addresses->list[i].is_v6 ? 16 : 4); j++) {
			unsigned char byte = addresses->list[i].bytes[j];
			buffer_add(&text, &"0123456789abcdef"[byte >> 4], 1);
			buffer_add(&text, &"0123456789abcdef"[byte & 15], 1);
		}
	}
	assert_text(label, buffer_view(&text), expected);
}

#define RESPONSE   0x8180 /* recursion desired and available */
#define TRUNCATED  0x8380
#define SERVFAIL   0x8182
#define NXDOMAIN   0x8183
#define REFUSED    0x8185
#define A_10       "c00c 0001 0001 0000003c 0004 0a000001"
#define A_11       "c00c 0001 0001 0000003c 0004 0a000002"
#define AAAA_1     "c00c 001c 0001 0000003c 0010 20010db8000000000000000000000001"
#define ALIAS      "c00c 0005 0001 0000003c 0008 0361706903 6c6200" /* the name does not matter */
#define ALIAS_LONG "0361706907 6578616d706c6503 636f6d00 0005 0001 0000003c 0005 026c62c010"
#define A_OF_ALIAS "026c62c010 0001 0001 0000003c 0004 0a000003"

TEST(a_query_has_the_bytes_of_rfc_1035)
{
	static const struct {
		const char *name;
		enum dns_type type;
		const char *hex;
	} rows[] = {
		{"api.example.com", DNS_A, "1234 0100 0001 0000 0000 0000 03617069 076578616d706c65 03636f6d 00 0001 0001"},
		{"api.example.com.", DNS_AAAA, "1234 0100 0001 0000 0000 0000 03617069 076578616d706c65 03636f6d 00 001c 0001"},
		{"a", DNS_A, "1234 0100 0001 0000 0000 0000 0161 00 0001 0001"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned char bytes[64];
		size_t len = support_hex(bytes, sizeof bytes, rows[i].hex);
		assert_view(rows[i].name, query_for(rows[i].name, rows[i].type), ((struct view){(const char *)bytes, len}));
	}
}

TEST(what_is_no_dns_name_is_not_asked_for)
{
	char label_63[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char label_64[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char name_253[254];
	char name_254[255];

	memset(name_253, 'a', 253);
	memset(name_254, 'a', 254);
	for (size_t i = 49; i < 253; i += 50) {
		name_253[i] = name_254[i] = '.';
	}
	name_253[253] = name_254[254] = '\0';
	const struct {
		const char *name;
		int result;
	} rows[] = {
		{"", -1},      {".", -1},      {".a", -1},    {"a..b", -1},   {"a..", -1}, {"..", -1},
		{label_63, 0}, {label_64, -1}, {name_253, 0}, {name_254, -1}, {"a.b.", 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		BUFFER(query, DNS_PACKET_LIMIT);
		assert_row(rows[i].name, dns_format_query(&query, ID, support_exact(view_of(rows[i].name)), DNS_A) == rows[i].result);
	}
}

TEST(a_query_that_does_not_fit_is_an_error)
{
	for (size_t capacity = 0; capacity < 33; capacity++) {
		char memory[33];
		struct buffer query;
		buffer_init(&query, memory, capacity);
		assert_int_equal(dns_format_query(&query, ID, view_of("api.example.com"), DNS_A), -1);
	}
}

TEST(addresses_are_taken_out_of_answers)
{
	static const struct {
		const char *label;
		enum dns_type type;
		unsigned int flags;
		unsigned int count;
		const char *records;
		enum dns_result result;
		const char *addresses;
	} rows[] = {
		{"one", DNS_A, RESPONSE, 1, A_10, DNS_ANSWER, "0a000001"},
		{"two", DNS_A, RESPONSE, 2, A_10 A_11, DNS_ANSWER, "0a000001 0a000002"},
		{"IPv6", DNS_AAAA, RESPONSE, 1, AAAA_1, DNS_ANSWER, "20010db8000000000000000000000001"},
		{"none", DNS_AAAA, RESPONSE, 0, "", DNS_ANSWER, ""},
		{"alias in front", DNS_A, RESPONSE, 2, ALIAS A_10, DNS_ANSWER, "0a000001"},
		{"aliases written out", DNS_A, RESPONSE, 2, ALIAS_LONG A_OF_ALIAS, DNS_ANSWER, "0a000003"},
		{"an alias alone", DNS_A, RESPONSE, 1, ALIAS, DNS_ANSWER, ""},
		{"the other type", DNS_A, RESPONSE, 2, AAAA_1 A_10, DNS_ANSWER, "0a000001"},
		{"a foreign class", DNS_A, RESPONSE, 2, "c00c 0001 0003 0000003c 0004 0a0000ff" A_10, DNS_ANSWER, "0a000001"},
		{"a wrong length", DNS_A, RESPONSE, 2, "c00c 0001 0001 0000003c 0003 0a0000" A_10, DNS_ANSWER, "0a000001"},
		{"more behind the answers", DNS_A, RESPONSE, 1, A_10 A_11, DNS_ANSWER, "0a000001"},
		{"cut off", DNS_A, TRUNCATED, 2, A_10 "c00c 0001 0001", DNS_ANSWER, "0a000001"},
		{"a count too large", DNS_A, RESPONSE, 0xffff, A_10, DNS_ANSWER, "0a000001"},
		{"a length beyond the end", DNS_A, RESPONSE, 2, "c00c 0001 0001 0000003c ffff 0a000001" A_11, DNS_ANSWER, ""},
		{"a pointer to itself", DNS_A, RESPONSE, 1, "c021 0001 0001 0000003c 0004 0a000001", DNS_ANSWER, "0a000001"},
		{"a pointer beyond the end", DNS_A, RESPONSE, 1, "ffff 0001 0001 0000003c 0004 0a000001", DNS_ANSWER, "0a000001"},
		{"half a pointer", DNS_A, RESPONSE, 1, "c0", DNS_ANSWER, ""},
		{"a label beyond the end", DNS_A, RESPONSE, 1, "3f61", DNS_ANSWER, ""},
		{"no such name", DNS_A, NXDOMAIN, 0, "", DNS_NO_NAME, ""},
		{"no such name, with an alias", DNS_A, NXDOMAIN, 1, ALIAS, DNS_NO_NAME, ""},
		{"server failure", DNS_A, SERVFAIL, 0, "", DNS_REFUSED, ""},
		{"refused", DNS_A, REFUSED, 1, A_10, DNS_REFUSED, ""},
		{"a query sent back", DNS_A, 0x0100, 0, "", DNS_OTHER, ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_addresses addresses = {0};
		struct view query = query_for("api.example.com", rows[i].type);
		struct view answer = answer_to(query, rows[i].flags, rows[i].count, rows[i].records);
		assert_row(rows[i].label, dns_parse_answer(query, answer, &addresses) == rows[i].result);
		assert_addresses(rows[i].label, &addresses, rows[i].addresses);
	}
}

TEST(what_is_no_answer_to_the_query_is_passed_over)
{
	struct view query = query_for("api.example.com", DNS_A);
	struct view answer = answer_to(query, RESPONSE, 1, A_10);
	const struct {
		const char *label;
		size_t at;
		char byte;
	} rows[] = {
		{"identity, first byte", 0, 0x13}, {"identity, second byte", 1, 0x35}, {"a query", 2, 0x01},     {"no question", 5, 0},
		{"two questions", 5, 2},           {"another name", 13, 'b'},          {"another type", 30, 28}, {"another class", 32, 3},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_addresses addresses = {0};
		char packet[DNS_PACKET_LIMIT];
		memcpy(packet, answer.data, answer.len);
		packet[rows[i].at] = rows[i].byte;
		assert_row(rows[i].label, dns_parse_answer(query, (struct view){packet, answer.len}, &addresses) == DNS_OTHER);
		assert_row(rows[i].label, addresses.count == 0);
	}
}

TEST(an_answer_cut_at_any_length_gives_what_is_whole)
{
	struct view query = query_for("api.example.com", DNS_A);
	struct view answer = answer_to(query, RESPONSE, 3, ALIAS A_10 A_11);

	for (size_t len = 0; len <= answer.len; len++) {
		struct dns_addresses addresses = {0};
		enum dns_result result = dns_parse_answer(query, support_exact((struct view){answer.data, len}), &addresses);
		assert_int_equal(result, len < query.len ? DNS_OTHER : DNS_ANSWER);
		assert_int_equal(addresses.count, len == answer.len ? 2 : len >= answer.len - 16 ? 1 : 0);
	}
}

TEST(any_byte_may_be_wrong)
{
	struct view query = query_for("a.b", DNS_AAAA);
	struct view answer = answer_to(query, RESPONSE, 3, ALIAS AAAA_1 AAAA_1);
	struct view copy = support_exact(answer);
	char *packet = (char *)(uintptr_t)copy.data;

	for (size_t at = 0; at < answer.len; at++) {
		for (int byte = 0; byte < 256; byte++) {
			struct dns_addresses addresses = {0};
			packet[at] = (char)byte;
			(void)dns_parse_answer(query, copy, &addresses); /* that it ends, inside the packet, is all that is asked */
			assert_true(addresses.count <= 3);
		}
		packet[at] = answer.data[at];
	}
}

TEST(more_addresses_than_there_is_room_for_are_dropped)
{
	struct view query = query_for("a", DNS_A);
	struct dns_addresses addresses = {0};

	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(dns_parse_answer(query, answer_to(query, RESPONSE, 2, A_10 A_11), &addresses), DNS_ANSWER);
	}
	assert_int_equal(addresses.count, DNS_ADDRESS_LIMIT);
	assert_int_equal(addresses.list[DNS_ADDRESS_LIMIT - 1].bytes[3], 2);
}

TEST(families_take_turns_and_ipv4_begins)
{
	static const struct {
		const char *before, *after; /* capitals: IPv6 */
	} rows[] = {
		{"", ""},
		{"a", "a"},
		{"A", "A"},
		{"Aa", "aA"},
		{"abc", "abc"},
		{"ABC", "ABC"},
		{"abAB", "aAbB"},
		{"ABab", "aAbB"},
		{"abcA", "aAbc"},
		{"ABCa", "aABC"},
		{"abcdefghABCDEFGH", "aAbBcCdDeEfFgGhH"},
		{"aAbBcC", "aAbBcC"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_addresses addresses = {0};
		BUFFER(after, DNS_ADDRESS_LIMIT);
		for (const char *at = rows[i].before; *at != '\0'; at++) {
			char bytes[16] = {*at};
			dns_add_address(&addresses, *at < 'a', bytes);
		}
		dns_interleave(&addresses);
		for (size_t at = 0; at < addresses.count; at++) {
			assert_row(rows[i].before, addresses.list[at].is_v6 == (addresses.list[at].bytes[0] < 'a'));
			buffer_add(&after, addresses.list[at].bytes, 1);
		}
		assert_text(rows[i].before, buffer_view(&after), rows[i].after);
	}
}

TEST(addresses_have_a_text)
{
	static const struct {
		bool is_v6;
		const char *hex, *text;
	} rows[] = {
		{false, "00000000", "0.0.0.0"},
		{false, "0a00ff01", "10.0.255.1"},
		{true, "fd00000000000000000000000000abcd", "fd00:0:0:0:0:0:0:abcd"},
		{true, "ffffffffffffffffffffffffffffffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_address address = {.is_v6 = rows[i].is_v6};
		char text[DNS_ADDRESS_TEXT];
		(void)support_hex(address.bytes, sizeof address.bytes, rows[i].hex);
		dns_format_address(text, &address);
		assert_text(rows[i].text, view_of(text), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_has_the_bytes_of_rfc_1035),
		cmocka_unit_test(what_is_no_dns_name_is_not_asked_for),
		cmocka_unit_test(a_query_that_does_not_fit_is_an_error),
		cmocka_unit_test(addresses_are_taken_out_of_answers),
		cmocka_unit_test(what_is_no_answer_to_the_query_is_passed_over),
		cmocka_unit_test(an_answer_cut_at_any_length_gives_what_is_whole),
		cmocka_unit_test(any_byte_may_be_wrong),
		cmocka_unit_test(more_addresses_than_there_is_room_for_are_dropped),
		cmocka_unit_test(families_take_turns_and_ipv4_begins),
		cmocka_unit_test(addresses_have_a_text),
	};
	return RUN("dns", tests);
}
