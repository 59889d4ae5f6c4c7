# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2034,SC2154 # who sources it uses what it
# sets, and sets $pid
#
# For the scripts that run the program: sourced, not run.
#
#	run [OPTION...]		the program; $status, $scratch/out, $scratch/err
#	wants STATUS 'ERE'	of the run before: exit status, and a line of
#				standard error that matches ('' for none at all)
#	fails 'SENTENCE'	the test, not the shell
#	wait_until COMMAND...	true within ten seconds
#	catches			$pid will not die of SIGUSR1
#	answers			$pid, whose standard error is ./err, reads packets

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
data=$top_srcdir/data
program=$top_builddir/src/tcpstates
[ -x "$program" ] || { echo "no $program"; exit 77; }
# Where another user may run it, and nothing depends on the current directory.
scratch=$(mktemp -d) || exit 99
# Root goes on as somebody who may not write everywhere.
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
	# Whatever is said has the name of who says it.
	if grep -qv '^tcpstates: ' "$scratch/err"; then
		fails 'a line without the name of the program'
		tell
	fi
}

# One message, in so many lines, and no report.
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

# octets '\0001\0377...': for files that no tool would write
octets() {
	# shellcheck disable=SC2059 # the format is the data
	printf "$1"
}

wait_until() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		for _ in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0; do
			"$@" >/dev/null 2>&1 && return 0
			sleep 0.05
		done
	done
	return 1
}

# 0x200
catches() {
	grep -q '^SigCgt:.*[2367abef]..$' "/proc/$pid/status"
}

answers() {
	catches && kill -USR1 "$pid" && sleep 0.05 && grep -q 'packets, ' err
}
