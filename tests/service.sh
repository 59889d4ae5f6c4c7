#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The service: systemd reads it and finds it well fenced in, the program takes
# its options, and it works with what the service gives it: an ordinary user,
# one capability, a directory to write to.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

unit=$scratch/tcpstates@.service
bindir=$scratch sh "$top_srcdir/data/rename" s,x,x, \
    "$data/tcpstates@.service" >"$unit" || exit 99
cd "$scratch" || exit 99
what='the unit'
grep -n '@[a-z]*@[^a-z.]' "$unit" && fails 'has places that nobody filled in'

analyses() {
	systemd-analyze security --offline=true --threshold=20 --no-pager \
	    "$unit" >security 2>&1 ||
	    fails "$(grep -E 'exposure|rror' security | tail -n 1)"
	grep 'Overall exposure' security || fails 'no analysis'
	systemd-analyze verify --man=no "$unit" >verify 2>&1 ||
	    fails "$(head -n 3 verify)"
	[ -s verify ] && fails "$(head -n 3 verify)"
}

# What systemd would start, for lo, with a directory of ours for its logs.
command=$(sed -n 's/^ExecStart=//p' "$unit" |
    sed "s,%i,lo,g; s,%L,$scratch/log,g; s,%t,$scratch/run,g; s, \\\$TCPSTATES_OPTIONS,,")
page=$scratch/run/tcpstates/lo/metrics.prom
records=$scratch/log/tcpstates/lo/conns.ndjson

takes_options() {
	what=$command
	# shellcheck disable=SC2086 # several words
	$command --version >out 2>err || fails "$(cat err)"
}

# serve [OPTION]: as the service does, on a loopback of its own
serve() {
	exec unshare -n sh -c 'ip link set lo up && exec "$@"' sh \
	    setpriv --reuid=65534 --regid=65534 --clear-groups \
	    --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw \
	    --bounding-set=-all,+net_raw \
	    sh -c "exec $command $*"
}

serves_a_moment() {
	(serve --duration=100ms) >out 2>err
	status=$?
	wants 0 ''
	[ -s out ] && fails 'something on standard output'
}

# With options as TCPSTATES_OPTIONS has them.  The file is moved away, as root,
# and the service told, as the manual has it for logrotate; then it is stopped.
rotates() {
	(serve "--linger=100ms -B 64M -f 'tcp port 443'") >out 2>err &
	pid=$!
	answers || { fails 'does not answer'; tell; }
	# Nobody listens: an RST is the answer.
	nsenter -t $pid -n python3 -c 'import socket
socket.socket().connect_ex(("127.0.0.1", 443))'
	wait_until grep -q '"type":"conn".*"orig_p":.*"resp_p":443,' \
	    "$records" || fails 'no record of what ended'
	mv "$records" "$records.1"
	kill -HUP $pid
	wait_until grep -q '"type":"capture"' "$records" ||
	    fails 'nothing in a new file'
	kill -TERM $pid
	wait $pid
	status=$?
	[ $status -eq 0 ] || fails "exit status $status"
	tail -n 1 "$records" | grep -q '"type":"summary","conns":1,' ||
	    fails 'no summary in the new file'
}

serves() {
	for tool in ip setpriv unshare; do
		command -v $tool >/dev/null || return 0
	done
	[ "$(id -u)" -eq 0 ] && unshare -n true || return 0
	for directory in "${records%/*}" "${page%/*}"; do
		mkdir -p "$directory" && chown 65534 "$directory"
	done
	what="as a service: $command"
	serves_a_moment
	[ "$(grep -c '"type":"capture"' "$records")" -eq 1 ] ||
	    fails 'no record of the capture'
	grep -q '^tcpstates_connections_total{interface="lo"} ' "$page" ||
	    fails 'no metrics'
	# Started again, it writes behind what is there.
	serves_a_moment
	[ "$(grep -c '"type":"capture"' "$records")" -eq 2 ] ||
	    fails 'not two records of captures'
	for tool in nsenter python3; do
		command -v $tool >/dev/null || return 0
	done
	rotates
}

takes_options
serves
if command -v systemd-analyze >/dev/null; then
	analyses
else
	echo 'no systemd-analyze: not analysed'
fi
exit "$failed"
