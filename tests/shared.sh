#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Captures that nobody here made, beside the source tree where there are any:
# nothing in them breaks the program, and its figures are those of other
# programs or differ for a reason that stands in shared.py.  (Their known
# trace has a test of its own.)

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

shared=$top_srcdir/../shared
[ -d "$shared/captures/expected" ] || { echo "no $shared"; exit 77; }
python=$(command -v python3) || { echo 'no python3'; exit 77; }
ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=1
export ASAN_OPTIONS

for what in run agree zeek tcprs; do
	"$python" -B "$top_srcdir/tests/shared.py" $what "$program" "$shared" ||
		fails 'as above'
done
exit "$failed"
