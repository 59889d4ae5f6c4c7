#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The records of several sites on a cluster of ClickHouse with two servers: what
# data/clickhouse loads, and its answers, against the reports and records of the
# program.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

top=$(cd "$top_srcdir" && pwd) || exit 99
python=$(command -v python3) || { echo 'no python3'; exit 77; }
PATH=$PATH:/usr/sbin
for tool in clickhouse-server clickhouse-client setpriv; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
can_be_ordinary || { echo 'cannot run as an ordinary user'; exit 77; }

maker=$top_builddir/tests/bench/make_trace
[ -x "$maker" ] || maker=
mkdir "$scratch/servers" || exit 99
what='two servers of ClickHouse'
"$python" -B "$top/tests/fleet.py" "$top/data" "$program" "$scratch/servers" \
    ${maker:+"$maker"} || fails 'as above'
exit "$failed"
