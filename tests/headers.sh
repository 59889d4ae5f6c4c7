#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Each header compiles alone: a file which includes a header need not know
# what that header needs.

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}" "${TEST_CPPFLAGS:=}"
: "${WITH_LIBPCAP:=yes}"
src=$top_srcdir/src
failed=0
count=0
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

(cd "$src" && find . -name '*.h') | sed 's,^\./,,' | sort >"$scratch/headers"
[ -s "$scratch/headers" ] || exit 1
# Twice, to try the guard.  One run of the compiler takes them all.
mkdir "$scratch/alone"
while read -r header; do
	# Without libpcap there may be no pcap.h either.
	if [ "$WITH_LIBPCAP" != yes ] && grep -q '<pcap' "$src/$header"; then
		continue
	fi
	alone=$scratch/alone/$count.c
	count=$((count + 1))
	cat >"$alone" <<-EOF
		#include "config.h"
		#include "$header"
		#include "$header"
	EOF
done <"$scratch/headers"
# shellcheck disable=SC2086 # CC and the flags are several words
$CC -std=c11 -Wall -Wextra -Werror -fsyntax-only -I"$top_builddir" \
    -I"$src" $TEST_CPPFLAGS "$scratch"/alone/*.c || {
	echo 'a header does not compile alone: see the compiler above'
	failed=1
}

# The guard is the path in capitals.
# shellcheck disable=SC2016 # awk's own variables
(cd "$src" && xargs awk '
	FNR == 1 {
		guard = toupper(FILENAME)
		gsub(/[\/.-]/, "_", guard)
		sub(/^TCPSTATES_/, "", guard)
		guard = "TCPSTATES_" guard
		checked[FILENAME] = guard
	}
	$1 == "#ifndef" && $2 == guard { delete checked[FILENAME] }
	END {
		for (header in checked)
			print "src/" header ": its guard is not " \
			    checked[header]
	}' <"$scratch/headers") >"$scratch/guards"
[ -z "$(cat "$scratch/guards")" ] || {
	cat "$scratch/guards"
	failed=1
}
exit $failed
