/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pure code asks of the machine beside directories (disk.h) and network (transport.h), as a table of functions. platform/linux
 * fills it in.
 */
#ifndef HOST_H
#define HOST_H

#include <stdint.h>

#include "buffer.h"
#include "error.h"

enum host_level {
	HOST_NOTICE, /* what happened, or what a person must do; left out by --quiet */
	HOST_DETAIL, /* --verbose only */
};

enum host_read {
	HOST_READ_OK,
	HOST_READ_MISSING, /* no such file */
	HOST_READ_UNFIT,   /* a directory, or larger than the room in `content` */
	HOST_READ_FAILED,  /* anything else: the disk */
};

struct host {
	/* Monotonic milliseconds since the program started. */
	int64_t (*now_ms)(void);

	/*
	 * Seconds since 1970 of the calendar: the latest of the system's clock and of what is known not to lie in the future (clock.h).
	 * calendar_source() names the one that counted last, "the clock of this machine" for the first.
	 */
	int64_t (*calendar_s)(void);
	const char *(*calendar_source)(void);

	/* Sleep until now_ms() is at least `until_ms`. */
	void (*sleep_until)(int64_t until_ms);

	uint32_t (*random)(void);

	/*
	 * Read a whole file inside `root` ("" for none): append it to `content`. With all failures `err` is set (ERROR_DISK), and
	 * `content` may hold a part. `mode`, where not NULL, gets the permission bits of the file (0 to 07777).
	 */
	enum host_read (*read_file)(const char *root, const char *path, struct buffer *content, unsigned int *mode, struct error *err);

	/* Read the systemd credential `name` (systemd.exec(5), LoadCredential=). HOST_READ_MISSING: there is none of that name, or as
	 * above.
	 */
	enum host_read (*read_credential)(const char *name, struct buffer *content, struct error *err);

	/* Remove a file inside `root`, durably. A missing one is no error. 0, or -1 with ERROR_DISK. */
	int (*remove_file)(const char *root, const char *path, struct error *err);

	/* The host name as a node name. 0, or -1 with ERROR_CONFIG: it cannot be one. */
	int (*read_node_name)(char name[NODE_NAME_LIMIT], struct error *err);

	/* Print one line to standard error; control characters are replaced. A service manager that wants to know is told notices, too. */
	void (*say)(enum host_level level, const char *text);

	/*
	 * Show on a terminal what is being waited for: one line, cut to the width of a terminal, that the next one, or the next say(),
	 * replaces. Returns when to call again, INT64_MAX where nobody looks on.
	 */
	int64_t (*show)(const char *text);

	/* The request `csr_name` stands: what a signal that ends the process should say. */
	void (*standing)(const char *csr_name);

	/* Everything is in place: from now on a signal that ends the process ends it with success. */
	void (*committed)(void);
};

/* Of two deadlines the one that comes first. */
static inline int64_t host_earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

#endif
