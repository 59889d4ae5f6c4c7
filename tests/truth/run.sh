#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What the program says about losses against what really happened; see
# truth.py.  Arguments are passed to truth.py, --long for thousands of losses.
# Exit status 77: this machine or this user cannot make the network, or
# TRUTH_SKIP is set.

here=$(dirname "$0")
program=${TCPSTATES:-${top_builddir:-$here/../..}/src/tcpstates}
# shellcheck source=tests/truth/network.sh
. "$here/network.sh"

need_network "$program"
as_root python3 "$here/truth.py" "$program" "$@"
