#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --compare on captures of a laboratory, at three points of one path: losses,
# delays and order between any two are those that the files themselves show.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

lab=$top_srcdir/../shared/lab
[ -d "$lab" ] || { echo "no $lab"; exit 77; }
python=$(command -v python3) || { echo 'no python3'; exit 77; }
exec "$python" -B "$top_srcdir/tests/compare_lab.py" "$program" "$lab"
