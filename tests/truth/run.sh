#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What the program says about losses against what really happened; see
# truth.py.  Arguments are handed on, --long for thousands of losses.
# Exit status 77: this machine or this user cannot make the network, or
# TRUTH_SKIP is set (it takes a minute, and tells the same of every build).

here=$(dirname "$0")
program=${TCPSTATES:-${top_builddir:-$here/../..}/src/tcpstates}

skip() {
	echo "skipped: $1"
	exit 77
}

test -z "${TRUTH_SKIP:-}" || skip 'TRUTH_SKIP is set'
command -v python3 >/dev/null || skip 'no python3'
test -x "$program" || skip "no $program"
test -c /dev/net/tun || skip 'no /dev/net/tun'

if test "$(id -u)" -ne 0; then
	unshare --user --map-root-user --net true 2>/dev/null ||
	    skip 'neither root nor user namespaces'
	exec unshare --user --map-root-user --net \
	    python3 "$here/truth.py" "$program" "$@"
fi
exec python3 "$here/truth.py" "$program" "$@"
