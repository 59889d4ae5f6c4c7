#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Captures that no honest network makes (hostile.py): no display crashes, or
# stumbles over a number; under the sanitizers that is most of the test.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

python=$(command -v python3) || { echo 'no python3'; exit 77; }
"$python" -B "$top_srcdir/tests/hostile.py" "$scratch/in" || exit 99

# survives OPTION...: it ends by itself, without a word of a sanitizer
survives() {
	what="tcpstates $*"
	"$program" "$@" >"$scratch/out" 2>"$scratch/err"
	status=$?
	[ "$status" -le 1 ] || fails "exit status $status"
	! grep -E 'runtime error|AddressSanitizer' "$scratch/err" ||
		fails 'a sanitizer'
}

for capture in "$scratch"/in/time-*; do
	for options in '' -v --table '--table -t ad' --diagnose -J '--csv' \
	    '-J --interval=1h' --by=server --states --segments \
	    '--stream -J'; do
		# shellcheck disable=SC2086 # several words
		survives $options -r "$capture"
	done
	survives --html="$scratch/page.html" -r "$capture"
	survives -w "$scratch/saved.pcap" -r "$capture"
	survives -w "$scratch/saved-%H%M%S" --rotate=1s -r "$capture"
	survives --annotate="$scratch/remarks.pcapng" -r "$capture"
	survives --compare "$capture" "$scratch/in/time-odd-5000.pcapng"
	survives --compare --clocks=synchronised "$capture" \
	    "$scratch/in/shared-a.pcap"
done
survives --compare "$scratch/in/shared-a.pcap" "$scratch/in/shared-b.pcap"

# What a worker is handed of a frame says as much as the frame.
for options in -J --diagnose; do
	what="tcpstates $options --workers=3"
	"$program" $options --one-thread -r "$scratch/in/short-wire.pcap" \
	    >"$scratch/one" 2>&1
	"$program" $options --workers=3 -r "$scratch/in/short-wire.pcap" \
	    >"$scratch/three" 2>&1
	cmp "$scratch/one" "$scratch/three" || fails 'workers differ'
done
exit "$failed"
