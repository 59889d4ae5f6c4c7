# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # the script that sources this sets $tools
#
# For scripts that make interfaces: sourced, not run.  Start the script again,
# with its arguments, in a network namespace of its own, which vanishes with the
# script.  Skip the test without root, `unshare` or one of $tools.

if [ "${TCPSTATES_NETWORK-}" != inside ]; then
	for tool in unshare $tools; do
		command -v "$tool" >/dev/null || { echo "no $tool"; exit 77; }
	done
	[ "$(id -u)" -eq 0 ] || { echo 'not root'; exit 77; }
	unshare -n true || exit 77
	TCPSTATES_NETWORK=inside exec unshare -n sh "$0" "$@"
fi
# A script that this one starts has a namespace of its own, too.
unset TCPSTATES_NETWORK
