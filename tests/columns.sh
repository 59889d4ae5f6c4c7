#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --columns, and the columns of --table that a terminal has room for.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

cp "$data/web.pcap" "$data/two-points/"*.pcap "$scratch"
cd "$scratch" || exit 99

records() {
	run --csv --columns=conn,resp_p,rtt_min,end_reason web.pcap
	wants 0 ''
	[ "$(sed -n 1p out)" = \
	    'conn,resp_p,orig_rtt_min,resp_rtt_min,end_reason' ] ||
	    fails 'another header'
	[ "$(sed -n 5p out)" = '4,8080,0.012362,,refused' ] ||
	    fails 'another row'
	run -J --columns=conn,reset,verdict web.pcap
	wants 0 ''
	grep -qx '{"type":"conn","conn":4,"reset":true,"verdict":"refused"}' \
	    out || fails 'another record'
	grep -q '"type":"summary","conns":8,' out || fails 'no summary'
	# Each key has the value that it has among all of them.
	"$program" -J web.pcap >all
	keys=$("$program" --csv web.pcap | sed -n 1p)
	run -J --columns="$keys" web.pcap
	wants 0 ''
	cmp -s out all || fails 'other values'
	run --stream -J --columns=conn web.pcap
	wants 0 ''
	grep -qx '{"type":"conn","conn":8}' out || fails 'not with --stream'
}

tables() {
	run --table --columns=conn,verdict,rtt_min web.pcap
	wants 0 ''
	[ "$(sed -n 1p out)" = 'conn verdict     orig_rtt_min resp_rtt_min' ] ||
	    fails 'another heading'
	grep -qx '   6 server-slow         12ms        4.3ms' out ||
	    fails 'another row'
	run --table --sort=verdict_secs web.pcap
	wants 0 ''
	sed -n 1p out | grep -q ' VERDICT *verdict_secs$' || fails 'no sort key'
	sed -n 2p out | grep -q '^8 ' || fails 'not sorted'
	# A key that is there is not shown twice.
	run --table --sort=retrans web.pcap
	sed -n 1p out | grep -q ' RTT VERDICT$' || fails 'a key twice'
}

refuses() {
	run --columns=conn web.pcap
	wants_only 2 '--columns is for --table and for the records'
	run --columns=conn -J --segments web.pcap
	wants_only 2 '--columns is for --table and for the records'
	run -J --columns=conn,rtt web.pcap
	wants_only 2 "--columns: 'conn,rtt' has 'rtt', which is not a key"
	run -J --columns= web.pcap
	wants_only 2 "--columns: '' is not a key"
	run -J --columns=conn,conn web.pcap
	wants_only 2 ".* has 'conn', which is a key that was given twice"
}

# on_terminal WIDTH OPTION...: the lines up to the first empty one
on_terminal() {
	what="$1 columns: $2"
	COLUMNS=$1 script -qec "$program --color=never $2" typescript \
	    </dev/null 2>/dev/null | tr -d '\r' | sed '/^$/,$d' >out
	if grep -q ".\{$(($1 + 1))\}" out; then
		fails "wider: $(sed -n 1p out)"
	fi
}

widths() {
	command -v script >/dev/null || return 0
	"$program" --table web.pcap | sed '/^$/,$d' >usual
	on_terminal "$(awk 'length > m { m = length } END { print m }' usual)" \
	    '--table web.pcap'
	cmp -s out usual || fails 'not as usual'
	on_terminal 80 '--table web.pcap'
	sed -n 1p out | grep -q ' STAT .* RTX  RTT VERDICT$' || fails 'other columns'
	on_terminal 54 '--table web.pcap'
	sed -n 1p out | grep -q 'RESPONDER *STAT RTX$' || fails 'other columns'
	on_terminal 30 '--table web.pcap'
	grep -q '^2 \[2001:.*\.\..*:80$' out || fails 'not shortened'
	on_terminal 300 '--table web.pcap'
	sed -n 1p out | grep -q ' CLOSE .* RESPONSE$' || fails 'no more'
	on_terminal 80 '--table --compare client.pcap server.pcap'
	grep -q '^pair sent lost .* delay o .* endpoints$' out ||
	    fails 'other columns'
	grep -q ' 192.0.2.10:40001 -> 198.51.100.20:80$' out ||
	    fails 'shortened'
	on_terminal 39 '--table --compare web.pcap web.pcap'
	grep -q '^ *6 \[2001.*\.\..* -> \[2001.*\.\..*:25$' out ||
	    fails 'not shortened'
	on_terminal 60 '--table --sort=first_max web.pcap'
	sed -n 1p out | grep -q ' first_max' || fails 'no sort key'
	# Times count from the first segment; Ack is the first to go.
	on_terminal 68 '--segments=1 --compare client.pcap server.pcap'
	grep -q '^  1  0.000000 -> 20.067 ->  0.020066   1 S ' out ||
	    fails 'other times'
	grep -q ' Seq  Len   Ack$' out || fails 'other columns'
	on_terminal 65 '--segments=1 --compare client.pcap server.pcap'
	grep -q ' Time at B .* Seq  Len$' out || fails 'other columns'
	grep -q ' 57921 1448  lost$' out || fails 'nothing lost'
}

records
tables
refuses
widths
exit "$failed"
