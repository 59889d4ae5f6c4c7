#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that wait_until calls
#
# What people at a terminal see.  The numbers are those of the items of the
# terminal's design: troubles (4), times (5), numbers of segments (6), a busy
# interface (8), the pager (9), answers to signals (18).

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

cp "$data/web.pcap" "$data/loss-behind.pcap" "$scratch"
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
	run --segments=1 --trouble --no-header web.pcap
	wants 0 ''
	[ -s out ] && fails 'something without a trouble'
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
	wants_only 2 "-t: 'tuesday' is none of e, r, a, ad, ud, d and none"
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
	PAGER=cat
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

troubles
formats
numbers
pager
signals
exit "$failed"
