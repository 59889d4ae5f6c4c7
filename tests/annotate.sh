#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --annotate: the packets are those of the input, and tshark finds the remarks
# of --segments as comments of the same frames.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

tests=${top_srcdir:-.}/tests
shared=${top_srcdir:-.}/../shared/captures
python=$(command -v python3) || { echo 'no python3'; exit 77; }
command -v tshark >/dev/null 2>&1 || { echo 'no tshark'; exit 77; }

# Some writers wrap times before 1970, which tshark takes for the far future.
# Blocks without a time, which are no packets, are frames to tshark.
frames_of() {
	tshark -n -r "$1" -Y frame.time_epoch -T fields -e frame.time_epoch \
	    -e frame.len -e frame.cap_len -e frame.encap_type \
	    2>"$scratch/err" |
		awk '$1 < 0 || $1 > 9e9 { $1 = "early" } { $1 = $1; print }'
}

count=0
for capture in "$data"/*.pcap "$data"/*.pcapng "$shared"/*.pcapng \
    "$data"/stories/*.pcap "$shared"/tcprs*.trace \
    "$shared"/zeek__smtp.pcap; do
	[ -f "$capture" ] || continue
	run -J "$capture"
	[ "$status" -ne 1 ] || continue
	sed 1d "$scratch/out" >"$scratch/records"
	run --segments -t r --annotate="$scratch/annotated" "$capture"
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fails "exit status $status"
	mv "$scratch/out" "$scratch/segments"
	run -J "$scratch/annotated"
	sed 1d "$scratch/out" | cmp -s - "$scratch/records" ||
		fails 'the annotated capture has other records'
	frames_of "$capture" >"$scratch/frames"
	frames_of "$scratch/annotated" | cmp -s - "$scratch/frames" ||
		fails 'tshark sees other frames'
	tshark -n -r "$scratch/annotated" -T fields -e frame.number \
	    -e frame.comment -E occurrence=a -E aggregator='~' \
	    >"$scratch/comments" 2>"$scratch/err" ||
		fails 'tshark does not accept the annotated capture'
	"$python" "$tests/annotated.py" "$scratch/segments" \
	    "$scratch/comments" >"$scratch/wrong" || {
		fails 'comments are not the remarks of --segments'
		sed 's/^/	/' "$scratch/wrong"
	}
	rm -f "$scratch/annotated"
	count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo 'no captures'; exit 77; }

exit "$failed"
