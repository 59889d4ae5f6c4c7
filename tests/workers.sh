#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The output does not depend on the number of workers: the report, its details,
# the table and the records are the same bytes for one thread and for any
# number of workers, of every capture there is.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

maker=$top_builddir/tests/bench/make_trace
shared=$top_srcdir/../shared

# alike FILE WORKERS OPTION...: they print what one thread prints
alike() {
	file=$1
	workers=$2
	shift 2
	what="tcpstates $* --workers=$workers -r $file"
	"$program" "$@" --one-thread -r "$file" >"$scratch/one" \
	    2>"$scratch/one.err"
	one=$?
	"$program" "$@" --workers="$workers" -r "$file" >"$scratch/many" \
	    2>"$scratch/many.err"
	many=$?
	[ "$one" -eq "$many" ] || fails "exit status $many, not $one"
	cmp "$scratch/one" "$scratch/many" || fails 'the output differs'
	cmp "$scratch/one.err" "$scratch/many.err" ||
		fails 'the messages differ'
}

# of FILE: every display that is printed at the end
of() {
	alike "$1" 2 -v
	alike "$1" 8 -J
	alike "$1" 3 --table
	alike "$1" 3 --diagnose
	alike "$1" 8
	alike "$1" 2 --stream -J
}

if [ -x "$maker" ]; then
	"$maker" -c 2000 -a 500 -p 20 -s 96 >"$scratch/pcap"
	for workers in 1 2 3 8 32; do
		alike "$scratch/pcap" $workers
		alike "$scratch/pcap" $workers -v
		alike "$scratch/pcap" $workers -J
		alike "$scratch/pcap" $workers --table --sort=-duration
		alike "$scratch/pcap" $workers --csv --only=reset
		alike "$scratch/pcap" $workers --no-analysis
	done
	# One worker then: limits are of all connections together.  Which
	# connections are known again depends on the secret of the hash.
	alike "$scratch/pcap" 3 --max-conns=100 --deterministic
	alike "$scratch/pcap" 3 --max-pending=64K -J
	# A second thread writes records of connections that the first one still
	# follows: some are dropped, or have late segments, before they are
	# written.
	alike "$scratch/pcap" 3 --stream -J
	alike "$scratch/pcap" 2 --stream --csv --only=reset
	alike "$scratch/pcap" 2 --stream -J --interval=0.1
	alike "$scratch/pcap" 2 --stream -J --max-conns=50 --deterministic
	alike "$scratch/pcap" 2 --stream -J --linger=0.501 --idle-timeout=0.3 \
	    --deterministic
fi

for file in "$top_srcdir"/tests/fuzz/corpus/file/*; do
	[ -f "$file" ] && alike "$file" 3 -v
done
for file in "$shared"/captures/*.pcap* "$shared"/cases/*.pcap*; do
	[ -f "$file" ] && of "$file"
done

what='tcpstates --workers'
run --workers=0 -r /dev/null
wants 2 '--workers: .0. is too small'
run --workers=33 -r /dev/null
wants 2 '--workers: .33. is too large'
exit "$failed"
