/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <sys/utsname.h>

#include "clock.h"
#include "files.h"
#include "log.h"
#include "node.h"
#include "stop.h"

static int read_node_name(char name[NODE_NAME_LIMIT], struct error *err)
{
	struct utsname system;

	(void)uname(&system); /* cannot fail with a valid address */
	if (node_parse_name(name, view_of(system.nodename), err) != 0) {
		return error_wrap(err, "cannot use the host name \"%s\" as node name; set [node] name", system.nodename);
	}
	return 0;
}

const struct host machine_host = {
	.now_ms = clock_now_ms,
	.calendar_s = clock_calendar_s,
	.calendar_source = clock_calendar_source,
	.sleep_until = clock_sleep_until,
	.random = clock_random_number,
	.read_file = files_read,
	.read_credential = files_read_credential,
	.remove_file = files_remove,
	.read_node_name = read_node_name,
	.say = log_say,
	.show = log_show,
	.standing = stop_with_request,
	.committed = stop_with_success,
};
