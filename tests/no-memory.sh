#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The Nth allocation of the whole program fails, in whatever library, and then
# all after it, or it alone: there is a message and no signal, and a report if
# a packet was read.  (tests/check_oom.c walks through the core's own.)
#
# Not with a filter, and without the sandbox: libpcap's compiler of filters
# ends the program itself, and libseccomp falls over its own feet.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

source=$(cd "$top_srcdir" && pwd)/tests/nomem.c
nomem=$scratch/nomem.so
# shellcheck disable=SC2086 # CC may be several words
${CC:-cc} -shared -fPIC -O1 -o "$nomem" "$source" 2>/dev/null ||
	{ echo 'no library to preload can be made here'; exit 77; }
cp "$data"/*.pcap "$data"/*.pcapng "$data/stories/refused.pcap" "$scratch" ||
	exit 99
cd "$scratch" || exit 99
# Only root looks up an account to change to.
can_be_ordinary || { echo 'root cannot become anybody else'; exit 77; }

# starved LIMIT OPTION...: in the environment of nomem.c
starved() {
	limit=$1
	shift
	ordinary env "$limit" LD_PRELOAD="$nomem" "$program" --no-sandbox \
	    "$@" >out 2>err
	status=$?
}

starved NOMEM_COUNT=1 web.pcap
count=$(sed -n 's/^allocations: //p' err)
[ -n "$count" ] || { echo 'nothing can be preloaded here'; exit 77; }

is_said() {
	grep -Eq 'out of memory|no memory|Cannot allocate|malloc|a memory limit dropped' err
}

words=".*(memory|Cannot allocate|malloc)"

is_whole() {
	cmp -s out whole
}

# One run of walk's.
starve() {
	what="$1 tcpstates --no-sandbox $all"
	starved "$@"
	case $status in
	0)	is_whole || is_said ||
			fails 'another report, and not a word' ;;
	1)	wants 1 "$words" ;;
	3)	wants 3 "$words"
		grep -Eq '^D\) |"type":"summary"' out || fails 'no report' ;;
	*)	fails "exit status $status"
		tell ;;
	esac
}

# walk OPTION...
walk() {
	all=$*
	starved NOMEM_COUNT=1 "$@"
	count=$(sed -n 's/^allocations: //p' err)
	cp out whole
	{ [ "$status" -eq 0 ] && [ "$count" -gt 20 ]; } || fails 'cannot begin'
	for n in $(seq "$count"); do
		starve "NOMEM_FROM=$n" "$@"
		starve "NOMEM_AT=$n" "$@"
	done
}

# fed NUMBER: instead of this shell; that allocation fails
fed() {
	exec env NOMEM_AT="$1" LD_PRELOAD="$nomem" "$program" --no-sandbox \
	    --one-thread -o kept -r - 2>err
}

# A SIGHUP that came with the packet that there was no memory for.
hangup() {
	what='SIGHUP, and no memory any more'
	for n in $(seq "$count"); do
		cat web.pcap | (fed "$n")
		grep -q 'the report ends here' err && break
	done
	mkfifo pipe
	exec 9<>pipe
	rm -f kept
	fed "$n" <pipe 9>&- &
	pid=$!
	# SIGHUP is caught before the output is opened.
	wait_for test -e kept
	mv kept old
	kill -STOP "$pid"
	cat web.pcap >&9
	kill -HUP "$pid"
	kill -CONT "$pid"
	exec 9>&-
	wait "$pid"
	status=$?
	wants 3 'out of memory: the report ends here'
	grep -q '^D) ' kept || fails 'no report in the new file'
	[ ! -s old ] || fails 'something in the old file'
}

versions=$("$program" --version)
walk plain.pcapng -w saved.pcap
# Read twice, the first time for findings.
walk refused.pcap --annotate=remarks.pcapng
case $versions in *'zlib version'*)
	command -v gzip >/dev/null && gzip -k web.pcap && walk web.pcap.gz ;;
esac
case $versions in *'zstd version'*)
	command -v zstd >/dev/null && zstd -q any.pcap && walk -J any.pcap.zst ;;
esac
hangup
exit "$failed"
