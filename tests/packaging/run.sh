#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every kind of package that can be made here, made, looked into, installed and removed. Called by `make packages`.
#
#   run.sh FOLDER      (emptied first)
#
# Prints "ok - WHAT", "FAILED - WHAT" with what was found, or "SKIP - WHAT". Exit status 1 when something failed, or with CI=true was skipped.

# What the parts use is not used here, and they are sourced by a name that is put together.
# shellcheck disable=SC1090,SC1091,SC2034,SC2317
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/verdict.sh
rm -rf "$1" && mkdir -p "$1" || exit 1
folder=$(cd "$1" && pwd)
cache=${KUBELET_BOOTSTRAP_CACHE:-$HOME/.cache/kubelet-bootstrap}
packaging=platform/packaging

# log COMMAND...: prints what it printed, and only when it failed
log() { "$@" >"$folder/log" 2>&1 || { tail -n 40 "$folder/log"; echo "exit status $?"; }; }

skip() {
	printf 'SKIP - %s\n' "$1"
	[ "${CI:-}" != true ] || status=1
}

# PARTS: some of them only
for part in ${PARTS:-debian alpine buildroot yocto sysext}; do
	. "tests/packaging/$part.sh"
done
exit "$status"
