#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The captures of the benchmarks are what they are said to be: the same bytes
# on every machine, and traffic that has a bit of everything.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

maker=$top_builddir/tests/bench/make_trace
[ -x "$maker" ] || { echo "no $maker"; exit 77; }

# made SUM OPTION...: $scratch/pcap, whose cksum(1) is SUM
made() {
	what="make_trace $*"
	sum=$1
	shift
	"$maker" "$@" >"$scratch/pcap" || fails 'it failed'
	now=$(cksum <"$scratch/pcap")
	[ "$now" = "$sum" ] || fails "cksum is $now"
}

# says LINE: the report has it
says() {
	grep -qx -e "$1" "$scratch/out" || fails "no line \`$1'"
}

# some COLUMN: more than none, in all connections together
some() {
	"$program" --csv -q -r "$scratch/pcap" | awk -F , -v name="$1" '
	    NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
	    NR > 1 && at { sum += $at }
	    END { exit !(sum > 0) }' || fails "no $1"
}

made '2818538236 16632725' -c 400 -a 50 -p 60
run -v -r "$scratch/pcap"
wants 0 ''
read=$(sed -n 's/^Packets read: //p' "$scratch/out")
says "  TCP segments analysed: $read"
says 'A) Total number of connections: 400'
for column in resp_loss_before resp_loss_behind resp_out_of_order \
    orig_rst resp_rst; do
	some "$column"
done

made '3940180255 538009' -c 400 -a 50 -s 96 -S 7
run -v -r "$scratch/pcap"
wants 0 ''
says 'A) Total number of connections: 400'

# alike OPTION...: two threads write what one writes
alike() {
	what="tcpstates $*"
	"$program" "$@" -q -r "$scratch/pcap" >"$scratch/two"
	"$program" --one-thread "$@" -q -r "$scratch/pcap" >"$scratch/one"
	cmp "$scratch/one" "$scratch/two" || fails 'two threads write other text'
}

alike
alike -v
alike -J
alike --csv --sort=-pkts
alike -J --only=reset
alike --limit=100
alike --table

made '3900183900 9936' -c 100 -p 1
run -v -r "$scratch/pcap"
wants 0 ''
says 'Packets read: 100'
exit "$failed"
