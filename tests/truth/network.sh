# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# For scripts that make networks of real kernels.

skip() {
	echo "skipped: $1"
	exit 77
}

# Skip where networks cannot be made.  TRUTH_SKIP: they take a minute, and say
# the same of every build.
need_network() {	# PROGRAM, which is tested
	test -z "${TRUTH_SKIP:-}" || skip 'TRUTH_SKIP is set'
	command -v python3 >/dev/null || skip 'no python3'
	test -x "$1" || skip "no $1"
	test -c /dev/net/tun || skip 'no /dev/net/tun'
	test "$(id -u)" -eq 0 ||
	    unshare --user --map-root-user --net true 2>/dev/null ||
	    skip 'neither root nor user namespaces'
}

# as_root COMMAND...: perhaps of a user namespace only
as_root() {
	if test "$(id -u)" -eq 0; then
		"$@"
	else
		unshare --user --map-root-user --net "$@"
	fi
}
