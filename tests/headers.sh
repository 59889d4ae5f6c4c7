#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Each header compiles alone: who includes it need not know what it needs.

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}" "${TEST_CPPFLAGS:=}"
: "${WITH_LIBPCAP:=yes}"
src=$top_srcdir/src
failed=0
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

(cd "$src" && find . -name '*.h') | sed 's,^\./,,' | sort >"$scratch/headers"
[ -s "$scratch/headers" ] || exit 1
while read -r header; do
	# Without libpcap there may be no pcap.h either.
	if [ "$WITH_LIBPCAP" != yes ] && grep -q '<pcap' "$src/$header"; then
		continue
	fi
	# Twice, to try the guard.
	printf '#include "config.h"\n#include "%s"\n#include "%s"\n' \
	    "$header" "$header" >"$scratch/alone.c"
	# shellcheck disable=SC2086 # CC and the flags are several words
	if ! $CC -std=c11 -Wall -Wextra -Werror -fsyntax-only \
	    -I"$top_builddir" -I"$src" $TEST_CPPFLAGS "$scratch/alone.c"
	then
		echo "src/$header: does not compile alone"
		failed=1
	fi
	guard=TCPSTATES_$(echo "$header" | tr 'a-z./-' 'A-Z___')
	guard=$(echo "$guard" | sed 's/^TCPSTATES_TCPSTATES_/TCPSTATES_/')
	if ! grep -q "^#ifndef $guard\$" "$src/$header"; then
		echo "src/$header: its guard is not $guard"
		failed=1
	fi
done <"$scratch/headers"
exit $failed
