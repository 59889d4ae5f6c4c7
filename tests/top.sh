#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --top on an interface of a network namespace of its own, in a terminal of its
# own: see top.py.

if [ "${TCPSTATES_TOP-}" != inside ]; then
	for tool in ip python3 unshare; do
		command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
	done
	[ "$(id -u)" -eq 0 ] || { echo 'not root'; exit 77; }
	unshare -n true || exit 77
	TCPSTATES_TOP=inside exec unshare -n sh "$0"
fi

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

ip link set lo up || exit 77
python3 "$top_srcdir/tests/top.py" "$program"
