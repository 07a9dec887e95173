/* SPDX-License-Identifier: Apache-2.0 */
/* src/dns.h: the input is /etc/resolv.conf, and also /etc/hosts. */
#include "dns.h"
#include "fuzz.h"

static void check_candidates(const struct dns_config *config, const char *name)
{
	size_t step = 0;
	char candidate[HOST_LIMIT];
	char last[HOST_LIMIT] = "";
	size_t count = 0;

	while (dns_take_candidate(config, name, &step, candidate)) {
		FUZZ_CHECK(memchr(candidate, '\0', sizeof candidate) != NULL);
		FUZZ_CHECK(strncmp(candidate, name, strlen(name)) == 0);
		FUZZ_CHECK(++count <= DNS_SEARCH_LIMIT);
		memcpy(last, candidate, sizeof last);
	}
	FUZZ_CHECK(strcmp(last, name) == 0); /* in the end the name as it is, always */
}

static void read_config(struct view text)
{
	struct dns_config config;

	memset(&config, 'x', sizeof config);
	dns_parse_config(&config, text);
	FUZZ_CHECK(config.server_count <= DNS_SERVER_LIMIT && config.ndots <= 15);
	FUZZ_CHECK(memchr(config.search, '\0', sizeof config.search) != NULL);
	for (size_t i = 0; i < config.server_count; i++) {
		FUZZ_CHECK(memchr(config.servers[i], '\0', DNS_SERVER_TEXT) != NULL);
	}
	check_candidates(&config, "api");
	check_candidates(&config, "api.example.com");
	check_candidates(&config, "api.example.");
}

static void read_hosts(struct view text)
{
	struct view rest = text;
	struct view address;
	size_t left = rest.len;

	while (dns_take_host(&rest, "api.example.com", &address)) {
		FUZZ_CHECK(address.len > 0 && fuzz_is_inside(address, text) && rest.len < left);
		left = rest.len;
	}
	FUZZ_CHECK(rest.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_config(fuzz_view(data, size));
	read_hosts(fuzz_view(data, size));
	return 0;
}
