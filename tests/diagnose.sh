#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --diagnose as a user meets it: what it goes with, the commands that it prints,
# and the line below the report on a terminal.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

data=$(cd "$data" && pwd) || exit 99
shared=$(cd "$top_srcdir/.." && pwd)/shared/captures
cp "$data/web.pcap" "$data/zero-window.pcap" "$data/any.pcap" "$scratch"
cd "$scratch" || exit 99

# The file whose name a shell would read otherwise.
cp web.pcap "it's web.pcap"

says() {
	grep -q -e "$1" out || fails "no \`$1' in the output"
}

says_not() {
	grep -q -e "$1" out && fails "\`$1' in the output"
}

# Every line is at most 80 columns wide, but for commands.
is_narrow() {
	awk 'length > 80 && !/tcpstates --/' out | grep -q . &&
		fails 'a line is wider than 80 columns'
}

run --diagnose web.pcap
wants 0 ''
says '^next     tcpstates --diagnose=8 -r web.pcap$'
says 'filtered'
is_narrow

# The commands that are printed work, whatever the file is called.
run --diagnose "it's web.pcap"
wants 0 ''
command=$(sed -n 's/^next     tcpstates/"$program"/p' out)
eval "$command" >out 2>err
status=$?
what='the command for the worst connection'
wants 0 ''
says '^NETWORK, suspected (filtered)'
is_narrow
command=$(sed -n 's/^  tcpstates/"$program"/p' out)
eval "$command" >out 2>err
status=$?
what='the command that shows its segments'
wants 0 ''
says '^    1\|^  148'

# Numbers of connections depend on the filter, so that it is repeated.
run --diagnose -4 web.pcap -f 'tcp port 8080'
says "^next     tcpstates --diagnose=1 -4 -r web.pcap 'tcp port 8080'$"

# A file that ends early.
head -c 2500 web.pcap >cut.pcap
run --diagnose cut.pcap
says '^capture  a file is cut short: its last packets are missing'

# Selected connections are all that is looked at.
run --diagnose --only=reset web.pcap
says ' 2 connections,'
run --diagnose --sort=duration --limit=1 web.pcap
says '^Connection 2 '
says_not '^Connection 8 '
run --diagnose=2-3 web.pcap
[ "$(grep -c '^Connection ' out)" -eq 2 ] || fails 'not two connections'

run --diagnose --no-analysis web.pcap
wants_only 2 '--no-analysis does not go with --diagnose'
run --diagnose --table web.pcap
wants_only 2 '--table and --diagnose do not go together'

# As records: after the connections, or alone.
run --diagnose -J web.pcap
wants 0 ''
says '^{"type":"triage","rank":1,"id":"filtered",.*"group":"server","group_h":"198\.51\.100\.20","group_p":5432,'
[ "$(grep -c '"type":"conn"' out)" -eq 8 ] || fails 'not eight connections'
run --diagnose --csv web.pcap
wants 0 ''
says '^rank,id,side,confidence,failure,secs,conns,group,'
says '^1,filtered,network?,likely,1,'
[ "$(wc -l <out)" -eq 4 ] || fails 'not three rows and a header'
run --diagnose --stream -J web.pcap
wants_only 2 '--diagnose with records does not go with --stream or --interval'

run --table web.pcap
says ' VERDICT$'
says ' filtered?$'
run -v --conn=1 zero-window.pcap
says '^    CLIENT (zero-window)'

# The report on a terminal: one more line on standard error, and the same bytes
# on standard output.
on_terminal() {
	command -v python3 >/dev/null || return 0
	cat >terminal.py <<'END'
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL,
                           stderr=theirs)
os.close(theirs)
seen = b''
try:
    while more := os.read(ours, 1000):
        seen += more
except OSError:     # the last that had the other end open has left
    pass
sys.stderr.buffer.write(seen.replace(b'\r\n', b'\n'))
sys.exit(program.wait())
END
	"$program" "$@" >plain 2>/dev/null
	what="tcpstates $*, on a terminal"
	python3 terminal.py "$program" "$@" >out 2>err
	status=$?
	cmp -s plain out || fails 'another report on a terminal'
}

on_terminal web.pcap
if [ -e terminal.py ]; then
	wants 0 '3 problems found: see tcpstates --diagnose -r web\.pcap$'
	for sample in "$data"/[hlrz]*.pcap "$shared"/sample*; do
		[ -f "$sample" ] || continue
		on_terminal "$sample"
	done
	on_terminal -q web.pcap
	wants 0 ''
	on_terminal --table web.pcap
	grep -q 'problem' err && fails 'below the table, too'
fi

exit "$failed"
