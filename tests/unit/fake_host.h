/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine (src/host.h) whose clock only moves when somebody sleeps or waits for the network, and which remembers what it was told.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "host.h"
#include "support.h"

#define FAKE_HOST_LINES 512
#define FAKE_HOST_FILES 12

struct fake_host_line {
	enum host_level level;
	int64_t at_ms;
	char text[ERROR_TEXT_LIMIT];
};

struct fake_host_file {
	const char *path; /* with root in front; NULL: none */
	struct view content;
	bool is_broken;    /* reading it is an I/O error */
	bool is_fixed;     /* it cannot be removed */
	bool is_gone;      /* it was removed */
	unsigned int mode; /* 0: 0600 */
};

#define COLUMNS 80 /* of a terminal; one for the NUL */

struct fake_host_state {
	int64_t now_ms;
	int64_t calendar_s; /* at the start */
	int64_t set_at_ms;  /* then somebody sets the clock to FAKE_HOST_CALENDAR; 0: nobody does */
	uint32_t random;
	const char *node_name; /* NULL: the host name cannot be one */
	struct fake_host_file files[FAKE_HOST_FILES];
	struct fake_host_line lines[FAKE_HOST_LINES];
	size_t line_count;
	bool is_watched; /* somebody looks at the terminal */
	size_t shown_count;
	char shown[COLUMNS];
	size_t standing_count;
	char standing[CSR_NAME_LIMIT];
	size_t committed_count;
	size_t changes_at_commit;   /* of the disk below, when committed() was called */
	const size_t *disk_changes; /* NULL: there is no disk */
};

extern struct fake_host_state fake_host_state;
extern const struct host fake_host;

#define FAKE_HOST_CALENDAR 1827043200 /* 2027-11-24T08:00:00Z */

void fake_host_reset(void);
void fake_host_add_file(const char *path, struct view content);

/* The first line that holds `part`, or NULL. */
const struct fake_host_line *fake_host_find_line(const char *part);

/* How many lines of that level hold `part`. */
size_t fake_host_count_lines(enum host_level level, const char *part);

#endif
