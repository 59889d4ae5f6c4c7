#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The recipes in data/jq: what comes out has the values of the records, under
# the names of others; Zeek's has the values that Zeek prints, too.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

command -v jq >/dev/null || { echo 'no jq'; exit 77; }
python=$(command -v python3) || { echo 'no python3'; exit 77; }
shared=$top_srcdir/../shared
tests=$top_srcdir/tests

for capture in web nano resets half-close loss-handshake; do
	what=$capture
	"$program" -J "$data/$capture.pcap" >"$scratch/records" ||
		fails 'no records'
	for recipe in zeek ecs; do
		jq -c -f "$data/jq/$recipe.jq" "$scratch/records" \
		    >"$scratch/$recipe" || fails "jq fails with $recipe.jq"
	done
	"$python" -B "$tests/jq.py" values "$scratch" || fails 'as above'
done
if [ -d "$shared/captures/expected" ]; then
	what='Zeek itself'
	"$python" -B "$tests/jq.py" zeek "$program" "$data" "$shared" ||
		fails 'as above'
else
	echo "no $shared: not compared with Zeek"
fi
exit "$failed"
