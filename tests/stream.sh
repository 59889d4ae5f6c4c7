#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What is written before the end: --stream and --interval, with signals in
# between, and the limits that a stream has; what --strict makes of them.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

cp "$data"/*.pcap "$scratch" || exit 99
cd "$scratch" || exit 99

# Lines without what depends on when records were written.
conns() {
	grep '^{"type":"conn"' "$@" |
	    sed 's/,"ended_by":[^,}]*//' | sort -t: -k3n
}

# Nothing ends early here, so a stream has the records that -J has.
same_records() {
	for file in web resets reuse loss-before half-close any; do
		run -q -J $file.pcap
		wants 0 ''
		conns out >all
		grep '"type":"summary"' out >all.summary
		run -q -J --stream $file.pcap
		wants 0 ''
		conns out | cmp -s - all || fails 'other records than -J'
		# Connections that were replaced are counted so.
		tail -n 1 out | sed 's/"ended_replaced":[0-9]*/"ended_replaced":0/' |
		    cmp -s - all.summary ||
			fails 'another summary than that of -J'
		head -n 1 out | grep -q '^{"type":"capture"' ||
			fails 'does not begin with the capture'
		run -q --csv --stream $file.pcap
		cut -d, -f1-20 out | sort >stream.csv
		run -q --csv $file.pcap
		cut -d, -f1-20 out | sort | cmp -s - stream.csv ||
			fails 'other records than --csv'
	done
}

# In order of their ends, each once, and the figures are those of a report
# with the same limits.
ended_records() {
	run -q -J --stream --linger=20ms --half-open-timeout=100ms \
	    --idle-timeout=300ms web.pcap
	wants 0 ''
	sed -n 's/^{"type":"conn","conn":\([0-9]*\),.*/\1/p' out >order
	[ "$(sort -n order | uniq -d | wc -l)" -eq 0 ] ||
		fails 'a connection twice'
	sort -n order | cmp -s - order && fails 'all in order of number'
	grep -q '"conn":4,.*"ended_by":"closed"' out || fails '4 did not linger'
	grep -q '"end_reason":"idle".*"ended_by":"idle"' out ||
		fails 'none was idle'
	grep -q '"end_reason":"no-answer".*"ended_by":"half-open"' out ||
		fails 'none was half-open'
	tail -n 1 out | tr , '\n' | sed -n '1,/win_max/p' >figures
	run -q -J --linger=20ms --half-open-timeout=100ms \
	    --idle-timeout=300ms web.pcap
	tail -n 1 out | tr , '\n' | sed -n '1,/win_max/p' | cmp -s - figures ||
		fails 'other figures than without --stream'
	run -q -J --max-ended=1 --linger=20ms --half-open-timeout=100ms \
	    --idle-timeout=300ms web.pcap
	tail -n 1 out | tr , '\n' | sed -n '1,/win_max/p' | cmp -s - figures ||
		fails 'other figures with one record kept'
	run -q -J --stream --only=complete --linger=20ms web.pcap
	grep -q '"type":"conn".*"complete":false' out && fails 'not only those'
	[ "$(grep -c '"type":"conn"' out)" -eq 4 ] || fails 'not all of those'
}

# Records come soon after the close; those that later segments change come
# again.  Read twice, the capture has copies of all segments in the end.
records_at_the_close() {
	for format in -J --csv; do
		run -q $format --stream --columns=conn,revision web.pcap web.pcap
		wants 0 ''
		sed 's/.*"conn":\([0-9]*\),"revision":\([0-9]*\)}/\1,\2/' out |
		    grep '^[0-9]*,[0-9]*$' | tr '\n' ' ' >order
		[ "$(cat order)" = '1,1 3,1 4,1 5,1 6,1 1,2 2,1 3,2 4,2 5,2 6,2 7,1 8,1 ' ] ||
			fails "other records: $(cat order)"
	done
	run -q -J --columns=revision web.pcap web.pcap
	grep -q '"revision":2' out && fails 'a revision without --stream'
	# The last record of each is that of the end.
	run -q -J web.pcap web.pcap
	grep '"type":"conn"' out | sed 's/,"revision":.*//' >all
	run -q -J --stream web.pcap web.pcap
	grep '"type":"conn"' out | sed 's/,"revision":.*//' | tac |
	    sort -t: -k3,3n -u -s | cmp -s - all || fails 'another last record'
}

# Written while the input goes on; the signals in between.
while_it_goes_on() {
	what='tcpstates --stream -J -o file -r fifo'
	mkfifo fifo
	"$program" --stream -J --linger=60ms -o conns.json -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	head -c 16000 web.pcap >&9
	wait_for grep -q '"type":"conn"' conns.json
	[ "$(grep -c '"type":"capture"' conns.json)" -eq 1 ] ||
		fails 'not one capture record'
	wait_for has_read '[0-9]+ packets, .* connections.*; limits: .* evicted'
	kill -USR2 $pid
	wait_for grep -q '"type":"summary"' conns.json
	mv conns.json old.json
	kill -HUP $pid
	wait_for grep -q '"type":"capture"' conns.json
	tail -c +16001 web.pcap >&9
	kill -INT $pid
	exec 9>&-
	wait $pid
	status=$?
	[ $status -eq 0 ] || fails "exit status $status"
	[ -s out ] && fails 'something on standard output'
	[ "$(head -n 1 conns.json)" = "$(head -n 1 old.json)" ] ||
		fails 'the new file does not begin as the old one'
	tail -n 1 conns.json | grep -q '"type":"summary","conns":8,' ||
		fails 'no summary of all at the end'
	sed -n 's/^{"type":"conn","conn":\([0-9]*\),.*/\1/p' old.json conns.json |
	    sort -n | tr '\n' ' ' >numbers
	[ "$(cat numbers)" = '1 2 3 4 5 6 7 8 ' ] ||
		fails "not each once: $(cat numbers)"

	what='tcpstates --stream --csv -o file, SIGHUP'
	"$program" --stream --csv --linger=60ms -o conns.csv -r fifo 2>err &
	pid=$!
	exec 9>fifo
	head -c 16000 web.pcap >&9
	wait_for grep -q '^1,' conns.csv
	mv conns.csv old.csv
	kill -HUP $pid
	wait_for test -e conns.csv
	tail -c +16001 web.pcap >&9
	exec 9>&-
	wait $pid
	[ "$(head -n 1 conns.csv)" = "$(head -n 1 old.csv)" ] ||
		fails 'no header in the new file'
	[ "$(cat old.csv conns.csv | grep -c '^[0-9]')" -eq 8 ] ||
		fails 'not each once'

	what='tcpstates --append'
	"$program" --stream --csv --append -o more.csv web.pcap
	"$program" --csv --append -o more.csv web.pcap
	[ "$(grep -c '^conn,' more.csv)" -eq 1 ] || fails 'not one header'
	[ "$(wc -l <more.csv)" -eq 17 ] || fails 'not all of both'

	what='a second SIGINT, --stream'
	"$program" --stream -J -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_for grep -q '"type":"capture"' out
	kill -STOP $pid
	kill -INT $pid
	kill -CONT $pid
	kill -INT $pid
	exec 9>&-
	wait $pid
	status=$?
	# The second may come when the first was obeyed already.
	[ $status -eq 130 ] || [ $status -eq 0 ] ||
		fails "exit status $status"

	what='tcpstates --stream | head -n 1'
	"$program" -q --stream -J -r web.pcap -r web.pcap -r web.pcap \
	    -r web.pcap -r web.pcap -r web.pcap 2>err | head -n 1 >out
	[ -s err ] && { fails 'there was something to say'; tell; }
	grep -q '"type":"capture"' out || fails 'not a line came'
}

intervals() {
	run -J --interval=500ms web.pcap
	wants 0 ''
	[ "$(grep -c '"type":"interval"' out)" -eq 6 ] || fails 'not six'
	head -n 1 out | grep -q '"type":"capture"' || fails 'no capture first'
	[ "$(grep -c '"type":"capture"' out)" -eq 1 ] || fails 'capture twice'
	[ "$(grep -c '"type":"conn"' out)" -eq 8 ] || fails 'not eight'
	for key in frames frame_bytes segments conns; do
		sum=$(sed -n "s/^{\"type\":\"interval\".*\"$key\":\([0-9]*\)[,}].*/\1/p" \
		    out | awk '{ sum += $1 } END { print sum }')
		tail -n 1 out | grep -q "\"$key\":${sum}[,}]" ||
			fails "$key do not add up: $sum"
	done
	run --interval=1s web.pcap
	wants 0 ''
	head -n 1 out | grep -q '^ *TIME  *SECS  *PACKETS' || fails 'no heading'
	[ "$(sed '/^$/,$d' out | wc -l)" -eq 5 ] || fails 'not four lines'
	sed '1,/^$/d' out >rest
	run web.pcap
	cmp -s out rest || fails 'another report below the lines'
	run --interval=1s --no-header --table web.pcap
	head -n 1 out | grep -q TIME && fails 'a heading'
	run -J --interval=1s --no-analysis web.pcap
	grep '"type":"interval"' out | grep -q '"retrans":[0-9]' &&
		fails 'retransmissions without analysis'
	# What an interval has seen is there when it is over.
	what='tcpstates --interval -r fifo'
	"$program" --interval=1 -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_for grep -Eq '^[0-9.]+ +1\.000 +142 ' out
	exec 9>&-
	wait $pid
}

# What limits did is said, marked and counted; --strict means it.
limits() {
	run --max-conns=2 web.pcap
	wants 0 '[0-9]+ connections were dropped from the full table \([0-9]+ half-open, [0-9]+ established\): they may have continued; --max-conns'
	run --strict --max-conns=2 -q web.pcap
	wants 3 ''
	run --idle-timeout=200ms web.pcap
	wants 0 '[0-9]+ connections were dropped from the table by an idle timeout \(0 half-open, [0-9]+ established\)$'
	wants 0 '[0-9]+ connections continued after being dropped from the table, and counted as new$'
	run --strict -q --idle-timeout=200ms web.pcap
	wants 3 ''
	run --half-open-timeout=100ms web.pcap
	wants 0 '2 connections were dropped from the table by an idle timeout \(2 half-open, 0 established\)$'
	run --strict -q --half-open-timeout=100ms web.pcap
	wants 0 ''
	run --linger=1ms --max-ended=2 web.pcap
	wants 0 'the details omit [0-9]+ connections that ended first: --max-ended keeps more, --stream writes all'
	left=$(sed -n 's/.*the details omit \([0-9]*\) conn.*/\1/p' err)
	grep -q "^Connections that ended first, and are left out here: $left\$" out ||
		fails 'section B does not say what it leaves out'
	listed=$(grep -c '^Connection [0-9]*:$' out)
	grep -q "^A) .*: $((listed + left))\$" out || fails 'A is not all'
	run --table --linger=1ms --max-ended=2 web.pcap
	grep -q "are left out here: $left\$" out || fails 'not in the table'
	run --strict -q --linger=1s web.pcap
	wants 0 ''
	# A file has no limits, and none that is not reached changes it.
	run resets.pcap
	mv out all
	run --max-conns=100000 --idle-timeout=1000d --linger=1000d \
	    --half-open-timeout=1000d resets.pcap
	wants 0 ''
	cmp -s out all || fails 'another report under wide limits'
}

# What makes figures doubtful, and what does not.
strict() {
	run -q --strict web.pcap
	wants 0 ''
	run -q --strict any.pcap	# copies are recognised
	wants 0 ''
	run -q --strict short.pcap
	wants 3 ''
	run short.pcap
	wants 0 '[0-9]+ of [0-9]+ packets were captured too short for the whole TCP header'
	run -q --strict web.pcap 'src port 80'
	wants 3 ''
}

same_records
ended_records
records_at_the_close
while_it_goes_on
intervals
limits
strict
exit $failed
