#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What the command line does when all is well: every way to name the same
# input gives the same report, options do what they say, signals are answered.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

web=$data/web.pcap
[ -f "$web" ] || { echo "no $web"; exit 77; }
cp "$web" "$data/nano.pcap" "$data/any.pcap" "$data/resets.pcap" "$scratch" ||
    exit 99
cd "$scratch" || exit 99
"$program" -r web.pcap >web.out 2>err || { cat err; exit 1; }
packets=$("$program" -v web.pcap | sed -n 's/^Packets read: //p')

# same FILE: the output of the run before is that file
same() {
	cmp -s out "$1" || {
		fails "another output than $1"
		diff "$1" out | head -5
	}
}

inputs() {
	run web.pcap
	wants 0 ''
	same web.out
	run --read=web.pcap
	same web.out
	run -r - <web.pcap
	wants 0 ''
	same web.out
	run - <web.pcap
	same web.out
	run_fed -r - <web.pcap
	wants 0 ''
	same web.out
	mkfifo fifo
	cat web.pcap >fifo &
	run fifo
	wants 0 ''
	same web.out
	# A few bytes at a time.
	{ dd bs=7 count=40 2>/dev/null; sleep 0.2; dd bs=511 2>/dev/null
	} <web.pcap | "$program" -r - >out 2>err
	status=$?
	what='a slow pipe'
	wants 0 ''
	same web.out
}

packed() {
	versions=$("$program" --version)
	case $versions in *'zlib version'*)
		if command -v gzip >/dev/null; then
			gzip -c web.pcap >web.gz
			run web.gz
			wants 0 ''
			same web.out
			run_fed -r - <web.gz
			wants 0 ''
			same web.out
			# Members one after the other, and padding.
			{ head -c 5000 web.pcap | gzip -c
			tail -c +5001 web.pcap | gzip -c
			head -c 512 /dev/zero; } >members.gz
			run members.gz
			wants 0 ''
			same web.out
			run_fed -r - <members.gz
			wants 0 ''
			same web.out
		fi
	esac
	case $versions in *'zstd version'*)
		if command -v zstd >/dev/null; then
			zstd -qc web.pcap >web.zst
			run web.zst
			wants 0 ''
			same web.out
			run_fed -r - <web.zst
			same web.out
			{ head -c 5000 web.pcap | zstd -qc
			tail -c +5001 web.pcap | zstd -qc; } >frames.zst
			run frames.zst
			wants 0 ''
			same web.out
			run_fed -r - <frames.zst
			same web.out
			# As pzstd writes it: a frame to skip comes first.
			{ bytes '\120\052\115\030\004\000\000\000skip'
			cat web.zst; } >skip.zst
			run skip.zst
			wants 0 ''
			same web.out
		fi
	esac
}

# Several files are one stream: connections span them, numbers go on.
several() {
	run -q -c 60 -w first.pcap web.pcap
	wants 0 ''
	bytes=$(wc -c <first.pcap)
	head -c "$bytes" web.pcap | tail -c +25 >prefix
	tail -c +25 first.pcap | cmp -s - prefix ||
		fails '-w does not write what it read'
	{ head -c 24 web.pcap; tail -c +$((bytes + 1)) web.pcap; } >rest.pcap
	run first.pcap rest.pcap
	wants 0 ''
	same web.out
	run -r first.pcap -r rest.pcap
	same web.out
	run_fed -r first.pcap -r - <rest.pcap
	same web.out
	"$program" -J web.pcap | grep -v '"type":"capture"' >web.json
	"$program" -J first.pcap rest.pcap | grep -v '"type":"capture"' >out
	what='-J first.pcap rest.pcap'
	same web.json
	# Link types may differ from file to file.
	run -r web.pcap -r any.pcap
	wants_report
	one=$(sed -n 's/^A) .*: //p' web.out)
	two=$("$program" any.pcap | sed -n 's/^A) .*: //p')
	grep -q "^A) .*: $((one + two))\$" out ||
		fails 'not the connections of both'
}

operands() {
	# Words are files as long as they exist, then the filter begins.
	run web.pcap port 80
	wants 0 ''
	mv out 80.out
	run -r web.pcap port 80
	same 80.out
	run -r web.pcap -f 'port 80'
	same 80.out
	run --filter='port 80' web.pcap
	same 80.out
	printf '# only the web\nport\n80\n' >filter
	run -F filter web.pcap
	wants 0 ''
	same 80.out
	run web.pcap -F /dev/null
	same web.out
	# A directory does not swallow a word of the filter, a file would.
	mkdir port
	run web.pcap port 80
	same 80.out
	rmdir port
	# Numbers are those of the file, whatever the filter left out.
	"$program" -J web.pcap | grep '"conn":4,' |
	    grep -o '"first_frame":[0-9]*' >first
	"$program" -J web.pcap port 8080 | grep '"conn":1,' |
	    grep -o '"first_frame":[0-9]*' >out
	same first
	run web.pcap -4
	grep -q ':.*:.*:' out && fails 'IPv6 addresses with -4'
	four=$(sed -n 's/^A) .*: //p' out)
	run web.pcap -6
	six=$(sed -n 's/^A) .*: //p' out)
	all=$(sed -n 's/^A) .*: //p' web.out)
	if [ $((four + six)) -ne "$all" ] || [ "$six" -eq 0 ]; then
		fails "$four and $six connections of $all"
	fi
	run web.pcap -4 -6
	same web.out
	run any.pcap -4 tcp
	wants 0 '[0-9]+ packets were captured more than once: '
}

limits() {
	run -v -c 10 web.pcap
	wants 0 ''
	grep -q '^Packets read: 10$' out || fails 'not 10 packets'
	run -v --duration=0.1s web.pcap
	wants 0 ''
	some=$(sed -n 's/^Packets read: //p' out)
	{ [ "$some" -gt 0 ] && [ "$some" -lt "$packets" ]; } ||
		fails "$some of $packets packets within 0.1 s"
	run --duration=1d web.pcap
	same web.out
}

# What -w saves gives the same report, nanoseconds and link types included.
saved() {
	for file in web nano any; do
		"$program" --states -w saved.pcap $file.pcap >first 2>/dev/null
		run -q --states saved.pcap
		wants 0 ''
		same first
	done
	cmp -s nano.pcap saved.pcap && fails 'nothing was compared'
	run -w saved.pcap -f 'port 80' web.pcap
	same 80.out
	run saved.pcap
	same 80.out
	# To standard output, for a program that reads it.
	run -w - -o report web.pcap
	wants 0 ''
	cmp -s out web.pcap || fails 'other bytes than what it read'
	mv report out
	same web.out
	[ ! -e - ] || fails 'made a file with the name -'
	what='tcpstates -w - | tcpstates -r -'
	"$program" -q -w - -o report nano.pcap |
	    "$program" -q -J - | sed 1d >out
	"$program" -q -J nano.pcap | sed 1d | cmp -s - out ||
		fails 'something else came out of the pipe'
	run -w none.pcap -f 'port 4' web.pcap
	run none.pcap
	wants 0 ''
	wants_report
}

outputs() {
	what='no standard output'
	"$program" -w other.pcap web.pcap >&- 2>err
	status=$?
	: >out
	wants_only 1 'cannot write to standard output: Bad file descriptor'
	cmp -s other.pcap web.pcap ||
		fails 'the report went into another file'
	"$program" -w - -o file web.pcap >&- 2>err
	status=$?
	wants_only 1 '-w: standard output: '
	run -o file web.pcap
	wants 0 ''
	[ -s out ] && fails 'something went to standard output'
	cp file out
	same web.out
	# Not a terminal: no colour, unless asked for.
	escape=$(bytes '\033')
	for view in -v --table --states --segments; do
		run $view web.pcap
		grep -q "$escape" out && fails 'colour in a file'
	done
	run --color --table web.pcap
	grep -q "$escape" out || fails 'no colour, though asked for'
	run --color=always --color=never --table web.pcap
	grep -q "$escape" out && fails 'colour, though refused'
	for view in --table --states --segments --csv; do
		run --no-header $view web.pcap
		wants 0 ''
		lines=$(wc -l <out)
		run $view web.pcap
		[ "$(wc -l <out)" -gt "$lines" ] ||
			fails '--no-header makes no difference'
	done
	run -t ud --states web.pcap
	grep -Eq '^20[0-9][0-9]-' out || fails 'no date with -t ud'
	run -t r --no-header --states web.pcap
	head -n 1 out | grep -Eq '^ *0\.000000 ' ||
		fails 'time does not begin at 0 with -t r'
	run --conn=2,4-5 web.pcap
	[ "$(grep -c '^Connection ' out)" -eq 3 ] || fails 'not three'
	run --conn=2 --no-header --states web.pcap
	[ -s out ] || fails 'nothing of connection 2'
	run --segments=2 web.pcap
	mv out two
	run --segments --conn=2 web.pcap
	same two
	run --limit=2 --sort=-bytes --only=complete web.pcap
	wants 0 ''
	[ "$(grep -c '^Connection ' out)" -eq 2 ] || fails 'not two'
	# -v accounts for every packet.
	run -v web.pcap
	sed -n '/^Packets read/,$p' out | awk -F ': ' '
	    NR == 1 { all = $2 } NR > 1 { sum += $2 }
	    END { exit !(NR == 13 && all == sum && all > 0) }' ||
		fails 'verdicts do not add up to the packets'
}

help() {
	run --help
	wants 0 ''
	awk 'length($0) > 80 { exit 1 }' out || fails 'more than 80 columns'
	grep -q -e '--snapshot-length=BYTES' out || fails 'no options'
	run --version
	wants 0 ''
	grep -q "^tcpstates ${PACKAGE_VERSION-}" out || fails 'no version'
	grep -q '^libpcap version' out || fails 'no version of libpcap'
	run -h
	wants 0 ''
	# Options may follow operands, and abbreviated.
	run web.pcap --vers
	wants 0 ''
}

# Neither the locale nor the terminal changes a figure.
locales() {
	for locale in C.UTF-8 $(locale -a 2>/dev/null |
	    grep -E '^(de_DE|fr_FR|tr_TR|ar_EG)' | head -n 4); do
		what="LC_ALL=$locale"
		LC_ALL=$locale "$program" -r web.pcap >out 2>err
		same web.out
	done
}

# A pipe that says nothing for a while answers, and ends when told to.  The
# program itself opens it, so once that is done its handlers are in place.
signals() {
	rm -f fifo
	mkfifo fifo
	"$program" --states -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	what='a quiet pipe'
	wait_for grep -q ESTABLISHED out
	wait_for has_read "$packets packets, 8 connections"
	kill -INT $pid
	exec 9>&-
	wait $pid
	status=$?
	[ $status -eq 0 ] || fails "exit status $status after SIGINT"
	"$program" --states web.pcap >states.out 2>/dev/null
	same states.out

	what='an interim report'
	"$program" -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_for has_read "$packets packets"
	kill -USR2 $pid
	wait_for cmp -s out web.out
	kill -TERM $pid
	wait $pid
	status=$?
	exec 9>&-
	[ $status -eq 0 ] || fails "exit status $status after SIGTERM"
	[ "$(grep -c '^D)' out)" -eq 2 ] || fails 'no report at the end'

	what='--append'
	printf 'before\n' >appended
	run --append -o appended web.pcap
	wants 0 ''
	{ printf 'before\n'; "$program" web.pcap; } | cmp -s - appended ||
	    fails 'not behind what was there'

	what='SIGHUP, after the output was moved away'
	"$program" --states -o moved -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	head -c 9000 web.pcap >&9
	wait_for grep -q ESTABLISHED moved
	mv moved old
	kill -HUP $pid
	wait_for test -e moved
	tail -c +9001 web.pcap >&9
	exec 9>&-
	wait $pid
	status=$?
	[ $status -eq 0 ] || fails "exit status $status"
	[ -s moved ] || fails 'nothing in the new file'
	# Each has its heading.
	head -n 1 old >heading
	head -n 1 moved | cmp -s heading - || fails 'no heading'
	tail -n +2 moved | cat old - >out
	same states.out

	hangup

	what='SIGHUP under nohup'
	(trap '' HUP && exec "$program" -r fifo >out 2>err) &
	pid=$!
	exec 9>fifo
	head -c 9000 web.pcap >&9
	answers || fails 'does not answer'
	kill -HUP $pid
	tail -c +9001 web.pcap >&9
	exec 9>&-
	wait $pid
	status=$?
	[ $status -eq 0 ] || fails "exit status $status"
	same web.out

	what='a second SIGINT'
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		interrupt_twice
		# The second came too late, on a busy machine: the report was
		# begun, or all was over.
		[ $status -eq 0 ] || [ -s out ] || break
	done
	[ $status -eq 130 ] || fails "exit status $status"
	[ -s out ] && fails 'there is a report'
}

# Under nohup, as on a machine that checks at night, every shell and program
# inherits that SIGHUP is ignored, and no trap of a shell can change this.
hangup() {
	what='SIGHUP without -o'
	set -- "$program" -r fifo
	if env --default-signal=HUP true 2>/dev/null; then
		set -- env --default-signal=HUP "$@"
	elif grep -q '^SigIgn:.*[13579bdf]$' /proc/$$/status; then
		echo 'SIGHUP without -o: not tested, SIGHUP is ignored here'
		return
	fi
	"$@" >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	answers || fails 'does not answer'
	kill -HUP $pid
	wait_until is_over || fails 'does not end'
	exec 9>&-
	wait $pid
	status=$?
	[ $status -eq 0 ] || fails "exit status $status"
	wants_report
}

interrupt_twice() {
	"$program" -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_for has_read "$packets packets"
	kill -INT $pid
	wait_until has_taken
	kill -INT $pid
	wait $pid
	status=$?
	exec 9>&-
}

inputs
packed
several
operands
limits
saved
outputs
help
locales
signals
exit "$failed"
