#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --compare against a simulated path, where what was lost, delayed, rewritten
# and injected between two points is known.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

python=$(command -v python3) || { echo 'no python3'; exit 77; }
exec "$python" "$top_srcdir/tests/compare.py" "$program"
