#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --top in a terminal of its own: a finished capture, and as root an interface
# of a network namespace of its own.  See top.py.

if [ "${TCPSTATES_TOP-}" = inside ]; then
	ip link set lo up || exit 77
	exec python3 "$top_srcdir/tests/top.py" "$program" live
fi

command -v python3 >/dev/null || { echo 'no python3'; exit 77; }

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

python3 "$top_srcdir/tests/top.py" "$program" file "$data/web.pcap" || failed=1

for tool in ip unshare; do
	command -v $tool >/dev/null || { echo "note: no $tool"; exit $failed; }
done
[ "$(id -u)" -eq 0 ] || { echo 'note: not root, no interface'; exit $failed; }
unshare -n true || exit $failed
export top_srcdir program
TCPSTATES_TOP=inside unshare -n sh "$0" || failed=1
exit $failed
