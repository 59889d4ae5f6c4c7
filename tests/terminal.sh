#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that wait_until calls
#
# What people at a terminal see.  The design of the terminal has numbered items;
# the tests of each are:
#
#  1	width, columns		columns.sh
#  2	one view, --limit	messages.sh (pairs), columns.sh, groups.sh
#  3	--by			groups.sh
#  4	--frames, --trouble	messages.sh (frames), here (troubles)
#  5	times			here (formats), times.sh
#  6	numbers of segments	here (numbers)
#  7	lines as they come	here (gradual), stream.sh (intervals)
#  8	^C, busy interface	here (busy)
#  9	pager			here
# 10	typos			messages.sh (usage, numbers)
# 11	display filters		messages.sh (display_filters)
# 12	--conn, --json		messages.sh (numbers)
# 13	-h, --help		messages.sh (short_help)
# 14	connection numbers	here (conn_numbers)
# 15	--stream at the close	stream.sh (records_at_the_close), here (busy)
# 16	SIGHUP			metrics.sh (refuses), signals.sh
# 17	files			rotate.sh, metrics.sh
# 18	SIGUSR1, SIGUSR2	here (signals)
# 19	two outputs, one file	messages.sh (files)
# 20	manual			man.sh, readme.sh, stories.sh
#
# The live screen has tests of its own: check_top, top.sh, topscreens.sh.

if [ "${TCPSTATES_TERMINAL-}" != inside ] && [ "$(id -u)" -eq 0 ] &&
    command -v ip >/dev/null &&
    unshare -n ip link set lo up 2>/dev/null; then
	# shellcheck disable=SC2016 # for the inner shell
	TCPSTATES_TERMINAL=inside exec unshare -n sh -c \
	    'ip link set lo up && exec sh "$1"' sh "$0"
fi

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

cp "$data/web.pcap" "$data/loss-behind.pcap" "$top_srcdir/man/tcpstates.1" \
    "$scratch"
cd "$scratch" || exit 99
export TZ=UTC TERM=xterm

# on_terminal COLUMNS OPTION...: what a terminal shows
on_terminal() {
	columns=$1
	shift
	what="tcpstates $* on $columns columns"
	COLUMNS=$columns script -qec "$program --color=never $*" typescript \
	    </dev/null >/dev/null 2>&1
	status=$?
	tr -d '\r' <typescript | sed '/^Script /d' | sed '${/^$/d;}' >out
}

# Item 4.
troubles() {
	run --segments=2 --trouble --no-header loss-behind.pcap
	wants 0 ''
	[ "$(grep -c '^ *!' out)" -eq 3 ] || fails 'not three troubles'
	[ "$(grep -c '^--$' out)" -eq 2 ] || fails 'not two gaps'
	[ "$(grep -c '^ *[0-9]' out)" -eq 15 ] ||
		fails 'not two segments around each'
	run --segments=1 --trouble web.pcap
	wants 0 ''
	grep -qx 'no connection with trouble among 1: none of [0-9]* segments '\
'has a remark marked !' out || fails 'not said that there is no trouble'
	[ "$(wc -l <out)" -eq 1 ] || fails 'a legend without a trouble'
	run --segments=2 --trouble loss-behind.pcap
	head -n 1 out | grep -q '^+ms ' || fails 'no legend with troubles'
	run --segments --no-header loss-behind.pcap
	grep '^ *!' out >all
	run --segments --trouble --no-header loss-behind.pcap
	grep '^ *!' out | cmp -s - all || fails 'not all troubles'
	run --trouble web.pcap
	wants_only 2 '--trouble is for --segments: add it'
	run --trouble --segments -J web.pcap
	wants_only 2 '--trouble is for --segments as text'
}

# time_of WORD OPTION...: the first word of the third line
time_of() {
	wanted=$1
	shift
	run --states --no-header --conn=4 web.pcap "$@"
	wants 0 ''
	[ "$(sed -n '3s/^ *\([^ ].*\) *4 resp.*/\1/p' out | sed 's/ *$//')" = \
	    "$wanted" ] || { fails "not $wanted"; cat out; }
}

# Item 5.
formats() {
	time_of '1795171034.369150'
	time_of '1795171034.369150' -tt
	time_of '0.012362' -ttt
	time_of '0.012362' -t d
	time_of '2026-11-20 10:37:14.369150' -tttt
	time_of '0.383932' -ttttt
	time_of '10:37:14.369150' -t a
	for none in -t '-t none'; do
		# shellcheck disable=SC2086 # two words
		run --states --no-header --conn=4 $none web.pcap
		wants 0 ''
		sed -n 3p out | grep -q '^ *4 resp LISTEN ' || fails 'a time'
	done
	run -t web.pcap
	wants 0 ''
	run --states web.pcap -t
	wants 0 ''
	run -t tuesday web.pcap
	wants_only 2 "-t: 'tuesday' is not one of e, r, a, ad, ud, d and none"
	# The report is that of all outputs.
	run web.pcap
	mv out all
	for format in -t -ttt; do
		run $format web.pcap
		cmp -s out all || fails 'another report'
	done
	command -v script >/dev/null || return 0
	on_terminal 80 --states --no-header --conn=4 web.pcap
	grep -q '^ *0\.383932 *4 resp' out || fails 'not relative'
	on_terminal 80 -q web.pcap
	cmp -s out all || fails 'another report on a terminal'
}

# Item 6.
numbers() {
	run -S --segments=4 --no-header web.pcap
	wants 0 ''
	grep -q ' 96 .* -> S *123373946 *0 ' out || fails 'no raw number'
	grep -q ' 97 .* <- RA *0 *0 *123373947 ' out || fails 'no raw ACK'
	run -S web.pcap
	wants_only 2 '-S is for --segments: add it'
	command -v script >/dev/null || return 0
	on_terminal 132 --segments=1 web.pcap
	grep -q ' Seq  *Len  *Next  *Ack ' out || fails 'no column'
	grep -q ' -> S  *0  *0  *1  *-' out || fails 'no number after the SYN'
	on_terminal 80 --segments=1 web.pcap
	grep -q ' Next ' out && fails 'a column without room'
}

# Item 7: while the input is quiet, all lines are there, and whole.
gradual() {
	"$program" --states --no-header web.pcap >all
	"$program" --segments --no-header web.pcap >>all
	for view in --states --segments; do
		what="$view of a pipe that is quiet"
		rm -f quiet
		mkfifo quiet
		"$program" $view --no-header -q -r quiet >out 2>err &
		pid=$!
		exec 9>quiet
		head -c 9000 web.pcap >&9
		wait_for has_lines
		[ -z "$(tail -c 1 out)" ] || fails 'ends in the middle of a line'
		grep -vxFf all out && fails 'other lines'
		exec 9>&-
		wait $pid
	done
}

# More than a half of what the whole capture gives.
has_lines() {
	[ "$(wc -l <out)" -ge 20 ]
}

# Item 14.
conn_numbers() {
	run --csv --columns=conn,resp_p,first_frame web.pcap
	[ "$(sed -n '/,8080,/p' out)" = '4,8080,96' ] ||
		fails 'not the fourth'
	# Under a filter, others come first; frames are still those of the file.
	run --csv --columns=conn,resp_p,first_frame web.pcap port 8080
	[ "$(sed -n 2p out)" = '1,8080,96' ] || fails 'not the first'
	tr '\n' ' ' <tcpstates.1 >text
	for words in 'numbered from 1, in the order of their first segments' \
	    'capture filter changes the numbers' 'counts from 0' first_frame; do
		grep -q "$words" text || fails "the manual lacks: $words"
	done
}

# Item 9.
pager() {
	command -v script >/dev/null || return 0
	PAGER='sed s/^/paged:/'
	on_terminal 80 -q --table web.pcap
	[ "$status" -eq 0 ] || fails "exit status $status"
	grep -q '^paged:1 192' out || fails 'not through the pager'
	on_terminal 80 -q --no-pager --table web.pcap
	grep -q '^paged:' out && fails 'through the pager'
	# The width is that of the terminal, and messages follow at the end.
	on_terminal 132 --table web.pcap
	grep -q '^paged:# .* CLOSE ' out || fails 'another width'
	on_terminal 80 web.pcap
	tail -n 1 out | grep -q '^tcpstates: .* problems found' ||
		fails 'the message is not last'
	PAGER='head -n 1'
	on_terminal 80 -q -v web.pcap
	[ "$(cat out)" = 'A) Total number of connections: 8' ] ||
		fails 'not the first line alone'
	PAGER=
	on_terminal 80 -q web.pcap
	grep -q '^D) ' out || fails 'no report without pager'
	PAGER='sed s/^/paged:/'
	run --table web.pcap
	grep -q '^paged:' out && fails 'a pager without terminal'
	PAGER='cat'
}

# Item 18.
signals() {
	[ -r /proc/self/status ] || return 0
	what='SIGUSR1 and SIGUSR2, --stream'
	mkfifo fifo
	: >out
	"$program" --stream -J -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_for has_read '[0-9]+ packets, [0-9]+ connections, [0-9]+ open; limits: .*; [0-9.kM]+ packets/s(, memory [0-9.]+[kMG])?, up [0-9.]+[a-z]+'
	kill -USR2 $pid
	wait_for grep -q '"type":"summary".*"final":false' out
	exec 9>&-
	wait $pid
	tail -n 1 out | grep -q '"type":"summary".*"final":true' ||
		fails 'the last summary is not final'
}

# Item 8, without an interface.
all() {
	run --all web.pcap
	wants_only 2 '--all is for live capture: it needs -i'
}

# Items 8 and 15: 60 connections on an interface, all of them refused.
busy() {
	command -v script >/dev/null || return 0
	command -v python3 >/dev/null || return 0
	[ "${TCPSTATES_TERMINAL-}" = inside ] || return 0
	cat >refused.py <<-'P'
	import socket
	for i in range(60):
	    try:
	        socket.create_connection(("127.0.0.1", 9))
	    except ConnectionRefusedError:
	        pass
	P
	for options in '' --all --table; do
		what="tcpstates -i lo $options on a terminal, 60 connections"
		# The typescript of the previous program has the same line.
		rm -f pid typescript
		COLUMNS=100 script -qefc "sh -c 'echo \$\$ >pid
		    exec $program --color=never -i lo $options'" typescript \
		    </dev/null >/dev/null 2>&1 &
		shell=$!
		wait_for grep -q 'capturing on lo' typescript
		python3 refused.py
		pid=$(cat pid)
		wait_until has_seen || fails 'sees no packets'
		kill -INT "$pid"
		wait $shell
		tr -d '\r' <typescript >out
		shown=$(grep -c '^Connection [0-9]*:' out)
		case $options in
		--all)
			[ "$shown" -ge 60 ] || fails 'not all connections' ;;
		--table)
			grep -q 'lost most time' out && fails 'not the table' ;;
		*)
			[ "$shown" -eq 0 ] || fails 'all connections'
			for wanted in '^A) ' '^C) ' '^D) ' refused \
			    'lost most time' '^20 of 6[0-9] connections'; do
				grep -q "$wanted" out || fails "no $wanted"
			done ;;
		esac
	done
	what='tcpstates -i lo, 60 connections, redirected'
	"$program" --stream -J -i lo >out 2>err &
	pid=$!
	wait_until catches
	wait_until answers
	python3 refused.py
	closed=$(date +%s)
	wait_until has_records || fails 'no records'
	echo "records after $(($(date +%s) - closed)) s"
	kill -INT $pid
	wait $pid
}

has_seen() {
	kill -USR1 "$pid" && sleep 0.1 &&
	    grep -Eq ' (1[2-9][0-9]|[2-9][0-9][0-9]) packets, ' typescript
}

has_records() {
	[ "$(grep -c '"end_reason":"refused"' out)" -ge 60 ]
}

troubles
formats
numbers
gradual
conn_numbers
pager
signals
all
busy
exit "$failed"
