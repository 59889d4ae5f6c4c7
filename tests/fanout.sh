#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that wait_until calls
#
# Two programs of one --fanout-group share the packets of an interface: each
# connection is in the records of one of them, with all bytes that it has in the
# file that is sent. (The file is sent too fast for retransmissions to be told from
# copies, so packets are not compared.)
#
# Needs to be root, or to have namespaces, ip, python3.

if [ "${TCPSTATES_FANOUT-}" != inside ]; then
	for tool in ip python3 unshare; do
		command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
	done
	[ "$(id -u)" -eq 0 ] || { echo 'not root'; exit 77; }
	unshare -n true || exit 77
	TCPSTATES_FANOUT=inside exec unshare -n sh "$0"
fi

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

maker=$top_builddir/tests/bench/make_trace
[ -x "$maker" ] || { echo 'no make_trace'; exit 77; }
ip link add v0 mtu 2000 type veth peer name v1 mtu 2000 ||
	{ echo 'no veth'; exit 77; }
ip link set v0 up
ip link set v1 up
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
P

# The members of the group, as the kernel counts them.
members() {
	awk 'NR > 1' /proc/net/packet | wc -l
}

two_capture() {
	# shellcheck disable=SC2086 # two words
	[ "$(members)" -ge 2 ] && kill -0 $pids
}

"$maker" -c 300 -a 300 -p 12 >"$scratch/sent"
start one
start two
what='tcpstates --fanout-group=7'
wait_until two_capture || fails 'the programs do not capture'
sleep 1		# the sockets are in the group soon after
python3 "$scratch/send.py" "$scratch/sent" || fails 'nothing was sent'
sleep 1
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
