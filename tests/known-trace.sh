#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The report of the known trace, line by line but for blank ones.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

captures=${top_srcdir:-.}/../shared/captures
trace=$captures/sample-capture-file.cap
known=$captures/expected/sample-capture-file.report.txt
[ -f "$trace" ] || { echo "no $trace"; exit 77; }

run -r "$trace"
[ "$status" -eq 0 ] || fails "exit status $status"
grep -v '^$' "$known" >"$scratch/known"
grep -v '^$' "$scratch/out" | diff "$scratch/known" - ||
	fails 'the report differs'
# Blank lines are single.
[ "$(cat -s "$scratch/out" | cksum)" = "$(cksum <"$scratch/out")" ] ||
	fails 'two blank lines together'
exit "$failed"
