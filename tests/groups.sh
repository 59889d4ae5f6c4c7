#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --by: lines and records of groups of connections (the terminal's item 3), and
# how many --limit has left out (item 2).

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

cp "$data/web.pcap" "$data/resets.pcap" "$scratch"
cd "$scratch" || exit 99

lines() {
	run --by=server web.pcap
	wants 0 ''
	cat >wanted <<-'E'
	SERVER              CONNS REFUSED NO-ANSW UNREACH RESET RTT50 RTT99 RESP50 RESP95   MAX RTX% ZEROWIN BYTES
	198.51.100.20:80        2       0       0       0     0  17ms  17ms  293us  421us 421us  3.5     0us   42k
	198.51.100.20:22        1       0       0       0     0  17ms  17ms  171us  171us 171us  0.0     0us    44
	198.51.100.20:443       1       0       0       0     1  17ms  17ms  268us  268us 268us  0.0     0us   15k
	198.51.100.20:5432      1       0       1       0     0     -     -      -      -     -    -     0us     0
	198.51.100.20:8080      1       1       0       0     0     -     -      -      -     -    -     0us     0
	[2001:db8:b::20]:25     1       0       0       0     0  17ms  17ms  400ms  400ms 400ms  0.0     0us    27
	[2001:db8:b::20]:80     1       0       0       0     0  17ms  17ms  352us  405us 405us  0.0     0us  8.9k
	E
	cmp -s out wanted || { fails 'other lines'; cat out; }
	run --by=client --no-header web.pcap
	wants 0 ''
	sed -n 1p out | grep -q '^192\.0\.2\.10  *6  *1  *1  *0  *1 ' ||
	    fails 'another client'
	run --by=subnet web.pcap
	grep -q '^2001:db8:a::/64 *2 ' out || fails 'no network'
	run --by=vlan web.pcap
	grep -q '^untagged *8 ' out || fails 'no VLAN'
	run --by=port web.pcap
	[ "$(sed -n '2,$p' out | awk '{ sum += $2 } END { print sum }')" = 8 ] ||
	    fails 'not all connections'
	run --by=port --only=reset web.pcap
	[ "$(wc -l <out)" -eq 3 ] || fails 'not only those'
	# Any number of threads prints the same.
	run --by=client resets.pcap
	mv out all
	run --by=client --one-thread resets.pcap
	cmp -s out all || fails 'other lines with one thread'
}

# Each figure is the sum, or the like, of the connections'.
records() {
	for by in server client port subnet vlan; do
		run -J --by=$by web.pcap
		wants 0 ''
		grep -q '"type":"conn"' out && fails 'connections, too'
		tail -n 1 out | grep -q '"type":"summary","conns":8,' ||
		    fails 'no summary'
		for key in conns refused no_answer reset_resp pkts bytes; do
			grep '"type":"group"' out |
			    sed "s/.*\"$key\":\([0-9]*\).*/\1/" |
			    awk '{ sum += $1 } END { print sum }'
		done | tr '\n' ' ' >sums
		[ "$(cat sums)" = '8 1 1 0 156 65955 ' ] ||
		    fails "other sums: $(cat sums)"
	done
	run --csv --by=port --limit=2 web.pcap
	wants 0 ''
	[ "$(cut -d, -f1,2,4,6,11 out | tr '\n' ' ')" = \
	    'by,group,group_p,conns,reset_resp port,80,80,3,0 port,22,22,1,0 ' ] ||
	    fails 'other rows'
}

# Those that a limit has dropped are counted, too.
retired() {
	run --by=port -q --linger=1ms --idle-timeout=10ms --max-ended=1 web.pcap
	wants 0 ''
	[ "$(sed -n '2,$p' out | awk '{ sum += $2 } END { print (sum >= 8) }')" = 1 ] ||
	    fails 'connections are missing'
}

limited() {
	run --by=port --limit=2 web.pcap
	wants 0 ''
	[ "$(tail -n 1 out)" = '2 of 6 groups' ] || fails 'does not say of how many'
	run --by=port --limit=6 web.pcap
	grep -q ' of ' out && fails 'of how many, though all are there'
	run --table --limit=3 web.pcap
	[ "$(tail -n 1 out)" = '3 of 8 connections' ] ||
	    fails 'does not say of how many'
	run --table --limit=3 --only=reset web.pcap
	grep -q ' of ' out && fails 'of how many, though all are there'
	run --table --limit=1 --only=reset --no-header web.pcap
	grep -q ' of ' out && fails 'of how many without header'
}

refuses() {
	run --by=host web.pcap
	wants_only 2 "--by: 'host' is not one of server, client, port, subnet and vlan"
	run --by=port --table web.pcap
	wants_only 2 '--table and --by do not go together: choose one'
	run --by=port --segments -J web.pcap
	wants_only 2 '--segments and --by do not go together: choose one'
	run --by=port --stream -J web.pcap
	wants_only 2 '--by with records does not go with --stream or --interval'
	run --by=port --sort=bytes web.pcap
	wants_only 2 '--sort does not go with --by'
	run --by=port --columns=conn -J web.pcap
	wants_only 2 '--columns is for --table'
	run --by=port --no-analysis web.pcap
	wants_only 2 '--by does not go with --no-analysis'
}

lines
records
retired
limited
refuses
exit "$failed"
