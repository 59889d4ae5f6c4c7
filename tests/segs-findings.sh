#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Each finding has a script of tests/segs that shows it, and one with the
# nearest thing that it is not.  Findings between two captures are shown by
# tests/compare.py.

set -u
: "${top_srcdir:=.}"
segs=$top_srcdir/tests/segs
failed=0

# ids_of FILE: names of all findings that one capture can show
ids_of() {
	sed -n '/BETWEEN, /!s/^FINDING([A-Z_]*, "\([a-z-]*\)", .*/\1/p' "$1"
}

# has PATTERN ID: does an expectation of any script name the finding?
has() {
	cat "$segs"/*.seg | sed -n "s/$1 *//p" | tr -s ', ' '[\n*]' |
	    grep -qx -e "$2"
}

ids=$(ids_of "$top_srcdir/src/diagnosis/findings.def")
test -n "$ids" || { echo 'no findings'; exit 99; }
for id in $ids; do
	has '^outcome' "$id" || has '^findings+' "$id" || {
		echo "no script shows $id"
		failed=1
	}
	has '^findings-' "$id" || {
		echo "no script shows what is not $id"
		failed=1
	}
done
exit "$failed"
