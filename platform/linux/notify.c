/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "sizes.h"

#define MARGIN_MS  15000              /* stop_after() leaves 5 s, and a machine at boot is slow */
#define FOREVER_MS (INT64_C(1) << 50) /* in microseconds it is still a number that systemd can read */

/* For a manager that is busy reloading; one that reads nothing must not hold up the run. */
static const struct timeval patience = {.tv_sec = 1};

static int socket_fd = -1;

void notify_start(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path != NULL ? strlen(path) : 0;

	if (len == 0 || len >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) { /* or vsock:, that of a virtual machine */
		return;
	}
	memcpy(address.sun_path, path, len);
	if (path[0] == '@') {
		address.sun_path[0] = '\0';
	}
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] == '/' ? 1 : 0));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) == 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* without it a send may wait longer */
		socket_fd = fd;
	}
}

static void tell(const char *name, const char *value)
{
	char text[ERROR_TEXT_LIMIT + 32];
	struct buffer message;

	if (socket_fd < 0) {
		return;
	}
	buffer_init(&message, text, sizeof text);
	buffer_add_text(&message, name);
	buffer_add_clean(&message, value);
	(void)send(socket_fd, message.data, message.len, MSG_NOSIGNAL); /* see notify.h */
}

void notify_extend(int64_t deadline_ms)
{
	char us[32];
	int64_t until_ms = deadline_ms < FOREVER_MS ? deadline_ms : FOREVER_MS;

	text_format(us, sizeof us, "%lld000", (long long)(until_ms - clock_now_ms() + MARGIN_MS));
	tell("EXTEND_TIMEOUT_USEC=", us);
}

void notify_status(const char *text)
{
	tell("STATUS=", text);
}

void notify_ready(void)
{
	tell("READY=", "1");
}
