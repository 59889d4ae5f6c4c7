#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that wait_until calls
#
# Several workers read an interface, each from a socket of its own: records and
# report are those of the file that one worker writes at the same time, with
# tunnels, fragments, tags and extension headers; packets dropped are added up.
#
# Needs to be root, or to have namespaces, ip, python3.

tools='ip python3'
# shellcheck source=tests/own-network.sh
. "${top_srcdir:-.}/tests/own-network.sh"

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

maker=$top_builddir/tests/bench/make_trace
[ -x "$maker" ] || { echo 'no make_trace'; exit 77; }
ip link add v0 mtu 2000 type veth peer name v1 mtu 2000 ||
	{ echo 'no veth'; exit 77; }
for interface in v0 v1; do
	sysctl -q -w net.ipv6.conf.$interface.disable_ipv6=1 2>/dev/null
	ip link set $interface up
done
pids=
trap 'kill -CONT $pids 2>/dev/null; kill $pids 2>/dev/null; rm -rf "$scratch"
    ' EXIT

# start NAME OPTION...: a program that captures
start() {
	name=$1
	shift
	"$program" "$@" 2>"$scratch/$name.err" &
	pids="$pids $!"
	last=$!
	ln -sf "$name.err" "$scratch/$last.pid"
}

sockets() {
	awk 'NR > 1' /proc/net/packet | wc -l
}
are_open() {
	[ "$(sockets)" -ge "$wanted" ]
}
# A program that answers reads its sockets.  One that was asked twice may answer
# a second time when the next is asked: each has a file of answers.
has_answered() {
	pid=$1
	catches || return 1
	kill -USR1 "$pid"
	sleep 0.1
	grep -q ' packets, ' "$scratch/$pid.pid"
}
# begun COUNT: wait until there are COUNT sockets, and programs read them
begun() {
	wanted=$1
	wait_until are_open || fails "no $1 sockets"
	for reader in $pids; do
		wait_until has_answered "$reader" ||
			fails 'a program does not read'
	done
}

# received PID NAME COUNT: wait until the program has received COUNT packets
has_received() {
	kill -USR1 "$1" && sleep 0.2 &&
	    grep -q "kernel: $3 received" "$scratch/$2.err"
}

finish() {
	# shellcheck disable=SC2086 # several words
	kill -INT $pids
	# shellcheck disable=SC2086
	wait $pids
	pids=
}

send() {
	python3 "${top_srcdir:-.}/tests/live-workers.py" "$@" ||
		fails 'nothing was sent'
}

# conns FILE: the records of connections
conns() {
	grep '"type":"conn"' "$1"
}

# same NAME: its records and, of NAME.txt, the report are those of the file
same() {
	what="tcpstates $1"
	conns "$scratch/$1" >"$scratch/mine"
	cmp "$scratch/mine" "$scratch/expected" || {
		fails 'the records are not those of the file'
		diff "$scratch/mine" "$scratch/expected" | cut -c1-400 | head -8
	}
}

"$maker" -c 200 -a 300 -p 12 >"$scratch/trace"

# ---- the same records and report ----

: >"$scratch/saved"
chmod 666 "$scratch/saved"
start two --workers=2 -i v1 -J -o "$scratch/two"
two=$last
start three --workers=3 -i v1 -J -o "$scratch/three"
start report --workers=2 -i v1 -o "$scratch/report"
start stream --workers=2 -i v1 --stream -J -o "$scratch/stream"
start one_stream -i v1 --stream -J -o "$scratch/one_stream"
start interval --workers=2 -i v1 --interval=1 -J -o "$scratch/interval"
start save -i v1 -w "$scratch/saved" -o /dev/null
what='tcpstates --workers=2 -i'
begun 13
send "$scratch/trace" v0
sent=$(ip -s -o link show v1 | sed 's/.*RX:[^\\]*\\ *[0-9]* *\([0-9]*\) .*/\1/')
wait_until has_received "$two" two "$sent" ||
	fails "not all of $sent packets were received"
grep -q '[1-9][0-9]* passed between workers' "$scratch/two.err" ||
	fails 'no segment was passed from one worker to another'
sleep 1.5	# for closes to be reported, and an interval to end
finish
"$program" -q -J -r "$scratch/saved" >"$scratch/records" || fails 'no file'
conns "$scratch/records" >"$scratch/expected"
[ "$(wc -l <"$scratch/expected")" -gt 100 ] || fails 'few connections'
same two
same three

what='tcpstates --workers=2 -i: the report'
"$program" -q -r "$scratch/saved" >"$scratch/report-of-file"
cmp "$scratch/report" "$scratch/report-of-file" || {
	fails 'is not that of the file'
	diff "$scratch/report" "$scratch/report-of-file" | head -20
}

what='tcpstates --workers=2 -i --stream'
# What is known half a second after the close depends on when the program looks.
keys='s/.*"community_id":"\([^"]*\)".*"orig_bytes":\([0-9]*\).*/\1 \2/'
for name in stream one_stream; do
	conns "$scratch/$name" | sed "$keys" | sort -u >"$scratch/$name.ids"
	conns "$scratch/$name" | sed 's/.*"conn":\([0-9]*\),.*/\1/' |
		sort -n | uniq >"$scratch/$name.numbers"
done
cmp "$scratch/stream.ids" "$scratch/one_stream.ids" ||
	fails 'the connections are not those of one worker'
cmp "$scratch/stream.numbers" "$scratch/one_stream.numbers" ||
	fails 'the numbers are not those of one worker'

what='tcpstates --workers=2 -i --interval'
# sum KEY: of all intervals
sum() {
	sed -n "/\"type\":\"interval\"/s/.*\"$1\":\([0-9]*\),.*/\1/p" \
	    "$scratch/interval" | awk '{ n += $1 } END { print n }'
}
total() {
	sed -n "\$s/.*\"$1\":\([0-9]*\),.*/\1/p" "$scratch/records"
}
for key in frames segments conns; do
	[ "$(sum $key)" -eq "$(total $key)" ] ||
		fails "$(sum $key) $key in all intervals, not $(total $key)"
done

# ---- what one look explains stays where it is ----

what='tcpstates --workers=2 -i v0'
start out --workers=2 -i v0 -J -o "$scratch/out"
out=$last
start in --workers=3 -i v1 -J -o "$scratch/in"
begun 5
send "$scratch/trace" v0 plain
sent=$(conns "$scratch/records" | wc -l)
are_idle() {
	kill -USR1 "$out" "$last" && sleep 0.3 &&
	    grep -q '[1-9][0-9][0-9][0-9] packets' "$scratch/out.err" &&
	    grep -q '[1-9][0-9][0-9][0-9] packets' "$scratch/in.err"
}
wait_until are_idle || fails 'packets were not received'
for name in out in; do
	grep -q '[1-9][0-9]* passed between workers' "$scratch/$name.err" && {
		fails 'the kernel spreads packets by another hash'
		cat "$scratch/$name.err"
	}
done
finish

# ---- packets dropped ----

what='tcpstates --workers=2 -i -B 256K'
start drops --workers=2 -i v1 -B 256K -J -o "$scratch/drops"
begun 2
kill -STOP "$last"
send "$scratch/trace" v0 plain
send "$scratch/trace" v0 plain
send "$scratch/trace" v0 plain
kill -CONT "$last"
sleep 1
finish
value() {
	sed -n "\$s/.*\"$1\":\([0-9]*\).*/\1/p" "$scratch/drops"
}
[ "$(value kernel_dropped)" -gt 0 ] || fails 'no packet was dropped'
[ "$(value kernel_received)" -eq \
    $(($(value frames) + $(value kernel_dropped))) ] ||
	fails 'packets received are not those read and those dropped'
grep -q 'kernel dropped [1-9]' "$scratch/drops.err" ||
	fails 'drops are not said'

# ---- as fast as packets can be sent ----

blast=$top_builddir/tests/bench/blast
if [ -x "$blast" ]; then
	# Each ring has room for all packets, however busy the machine is.
	: >"$scratch/saved"
	for workers in 2 3; do
		start fast$workers --workers=$workers -i v1 -B 64M \
		    -o "$scratch/fast$workers"
	done
	start save -i v1 -B 64M -w "$scratch/saved" -o /dev/null
	what='tcpstates --workers=2 -i, at full speed'
	begun 6
	"$blast" -c 2000 -p 40 -n 100000 v0 >"$scratch/sent"
	# Reading goes on until the kernel's count is reached.
	finish
	"$program" -q -r "$scratch/saved" >"$scratch/report-of-file"
	for workers in 2 3; do
		what="tcpstates --workers=$workers -i, at full speed"
		grep "kernel dropped" "$scratch/fast$workers.err" &&
			fails 'packets were dropped'
		cmp "$scratch/fast$workers" "$scratch/report-of-file" || {
			fails 'is not the report of the file'
			diff "$scratch/fast$workers" \
			    "$scratch/report-of-file" | head -20
		}
	done
	awk '{ printf "note: %d packets/s were sent\n", $1 * 1e9 / $2 }' \
	    "$scratch/sent"
fi

# ---- packets before all sockets are in the group ----

if [ -x "$blast" ]; then
	what='tcpstates --workers=8 -i, under load'
	"$blast" -r 50000 -p 40 -t 60 v0 >/dev/null &
	load=$!
	has_connections() {
		kill -USR1 "$last" && sleep 0.1 &&
		    grep -q ' [1-9][0-9]* connections' "$scratch/$last.pid"
	}
	for round in 1 2 3; do
		start "load$round" --workers=8 -i v1 -q -J \
		    -o "$scratch/load"
		begun 8
		wait_until has_connections || fails 'there is no load'
		finish
		grep -q '"type":"conn"' "$scratch/load" || fails 'no records'
		grep -qE '_retrans":[1-9]|"capture_duplicates":[1-9]' \
		    "$scratch/load" &&
			fails 'packets were captured more than once'
	done
	kill "$load"
	wait "$load" 2>/dev/null
fi

# ---- what does not go together ----

what='tcpstates --workers'
for option in -w=/dev/null --top --processes -c=5 --fanout-group=7 \
    --shard=1/2 --states --segments --metrics=/dev/null \
    --annotate=/dev/null --html=/dev/null --svg=/dev/null --xpl=/dev/null; do
	name=${option%%=*}
	case $option in
	-?=*) run --workers=2 -i v1 "$name" "${option#*=}" ;;
	*) run --workers=2 -i v1 "$option" ;;
	esac
	wants 2 "$name needs all packets in one thread: leave out --workers=2"
done
exit "$failed"
