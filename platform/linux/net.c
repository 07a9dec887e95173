/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "net.h"

#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "resolve.h"

#define CONNECT_TIMEOUT_MS 5000
#define STAGGER_MS         250  /* RFC 8305 section 8 */
#define LATER_STAGGER_MS   1500 /* once each address was first: time for a slow one, the first packet of which may be lost */
#define KEEPALIVE_IDLE_S   30
#define KEEPALIVE_PAUSE_S  10
#define KEEPALIVE_COUNT    3

bool net_wait(int fd, bool to_write, int64_t deadline_ms)
{
	struct pollfd wanted = {.fd = fd, .events = to_write ? POLLOUT : POLLIN};

	for (;;) {
		int64_t left_ms = deadline_ms - clock_now_ms();
		if (left_ms < 0) {
			return false;
		}
		int ready = poll(&wanted, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
		if (ready > 0) {
			return true; /* an error condition, too: the next call on the socket tells it */
		}
		if (ready < 0 && errno != EINTR) {
			return true;
		}
	}
}

static void set_option(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof value); /* without it all still works, if slower */
}

void net_fill_address(struct net_address *target, const struct dns_address *address, uint16_t port)
{
	memset(target, 0, sizeof *target);
	if (address->is_v6) {
		target->len = sizeof target->v6;
		target->v6.sin6_family = AF_INET6;
		target->v6.sin6_port = htons(port);
		memcpy(&target->v6.sin6_addr, address->bytes, sizeof target->v6.sin6_addr);
	} else {
		target->len = sizeof target->v4;
		target->v4.sin_family = AF_INET;
		target->v4.sin_port = htons(port);
		memcpy(&target->v4.sin_addr, address->bytes, sizeof target->v4.sin_addr);
	}
}

/* Connections under way, in the order of the addresses from number `first` on; and when the next one is begun. */
struct race {
	struct dns_addresses addresses;
	size_t first;
	uint16_t port;
	int64_t patience_ms;
	int64_t stagger_ms;
	int64_t deadline_ms;
	int64_t next_ms;
	size_t begun;
	size_t pending;
	struct pollfd sockets[DNS_ADDRESS_LIMIT]; /* fd -1: has failed, or was taken */
	int64_t due_ms[DNS_ADDRESS_LIMIT];
	int cause; /* of the failure to be told, 0: none yet */
	size_t culprit;
};

static const struct dns_address *address_of(const struct race *race, size_t number)
{
	return &race->addresses.list[(race->first + number) % race->addresses.count];
}

static void close_socket(struct race *race, size_t number)
{
	if (race->sockets[number].fd >= 0) {
		(void)close(race->sockets[number].fd); /* it never carried anything */
		race->sockets[number].fd = -1;
	}
}

/* Begin with the next address. */
static void begin_next(struct race *race, int64_t now_ms)
{
	struct net_address target;
	size_t number = race->begun++;
	int64_t left_ms = race->deadline_ms - now_ms;

	net_fill_address(&target, address_of(race, number), race->port);
	int fd = socket(target.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	race->sockets[number] = (struct pollfd){.fd = fd, .events = POLLOUT};
	race->due_ms[number] = now_ms + (left_ms < race->patience_ms ? left_ms : race->patience_ms);
	if (fd >= 0) {
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
		set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
		set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_PAUSE_S);
		set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
		if (connect(fd, &target.any, target.len) == 0 || errno == EINPROGRESS || errno == EINTR) {
			race->pending++;
			race->next_ms = now_ms + race->stagger_ms;
			return;
		}
	}
	int cause = errno;
	close_socket(race, number);
	race->next_ms = 0;
	if (race->cause == 0) { /* that there is no way to an address says less than what another has answered */
		race->cause = cause;
		race->culprit = number;
	}
}

/* Take what has become of number `number`. Returns its socket when it is connected, otherwise -1. */
static int settle(struct race *race, size_t number, int64_t now_ms)
{
	struct pollfd *wanted = &race->sockets[number];
	int fd = wanted->fd;
	int cause = ETIMEDOUT;
	socklen_t len = sizeof cause;

	if (fd < 0 || (wanted->revents == 0 && now_ms < race->due_ms[number])) {
		return -1;
	}
	if (wanted->revents != 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &len) != 0) {
		cause = errno;
	}
	race->pending--;
	if (cause == 0) {
		wanted->fd = -1;
		return fd;
	}
	close_socket(race, number);
	race->cause = cause;
	race->culprit = number;
	race->next_ms = 0;
	return -1;
}

/* Wait until one is connected, and return its socket; -1 when one has failed or `until_ms` has come. */
static int wait_for_one(struct race *race, int64_t now_ms, int64_t until_ms)
{
	int fd = -1;

	for (size_t i = 0; i < race->begun; i++) {
		race->sockets[i].revents = 0;
		if (race->sockets[i].fd >= 0 && race->due_ms[i] < until_ms) {
			until_ms = race->due_ms[i];
		}
	}
	int timeout_ms = until_ms > now_ms ? (int)(until_ms - now_ms) : 0;
	bool is_broken = poll(race->sockets, (nfds_t)race->begun, timeout_ms) < 0 && errno != EINTR;
	now_ms = is_broken ? INT64_MAX : clock_now_ms(); /* where there is no waiting, each is overdue */
	for (size_t i = 0; i < race->begun && fd < 0; i++) {
		fd = settle(race, i, now_ms);
	}
	return fd;
}

/* Returns the first socket that is connected, or -1 with `race->cause`. Others may still be open. */
static int run(struct race *race)
{
	int fd = -1;

	while (fd < 0) {
		int64_t now_ms = clock_now_ms();
		bool may_begin = race->begun < race->addresses.count && now_ms < race->deadline_ms;
		if (!may_begin && race->pending == 0) {
			return -1;
		}
		if (may_begin && (race->pending == 0 || now_ms >= race->next_ms)) {
			begin_next(race, now_ms);
		} else {
			fd = wait_for_one(race, now_ms, may_begin ? race->next_ms : race->deadline_ms);
		}
	}
	return fd;
}

static int send_all(int fd, struct view data, int64_t deadline_ms)
{
	while (data.len > 0) {
		ssize_t len = send(fd, data.data, data.len, MSG_NOSIGNAL);
		if (len < 0 && errno != EINTR && (errno != EAGAIN || !net_wait(fd, true, deadline_ms))) {
			return -1;
		}
		data.data += len > 0 ? len : 0;
		data.len -= (size_t)(len > 0 ? len : 0);
	}
	return 0;
}

/* Have the proxy connect the socket to the server. */
static int open_tunnel(int fd, const struct transport_peer *peer, int64_t deadline_ms, struct error *err)
{
	static char memory[PROXY_ANSWER_LIMIT]; /* the request, then the answer; one at a time */
	struct buffer text;
	int state = 0;

	buffer_init(&text, memory, sizeof memory);
	proxy_format_connect(&text, peer->proxy, peer->server);
	int sent = send_all(fd, buffer_view(&text), deadline_ms);
	buffer_wipe(memory, text.len);
	text.len = 0;
	while (state == 0) {
		if (sent == 0 && !net_wait(fd, false, deadline_ms)) {
			return proxy_blame(peer->proxy, view_of("does not answer in time"), err);
		}
		ssize_t len = sent == 0 ? recv(fd, text.data + text.len, text.capacity - text.len, 0) : 0;
		if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR)) {
			return proxy_blame(peer->proxy, view_of("closed the connection without an answer"), err);
		}
		text.len += len > 0 ? (size_t)len : 0;
		state = len > 0 ? proxy_read_answer(peer->proxy, buffer_view(&text), err) : 0;
	}
	return state > 0 ? 0 : -1;
}

static int fail(const struct race *race, bool is_proxy, struct error *err)
{
	char address[DNS_ADDRESS_TEXT];
	char name[DNS_ADDRESS_TEXT + 8];
	struct buffer text;

	dns_format_address(address, address_of(race, race->culprit));
	buffer_init(&text, name, sizeof name - 1);
	url_format_host(&text, address, race->port);
	name[text.len] = '\0';
	return error_set(err, ERROR_UNREACHABLE, "cannot connect to %s%s: %s", is_proxy ? "proxy " : "", name,
			 strerror(race->cause != 0 ? race->cause : ETIMEDOUT));
}

int net_connect(struct transport_peer *peer, int64_t deadline_ms, struct error *err)
{
	const struct proxy *proxy = peer->proxy;
	struct race race = {
		.port = proxy != NULL ? proxy->port : peer->server->port,
		.patience_ms = peer->patience_ms > 0 ? peer->patience_ms : CONNECT_TIMEOUT_MS,
		.deadline_ms = deadline_ms,
	};

	if (resolve_host(&race.addresses, proxy != NULL ? proxy->host : peer->server->host, deadline_ms, err) != 0) {
		return -1;
	}
	dns_interleave(&race.addresses);
	peer->address_count = race.addresses.count;
	race.first = peer->turn % race.addresses.count;
	race.stagger_ms = peer->turn < race.addresses.count ? STAGGER_MS : LATER_STAGGER_MS;
	int fd = run(&race);
	if (fd < 0) {
		return fail(&race, proxy != NULL, err);
	}
	if (race.sockets[0].fd >= 0) { /* it may be slow only */
		peer->address_count *= 2;
	}
	for (size_t i = 0; i < race.begun; i++) {
		close_socket(&race, i);
	}
	if (proxy != NULL) {
		int64_t due_ms = peer->patience_ms > 0 ? clock_now_ms() + peer->patience_ms : deadline_ms;
		if (open_tunnel(fd, peer, due_ms < deadline_ms ? due_ms : deadline_ms, err) != 0) {
			(void)close(fd); /* whatever was said: it is over */
			return -1;
		}
	}
	return fd;
}
