#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that wait_until calls
#
# Signals close together, and at unexpected times: before the first packet, while
# everything is being opened, while the output is blocked.  With a pipe, and as
# root with a loopback interface in a network namespace.

if [ "${TCPSTATES_SIGNALS-}" != inside ] && [ "$(id -u)" -eq 0 ] &&
    command -v ip >/dev/null && unshare -n true 2>/dev/null; then
	TCPSTATES_SIGNALS=inside exec unshare -n sh "$0"
fi

# Under nohup every shell and program inherits that SIGHUP is ignored, and no
# trap of a shell can change this.
if grep -qs '^SigIgn:.*[13579bdf]$' "/proc/$$/status"; then
	env --default-signal=HUP true 2>/dev/null || {
		echo 'SIGHUP is ignored here, as under nohup'
		exit 77
	}
	exec env --default-signal=HUP sh "$0" "$@"
fi

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

[ -r /proc/self/status ] || { echo 'no /proc'; exit 77; }
cp "$data/web.pcap" "$scratch/web.pcap" || exit 99
cd "$scratch" || exit 99
mkfifo fifo pipe
pid=
trap 'kill -KILL $pid 2>/dev/null; rm -rf "$scratch"' EXIT

inputs=fifo
if [ "${TCPSTATES_SIGNALS-}" = inside ] && ip link set lo up; then
	inputs="$inputs lo"
else
	echo 'not root: no interface'
fi

# start OPTION...: reads the input, and answers
start() {
	: >err
	case $input in
	fifo)	"$program" -r fifo "$@" >out 2>err &
		pid=$!
		exec 9<>fifo
		cat web.pcap >&9 ;;
	*)	"$program" -i "$input" "$@" >out 2>err &
		pid=$! ;;
	esac
	answers || { fails 'does not answer'; tell; }
}

# With a report in `kept' to come.
begin() {
	rm -f kept old
	start -o kept
	mv kept old
}

# Waits for its end.
end() {
	exec 9>&-
	wait_until is_over || { fails 'does not end'; kill -KILL "$pid"; }
	wait "$pid"
	status=$?
	pid=
}

# send SIGNAL...: all of them are there before it can look at any
send() {
	kill -STOP "$pid"
	wait_until has_stopped
	for signal; do
		kill "-$signal" "$pid"
	done
	kill -CONT "$pid"
}

has_stopped() {
	grep -q '^State:.T' "/proc/$pid/status"
}

# reports FILE COUNT
reports() {
	found=0
	[ -e "$1" ] && found=$(grep -c '^D) ' "$1")
	[ "$found" -eq "$2" ] || fails "$found reports in $1, not $2"
}

# together SIGNAL...: which include one that ends it
together() {
	what="-i/-r $input: $* at once"
	begin
	before=$(counters)
	send "$@"
	end
	[ "$status" -eq 0 ] || fails "exit status $status"
	wanted=1
	new=old
	said=0
	case $* in *USR1*) said=1 ;; esac
	case $* in *USR2*) wanted=2 ;; esac
	case $* in *HUP*) new=kept ;; esac
	[ $(($(counters) - before)) -eq $said ] || fails 'not as many counters'
	reports $new $wanted
	if [ $new = kept ]; then
		reports old 0
	elif [ -e kept ]; then
		fails 'opened another file'
	fi
}

pairs() {
	for stop in INT TERM; do
		for other in HUP USR1 USR2; do
			together $other $stop
		done
		together HUP USR1 USR2 $stop
	done
	together INT TERM
	# One after the other, as fast as they can be sent.
	for other in HUP USR1 USR2; do
		what="-i/-r $input: $other, then INT"
		begin
		before=$(counters)
		kill -$other "$pid"
		kill -INT "$pid"
		end
		[ "$status" -eq 0 ] || fails "exit status $status"
		case $other in
		HUP)	reports kept 1
			reports old 0 ;;
		USR1)	reports old 1
			[ "$(counters)" -gt "$before" ] ||
				fails 'no counters' ;;
		USR2)	reports old 2 ;;
		esac
	done
}

# A report of nothing, and then everything as if nobody had asked.
before_the_first_packet() {
	what='before the first packet'
	"$program" --states -t r web.pcap >states.out
	: >err
	"$program" --states -t r -r fifo -o kept >out 2>err &
	pid=$!
	exec 9<>fifo
	# Before the header, too; what is written waits for that.
	answers || { fails 'does not answer before the header'; tell; }
	mv kept old
	kill -HUP "$pid"
	answers || { fails 'does not answer before the header'; tell; }
	kill -USR2 "$pid"
	answers || { fails 'does not answer before the header'; tell; }
	[ ! -e kept ] || fails 'a new file before the header'
	head -c 24 web.pcap >&9
	wait_until test -e kept || fails 'no new file'
	[ ! -s old ] || fails 'a report in the old file'
	mv kept old
	kill -HUP "$pid"
	wait_until test -e kept || fails 'no new file'
	kill -USR2 "$pid"
	tail -c +25 web.pcap >&9
	end
	[ "$status" -eq 0 ] || fails "exit status $status"
	cmp -s kept states.out || {
		fails 'not the same'
		diff kept states.out | head -n 5
	}
	grep -q '^tcpstates: 0 packets, 0 connections' err ||
		fails 'no counters of nothing'
}

# Without -o there is nothing to open again.
without_output() {
	what="-i/-r $input: SIGHUP without -o"
	start
	kill -HUP "$pid"
	end
	[ "$status" -eq 0 ] || fails "exit status $status"
	reports out 1
}

# A window is closed: its report is in the file, and nothing runs on.
closed_window() {
	command -v python3 >/dev/null || return 0
	what="-i/-r $input: the terminal is closed, with -o"
	rm -f kept
	cat >closed.py <<-'PYTHON'
	import os, pty, subprocess, sys, time
	master, slave = pty.openpty()
	program, source, name, traffic = sys.argv[1:]
	process = subprocess.Popen(
	    ['sh', '-c', 'exec "$0" -q "$1" "$2" -o kept <"$3" >"$3" 2>"$3"',
	     program, source, name, os.ttyname(slave)], start_new_session=True)
	os.close(slave)
	with open(name if traffic else '/dev/null', 'wb') as fifo:
	    if traffic:
	        with open(traffic, 'rb') as packets:
	            fifo.write(packets.read())
	        fifo.flush()
	    # It has opened its file when it catches SIGHUP.
	    while not os.path.exists('kept'):
	        time.sleep(0.05)
	    time.sleep(1)
	    os.close(master)
	    process.wait(60)
	sys.exit(process.returncode)
	PYTHON
	case $input in
	fifo)	set -- -r fifo web.pcap ;;
	*)	set -- -i "$input" '' ;;
	esac
	python3 closed.py "$program" "$@" 2>err || {
		fails 'does not end well'
		tell
	}
	reports kept 1
}

# ^Z stops all processes of the group, and kill -CONT may continue only one.
stopped_group() {
	what='SIGTSTP to the process that opens the output again'
	[ -r "/proc/self/task/$$/children" ] || return 0
	begin
	for child in $(cat "/proc/$pid/task/$pid/children"); do
		kill -TSTP "$child"
	done
	kill -HUP "$pid"
	wait_until test -e kept || fails 'no new file'
	kill -TERM "$pid"
	end
	[ "$status" -eq 0 ] || fails "exit status $status"
}

# Ignored until it catches them, so that none is its end.
while_it_starts() {
	what="-i/-r $input: while it starts"
	rm -f kept
	: >err
	case $input in
	fifo)	set -- -r fifo ;;
	*)	set -- -i "$input" ;;
	esac
	trap '' HUP USR1 USR2
	"$program" "$@" -o kept >out 2>err &
	pid=$!
	trap 'exit 1' HUP
	trap - USR1 USR2
	for _ in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0; do
		kill -HUP "$pid"
		kill -USR1 "$pid"
		kill -USR2 "$pid"
		sleep 0.01
	done
	if [ "$input" = fifo ]; then
		exec 9<>fifo
		cat web.pcap >&9
	fi
	answers || { fails 'does not answer'; tell; }
	kill -TERM "$pid"
	end
	[ "$status" -eq 0 ] || fails "exit status $status"
	# Root created the file, and another account is to open it.
	grep -Ev 'packets, [0-9]* connections|cannot be opened again;' err &&
		fails 'it complains'
	tail -n 1 kept | grep -q '^___' || fails 'no report'
}

# Nobody reads, and all of it sleeps: not for a moment, or somebody would have
# been awake between two looks.  What it was sent did not change that.
is_stuck() {
	has_written && has_taken || return
	tasks=$(look_at_tasks)
	case $tasks in *State:?[!S]*) return 1 ;; esac
	[ "$tasks" = "$(look_at_tasks)" ]
}

look_at_tasks() {
	grep -E '^(State|voluntary_ctxt_switches):' "/proc/$pid/task"/*/status
}

has_written() {
	python3 -c 'import array, fcntl, sys, termios
bytes = array.array("i", [0])
fcntl.ioctl(8, termios.FIONREAD, bytes)
sys.exit(bytes[0] == 0)'
}

# stuck OPTION...: with more to say than fits a pipe of one page
stuck() {
	exec 8<>pipe
	python3 -c 'import fcntl; fcntl.fcntl(8, 1031, 4096)' # F_SETPIPE_SZ
	"$program" -q -J "$@" web.pcap >pipe 2>err 8<&- &
	pid=$!
	wait_until is_stuck || fails 'does not block on the pipe'
}

on_a_full_pipe() {
	command -v python3 >/dev/null || return
	for way in '' --stream; do
		what="a full pipe, $way, INT, INT"
		stuck $way
		kill -INT "$pid"
		wait_until is_stuck || fails 'did not wait after the first'
		kill -INT "$pid"
		end
		[ "$status" -eq 130 ] || fails "exit status $status"
		exec 8<&-
		what="a full pipe, $way, TERM, USR1, HUP"
		stuck $way
		kill -TERM "$pid"
		kill -USR1 "$pid"
		wait_until is_stuck || fails 'did not wait'
		# Somebody reads at last, and gets all there is.
		cat <&8 >whole &
		reader=$!
		end
		wait_until ends whole || fails 'the report does not end'
		kill "$reader"
		exec 8<&-
		[ "$status" -eq 0 ] || fails "exit status $status"
		[ "$(grep -c '^{"type":"conn",.*}$' whole)" -eq 8 ] ||
			fails 'not all records'
	done
}

ends() {
	tail -n 1 "$1" | grep -q '^{"type":"summary",.*}$'
}

for input in $inputs; do
	pairs
	stopped_group
	closed_window
	without_output
	while_it_starts
done
before_the_first_packet
on_a_full_pipe
exit "$failed"
