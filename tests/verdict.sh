# SPDX-License-Identifier: Apache-2.0
#
# Sourced by the checks that find or find nothing: purity.sh, style.sh. Sets and keeps `status`, their exit status.

status=0

# verdict WHAT FOUND: nothing may be found.
verdict() {
	if [ -z "$2" ]; then
		printf 'ok - %s\n' "$1"
	else
		printf 'FAILED - %s\n%s\n' "$1" "$2"
		status=1
	fi
}
