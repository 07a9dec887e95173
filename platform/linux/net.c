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

/* Returns the socket, or -1 with errno. */
static int connect_address(const struct net_address *target, int64_t deadline_ms)
{
	int fd = socket(target->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int cause = 0;
	socklen_t len = sizeof cause;

	if (fd < 0) {
		return -1;
	}
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_PAUSE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
	if (connect(fd, &target->any, target->len) == 0) {
		return fd;
	}
	cause = errno;
	if (cause == EINPROGRESS || cause == EINTR) {
		cause = ETIMEDOUT;
		if (net_wait(fd, true, deadline_ms) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &len) != 0) {
			cause = errno;
		}
	}
	if (cause == 0) {
		return fd;
	}
	(void)close(fd); /* it never carried anything */
	errno = cause;
	return -1;
}

int net_connect(struct transport_peer *peer, int64_t deadline_ms, struct error *err)
{
	struct dns_addresses addresses;
	struct net_address target;
	int fd = -1;

	if (resolve_host(&addresses, peer->server->host, deadline_ms, err) != 0) {
		return -1;
	}
	peer->address_count = addresses.count;
	for (size_t i = 0; i < addresses.count && fd < 0; i++) {
		int64_t now_ms = clock_now_ms();
		int64_t share_ms = (deadline_ms - now_ms) / (int64_t)(addresses.count - i);
		net_fill_address(&target, &addresses.list[(peer->turn + i) % addresses.count], peer->server->port);
		fd = connect_address(&target, now_ms + (share_ms < CONNECT_TIMEOUT_MS ? share_ms : CONNECT_TIMEOUT_MS));
	}
	if (fd < 0) {
		return error_set(err, ERROR_UNREACHABLE, "cannot connect: %s", strerror(errno));
	}
	return fd;
}
