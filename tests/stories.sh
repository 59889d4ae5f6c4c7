#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Each capture of data/stories has the verdict that its README names.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

stories=$top_srcdir/data/stories
sed -n 's/^| `\([a-z-]*\)\.pcap` | \([a-z-]*\) |.*/\1 \2/p' \
    "$stories/README.md" >"$scratch/stories"
what='the table in data/stories/README.md'
for capture in "$stories"/*.pcap; do
	story=${capture##*/}
	grep -q "^${story%.pcap} " "$scratch/stories" || fails "lacks $story"
done
while read -r story verdict; do
	run -q -J -r "$stories/$story.pcap"
	[ "$status" -eq 0 ] || fails "exit status $status"
	[ "$(grep -c '"verdict"' "$scratch/out")" -eq 1 ] ||
	    fails 'more or less than one connection'
	grep -q "\"verdict\":\"$verdict\"" "$scratch/out" ||
	    fails "says $(grep -o '"verdict":[^,]*' "$scratch/out")"
done <"$scratch/stories"
exit "$failed"
