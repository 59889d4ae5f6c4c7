#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Blocks of a file are read as libpcap reads them: the report, the records and
# the messages are the same bytes for a file and for a pipe, of which libpcap
# reads every record; also where the file is cut or a record is impossible.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

maker=$top_builddir/tests/bench/make_trace
shared=$top_srcdir/../shared

# reads FILE OPTION...: with either way of input
reads() {
	file=$1
	shift
	what="tcpstates $* -r $file"
	"$program" "$@" -r "$file" >"$scratch/blocks" 2>"$scratch/blocks.err"
	blocks=$?
	# shellcheck disable=SC2002 # a pipe is what is wanted
	cat "$file" | "$program" "$@" -r - >"$scratch/pipe" \
	    2>"$scratch/pipe.err"
	pipe=$?
	[ "$pipe" -eq "$blocks" ] || fails "exit status $blocks, not $pipe"
	cmp "$scratch/pipe" "$scratch/blocks" || fails 'the output differs'
	sed "s|editcap .*|hint|; s|try: .*|hint|; s|$file|standard input|" \
	    "$scratch/blocks.err" >"$scratch/expected.err"
	sed 's|editcap .*|hint|; s|try: .*|hint|' "$scratch/pipe.err" |
		cmp - "$scratch/expected.err" || fails 'the messages differ'
}

# spoilt NAME AT OCTAL: the trace, with another byte there
spoilt() {
	cp "$scratch/trace" "$scratch/$1"
	# shellcheck disable=SC2059 # an escape, to become a byte
	printf "\\$3" | dd of="$scratch/$1" bs=1 seek="$2" conv=notrunc \
	    2>/dev/null
	reads "$scratch/$1" -v
}

if [ -x "$maker" ]; then
	"$maker" -c 1000 -a 100 -p 20 -s 96 >"$scratch/trace"
	reads "$scratch/trace"
	reads "$scratch/trace" --csv
	reads "$scratch/trace" --csv -c 5000
	reads "$scratch/trace" --csv --duration=20ms
	reads "$scratch/trace" -v tcp port 80
	# In the header of the file, of the first record, in and behind a block.
	for size in 24 30 40 41 262143 262144 262145 300000 524288; do
		head -c $size "$scratch/trace" >"$scratch/cut"
		reads "$scratch/cut" -v
	done
	spoilt version 6 003		# 2.3: lengths may be swapped
	spoilt snaplen 17 0		# 96 becomes no more than that
	spoilt snaplen 16 024		# 20: longer packets are cut
	spoilt link 20 0225		# USB: libpcap alters records
	spoilt first 35 0377		# captured length of the first record
	spoilt fraction 31 0377		# microseconds of the first record
	spoilt year 27 0377		# seconds after 2038
	spoilt nano 0 0115		# no magic number
fi
for file in "$top_srcdir"/tests/fuzz/corpus/file/* \
    "$shared"/captures/*.pcap* "$shared"/cases/*.pcap*; do
	[ -f "$file" ] && reads "$file" -v
done
exit "$failed"
