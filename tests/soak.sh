#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
#	soak.sh [SECONDS]
#
# The program on an interface under load: connections that come and go, and a
# flood of SYNs from ever new sources, with a signal of every kind now and
# then.  Its memory must be flat after warm-up, its report must come.
#
# A kernel that has no room for a frame may lose the end of a connection, which
# is then idle: so that too has to have an end within the warm-up.
#
# Without SECONDS it is over soon: limits that are reached soon, and a load that
# leaves something to the neighbours.  With SECONDS (600) it is full speed, and
# limits that are reached within half a minute; what it sees is printed.

tools='ip'
# shellcheck source=tests/own-network.sh
. "${top_srcdir:-.}/tests/own-network.sh"

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"
blast=$(cd "$top_builddir" && pwd)/tests/bench/blast
[ -x "$blast" ] || { echo "no $blast"; exit 77; }
cd "$scratch" || exit 99
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$scratch"' EXIT

if [ $# -gt 0 ]; then
	seconds=$1
	limits='--max-conns=200000 --max-ended=100000 --linger=20s --half-open-timeout=20s --idle-timeout=20s'
	talk='-c 20000 -p 40'
	flood='-r 100000'
else
	seconds=8
	limits='--max-conns=3000 --max-ended=1000 --linger=300ms --half-open-timeout=500ms --idle-timeout=1s'
	talk='-c 500 -p 40 -r 40000'
	flood='-r 10000'
fi
# What was freed is to be seen as free under AddressSanitizer, too.
ASAN_OPTIONS=${ASAN_OPTIONS-}:quarantine_size_mb=1
export ASAN_OPTIONS

ip link add v0 type veth peer name v1 && ip link set v0 up &&
    ip link set v1 up || { echo 'no veth'; exit 77; }

# In KiB.
memory() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status"
}

# Twenty looks at the memory; the first twelve are warm-up.
watch() {
	: >sizes
	for look in $(seq 20); do
		sleep "$(awk "BEGIN { print $seconds / 20 }")"
		memory >>sizes
		case $look in
		5|10|15) mv kept moved
			kill -HUP "$pid"
			wait_for test -e kept ;;
		7|14)	kill -USR2 "$pid" ;;
		*)	wait_for answers ;;
		esac
	done
}

is_flat() {
	awk -v seconds="$seconds" '
	{ each = each " " $1 }
	NR <= 12 && $1 > warm { warm = $1 }
	NR > 12 && $1 > most { most = $1 }
	END {
		printf "%d KiB after warm-up, %d KiB at most later\n", warm, most
		if (seconds >= 60)
			print "each 20th:" each
		exit NR != 20 || most > warm * 1.03 + 2048
	}' sizes
}

# Hundreds of MiB of records may be left to write, and others to be waited for.
ends() {
	for _ in 1 2 3; do
		wait_until test -s rc && return 0
	done
	kill -KILL "$pid"
	return 1
}

# soak OPTION...
soak() {
	what="tcpstates -i v1 $limits $*"
	rm -f kept moved rc
	# shellcheck disable=SC2086 # several options
	{ "$program" -i v1 -o kept $limits "$@" 2>err; echo $? >rc; } &
	wait_until pgrep -o -x -f "$program -i v1 .*" || fails 'did not start'
	pid=$(pgrep -o -x -f "$program -i v1 .*")
	pids=$pid
	answers || fails 'does not answer'
	# shellcheck disable=SC2086 # several options
	"$blast" $talk -t "$seconds" v0 >talked &
	talker=$!
	# shellcheck disable=SC2086
	"$blast" -s $flood -t "$seconds" v0 >flooded &
	flooder=$!
	pids="$pid $talker $flooder"
	watch
	wait $talker $flooder
	kill -INT "$pid"
	ends || fails 'no end'
	pids=
	echo "$what: $(cat talked flooded | awk '{ n += $1 } END { print n }') frames, $(wc -c <kept) bytes written"
	[ "$(cat rc)" = 0 ] || fails "exit status $(cat rc)"
	is_flat || fails "memory grows: $(tr '\n' ' ' <sizes)"
	grep -v '[0-9] packets, [0-9]* connections' err | cut -c1-200
	[ "$(counters)" -eq 16 ] || fails "counted $(counters) times, not 16"
}

soak -q
# The file that the last SIGHUP opened has the end.
[ -s moved ] || fails 'nothing in the file before'
tail -n 1 kept | grep -q '^___' || fails 'the report does not end'
soak -q -J --stream --interval=1s
tail -n 1 kept | grep -q '^{"type":"summary",.*}$' || fails 'no summary'
exit "$failed"
