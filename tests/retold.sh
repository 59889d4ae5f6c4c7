#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# -r of what -w saved gives the report of the live run: see retold.py.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

for tool in ethtool ip python3; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo 'not root'; exit 77; }
[ -c /dev/net/tun ] || { echo 'no /dev/net/tun'; exit 77; }
python3 -B "$top_srcdir/tests/retold.py" "$program" "$scratch"
exit
