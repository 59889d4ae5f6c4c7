#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What --compare says of captures at several points of a chain of real kernels:
# see points.py.  Without arguments a short set; `--all` is for `make lab`.
# Exit status 77: this machine or this user cannot make the network, or
# TRUTH_SKIP is set.

here=$(dirname "$0")
build=${top_builddir:-$here/../..}
program=${TCPSTATES:-$build/src/tcpstates}
path=$build/tests/lab/path
# shellcheck source=tests/truth/network.sh
. "$here/../truth/network.sh"

short='three-in-a-row nat clamp offload-loss thinned reordered marked bleached
    reset proxy proxy-own'
test "${1:-}" != --all || short=

need_network "$program"
test -x "$path" || skip "no $path"
captures=$(mktemp -d) || exit 99
trap 'rm -rf "$captures"' EXIT

# shellcheck disable=SC2086 # several words
as_root python3 -B "$here/points.py" -j 4 -b "$program" -p "$path" \
    "$captures" $short
