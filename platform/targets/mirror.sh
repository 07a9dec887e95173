# SPDX-License-Identifier: Apache-2.0
#
# Which Debian mirror this machine uses. Sourced.
# shellcheck shell=sh

# The one in apt's own settings: not that for security updates, which has another pool.
machine_mirror() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
		sed 's/#.*//' | grep -oE 'https?://[^ ]*/debian/?( |$)' | sed 's#/* *$##' | head -n 1
}
