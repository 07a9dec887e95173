/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "net.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "heap.h"

#define CONNECT_TIMEOUT_MS 5000
#define KEEPALIVE_IDLE_S   30
#define KEEPALIVE_PAUSE_S  10
#define KEEPALIVE_COUNT	   3

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

/* Returns the socket, or -1 with errno. */
static int connect_address(const struct addrinfo *address, int64_t deadline_ms)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
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

static void set_port(struct sockaddr *address, uint16_t port)
{
	if (address->sa_family == AF_INET6) {
		((struct sockaddr_in6 *)(void *)address)->sin6_port = htons(port);
	} else {
		((struct sockaddr_in *)(void *)address)->sin_port = htons(port);
	}
}

int net_connect(const struct url *server, int64_t deadline_ms, struct error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *addresses;
	int fault;
	int fd = -1;

	heap_reset(); /* the resolver is the one that uses it: what it gave last time is no longer in use */
	fault = getaddrinfo(server->host, NULL, &hints, &addresses);
	if (fault != 0) {
		return error_set(err, ERROR_UNREACHABLE, "cannot resolve %s: %s", server->host, gai_strerror(fault));
	}
	for (struct addrinfo *at = addresses; at != NULL && fd < 0; at = at->ai_next) {
		int64_t until_ms = clock_now_ms() + CONNECT_TIMEOUT_MS;
		set_port(at->ai_addr, server->port);
		fd = connect_address(at, until_ms < deadline_ms ? until_ms : deadline_ms);
	}
	if (fd < 0) {
		(void)error_set(err, ERROR_UNREACHABLE, "cannot connect: %s", strerror(errno)); /* gives -1, as is fd */
	}
	freeaddrinfo(addresses);
	return fd;
}
