#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that wait_until calls
#
# Two programs of one --fanout-group share the packets of an interface: each
# connection is in the records of one of them, with all bytes that the
# connection has in the file that is sent.  (At this rate retransmissions look
# like copies, so packets are not compared.)
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
trap 'kill $pids 2>/dev/null; rm -rf "$scratch"' EXIT

keys=community_id,orig_unique_bytes,resp_unique_bytes

# start OUTPUT: a program of the group
start() {
	"$program" -i v1 --fanout-group=7 -J --columns=$keys \
	    -o "$scratch/$1" 2>"$scratch/$1.err" &
	pids="$pids $!"
}

cat >"$scratch/send.py" <<'P'
import socket, struct, sys, time
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(('v0', 0))
data = open(sys.argv[1], 'rb').read()
at, count = 24, 0
while at < len(data):
    length, = struct.unpack_from('<I', data, at + 8)
    out.send(data[at + 16:at + 16 + length])
    at += 16 + length
    count += 1
    if count % 50 == 0:
        time.sleep(0.002)
print(count)
P

# The members of the group, as the kernel counts them.
members() {
	awk 'NR > 1' /proc/net/packet | wc -l
}

two_capture() {
	# shellcheck disable=SC2086 # two words
	[ "$(members)" -ge 2 ] && kill -0 $pids
}

# has_answered OUTPUT: the program $pid reads, and so its socket is in the group
has_answered() {
	catches && kill -USR1 "$pid" && sleep 0.1 &&
	    grep -q ' packets, ' "$scratch/$1.err"
}

# have_received COUNT: both together, by their last answers
have_received() {
	# shellcheck disable=SC2086 # two words
	kill -USR1 $pids && sleep 0.1 &&
	    [ "$(for output in one two; do
		grep ' packets, ' "$scratch/$output.err" | tail -n 1
	    done | sed 's/.*kernel: \([0-9]*\) received.*/\1/' |
	    awk '{ n += $1 } END { print n }')" -ge "$1" ]
}

"$maker" -c 300 -a 300 -p 12 >"$scratch/sent"
start one
start two
what='tcpstates --fanout-group=7'
wait_until two_capture || fails 'the programs do not capture'
outputs='one two'
for pid in $pids; do
	wait_until has_answered "${outputs%% *}" ||
		fails "program ${outputs%% *} does not read"
	outputs=${outputs#* }
done
python3 "$scratch/send.py" "$scratch/sent" >"$scratch/count" ||
	fails 'nothing was sent'
wait_until have_received "$(cat "$scratch/count")" ||
	fails 'not all packets were received'
# shellcheck disable=SC2086 # two words
kill -INT $pids
wait

# ends FILE...: the connections, by their endpoints
ends() {
	sed -n '/"type":"conn"/p' "$@" | sed 's/"conn":[0-9]*,//' | sort
}
"$program" -J --columns=$keys \
    -r "$scratch/sent" >"$scratch/expected" 2>/dev/null
ends "$scratch/expected" >"$scratch/all"
ends "$scratch/one" "$scratch/two" >"$scratch/shared"
cmp "$scratch/all" "$scratch/shared" || {
	fails 'the records of both are not those of the file'
	diff "$scratch/all" "$scratch/shared" | head -20
	cat "$scratch"/*.err
}
for output in one two; do
	[ "$(ends "$scratch/$output" | wc -l)" -gt 90 ] ||
		fails "program $output has few connections"
done

what='tcpstates --fanout-group'
run --fanout-group=7 -r "$scratch/sent"
wants 2 '--fanout-group is for live capture: it needs -i'
run --fanout-group=65536 -i v1
wants 2 '--fanout-group: .65536. is too large'
exit "$failed"
