#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The privileges that the program drops before it decodes a packet, seen from
# outside: root's account and groups, capabilities, the right to gain any, and
# the sandbox (from inside: tests/check_sandbox.c).

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

[ -r /proc/self/status ] || { echo 'no /proc'; exit 77; }
nofence=$(cd "$top_builddir" && pwd)/tests/nofence
cp "$data"/*.pcap "$scratch" || exit 99
cd "$scratch" || exit 99
mkfifo fifo
"$program" web.pcap >web.out || exit 99
sandbox=$("$program" --version | sed -n 's/^sandbox: //p')
echo "sandbox: $sandbox"
trap 'kill $pid 2>/dev/null; rm -rf "$scratch"' EXIT
pid=

# begin COMMAND...: start a program, and stop feeding it in the middle of its input
begin() {
	what=$*
	: >err
	"$@" -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	head -c 9000 web.pcap >&9
	answers || { fails 'does not answer'; tell; }
}

end() {
	tail -c +9001 web.pcap >&9
	exec 9>&-
	wait "$pid"
	status=$?
	pid=
	grep -v ' packets, [0-9]* connections' err >rest
	mv rest err
}

# is FIELD VALUE: of each thread of the running program, in proc(5)'s status
is() {
	for task in "/proc/$pid/task"/*; do
		value=$(sed -n "s/^$1:[	 ]*//p" "$task/status" |
		    tr -s '	 ' ' ' | sed 's/ $//')
		[ "$value" = "$2" ] || fails "$1 is '$value', not '$2'"
	done
}

# has THREADS: the running program
has() {
	set -- "$1" "/proc/$pid/task"/*
	[ $(($# - 1)) -eq "$1" ] || fails "has $(($# - 1)) threads, not $1"
}

# Every kind of capability but those that limit what others could give us.
# of_opener FUNCTION ARGUMENT...: that of the process which opens the output
# again, the only child
of_opener() {
	parent=$pid
	pid=$(children)
	if [ -n "$pid" ]; then
		"$@"
	else
		fails 'no process that opens the output again'
	fi
	pid=$parent
}

children() {
	sed -n "s/^Pid:[	 ]*//p; s/^PPid:[	 ]*/parent /p" \
	    /proc/[0-9]*/status 2>/dev/null |
	    awk -v parent="$pid" '
	    $1 != "parent" { last = $1 }
	    $1 == "parent" && $2 == parent { print last }'
}

is_without_capabilities() {
	for set in CapInh CapPrm CapEff CapAmb; do
		is $set 0000000000000000
	done
}

is_fenced() {
	case $sandbox in
	none*)	return ;;
	esac
	is NoNewPrivs 1
	case $sandbox in
	*"not supported"*) ;;
	seccomp*) is Seccomp 2 ;;
	esac
}

# The process that opens the output again enters its sandbox after it has
# answered the program.
is_fenced_soon() {
	case $sandbox in
	*"not supported"*) ;;
	seccomp*) wait_for grep -q '^Seccomp:.*2' "/proc/$pid/status" ;;
	esac
	is_fenced
}

whole() {
	wants 0 ''
	cmp -s out web.out || fails 'another report'
}

owner() {
	found=$(ls -ln "$1" | awk '{ print $3 ":" $4 }')
	[ "$found" = "$2" ] || fails "$1 belongs to $found, not to $2"
}

ordinary_user() {
	if [ "$(id -u)" -eq 0 ]; then
		begin setpriv --reuid=65534 --regid=65534 --clear-groups \
		    "$program"
	else
		begin "$program"
	fi
	is_without_capabilities
	is_fenced
	end
	whole
	what='an ordinary user with -Z'
	ordinary "$program" -Z root web.pcap >out 2>err
	status=$?
	wants_only 1 "-Z: 'root' is another account, and only root can switch"
}

# Names in a filter are looked up before the sandbox closes, and not again for
# the next file.
names_in_filters() {
	getent services http >/dev/null || return 0
	"$program" web.pcap port 80 >port.out || exit 99
	begin "$program" -f 'port http'
	is_fenced
	end
	wants 0 ''
	cmp -s out port.out || fails 'another report'
	"$program" -q web.pcap web.pcap port 80 >port.out || exit 99
	run -q web.pcap web.pcap port http
	wants 0 ''
	cmp -s out port.out || fails 'another report of two files'
}

# A file has a thread that reads, the workers, and one that helps to print when
# the workers have ended.
more_threads() {
	for workers in 2 3; do
		begin "$program" --workers=$workers
		has $((workers + 2))
		end
		whole
	done
	begin "$program" --one-thread
	has 1
	end
	whole
	begin taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')" "$program"
	has 1
	end
	whole
	begin "$program" --segments
	has 1
	end
}

no_sandbox() {
	begin "$program" --no-sandbox
	case $sandbox in
	none*)	;;
	*)	is NoNewPrivs 1 ;;
	esac
	is Seccomp "$(sed -n 's/^Seccomp:[	 ]*//p' /proc/self/status)"
	end
	whole
}

# To read a file on a kernel without sandboxes needs no warning; a failure does.
without_fences() {
	case $sandbox in
	seccomp*Landlock*) ;;
	*)	return ;;
	esac
	"$nofence" missing /bin/true || return
	what='a kernel without sandboxes'
	"$nofence" missing "$program" web.pcap >out 2>err
	status=$?
	whole
	what='a kernel that refuses the sandbox'
	"$nofence" failing "$program" web.pcap >out 2>err
	status=$?
	wants 0 'cannot enter the sandbox: seccomp: '
	cmp -s out web.out || fails 'another report'
	"$nofence" failing "$program" --no-sandbox web.pcap >out 2>err
	status=$?
	whole
}

# Live capture refuses to run without a sandbox.
live_without_fences() {
	case $sandbox in
	seccomp*Landlock*) ;;
	*)	return ;;
	esac
	command -v unshare >/dev/null && unshare -n true || return
	"$nofence" missing /bin/true || return
	for way in missing failing; do
		what="live, sandbox $way"
		unshare -n sh -c 'ip link set lo up; exec "$@"' sh \
		    "$nofence" $way "$program" -i lo --duration=100ms \
		    >out 2>err
		status=$?
		wants_only 1 'cannot enter the sandbox: ' 2
		wants 1 'hint: --no-sandbox captures without one'
		unshare -n sh -c 'ip link set lo up; exec "$@"' sh \
		    "$nofence" $way "$program" -i lo --duration=100ms \
		    --no-sandbox >out 2>err
		status=$?
		wants 0 ''
	done
}

# One process more where an output may be moved away, and no other.
opener() {
	begin "$program"
	[ -z "$(children)" ] || fails 'a child without -o'
	end
	whole
	begin "$program" -o report
	[ "$(children | wc -l)" -eq 1 ] || fails 'not one child'
	of_opener is_without_capabilities
	of_opener is_fenced_soon
	helper=$(children)
	end
	wants 0 ''
	wait_until test ! -e "/proc/$helper" || fails 'the child lives on'
	cmp -s report web.out || fails 'another report'
	# It ends with its parent, however that ends, and not before.
	begin "$program" -o report
	helper=$(children)
	kill -INT "$helper"
	kill -TERM "$helper"
	kill -HUP "$helper"
	mv report old
	kill -HUP "$pid"
	wait_until test -e report || fails 'no new file'
	kill -KILL "$pid"
	exec 9>&-
	wait "$pid" 2>/dev/null
	pid=
	wait_until test ! -e "/proc/$helper" || fails 'the child lives on'
	rm -f old report
	# A regular file is read once: nobody moves its output away meanwhile.
	mkfifo blocked
	exec 8<>blocked
	"$program" --segments -o blocked ./*.pcap 8<&- 2>err &
	pid=$!
	wait_until is_fenced_yet || fails 'no sandbox'
	[ -z "$(children)" ] || fails 'a child for a regular file'
	kill -KILL "$pid" || fails 'does not block on the pipe'
	wait "$pid" 2>/dev/null
	pid=
	exec 8<&-
	rm -f blocked
}

is_fenced_yet() {
	case $sandbox in
	none*)	return ;;
	esac
	grep -q '^NoNewPrivs:.*1' "/proc/$pid/status" || return
	! grep -q '^State:.Z' "/proc/$pid/status"
}

# Live, a filter of its own keeps packets from being sent by the socket that
# captures: the second one (from inside: tests/check_sandbox.c).
sends_nothing() {
	case $sandbox in
	*"not supported"*) return ;;
	seccomp*) ;;
	*)	return ;;
	esac
	grep -q '^Seccomp_filters:' /proc/self/status || return
	command -v unshare >/dev/null && unshare -n true || return
	what='live capture'
	before=$(sed -n 's/^Seccomp_filters:[	 ]*//p' /proc/self/status)
	: >err
	unshare -n sh -c 'ip link set lo up; exec "$@"' sh \
	    "$program" -i lo >out 2>err &
	pid=$!
	answers || { fails 'does not answer'; tell; }
	is Seccomp_filters $((before + 2))
	kill -INT "$pid"
	wait "$pid"
	pid=
}

root_becomes_nobody() {
	nobody=$(id -u nobody) && group=$(id -g nobody) || return
	begin "$program" -o report -w saved.pcap
	of_opener is Uid "$nobody $nobody $nobody $nobody"
	of_opener is Groups ''
	is Uid "$nobody $nobody $nobody $nobody"
	is Gid "$group $group $group $group"
	is Groups ''
	is_without_capabilities
	is_fenced
	end
	wants 0 ''
	cmp -s report web.out || fails 'another report'
	# No file should be owned by nobody.
	owner report 0:0
	owner saved.pcap 0:0
	rm -f report saved.pcap
}

# With sudo, the caller owns the files.
root_becomes_caller() {
	begin env SUDO_UID=4242 SUDO_GID=4343 "$program" -o report \
	    -w saved.pcap
	is Uid '4242 4242 4242 4242'
	is Gid '4343 4343 4343 4343'
	is Groups ''
	is_without_capabilities
	is_fenced
	end
	wants 0 ''
	cmp -s report web.out || fails 'another report'
	owner report 4242:4343
	owner saved.pcap 4242:4343
	# What was there before is not given away.
	: >old
	SUDO_UID=4242 SUDO_GID=4343 "$program" -o old web.pcap
	owner old 0:0
	rm -f report saved.pcap old
	for id in 0 -1 4294967295 x ''; do
		begin env SUDO_UID="$id" "$program"
		is Uid "$nobody $nobody $nobody $nobody"
		end
	done
}

root_becomes_whom_it_wants() {
	id daemon >/dev/null 2>&1 || return
	begin env SUDO_UID=4242 "$program" -Z daemon -o report
	is Uid "$(id -u daemon) $(id -u daemon) $(id -u daemon) $(id -u daemon)"
	is Groups ''
	end
	owner report "$(id -u daemon):$(id -g daemon)"
	rm -f report
	begin "$program" -Z 4242
	is Uid '4242 4242 4242 4242'
	is Gid '4242 4242 4242 4242'
	end
	whole
	begin "$program" -Z root -o report
	is Uid '0 0 0 0'
	is_fenced
	end
	owner report 0:0
	rm -f report
	for name in no-such-user 4294967295 -1 ''; do
		run -Z "$name" web.pcap
		wants_only 1 "-Z: '$name' is not an account on this machine"
	done
}

# If root may not switch, a warning says so, and a file is read all the same.
root_without_rights() {
	setpriv --bounding-set=-setuid true 2>/dev/null || return 0
	what='root without CAP_SETUID'
	setpriv --bounding-set=-setuid "$program" web.pcap >out 2>err
	status=$?
	wants 0 "cannot drop root privileges by switching to 'nobody': "
	cmp -s out web.out || fails 'another report'
	setpriv --bounding-set=-setuid "$program" -Z daemon web.pcap \
	    >out 2>err
	status=$?
	wants_only 1 "cannot drop root privileges by switching to 'daemon'" 2
	setpriv --bounding-set=-setuid "$program" -Z root web.pcap >out 2>err
	status=$?
	whole
}

# After SIGHUP the account that the program has switched to creates the file.
reopens() {
	mkdir logs && chown 4242 logs
	begin "$program" -Z 4242 --states -o logs/states
	mv logs/states logs/old
	kill -HUP "$pid"
	wait_until test -e logs/states || fails 'no new file'
	end
	wants 0 ''
	owner logs/states 4242:4242
	"$program" --states web.pcap >states.out
	# The new file has a heading of its own.
	tail -n +2 logs/states | cat logs/old - | cmp -s - states.out ||
	    fails 'not the same in two pieces'
	# If it may not, the old file is continued, and a message says so.
	mkdir rooms
	begin "$program" -Z 4242 --states -o rooms/states
	mv rooms/states rooms/old
	kill -HUP "$pid"
	wait_until grep -q 'cannot be opened again' err ||
	    fails 'no message'
	end
	wants 0 '-o: rooms/states: cannot be opened again; continuing to write to the old file: '
	cmp -s rooms/old states.out || fails 'not the same'
}

can_be_ordinary && ordinary_user
opener
names_in_filters
no_sandbox
more_threads
without_fences
[ "$(id -u)" -eq 0 ] || {
	echo 'not root: not what root does'
	exit "$failed"
}
live_without_fences
sends_nothing
root_becomes_nobody
root_becomes_caller
root_becomes_whom_it_wants
root_without_rights
reopens
exit "$failed"
