#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --processes on the loopback interface of a network namespace of its own: the
# processes at both ends of connections, the kernel's figures beside ours, and
# what happens without privileges, or when the process that finds owners dies.
# Needs root, and python3 as the known process.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

# Refusals need no interface.
run -r "$data/web.pcap" --table --processes
wants_only 2 '.*--processes.*-i'
run -i lo --processes
wants_only 2 '--processes adds to --table'
run -i lo --processes -J --no-analysis
wants_only 2 '--processes does not go with --no-analysis'

for tool in ip unshare python3 setpriv; do
	command -v $tool >/dev/null || { echo "note: no $tool"; exit $failed; }
done
[ "$(uname -s)" = Linux ] || { echo 'note: not Linux'; exit $failed; }
[ "$(id -u)" -eq 0 ] || { echo 'note: not root, no interface'; exit $failed; }
if [ "${TCPSTATES_PROCESSES-}" != inside ]; then
	unshare -n true || { echo 'note: no namespaces'; exit $failed; }
	[ $failed -eq 0 ] || exit 1
	export TCPSTATES_PROCESSES=inside
	rm -rf "$scratch"
	exec unshare -n sh "$0"
fi
ip link set lo up || exit 77

# A server and a client that show their names, and talk until a command ends
# them: "close" closes the connection, and each step waits for the one before.
cat >"$scratch/talk.py" <<'PYTHON'
import ctypes
import os
import socket
import sys

def become(name):
    ctypes.CDLL(None).prctl(15, name, 0, 0, 0)

server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen()
if os.fork() == 0:
    become(b'cli "x\ny')
    client = socket.create_connection(server.getsockname())
    server.close()
    client.sendall(b'x' * 5000)
    print('client', os.getpid(), flush=True)
    sys.stdin.readline()
    client.close()
    sys.exit()
become(b'test-server')
connection, _ = server.accept()
while connection.recv(65536):
    pass
connection.close()
os.wait()
print('server', os.getpid(), flush=True)
sys.stdin.readline()
PYTHON

trap 'kill $pid $talk 2>/dev/null; rm -rf "$scratch"' EXIT
pid='' talk=''
mkfifo "$scratch/fifo"

begin() {
	what=$*
	"$program" -i lo "$@" >"$scratch/out" 2>"$scratch/err" &
	pid=$!
	wait_for grep -q . "/proc/$pid/status"
	answers || { fails 'does not answer'; tell; }
}

end() {
	kill -INT "$pid"
	wait "$pid"
	status=$?
	pid=
	quiet_live
	# The records that is_known() asked for are not those of the end.
	awk '{ text = text $0 "\n" } /"final":false/ { text = "" }
	    END { printf "%s", text }' "$scratch/out" >"$scratch/rest"
	mv "$scratch/rest" "$scratch/out"
}

# is_known 'ERE': does an interim report match?
is_known() {
	kill -USR2 "$pid" && sleep 0.1 && grep -Eq "$1" "$scratch/out"
}

open_talk() {
	: >"$scratch/talk"
	python3 "$scratch/talk.py" <"$scratch/fifo" >"$scratch/talk" &
	talk=$!
	exec 8>"$scratch/fifo"
	wait_for grep -q '^client' "$scratch/talk"
}

close_talk() {
	echo close >&8
	wait_for grep -q '^server' "$scratch/talk"
}

end_talk() {
	exec 8>&-
	wait "$talk"
	talk=
}

pid_of() {
	sed -n "s/^$1 //p" "$scratch/talk"
}

# has 'KEY' VALUE: of the only connection; text with its quotes
has() {
	value=$(sed -n '/"type":"conn"/s/.*"'"$1"'":\([^,}]*\).*/\1/p' \
	    "$scratch/out")
	[ "$value" = "$2" ] || fails "$1 is '$value', not '$2'"
}

both='"orig_process":"cli .*"resp_process":"test-server"'

# An open connection; the client's process is named with odd bytes.
begin --processes -J
open_talk
wait_for is_known "$both"
end
wants 0 '--processes: found the process of 1 of 1 connections'
has orig_process '"cli ?x?y"'
has orig_pid "$(pid_of client)"
has resp_process '"test-server"'
has orig_kernel_retrans 0
has orig_kernel_final false
grep -q '"orig_kernel_min_rtt":0\.0' "$scratch/out" || fails 'no kernel_min_rtt'
close_talk
has resp_pid "$(pid_of server)"
end_talk

# A closed one: the kernel's last figures.
begin --processes -J
open_talk
wait_for is_known "$both"
close_talk
wait_for is_known '"orig_kernel_final":true.*"resp_kernel_final":true'
end_talk
end
wants 0 '--processes: found the process of 1 of 1 connections'
has orig_pid "$(pid_of client)"
has resp_process '"test-server"'
has orig_kernel_final true
has resp_kernel_final true

# The table; with -q nothing is said.
begin --processes --table -q
open_talk
wait_for is_known ' > test-server/[0-9]+$'
end
wants 0 ''
grep -q "KERNEL-RTX PROCESS\$" "$scratch/out" || fails 'no column'
grep -Eq " 0 cli \?x\?y/[0-9]+ > test-server/[0-9]+\$" "$scratch/out" ||
	fails 'no process in the table'
close_talk
end_talk

# Without --processes nothing changes, however long the connection is open.
begin -J
open_talk
sleep 2
end
wants 0 ''
has orig_process null
has orig_kernel_retrans null
close_talk
end_talk

# The finder dies: that is said once, and the rest works.
begin --processes -J
kill -KILL "$(cat "/proc/$pid/task/$pid/children")" || fails 'no finder'
open_talk
wait_for grep -q 'finds owners has ended' "$scratch/err"
close_talk
end_talk
end
wants 0 '--processes: the process that finds owners has ended'
[ "$(grep -c 'finds owners' "$scratch/err")" -eq 1 ] || fails 'not said once'
has orig_process null
has end_reason '"fin"'

# The finder's privileges: two capabilities, no root, its filter.
begin --processes -J
finder=$(cat "/proc/$pid/task/$pid/children")
finder=${finder% }
sed -n 's/^\(Uid\|CapEff\|NoNewPrivs\|Seccomp\):[	 ]*//p' \
    "/proc/$finder/status" | tr '\t' ' ' >"$scratch/status"
case $("$program" --version | sed -n 's/^sandbox: //p') in
seccomp*)
	grep -q '^0 ' "$scratch/status" && fails 'the finder is root'
	# CAP_DAC_READ_SEARCH is 2, CAP_SYS_PTRACE 19.
	grep -qx 0000000000080004 "$scratch/status" ||
		fails "capabilities: $(cat "$scratch/status")"
	tail -n 1 "$scratch/status" | grep -qx 2 || fails 'no filter' ;;
*)	echo 'note: no seccomp' ;;
esac
end

# It ends with its parent.
begin --processes -J
finder=$(cat "/proc/$pid/task/$pid/children")
finder=${finder% }
kill -KILL "$pid"
wait "$pid" 2>/dev/null
pid=
is_gone() {
	[ ! -e "/proc/$finder" ] || grep -q '^State:.*Z' "/proc/$finder/status"
}
wait_for is_gone

# Only CAP_NET_RAW: said, and our own processes are found.
cap="setpriv --reuid=65534 --regid=65534 --clear-groups
    --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw
    --bounding-set=-all,+net_raw"
if $cap "$program" -D >/dev/null 2>&1; then
	what='without privilege'
	: >"$scratch/err"
	chmod 666 "$scratch/err"
	$cap "$program" -i lo --processes -J >"$scratch/out" \
	    2>"$scratch/err" &
	pid=$!
	answers || { fails 'does not answer'; tell; }
	open_talk
	wait_for is_known '"orig_kernel_retrans":0'
	end
	wants 0 '--processes: processes of other users stay unknown'
	has orig_process null
	has orig_kernel_retrans 0
	close_talk
	end_talk
else
	echo 'note: no capabilities to keep'
fi
exit $failed
