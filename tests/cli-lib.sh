# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034,SC2154 # a test sources this file,
# uses the variables and sets $pid
#
# For the scripts that run the program: sourced, not run.
#
#	run [OPTION...]		the program; $status, $scratch/out, $scratch/err
#	wants STATUS 'ERE'	of the run before: exit status, and a line of
#				standard error that matches ('' for none at all)
#	fails 'SENTENCE'	the test, not the shell
#	wait_until COMMAND...	true within $PATIENCE seconds: nobody knows how
#				busy a machine is, so what can be waited for is
#	wait_for COMMAND...	the same, or the test fails
#	catches			$pid will not die of SIGUSR1
#	counters		how often $pid, whose standard error is
#				$scratch/err, has told its counters
#	answers			it tells them once more, since it was asked to
#	has_read 'ERE'		... and they begin so: `7 packets'
#	has_taken		what was sent to $pid has reached it
#	is_over			$pid has ended, or is a zombie

set -u
# Nobody is there to end it.
PAGER='cat'
export PAGER
: "${top_srcdir:=.}" "${top_builddir:=.}"
data=$top_srcdir/data
program=$top_builddir/src/tcpstates
[ -x "$program" ] || { echo "no $program"; exit 77; }
# Where another user may run it, and nothing depends on the current directory.
scratch=$(mktemp -d) || exit 99
# Root changes to an account that may not write everywhere.
chmod 1777 "$scratch"
cp "$program" "$scratch/tcpstates" || exit 99
program=$scratch/tcpstates
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=0
what=

fails() {
	echo "FAILED: $what"
	echo "	$*"
	failed=1
}

run() {
	what="tcpstates $*"
	"$program" "$@" >"$scratch/out" 2>"$scratch/err"
	status=$?
}

# The same, fed by a pipe from standard input.
run_fed() {
	what="... | tcpstates $*"
	cat | "$program" "$@" >"$scratch/out" 2>"$scratch/err"
	status=$?
}

tell() {
	sed 's/^/	stderr: /' "$scratch/err"
}

# quiet_live: leave out messages of a live capture that are not what a test looks
# at: the counters that answers() asked for, segments that this machine's cards
# (which are none) merge, and times that go back, as processors may put packets
# into the ring in another order than the packets were stamped in.
quiet_live() {
	grep -Ev -e ' packets, [0-9]* connections|larger than the MSS' \
	    -e ': time went back at ' "$scratch/err" >"$scratch/err.rest"
	mv "$scratch/err.rest" "$scratch/err"
}

wants() {
	if [ "$status" -ne "$1" ]; then
		fails "exit status $status, not $1"
		tell
	fi
	if [ -z "$2" ]; then
		if [ -s "$scratch/err" ]; then
			fails 'nothing was to be said'
			tell
		fi
	elif ! grep -Eq -e "^tcpstates: $2" "$scratch/err"; then
		fails "no message \`$2'"
		tell
	fi
	# Each message begins with the name of the program.
	if grep -qv '^tcpstates: ' "$scratch/err"; then
		fails 'a line without the name of the program'
		tell
	fi
}

# wants_only STATUS WORDS [LINES]: the messages have LINES lines, or one, and
# there is no report
wants_only() {
	wants "$1" "$2"
	[ "$(wc -l <"$scratch/err")" -eq "${3:-1}" ] || {
		fails "not ${3:-1} line(s)"
		tell
	}
	[ -s "$scratch/out" ] && fails 'there is a report all the same'
}

wants_report() {
	for section in A B C D; do
		grep -q "^$section) " "$scratch/out" ||
			fails "no section $section"
	done
}

# As an ordinary user; false when that cannot be.
ordinary() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
}
can_be_ordinary() {
	ordinary true 2>/dev/null
}

# bytes '\0001\0377...': for files that no tool would write
bytes() {
	# shellcheck disable=SC2059 # the format is the data
	printf "$1"
}

PATIENCE=60
but_first() {
	shift
	"$@"
}
# Its deadline is its first argument, since functions may call it in turn.
wait_until() {
	set -- $(($(date +%s) + PATIENCE)) "$@"
	until but_first "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$1" ] || return 1
		sleep 0.05
	done
}

wait_for() {
	wait_until "$@" && return
	fails "waited in vain: $*"
	return 1
}

# 0x200
catches() {
	grep -q '^SigCgt:.*[2367abef]..$' "/proc/$pid/status"
}

counters() {
	grep -c ' packets, [0-9]* connections' "$scratch/err"
}

has_told() {
	[ "$(counters)" -ge "$1" ]
}

# It is asked once, so that no second answer comes when nobody expects it.
answers() {
	wait_until catches || return
	set -- $(($(counters) + 1))
	kill -USR1 "$pid" && wait_until has_told "$1"
}

has_read() {
	answers && tail -n 1 "$scratch/err" | grep -Eq "^tcpstates: $1"
}

has_taken() {
	! grep -Eq '^(SigPnd|ShdPnd):.*[1-9a-f]' "/proc/$pid/status"
}

is_over() {
	! grep -q '^State:.[^Z]' "/proc/$pid/status"
}
