/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "files.h"
#include "net.h"

#define DNS_PORT          53
#define SERVER_TIMEOUT_MS 2000
#define SECOND_FAMILY_MS  300
#define ROUNDS            2
#define SERVER_DEFAULT    "127.0.0.1" /* resolv.conf(5) */

/* Two questions about one name. */
struct lookup {
	struct buffer query[2];
	bool is_answered[2];
	bool is_refused[2]; /* by the server that is being asked */
	char memory[2][DNS_PACKET_LIMIT];
};

static const enum dns_type types[2] = {DNS_A, DNS_AAAA};

/* Append the address that `text` is. False when it is none. */
static bool add_literal(struct dns_addresses *addresses, struct view text)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	if (!view_copy(text, copy, sizeof copy)) {
		return false;
	}
	if (inet_pton(AF_INET, copy, bytes) == 1) {
		dns_add_address(addresses, false, bytes);
	} else if (inet_pton(AF_INET6, copy, bytes) == 1) {
		dns_add_address(addresses, true, bytes);
	} else {
		return false;
	}
	return true;
}

/* A file that is missing or too long gives what there is of it. */
static struct view read_front(const char *path, char *memory, size_t capacity)
{
	struct buffer text;
	struct error ignored;

	buffer_init(&text, memory, capacity);
	if (files_read("", path, &text, NULL, &ignored) != HOST_READ_OK && !text.overflow) {
		text.len = 0;
	}
	return buffer_view(&text);
}

static void find_in_hosts(struct dns_addresses *addresses, const char *host, char *memory)
{
	struct view text = read_front(RESOLVE_HOSTS, memory, RESOLVER_FILE_LIMIT);
	struct view address;

	while (dns_take_host(&text, host, &address)) {
		(void)add_literal(addresses, address); /* a line with something else is passed over */
	}
}

static void load_config(struct dns_config *config, char *memory)
{
	dns_parse_config(config, read_front(RESOLVE_CONFIG, memory, RESOLVER_FILE_LIMIT));
	if (config->server_count == 0) {
		dns_parse_config(config, read_front(RESOLVE_KERNEL, memory, RESOLVER_FILE_LIMIT));
	}
	if (config->server_count == 0) {
		(void)view_copy(view_of(SERVER_DEFAULT), config->servers[config->server_count++], DNS_SERVER_TEXT); /* it fits */
	}
}

/* A socket that hears `server` only. -1 when there is no such server. */
static int connect_server(const char *server)
{
	const char *scope = strchr(server, '%');
	struct dns_addresses address = {0};
	struct net_address target;

	if (!add_literal(&address, (struct view){server, scope != NULL ? (size_t)(scope - server) : strlen(server)})) {
		return -1;
	}
	net_fill_address(&target, &address.list[0], DNS_PORT);
	int fd = socket(target.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && scope != NULL) { /* without it the connect below says so */
		(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, scope + 1, (socklen_t)strlen(scope + 1));
	}
	if (fd >= 0 && connect(fd, &target.any, target.len) != 0) {
		(void)close(fd); /* it never carried anything */
		fd = -1;
	}
	return fd;
}

static bool is_settled(const struct lookup *lookup)
{
	return (lookup->is_answered[0] || lookup->is_refused[0]) && (lookup->is_answered[1] || lookup->is_refused[1]);
}

/* Take what came in as the answer to the question it belongs to. False when it says that the name does not exist. */
static bool take_answer(struct lookup *lookup, struct view packet, struct dns_addresses *addresses)
{
	for (int i = 0; i < 2; i++) {
		if (lookup->is_answered[i]) {
			continue;
		}
		enum dns_result result = dns_parse_answer(buffer_view(&lookup->query[i]), packet, addresses);
		if (result == DNS_NO_NAME) {
			return false;
		}
		lookup->is_answered[i] = result == DNS_ANSWER;
		lookup->is_refused[i] = lookup->is_refused[i] || result == DNS_REFUSED;
	}
	return true;
}

/* Ask what is not answered yet, and take answers until all are there or the time is up. False when the name does not exist. */
static bool ask(struct lookup *lookup, int fd, int64_t until_ms, struct dns_addresses *addresses)
{
	char packet[DNS_PACKET_LIMIT];

	for (int i = 0; i < 2; i++) {
		lookup->is_refused[i] = false;
		if (!lookup->is_answered[i] && send(fd, lookup->query[i].data, lookup->query[i].len, MSG_NOSIGNAL) < 0) {
			return true; /* nobody there: the next server may know */
		}
	}
	while (!is_settled(lookup) && net_wait(fd, false, until_ms)) {
		ssize_t len = recv(fd, packet, sizeof packet, 0);
		if (len < 0 && errno != EAGAIN && errno != EINTR) {
			return true; /* as above */
		}
		if (len > 0 && !take_answer(lookup, (struct view){packet, (size_t)len}, addresses)) {
			return false;
		}
		if (addresses->count > 0) { /* one family is there: the other gets a moment */
			int64_t soon_ms = clock_now_ms() + SECOND_FAMILY_MS;
			until_ms = until_ms < soon_ms ? until_ms : soon_ms;
		}
	}
	return true;
}

/* Look one full name up. -1 when nobody answered, otherwise 0. */
static int look_up(struct dns_addresses *addresses, const struct dns_config *config, const char *name, int64_t deadline_ms)
{
	struct lookup lookup = {0};

	for (int i = 0; i < 2; i++) {
		buffer_init(&lookup.query[i], lookup.memory[i], sizeof lookup.memory[i]);
		if (dns_format_query(&lookup.query[i], (uint16_t)clock_random_number(), view_of(name), types[i]) != 0) {
			return 0; /* no such name can exist */
		}
	}
	for (size_t attempt = 0; attempt < config->server_count * ROUNDS && clock_now_ms() < deadline_ms; attempt++) {
		static size_t server; /* the one that answered last is asked first */
		int64_t until_ms = clock_now_ms() + SERVER_TIMEOUT_MS;
		server = (server + (attempt > 0 ? 1 : 0)) % config->server_count;
		int fd = connect_server(config->servers[server]);
		if (fd < 0) {
			continue;
		}
		bool may_exist = ask(&lookup, fd, until_ms < deadline_ms ? until_ms : deadline_ms, addresses);
		(void)close(fd); /* datagrams only */
		if (!may_exist || addresses->count > 0 || (lookup.is_answered[0] && lookup.is_answered[1])) {
			return 0;
		}
	}
	return -1;
}

int resolve_host(struct dns_addresses *addresses, const char *host, int64_t deadline_ms, struct error *err)
{
	static char memory[RESOLVER_FILE_LIMIT]; /* one look-up at a time */
	char candidate[HOST_LIMIT];
	struct dns_config config;
	size_t step = 0;
	int result = 0;

	addresses->count = 0;
	if (add_literal(addresses, view_of(host))) {
		return 0;
	}
	find_in_hosts(addresses, host, memory);
	if (addresses->count > 0) {
		return 0;
	}
	load_config(&config, memory);
	while (addresses->count == 0 && dns_take_candidate(&config, host, &step, candidate)) { /* one domain may fail, another be good */
		result = look_up(addresses, &config, candidate, deadline_ms) != 0 ? -1 : result;
	}
	if (addresses->count > 0) {
		return 0;
	}
	return error_set(err, ERROR_UNREACHABLE, "cannot resolve %s: %s %s", host,
			 result == 0 ? "no such name, says name server" : "no answer from name server", config.servers[0]);
}
