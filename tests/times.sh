#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Clocks that jump, and times that few programs expect: before 1970, after
# 2038, after 2106, fractions of more than a second.  Durations stay right as
# long as they can be known, and what was clamped is said.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

command -v python3 >/dev/null || { echo 'no python3'; exit 77; }
maker=$(cd "$top_srcdir" && pwd)/tests/times.py
cd "$scratch" || exit 99
python3 "$maker" || exit 99

# at FILE FIRST LAST DURATION [MESSAGE]: what the report says of it
at() {
	run -r "$1"
	wants 0 "${5-}"
	for line in "Start time: $2" "End Time: $3" "Duration: $4"; do
		grep -qx -e "$line" out || fails "no line \`$line'"
	done
	# Nothing else chokes on it.
	for view in '-v -t ad' --table '--states -t r' '--segments -t ud' \
	    '--segments -t e' -J --csv; do
		# shellcheck disable=SC2086 # options, each a word
		run -q $view -r "$1"
		wants 0 ''
	done
}

beyond='8 packets are dated before 1824 or after 2115: '

at epoch.pcap 0.000000 0.070000 0.070000
at 2038.pcap 2147483648.000000 2147483648.070000 0.070000
at 2050.pcap 2524608000.000000 2524608000.070000 0.070000
at 2106.pcap 4294967295.000000 4294967295.070000 0.070000
run -t ud --states --no-header 2106.pcap
head -n 1 out | grep -q '^2106-02-07 06:28:15' || fails 'not in 2106'
at fraction.pcap 1001.500000 1008.500000 7.000000
at fraction-ns.pcap 1001.500000 1001.500000 0.000000
at jumps.pcap 0.000000 4294967295.000000 4294967295.000000 \
    'time went back at 3 packets: '
run wild.pcap
wants 0 ''
wants_report
at 1874.pcapng -3000000000.000000 -2999999993.000000 7.000000
at end.pcapng -0.000001 -0.000001 0.000000
for file in 2200 seconds offset; do
	at $file.pcapng 4611686018.427387 4611686018.427387 0.000000 "$beyond"
done
at binary.pcapng 0.000000 7.000000 7.000000
at picoseconds.pcapng 0.000000 7.000000 7.000000

# A duration to read is one by the clock of the packets.
run -q -v --duration=1s jumps.pcap
wants 0 ''
[ "$(sed -n 's/^Packets read: //p' out)" -lt 8 ] ||
	fails 'all packets within a second'
exit "$failed"
