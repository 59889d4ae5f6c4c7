#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The ledger of every connection adds up to its duration: in captures of our
# own, and in captures that nobody here made, where there are any.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

python=$(command -v python3) || { echo 'no python3'; exit 77; }
shared=$top_srcdir/../shared
set -- "$top_srcdir"/tests/fuzz/corpus/file/*
for capture in "$shared"/captures/*.* "$shared"/cases/*.pcap* \
    "$shared"/lab/*.pcap.gz; do
	case $capture in
	*'*'*|*.tsv) ;;
	*)	set -- "$@" "$capture" ;;
	esac
done
"$python" -B "$top_srcdir/tests/ledgers.py" "$program" "$@" ||
	fails 'as above'
exit "$failed"
