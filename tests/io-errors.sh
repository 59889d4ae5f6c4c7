#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The environment fails in the middle: disks fill up, readers leave, files
# change while they are read.  What came before is in the report, the exit
# status says how it went, and nothing goes where it should not.  (Each single
# message is tests/messages.sh's business.)

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

python=$(command -v python3) || { echo "no python3"; exit 77; }

web=$data/web.pcap
[ -f "$web" ] || { echo "no $web"; exit 77; }
cp "$web" "$scratch/web.pcap" || exit 99
cd "$scratch" || exit 99
web_octets=$(($(wc -c <web.pcap)))
web_packets=$("$program" -v web.pcap | sed -n 's/^Packets read: //p')
mkfifo fifo

# What is written comes too late for the default report: it is complete.
whole() {
	cmp -s out web.out || fails 'another report than without'
}
"$program" web.pcap >web.out 2>err || { cat err; exit 1; }

# copies COUNT FILE: the packets of web.pcap COUNT times, each time a second
# later: at the same time they would be copies of the same segments.
copies() {
	tail -c +25 web.pcap >packets
	"$python" - "$1" web.pcap >"$2" <<-'PYTHON'
	import struct, sys
	data = open(sys.argv[2], 'rb').read()
	out = sys.stdout.buffer
	out.write(data[:24])
	for again in range(int(sys.argv[1])):
	    at = 24
	    while at < len(data):
	        secs, caplen = struct.unpack_from('<I4xI', data, at)
	        out.write(struct.pack('<I', secs + again))
	        out.write(data[at + 4:at + 16 + caplen])
	        at += 16 + caplen
	PYTHON
}

# ---- outputs ----

full_disk() {
	[ -c /dev/full ] || return 0
	for format in -J --csv --table -v; do
		run "$format" -o /dev/full web.pcap
		wants_only 1 'cannot write to /dev/full: '
	done
	# The capture cannot be saved, the report can be printed.
	run web.pcap -w /dev/full
	wants 1 '-w: /dev/full: No space left'
	whole
	what='tcpstates -w - -o file >/dev/full'
	"$program" web.pcap -w - -o out 2>err >/dev/full
	status=$?
	wants 1 '-w: standard output: No space left'
	whole
	# Nowhere to say so, but the status does.
	what='tcpstates web.pcap >/dev/full 2>/dev/full'
	"$program" web.pcap >/dev/full 2>/dev/full
	status=$?
	[ "$status" -eq 1 ] || fails "exit status $status"
	what='tcpstates cut.pcap 2>/dev/full'
	head -c $((web_octets - 10)) web.pcap >cut.pcap
	"$program" cut.pcap >out 2>/dev/full
	status=$?
	[ "$status" -eq 3 ] || fails "exit status $status"
	wants_report
}

# A disk that is full after a while: a limit on the size of files is one.
filling_disk() {
	copies 40 long.pcap
	what='tcpstates --segments -o file, limited'
	(
		trap '' XFSZ
		ulimit -f 256 && exec "$program" --segments -o some long.pcap
	) >out 2>err
	status=$?
	grep -Ev 'time went back|more than once' err >rest
	mv rest err
	wants_only 1 'cannot write to some: '
	what='tcpstates -w file, limited'
	(
		trap '' XFSZ
		ulimit -f 256 && exec "$program" -q -w some.pcap long.pcap
	) >out 2>err
	status=$?
	wants 1 '-w: some\.pcap: '
	wants_report
	rm -f some some.pcap
}

leaving_reader() {
	# A reader of views has seen enough: quietly.
	for view in --states --segments -J --csv; do
		what="tcpstates -o fifo $view"
		head -c 100 <fifo >part &
		"$program" -q $view -o fifo long.pcap >out 2>err
		status=$?
		wait
		case $status in
		0|141)	;;
		*)	fails "exit status $status" ;;
		esac
		[ -s err ] && { fails 'something was said'; tell; }
		[ -s part ] || fails 'nothing came'
	done
	# One of packets has not got what it asked for.
	what='tcpstates -w fifo'
	head -c 100 <fifo >part &
	"$program" -q -w fifo long.pcap >out 2>err
	status=$?
	wait
	wants 1 '-w: fifo: '
	wants_report
}

closed_descriptors() {
	what='no standard error'
	"$program" missing.pcap 2>&- >out
	status=$?
	[ "$status" -eq 1 ] || fails "exit status $status"
	[ -s out ] && fails 'the message went to standard output'
	"$program" -w saved.pcap web.pcap 2>&- >out
	status=$?
	[ "$status" -eq 0 ] || fails "exit status $status"
	whole
	run saved.pcap
	whole
	what='no standard input'
	"$program" -r - <&- >out 2>err
	status=$?
	wants_only 1 'standard input: cannot be read: '
	what='standard output that cannot be written'
	"$program" web.pcap 1</dev/null 2>err
	status=$?
	: >out
	wants_only 1 'cannot write to standard output: '
	run -o . web.pcap
	wants_only 1 '-o: \.: '
	run -w . web.pcap
	wants_only 1 '-w: \.: '
}

# ---- inputs ----

odd_files() {
	run -r /dev/null
	wants_only 1 '/dev/null: is empty'
	if [ -c /dev/zero ]; then
		run -r /dev/zero
		wants_only 1 '/dev/zero: is not a pcap or pcapng capture'
	fi
	ln -s loop loop
	run -r loop
	wants_only 1 'loop: cannot be read: '
	what='tcpstates -r - <.'
	"$program" -r - <. >out 2>err
	status=$?
	wants_only 1 'standard input is a directory'
	# A writer that leaves: at once, in the header, in a packet.
	: >fifo &
	run -r fifo
	wants_only 1 'fifo: is empty'
	head -c 10 web.pcap >fifo &
	run -r fifo
	wants_only 1 'fifo: holds no packet'
	head -c $((web_octets - 10)) web.pcap >fifo &
	run -r fifo
	wants 3 'fifo: cut short after packet [0-9]+: '
	wants_report
	wait
}

# A file changes after it was opened and before its turn comes: the first
# input is a pipe that waits until that has happened.
# changes COMMAND...
changes() {
	cp web.pcap next.pcap
	what="tcpstates -r fifo -r next.pcap, and $*"
	"$program" -q -r fifo -r next.pcap >out 2>err &
	pid=$!
	exec 9>fifo
	# More than a pipe holds: it is being read, so all files are open.
	cat first.pcap >&9
	"$@"
	exec 9>&-
	wait $pid
	status=$?
}

# The report of the first input.
whole_first() {
	cmp -s out first.out || fails 'another report than of the first'
}

append() { printf 'more' >>next.pcap; }
shrink() { head -c $((web_octets - 10)) web.pcap >next.pcap; }
void() { : >next.pcap; }
overwrite() { echo 'no capture any more' >next.pcap; }

between() {
	copies 40 first.pcap
	"$program" -q first.pcap >first.out
	"$program" -q first.pcap web.pcap >both.out
	# What was opened is read, whatever its name stands for now.
	for change in 'rm next.pcap' 'mv next.pcap gone.pcap' \
	    'ln -sf /dev/zero next.pcap'; do
		# shellcheck disable=SC2086 # a command and its words
		changes $change
		wants 0 ''
		cmp -s out both.out || fails 'not the report of both'
		rm -f next.pcap
	done
	changes void
	wants 3 'next\.pcap: is empty'
	whole_first
	changes overwrite
	wants 3 'next\.pcap: is not a pcap or pcapng capture'
	whole_first
	changes shrink
	wants 3 'next\.pcap: cut short after packet [0-9]+: '
	wants_report
	changes append
	wants 3 'next\.pcap: cut short after packet [0-9]+: '
	wants_report
}

# Pipes are opened when nobody writes to them yet, and read in their turn.
pipes_in_turn() {
	mkfifo second
	what='tcpstates -r fifo -r second, written one after the other'
	"$program" -q -r fifo -r second >out 2>err &
	pid=$!
	cat first.pcap >fifo
	cat web.pcap >second
	wait $pid
	status=$?
	wants 0 ''
	cmp -s out both.out || fails 'not the report of both'
}

# More files than shells allow to be open at once.
many_files() {
	what='tcpstates, 60 files where 40 may be open'
	mkdir many
	for i in $(seq 60); do
		cp web.pcap "many/$i.pcap"
	done
	# shellcheck disable=SC3045 # every sh that there is has it
	(ulimit -S -n 40 && exec "$program" -q -v many/*.pcap) >out 2>err
	status=$?
	wants 0 ''
	grep -q "^Packets read: $((60 * web_packets))\$" out ||
		fails 'not all of them'
	# shellcheck disable=SC3045 # every sh that there is has it
	(ulimit -S -n 40 && ulimit -H -n 40 &&
	    exec "$program" -q many/*.pcap) >out 2>err
	status=$?
	wants 1 'many/.*\.pcap: too many files at once; join some'
	rm -r many
}

# A file changes while it is read: the reader of the view waits, so the
# program does, and it has read no more than what fits the pipe and its
# buffers.
# while_read COMMAND...
while_read() {
	copies 400 long.pcap
	what="tcpstates --segments -J long.pcap, and $*"
	{
		"$program" -q --segments -J long.pcap 2>err
		echo $? >rc
	} | {
		head -n 1 >first
		"$@"
		cat
	} >out
	status=$(cat rc)
	read=$(sed -n '/"type":"summary"/s/.*"frames":\([0-9]*\).*/\1/p' out)
	[ -n "$read" ] || { read=0; fails 'no balance of packets'; }
}

grow() { cat packets >>long.pcap; }
grow_torn() { head -c 1000 packets >>long.pcap; }
halve() {
	half=$(($(wc -c <long.pcap) / 2 + 5))
	dd if=/dev/null of=long.pcap bs=1 seek=$half 2>/dev/null
}
fill_with_zeros() {
	half=$(($(wc -c <long.pcap) / 2))
	dd if=/dev/zero of=long.pcap bs=1k seek=$((half / 1024)) count=100 \
	    conv=notrunc 2>/dev/null
}

during() {
	all=$((web_packets * 400))
	while_read rm long.pcap
	wants 0 ''
	[ "$read" -eq "$all" ] || fails "$read of $all packets"
	while_read grow
	wants 0 ''
	[ "$read" -eq $((all + web_packets)) ] || fails "$read packets"
	while_read grow_torn
	wants 3 "long\\.pcap: cut short after packet $read: "
	[ "$read" -gt "$all" ] || fails "$read packets"
	while_read halve
	wants 3 "long\\.pcap: cut short after packet $read: "
	{ [ "$read" -gt 0 ] && [ "$read" -lt "$all" ]; } ||
		fails "$read of $all packets"
	# Records of nothing, then one that is none: an end, and no crash.
	while_read fill_with_zeros
	case $status in
	0)	;;
	*)	wants 3 'long\.pcap: ' ;;
	esac
	[ "$read" -gt 0 ] || fails 'no packets'
}

# early BYTES: SIGINT comes after that many bytes of the capture, before the
# first packet.  The report is that of no packet.
early() {
	what="SIGINT after $1 bytes of a pipe"
	"$program" -q -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	head -c "$1" web.pcap >&9
	wait_until catches || fails 'does not begin'
	kill -INT $pid
	wait $pid
	status=$?
	exec 9>&-
	wants 0 ''
	wants_report
}

stopped_early() {
	early 0
	early 10
}

# The connection that feeds standard input is reset: what came was read.
reset_input() {
	command -v python3 >/dev/null || return 0
	cat >reset.py <<'END'
import socket, subprocess, sys
ours, theirs = socket.socketpair()
theirs.send(b'never read: closing is then a reset')
ours.sendall(open('web.pcap', 'rb').read()[:int(sys.argv[2])])
ours.close()
sys.exit(subprocess.call([sys.argv[1], '-r', '-'], stdin=theirs))
END
	what='standard input is reset'
	python3 reset.py "$program" 5000 >out 2>err
	status=$?
	wants 3 'standard input: could not be read further after packet [0-9]+: '
	wants_report
	python3 reset.py "$program" 0 >out 2>err
	status=$?
	wants_only 1 'standard input: cannot be read: '
}

# ---- more than anybody can wait for ----

# doubled TIMES FILE: double the length of the file that many times
doubled() {
	for _ in $(seq "$1"); do
		cat "$2" "$2" >double
		mv double "$2"
	done
}

# 12 GB of blocks without a packet, compressed to a thousandth, so that no machine
# has read them before the signal comes: the program stops all the same.
endless() {
	"$program" --version | grep -q '^zlib' || return 0
	command -v gzip >/dev/null || return 0
	bytes '\012\015\015\012\034\000\000\000\115\074\053\032' >section
	bytes '\001\000\000\000\377\377\377\377\377\377\377\377' >>section
	bytes '\034\000\000\000' >>section
	bytes '\001\000\000\000\024\000\000\000\001\000\000\000' >>section
	bytes '\000\000\004\000\024\000\000\000' >>section
	bytes '\255\013\000\000\014\000\000\000\014\000\000\000' >blocks
	doubled 20 blocks
	gzip -9 -c blocks >member
	doubled 10 member
	gzip -c section | cat - member >endless.gz
	what='SIGINT among blocks without a packet'
	"$program" -r endless.gz >out 2>err &
	pid=$!
	wait_for has_read '0 packets'
	kill -INT $pid
	wait $pid
	status=$?
	without_counters
	wants 0 'endless\.gz: stopped after packet 0; the rest was not read'
	wants_report
	on_terminal
}

without_counters() {
	grep -v ' packets, 0 connections' err >rest
	mv rest err
}

# How far it is, on a terminal; gone when there is something else to say.
on_terminal() {
	command -v python3 >/dev/null || return 0
	cat >terminal.py <<'END'
import os, pty, re, signal, subprocess, sys
ours, theirs = pty.openpty()
program = subprocess.Popen([sys.argv[1], '-r', 'endless.gz'],
                           stdin=subprocess.DEVNULL, stderr=theirs)
os.close(theirs)
signal.alarm(120)
seen = b''
while not re.search(rb'\rendless\.gz: \d+%, 0 packets/s, \d+:\d\d left', seen):
    seen = seen[-1000:] + os.read(ours, 1000)
program.send_signal(signal.SIGINT)
try:
    while b'the rest was not read' not in seen:
        seen += os.read(ours, 1000)
except OSError:     # the last process that had the other end open has ended
    pass
if not re.search(rb' left\x1b\[K\r\x1b\[Ktcpstates: endless\.gz: stopped', seen):
    sys.exit('on the terminal: %r' % seen)
sys.exit(program.wait())
END
	what='progress on a terminal'
	python3 terminal.py "$program" >out 2>err
	status=$?
	wants 0 ''
	wants_report
}

# A terminal is not a capture, whatever is typed there.
from_terminal() {
	command -v python3 >/dev/null || return 0
	cat >typed.py <<'END'
import pty, subprocess, sys
ours, theirs = pty.openpty()
sys.exit(subprocess.call([sys.argv[1], '-r', '-'], stdin=theirs))
END
	cat >shown.py <<'END'
import pty, subprocess, sys
ours, theirs = pty.openpty()
sys.exit(subprocess.call([sys.argv[1], '-w', '-', '-o', 'out', 'web.pcap'],
                         stdout=theirs))
END
	what='standard output is a terminal, and for packets'
	python3 shown.py "$program" 2>err
	status=$?
	: >out
	wants_only 2 '-w -: standard output is a terminal'
	what='standard input is a terminal'
	python3 typed.py "$program" >out 2>err
	status=$?
	wants_only 1 'standard input is a terminal, .*tcpdump -w - \| '
}

full_disk
filling_disk
leaving_reader
closed_descriptors
odd_files
between
pipes_in_turn
many_files
during
stopped_early
reset_input
from_terminal
endless
exit "$failed"
