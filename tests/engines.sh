#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Records in databases: what data/sqlite and data/clickhouse load, and the SQL
# that makes the report of it, against the report of the program.  ClickHouse
# is a server of the test's own, on a loopback port, in a folder of its own.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

top=$(cd "$top_srcdir" && pwd) || exit 99
tables=$top_builddir/src/tools/tables
python=$(command -v python3) || { echo 'no python3'; exit 77; }

# The schemas are the source's; with --write, they are written anew.
for engine in clickhouse duckdb sqlite; do
	schema=$top/data/$engine/schema.sql
	what=$schema
	[ -x "$tables" ] || { echo "no $tables: not compared"; continue; }
	"$top/man/fill" "$tables" "$schema" >"$scratch/filled" ||
		fails 'man/fill failed'
	if [ "${1-}" = --write ]; then
		cat "$scratch/filled" >"$schema"
	elif ! cmp -s "$scratch/filled" "$schema"; then
		fails 'its columns are not those of the source:' \
		    'man/fill TABLES SCHEMA makes it anew'
	fi
done
[ "${1-}" = --write ] && exit "$failed"

engines=
command -v sqlite3 >/dev/null && engines=sqlite
PATH=$PATH:/usr/sbin
if command -v clickhouse-server >/dev/null && command -v setpriv >/dev/null &&
    command -v clickhouse-client >/dev/null; then
	can_be_ordinary && engines="$engines clickhouse"
fi
[ -n "$engines" ] || { echo 'neither sqlite3 nor clickhouse-server'; exit 77; }

captures=
for capture in "$data"/*.pcap "$data"/*.pcapng \
    "$top_srcdir"/../shared/captures/*.*; do
	case $capture in *.tsv) continue ;; esac
	[ -f "$capture" ] && captures="$captures $capture"
done
mkdir "$scratch/server" || exit 99
for engine in sqlite clickhouse; do
	what=$engine
	case " $engines " in
	*" $engine "*) ;;
	*) echo "no $engine: not tested"; continue ;;
	esac
	# shellcheck disable=SC2086 # many captures, many words
	"$python" -B "$top/tests/engines.py" "$engine" "$top/data" "$program" \
	    "$scratch/server" $captures || fails 'as above'
done
exit "$failed"
