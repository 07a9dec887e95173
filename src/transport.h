/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One verified, encrypted connection at a time, as a table of functions. platform/mbedtls/tls.c fills it in; a test scripts it.
 *
 * Every call takes an absolute deadline of host.now_ms() and returns by then.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "proxy.h"
#include "url.h"

enum transport_result {
	TRANSPORT_OK,
	TRANSPORT_END,     /* receive: the peer has closed the connection */
	TRANSPORT_TIMEOUT, /* receive: nothing came before the deadline; the connection is still good */
	TRANSPORT_ERROR,   /* `err` tells; the connection is closed */
};

/* Whom to connect to. */
struct transport_peer {
	const struct url *server;
	const struct proxy *proxy; /* NULL: none */
	const char *name;          /* that its certificate must have; "" for the host of the URL */
	bool is_stranger;          /* connect although no authority is known yet: nothing secret may be sent before trust() */
	size_t turn;               /* which of its addresses is tried first: the next one with each turn */
	int64_t patience_ms;       /* how long each of them may take to accept, and a proxy to connect; 0: as long as is usual */
	size_t address_count;      /* how many turns try each address; set by open() once they are known */
	/* Set by open() and trust() with ERROR_UNTRUSTED: since 1970, when the one fault of the certificate ends, that it is not valid yet;
	 * 0: the fault is another. */
	int64_t not_before_s;
};

/* With what to verify the server, and to prove who we are: PEM, and where it came from, for messages. */
struct transport_material {
	struct view authorities; /* empty: not known yet, see trust() */
	const char *authorities_name;
	struct view certificate; /* of the client, and its key; both empty: none */
	struct view key;
	const char *certificate_name;
	const char *key_name;
};

struct transport {
	void *self;

	/*
	 * Connect to one of the addresses of the peer, and verify who it is.
	 * 0, or -1 with ERROR_UNREACHABLE, ERROR_UNTRUSTED or ERROR_INTERNAL.
	 */
	int (*open)(void *self, struct transport_peer *peer, int64_t deadline_ms, struct error *err);

	/*
	 * Take `authorities` (PEM) as those to verify servers with from now on, and the server of the open connection to `peer`, too.
	 * 0, or -1 with ERROR_UNTRUSTED or ERROR_INTERNAL; the connection is closed then, and servers are verified all the same.
	 */
	int (*trust)(void *self, struct transport_peer *peer, struct view authorities, struct error *err);

	/* Send all of `data`, in one write where the kernel takes it. TRANSPORT_OK or TRANSPORT_ERROR. */
	enum transport_result (*send)(void *self, struct view data, int64_t deadline_ms, struct error *err);

	/* Receive at least one byte into the room left in `into`. */
	enum transport_result (*receive)(void *self, struct buffer *into, int64_t deadline_ms, struct error *err);

	/* Close the connection; harmless when there is none. */
	void (*close)(void *self);
};

#endif
