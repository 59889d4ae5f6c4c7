#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What the program says about why connections were slow, against scenarios
# made with real kernels: see perform.py and check.py.  Without arguments a
# short set, which has to be right entirely; `--all` is for `make lab`.
# Scenarios that come out wrong are performed once more: a busy machine may
# have made another story of them.
# Neighbouring taps are compared, too, with what the path has counted between
# them: see between.py.
# What could not be made is named at the end: it is not tested.
# Exit status 77: this machine or this user cannot make the network, no
# scenario could be made, or TRUTH_SKIP is set.

here=$(dirname "$0")
build=${top_builddir:-$here/../..}
program=${TCPSTATES:-$build/src/tcpstates}
path=$build/tests/lab/path
# shellcheck source=tests/truth/network.sh
. "$here/../truth/network.sh"

# A few seconds each, of all kinds of causes.
short='1-think 7-parts 9-client-late 13-small-buffer-v6
    17-reader-stops 22-nagle 28-tail 35-bottleneck-up 41-ample 44-syn-lost
    49-closed 50-dropped 51-prohibited 57-injected 59-lingering 73-span-1-think'
jobs=4 least=100
if test "${1:-}" = --all; then
	short='' jobs=3 least=95
fi

need_network "$program"
test -x "$path" || skip "no $path"
captures=$(mktemp -d) || exit 99
trap 'rm -rf "$captures"' EXIT

# perform_and_check SCENARIO...: all of them if none is named
perform_and_check() {
	as_root python3 -B "$here/perform.py" -j "$jobs" -p "$path" \
	    "$captures" "$@" || return
	python3 -B "$here/check.py" -b "$program" -l "$least" \
	    -f "$captures/failed" "$captures" "$@"
}

# note_unmade: add what the last performance could not make to $unmade.
note_unmade() {
	test ! -s "$captures/unmade" || unmade="$unmade$(sed 's/^/    /' \
	    "$captures/unmade")
"
}

unmade=
# shellcheck disable=SC2086 # several words
perform_and_check $short
status=$?
note_unmade
if test $status -eq 1 && test -s "$captures/failed"; then
	echo 'once more:'
	# shellcheck disable=SC2046 # several words
	perform_and_check $(cat "$captures/failed")
	status=$?
	note_unmade
	# What was wrong and cannot be made again is wrong.
	test $status -ne 77 || status=1
fi
if test $status -ne 77; then
	python3 -B "$here/between.py" -b "$program" "$captures" || status=1
fi
test -z "$unmade" || printf 'not made, and so not tested:\n%s' "$unmade"
exit $status
