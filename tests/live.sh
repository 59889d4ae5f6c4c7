#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that wait_until calls
#
# The program on an interface, in namespaces of its own that vanish with it:
#
#	this script, namespace 1: v1  192.0.2.2    the program, a server
#	a sleeper, namespace 2:   v0  192.0.2.1    clients
#
# Needs to be root (or to have namespaces as an ordinary user), ip, nsenter,
# pgrep, python3; tcpdump where there is one.

tools='ip nsenter pgrep python3 setpriv'
# shellcheck source=tests/own-network.sh
. "${top_srcdir:-.}/tests/own-network.sh"

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"
tests=$(CDPATH='' cd -- "$top_srcdir/tests" && pwd)
cd "$scratch" || exit 99

unshare -n sleep 3600 &
peer=$!
trap 'kill $peer $server $pids 2>/dev/null; rm -rf "$scratch"' EXIT
server=
pids=

at_peer() {
	nsenter -t $peer -n "$@"
}

lay_cable() {
	wait_until is_elsewhere || return 1
	ip link add v1 type veth peer name v0 netns $peer &&
	    ip addr add 192.0.2.2/24 dev v1 &&
	    ip link set v1 up &&
	    at_peer ip addr add 192.0.2.1/24 dev v0 &&
	    at_peer ip link set v0 up
}

is_elsewhere() {
	[ "$(readlink /proc/"$peer"/ns/net)" != \
	    "$(readlink /proc/self/ns/net)" ]
}

cat >server.py <<'P'
import socket, time
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(('', 8000))
listener.listen(16)
open('listening', 'w').close()
while True:
    s, _ = listener.accept()
    if s.recv(100).startswith(b'SLOW'):
        time.sleep(0.5)
    s.sendall(b'x' * 20000)
    s.close()
P

# clients COUNT [WORD]: the request begins with it
cat >clients.py <<'P'
import socket, sys
for i in range(int(sys.argv[1])):
    s = socket.create_connection(('192.0.2.2', 8000))
    s.sendall(''.join(sys.argv[2:3]).encode() or b'GET /')
    while s.recv(65536):
        pass
    s.close()
P

# Starts the program, $through what is to start it, with a report to come, and
# waits until it captures.
through=
start() {
	what="tcpstates $*"
	rm -f rc
	: >out
	: >err
	# shellcheck disable=SC2086 # several words, or none
	{ $through "$program" "$@" >out 2>err; echo $? >rc; } &
	pids="$pids $!"
	pid=
	wait_until find_program "$*" ||
		{ fails 'did not start'; tell; return 1; }
	# Its answer to the signal says that it looks at packets.
	answers || { fails 'does not answer'; tell; return 1; }
}

# find_program ARGUMENTS: none but the one that has these
find_program() {
	pid=$(pgrep -o -x -f "$program $1")
}

# Tells it to end, and waits: $status, $took (in tenths of a second).  On a busy
# machine some of all may be slow.
stops=0
slow_stops=0
stop() {
	kill "-${1:-INT}" "$pid"
	took=0
	while [ ! -s rc ] && [ $took -lt $((10 * PATIENCE)) ]; do
		sleep 0.1
		took=$((took + 1))
	done
	status=$(cat rc)
	stops=$((stops + 1))
	[ $took -lt 12 ] || slow_stops=$((slow_stops + 1))
	quiet_live
}

# Everything but instants and durations: two sockets may stamp a packet apart.
without_times() {
	grep -Ev '^(Duration|Start time|End Time|.* (time duration|RTT value):)' "$1"
}

# ends_in COUNT FILE: it has COUNT connections, to their last ACK.
ends_in() {
	[ "$("$program" -q --table --no-header "$2" |
	    grep -c ' S[0-9]*F[0-9]* C/TW ')" -eq "$1" ]
}

# The program's part is in the file when the signal was answered.
is_saved() {
	answers && cp saved.pcap early.pcap && ends_in "$1" early.pcap
}

saved_alike() {
	is_saved 5 && [ "$(wc -c <saved.pcap)" -eq "$(wc -c <tcpdump.pcap)" ]
}

# That a client has ended does not mean that its last packet has arrived: the
# sockets of the server are in TIME-WAIT (06) when that was acknowledged.
are_over() {
	awk '$2 ~ /:1F40$/ && $4 !~ /^0[A6]$/ { n++ } END { exit n > 0 }' \
	    /proc/net/tcp
}

agrees_with_file() {
	has_tcpdump=$(command -v tcpdump)
	if [ -n "$has_tcpdump" ]; then
		tcpdump -i v1 -s 256 --immediate-mode -U -B 4096 \
		    -w tcpdump.pcap tcp 2>dump.err &
		dump=$!
		pids="$pids $dump"
		wait_until grep -q 'listening on' dump.err ||
			fails 'tcpdump did not start'
	fi
	start -i v1 -w saved.pcap tcp || return
	at_peer python3 clients.py 5
	wait_for is_saved 5
	if [ -n "$has_tcpdump" ]; then
		wait_until saved_alike || fails 'not as much as tcpdump saved'
		kill -INT "$dump"
		wait "$dump"
	fi
	stop INT
	wants 0 ''
	wants_report
	grep -q '^A) .*: 5$' out || fails 'not five connections'
	grep -q '^The number of TCP .* still open .*: 0$' out ||
		fails 'a connection did not end'
	without_times out >live.out
	cp out live.all
	run saved.pcap
	quiet_live
	wants 0 ''
	cmp -s out live.all || fails 'another report from what -w saved'
	if [ -n "$has_tcpdump" ]; then
		run tcpdump.pcap
		quiet_live
		wants 0 ''
		without_times out | cmp -s - live.out || {
			fails 'another report from what tcpdump saved'
			without_times out | diff - live.out | head -5
		}
	fi
}

# Nothing moves, and it ends at once, with a report of nothing; of ten times, on
# a busy machine.
quiet_link() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		start -i v1 'tcp port 4' || return
		stop INT
		wants 0 ''
		wants_report
		[ "$took" -gt 5 ] || break
	done
	[ "$took" -le 5 ] || fails "took $took tenths of a second to end"
	start -i v1 'tcp port 4' || return
	stop TERM
	wants 0 ''
	wants_report
}

limits() {
	what='tcpstates -i v1 -c 10'
	start -i v1 -c 10 -v tcp || return
	at_peer python3 clients.py 1
	wait_until test -s rc || fails 'did not stop after ten packets'
	grep -q '^Packets read: 10$' out || fails 'not ten packets'
	run -i v1 --duration=300ms -q 'tcp port 4'
	wants 0 ''
	wants_report
}

# -Q and the filter apply in the kernel.
directions() {
	for way in in out; do
		start -i v1 -J -Q $way tcp || return
		at_peer python3 clients.py 1
		stop INT
		case $way in
		in)	empty=resp ;;
		out)	empty=orig ;;
		esac
		grep -q "\"${empty}_pkts\":0," out ||
			fails 'packets of both directions'
		grep -q '"type":"conn"' out || fails 'no connection'
	done
}

# Views come while it happens, not at the end.
views() {
	start -i v1 --states tcp || return
	at_peer python3 clients.py 1
	wait_until grep -q TIME-WAIT out || fails 'no transition while watching'
	kill -USR2 "$pid"
	stop INT
	wants 0 ''
	start -i v1 tcp || return
	at_peer python3 clients.py 1
	kill -USR2 "$pid"
	wait_until grep -q '^D)' out || fails 'no interim report'
	stop INT
	[ "$(grep -c '^D)' out)" -eq 2 ] || fails 'not two reports'
}

# What is drawn at the end, of packets that come once: inside the sandbox, as
# another user.
pictures() {
	start -i v1 --html=page.html --svg=pictures --xpl=graphs \
	    --annotate=remarks.pcapng tcp || return
	at_peer python3 clients.py 2
	at_peer python3 clients.py 1 SLOW
	wait_for are_over
	stop INT
	wants 0 ''
	wants_report
	python3 "$tests/pages.py" check page.html pictures/*.svg >wrong ||
		fails "not as it should be: $(head -n 3 wrong)"
	grep -q '<h1>v1<' page.html || fails 'not the page of the interface'
	grep -q 'class="warn"><b>The server had the request and took' \
	    page.html || fails 'no diagnosis on the page'
	ends_in 3 remarks.pcapng || fails 'another capture with remarks'
	grep -aq 'tcpstates: responder LISTEN -> SYN-RECEIVED' \
	    remarks.pcapng || fails 'no remarks of the interface'
	for file in pictures/timeline.svg pictures/conn-2.svg \
	    pictures/conn-2-ladder.svg graphs/conn-2-b2a_tsg.xpl; do
		[ -s $file ] || fails "no $file"
	done
	what='tcpdump | tcpstates --html=fed.html -r -'
	"$program" -q --html=fed.html -r - <saved.pcap >out 2>err ||
		fails 'no page from standard input'
	python3 "$tests/pages.py" check fed.html >wrong ||
		fails "not as it should be: $(head -n 3 wrong)"
}

# Records come when connections have ended, and counters when nothing does.
stream() {
	start -i v1 --stream -J --linger=300ms --interval=200ms tcp || return
	at_peer python3 clients.py 2
	wait_until has_records 2 ||
		fails 'not two records while watching a quiet link'
	wait_until grep -q '"type":"interval".*"frames":0,.*"dropped":0}' out ||
		fails 'no quiet interval'
	[ "$(grep -c '"type":"summary"' out)" -eq 0 ] || fails 'a summary'
	stop INT
	wants 0 ''
	[ "$(grep -c '"type":"conn"' out)" -eq 2 ] || fails 'not two'
	tail -n 1 out |
	    grep -q '"type":"summary","conns":2,.*"ended_closed":2,' ||
		fails 'not two in the summary'
}

has_records() {
	[ "$(grep -c '"type":"conn".*"end_reason":"fin".*"ended_by":"closed"' \
	    out)" -eq "$1" ]
}

# The rows come when they are asked for, and at the end; with --stream, each
# connection comes as soon as it has closed.
diagnosis() {
	start -i v1 --diagnose tcp || return
	at_peer python3 clients.py 2 SLOW
	wait_until asked_for_slow_row 2 ||
		fails 'no row of two connections'
	at_peer python3 clients.py 1 SLOW
	stop INT
	wants 0 ''
	has_slow_row 3 || fails 'no row of three connections'
	# Try ten times: on a busy machine the first connection may be slow, too.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		start -i v1 --diagnose --stream tcp || return
		at_peer python3 clients.py 1
		at_peer python3 clients.py 1 SLOW
		wait_until grep -q '^SERVER (server-slow)' out ||
			fails 'no diagnosis while watching'
		has_slow_row 1 && fails 'rows before the end'
		stop INT
		wants 0 ''
		has_slow_row 1 && [ "$(grep -c '^Connection ' out)" -eq 1 ] &&
			break
	done
	[ "$(grep -c '^Connection ' out)" -eq 1 ] ||
		fails 'the connection without a problem is printed'
	has_slow_row 1 || fails 'no row at the end'
}

# has_slow_row COUNT: the row is about COUNT connections
has_slow_row() {
	awk '$4 == "server-slow" { n = $3 } END { exit n != '"$1"' }' out
}

# Each time anew: the packets may not have been read yet.
asked_for_slow_row() {
	kill -USR2 "$pid"
	has_slow_row "$1"
}

# A reader that closes the pipe ends a stream, too.
leaving() {
	what='tcpstates -i v1 --stream -J | head'
	{ "$program" -i v1 --stream -J --linger=100ms \
	    --duration=$((2 * PATIENCE))s tcp 2>leave.err
	echo $? >leave.rc; } | head -n 1 >leave.out &
	pids="$pids $!"
	# It has to have something to write before it can fail.
	wait_until leaves || fails 'goes on'
	[ -s leave.err ] &&
		{ fails 'there was something to say'; cat leave.err; }
	grep -q '"type":"capture"' leave.out || fails 'not a line came'
}

leaves() {
	at_peer python3 clients.py 1
	test -s leave.rc
}

# `any` is LINUX_SLL2, and -i takes the numbers of -D.
names() {
	start -i any -J 'tcp port 8000' || return
	at_peer python3 clients.py 1
	stop INT
	wants 0 ''
	grep -q '"type":"capture".*"LINUX_SLL2"' out || fails 'not LINUX_SLL2'
	grep -q '"type":"conn"' out || fails 'no connection'
	start -i any -y LINUX_SLL -J 'tcp port 8000' || return
	stop INT
	grep -q '"type":"capture".*"LINUX_SLL"' out || fails 'not LINUX_SLL'
	number=$("$program" -D | awk '$2 == "v1" { print $1 }')
	start -i "$number" -J tcp || return
	stop INT
	wants 0 ''
	grep -q '"type":"capture".*"v1"' out || fails 'not v1'
	run -i v1 -L
	wants 0 ''
	grep -q '^EN10MB (Ethernet)$' out || fails 'no Ethernet'
	run -i v1 -y LINUX_SLL
	wants_only 2 "v1: has no link type 'LINUX_SLL'; it offers: EN10MB"
	run -i v1 tcp and and
	wants_only 2 "filter 'tcp and and': "
	: >trace.cap
	run -i v1 trace.cap
	wants_only 2 "'trace\.cap' is not a filter; to read a file use -r trace\.cap"
}

# A reader that sleeps while a small buffer overflows.
drops() {
	start -i v1 -B 64 tcp || return
	kill -STOP "$pid"
	at_peer python3 clients.py 150
	kill -CONT "$pid"
	stop INT
	wants 0 'kernel dropped [0-9]+ of [0-9]+ packets \([0-9]+\.[0-9]%\): counts and losses are not trustworthy; try -B [0-9]+M or a filter$'
	wants_report
	start -i v1 -B 64 --strict -q tcp || return
	kill -STOP "$pid"
	at_peer python3 clients.py 150
	kill -CONT "$pid"
	stop INT
	wants 3 ''
}

# ring LEAST: the mapped ring of $pid has at least LEAST bytes
ring() {
	range=$(sed -n 's/^\([0-9a-f]*-[0-9a-f]*\) .* socket:.*/\1/p' \
	    "/proc/$pid/maps")
	size=$(python3 -c 'import sys
low, high = (int(end, 16) for end in sys.argv[1].split("-"))
print(high - low)' "$range")
	[ "$size" -ge "$1" ] || fails "a ring of $size bytes"
}

# version NUMBER: of the kernel's ring, where somebody tells; they begin with 0
version() {
	ss -0 -e 2>/dev/null | grep -o 'ver:[0-9]' >ring
	[ ! -s ring ] || grep -q "ver:$1" ring || fails "not $1: $(cat ring)"
}

rings() {
	start -i v1 tcp || return
	ring 16777216
	version 2
	stop INT
	start -i v1 -B 33M --immediate-mode tcp || return
	ring 34603008
	version 1
	stop INT
	wants 0 ''
}

# What makes figures doubtful is said, and counts with --strict.
honest() {
	start -i v1 -s 50 --strict tcp || return
	at_peer python3 clients.py 1
	stop INT
	wants 3 '[0-9]+ of [0-9]+ packets were captured too short for the whole TCP header: capture with a larger -s'
	start -i v1 -Q in --strict tcp || return
	at_peer python3 clients.py 2
	stop INT
	wants 3 'only one direction of every connection was captured'
	start -i v1 --max-conns=2 --strict tcp || return
	at_peer python3 -c 'import socket
kept = [socket.create_connection(("192.0.2.2", 8000)) for _ in range(4)]'
	# An answer to each, when they have gone.
	wait_for has_read '.*; limits: ([2-9]|[1-9][0-9]+) evicted'
	stop INT
	wants 3 '[0-9]+ connections were dropped from the full table \([0-9]+ half-open, [1-9][0-9]* established\)'
	grep -Eq '(continued after being|closed connections? w)' err ||
		fails 'nothing about those that had closed or came back'
	# Cards that are none leave the cutting to nobody.
	start -i v1 -J tcp || return
	at_peer python3 clients.py 1
	kill -INT "$pid"
	wait_until test -s rc || fails 'no end'
	grep -q 'larger than the MSS: merged by offloading' err ||
		fails 'nothing about merged segments'
	tail -n 1 out | grep -q '"merged":1,' || fails 'nor in the summary'
}

# What a card had no room for.  None of these that are no cards ever says so:
# the file is ours, in the place of the one that the kernel has for v1.
cat >card.sh <<'P'
mount -t sysfs none /sys &&
    mount --bind missed /sys/class/net/v1/statistics/rx_missed_errors &&
    exec "$@"
P

interface_drops() {
	echo 1000 >missed
	unshare -m sh card.sh true 2>mount.err || {
		echo "no interface drops: $(cat mount.err)"
		return
	}
	through='unshare -m sh card.sh'
	start -i v1 -J --interval=100ms --strict tcp || return
	echo 1037 >missed
	at_peer python3 clients.py 1
	# Counted once a second, and when somebody asks.
	answers
	# The driver starts anew, and then the interface is gone.
	echo 5 >missed
	answers
	: >missed
	answers
	stop INT
	wants 3 'interface dropped 42 of [0-9]+ packets \([0-9]+\.[0-9]%\): counts and losses are not trustworthy; check its statistics'
	tail -n 1 out | grep -q '"kernel_dropped":0,"kernel_if_dropped":42,' ||
		fails 'not 42 in the summary'
	dropped=$(sed -n 's/^{"type":"interval".*"dropped":\([0-9]*\)}$/\1/p' \
	    out | awk '{ sum += $1 } END { print sum }')
	[ "$dropped" -eq 42 ] || fails "$dropped in the intervals"
	# What was lost before is not of this watch.
	start -i v1 --strict tcp || return
	stop INT
	wants 0 ''
	through=
	# And the files are there where they are looked for.
	[ -r /sys/class/net/lo/statistics/rx_missed_errors ] &&
	    [ -r /sys/class/net/lo/statistics/rx_fifo_errors ] ||
		fails 'the kernel has other files'
}

permission() {
	what='tcpstates -i v1, as an ordinary user'
	ordinary "$program" -i v1 >out 2>err
	status=$?
	wants_only 1 'v1: no permission to capture' 2
	wants 1 'hint: use sudo, or: sudo setcap cap_net_raw=eip /.*/tcpstates'
}

# The capability of the hint is enough.
capability() {
	command -v setcap >/dev/null || return 0
	cp "$program" capable && setcap cap_net_raw=eip capable 2>/dev/null ||
		return 0
	what='cap_net_raw=eip, as an ordinary user'
	ordinary ./capable -i v1 --duration=100ms >out 2>err
	status=$?
	case $(cat err) in
	*'ermission denied'*|*'not permitted'*) return 0 ;; # nosuid
	esac
	[ "$status" -eq 0 ] || { fails "exit status $status"; tell; }
	wants_report
}

# What is saved is in the file when a signal was answered.
flushed() {
	start -i v1 -w saved.pcap tcp || return
	at_peer python3 clients.py 2
	wait_until is_saved 2 || fails 'was not saved when it counted'
	stop INT
	wants 0 ''
	cmp -s early.pcap saved.pcap || fails 'more was saved later'
}

immediate() {
	start -i v1 --immediate-mode tcp || return
	at_peer python3 clients.py 2
	stop INT
	wants 0 ''
	grep -q '^A) .*: 2$' out || fails 'not two connections'
}

# A port of a bridge, and the bridge: what goes in at one comes in at the
# other.  `any` sees it twice and counts it once.
counted_once() {
	ip link add br0 type bridge 2>/dev/null || {
		echo 'no bridge: not seen twice'
		return
	}
	ip addr flush dev v1
	ip link set v1 master br0
	ip addr add 192.0.2.2/24 dev br0
	ip link set br0 up
	# Both look at the same connection: it may be another the next time.
	"$program" -i br0 -J --duration=${PATIENCE}s -o br0.out \
	    'tcp port 8000' 2>br0.err &
	second=$!
	pid=$second
	pids="$pids $pid"
	wait_until second_answers || fails 'the second one does not answer'
	start -i any -J 'tcp port 8000' || return
	wait_until at_peer python3 clients.py 1
	wait_for are_over
	stop INT
	wants 0 '[0-9]+ packets were captured more than once'
	conns any
	grep -q '"capture_duplicates":[1-9]' out ||
		fails 'nothing was seen twice'
	cp counts any.counts
	kill -INT $second
	wait $second
	cp br0.out out
	conns br0
	cmp -s counts any.counts || {
		fails 'another number of packets'
		cat any.counts counts
	}
	ip link del br0
	ip addr add 192.0.2.2/24 dev v1
}

second_answers() {
	catches && kill -USR1 "$pid" && sleep 0.1 &&
	    grep -q ' packets, ' br0.err
}

# What both must say of the connection that a client makes.
conns() {
	sed -n 's/.*"status":"\([^"]*\)".*"orig_bytes":\([0-9]*\),"resp_bytes":\([0-9]*\),.*"orig_retrans":\([0-9]*\),.*/\1 \2 \3 \4/p' \
	    out >counts
	[ "$(wc -l <counts)" -eq 1 ] || fails "$1: not one connection"
}

# Root is nobody by now, with nothing but its socket (more of this, and of the
# sandbox: tests/privileges.sh).
unprivileged() {
	start -i v1 -w saved.pcap tcp || return
	grep -Eq "^Uid:([[:space:]]+$(id -u nobody)){4}\$" \
	    "/proc/$pid/status" || fails 'is not nobody'
	grep -q '^CapEff:[^0-9a-f]*0*$' "/proc/$pid/status" ||
		fails 'has capabilities'
	at_peer python3 clients.py 2
	wait_until has_read '.*; kernel: [1-9][0-9]* received' ||
		fails 'no counts of the kernel'
	stop INT
	wants 0 ''
	grep -q '^A) .*: 2$' out || fails 'not two connections'
	tail -n 11 out >./tail
	run saved.pcap
	quiet_live
	tail -n 11 out | cmp -s - tail || fails 'not all was saved'
}

down() {
	ip link set v1 down
	run -i v1
	wants_only 1 'v1: the interface is down; bring it up: .*ip link set dev v1 up'
	ip link set v1 up
	start -i v1 tcp || return
	ip link set v1 down
	wait_until grep -q 'v1: the interface went down; waiting' err ||
		fails 'did not notice that it went down'
	ip link set v1 up
	wait_until at_peer python3 clients.py 1
	wait_until grep -q 'v1: the interface is up again' err ||
		fails 'did not notice that it is up again'
	ip link set v1 down
	stop INT
	wants 0 'v1: the interface went down'
	grep -q '^A) .*: [1-9]' out || fails 'no connection after it came up'
	ip link set v1 up
}

# The same interface under another name.
renamed() {
	start -i v1 tcp || return
	ip link set v1 down
	ip link set v1 name v9
	ip link set v9 up
	wait_until at_peer python3 clients.py 1
	wait_until grep -q 'v1: the interface is called v9 now' err ||
		fails 'did not notice the new name'
	# Down, up and back before anybody can look.
	kill -STOP "$pid"
	ip link set v9 down
	ip link set v9 name v1
	ip link set v1 up
	kill -CONT "$pid"
	wait_until grep -q 'v9: the interface is called v1 now' err ||
		fails 'did not notice the old name'
	wait_until at_peer python3 clients.py 1
	stop INT
	wants 0 'v1: the interface is called v9 now'
	wants_report
	grep -q '^A) .*: [2-9]' out || fails 'a connection is missing'
}

# One of several goes down, and one goes for good: `any` has the others.
any_outlives() {
	ip link add br9 type bridge 2>/dev/null && ip link set br9 up
	start -i any 'tcp port 8000' || return
	at_peer python3 clients.py 1
	ip link del br9 2>/dev/null
	ip link set v1 down
	ip link set v1 up
	wait_until at_peer python3 clients.py 1
	stop INT
	wants 0 ''
	wants_report
	grep -q '^A) .*: [2-9]' out || fails 'a connection is missing'
}

# An interface that moves to another network namespace is gone here.
moved() {
	start -i v1 tcp || return
	at_peer python3 clients.py 1
	ip link set v1 netns "$peer"
	wait_until test -s rc || fails 'did not notice that it is gone'
	status=$(cat rc)
	quiet_live
	wants 3 'v1: the interface disappeared after packet [1-9]'
	wants_report
	grep -q '^A) .*: 1$' out || fails 'not one connection'
	at_peer ip link del v1
	lay_cable || fails 'no veth any more'
}

# Last: the cable is cut, while the kernel has not handed over all.
gone() {
	start -i v1 -J tcp || return
	at_peer python3 clients.py 2
	ip link del v1
	wait_until test -s rc || fails 'did not notice that it is gone'
	status=$(cat rc)
	quiet_live
	wants 3 'v1: the interface disappeared after packet [1-9]'
	[ "$(grep -c '"type":"conn"' out)" -eq 2 ] ||
		fails 'not two connections'
	sed -n 's/.*"frames":\([0-9]*\),.*"kernel_received":\([0-9]*\),.*/\1 \2/p' \
	    out >counts
	awk '{ exit !($1 > 0 && $1 == $2) }' counts ||
		fails "read and received: $(cat counts)"
}

ip link set lo up
lay_cable || { echo 'no veth'; exit 77; }
python3 server.py &
server=$!
wait_until test -e listening || { echo 'no server'; exit 99; }

agrees_with_file
quiet_link
limits
directions
views
pictures
stream
diagnosis
leaving
names
rings
honest
drops
interface_drops
permission
capability
unprivileged
flushed
immediate
counted_once
down
renamed
any_outlives
moved
gone
what='SIGINT'
[ $((4 * slow_stops)) -lt "$stops" ] ||
	fails "$slow_stops of $stops times it took more than a second to end"
exit "$failed"
