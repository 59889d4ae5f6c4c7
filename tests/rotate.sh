#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Compressed outputs, and files one after the other (the terminal's item 17), of
# -o and of -w: together they are what one file would have been.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

cp "$data/web.pcap" "$data/loss-behind.pcap" "$scratch"
cd "$scratch" || exit 99
mkdir -m 1777 files

# compresses SUFFIX TOOL
compresses() {
	command -v "$2" >/dev/null || return 0
	run -J -o "files/a.$1" web.pcap
	grep -q 'compiled without' err && return
	wants 0 ''
	"$program" -J web.pcap >whole
	"$2" -dc "files/a.$1" | cmp -s - whole || fails 'other records'
	[ $(($(wc -c <"files/a.$1") * 4)) -lt "$(wc -c <whole)" ] ||
	    fails 'not compressed'
	# What is appended is a second part, which tools read, too.
	run -J --append -o "files/a.$1" web.pcap
	wants 0 ''
	"$2" -dc "files/a.$1" >twice
	cat whole whole | cmp -s - twice || fails 'not twice'
	# A pipe that is quiet: everything older than a second is there.
	what="a pipe to .$1"
	rm -f fifo
	mkfifo fifo
	"$program" --stream -J --linger=1ms -o "files/b.$1" -r fifo 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_until holds "files/b.$1" "$2" || fails 'nothing to be read'
	exec 9>&-
	wait $pid
	"$2" -t "files/b.$1" || fails 'not complete'
}

holds() {
	"$2" -dc "$1" 2>/dev/null | grep -q '"type":"conn"'
}

by_time() {
	what='--rotate=1s'
	rm -f fifo
	mkfifo fifo
	"$program" --segments -J --rotate=1s -o files/s-%Y%m%d-%H%M%S.ndjson \
	    -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	head -c 9000 web.pcap >&9
	answers || fails 'does not answer'
	wait_until has_files 2 || fails 'no second file'
	tail -c +9001 web.pcap >&9
	exec 9>&-
	wait $pid
	status=$?
	[ $status -eq 0 ] || fails "exit status $status"
	"$program" --segments -J web.pcap | grep -v '"type":"capture"' >whole
	cat files/s-*.ndjson | grep -v '"type":"capture"' | cmp -s - whole ||
	    fails 'other records'
	# The file of a second that ends before the header is read stays empty.
	set -- files/s-*.ndjson
	while [ -f "$1" ] && [ ! -s "$1" ]; do shift; done
	for file; do
		sed -n 1p "$file" | grep -q '"type":"capture"' ||
		    fails "$file has no record of the capture"
	done
	year=$(date -u +%Y)
	for file in files/s-*.ndjson; do
		case $file in
		files/s-"$year"????-??????.ndjson) ;;
		*) fails "name $file" ;;
		esac
	done
}

has_files() {
	[ "$(find files -name 's-*.ndjson' -size +0 | wc -l)" -ge "$1" ]
}

# Names differ by a second, so that a small file may hold more.
by_size() {
	what='--rotate=4K'
	rm -f fifo
	mkfifo fifo
	"$program" --segments -J --rotate=4K -o files/t-%H%M%S.ndjson \
	    -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	head -c 9000 web.pcap >&9
	answers || fails 'does not answer'
	wait_until has_second || fails 'no second file'
	tail -c +9001 web.pcap >&9
	exec 9>&-
	wait $pid
	cat files/t-*.ndjson | grep -v '"type":"capture"' | sort >out
	sort whole | cmp -s - out || fails 'other records'
}

has_second() {
	[ "$(find files -name 't-*.ndjson' | wc -l)" -ge 2 ]
}

# The same packets as a whole file, as the report has them.
joined() {
	# shellcheck disable=SC2046 # several names without spaces
	"$program" -q $(find . -name "$1" | sort -V) >together 2>&1
	"$program" -q web.pcap | cmp -s - together || fails 'other packets'
}

count_files() {
	find . -name "$1" | wc -l
}

# saves COUNT 'NAMES' OPTION...
saves() {
	wanted=$1 names=$2
	shift 2
	run -q "$@" ../web.pcap
	wants 0 ''
	cmp -s ../out ../report || fails 'another report'
	[ "$(count_files "$names")" -eq "$wanted" ] ||
		fails "$(count_files "$names") files, not $wanted"
	cp ../web.pcap .
	joined "$names"
	rm -f ./*
}

# -w: names are those of tcpdump, with a time or a number.
saved() {
	"$program" -q web.pcap >report
	mkdir -m 1777 saved
	cd saved || exit 99
	saves 5 's*' -w s --rotate=4K
	saves 5 's*' -w s -C 4K
	saves 4 's-1037*' -w s-%H%M%S -G 1
	saves 4 's-20261120T1037*' -w s-%Y%m%dT%H%M%S.pcap --rotate=1s
	saves 8 's-1037*' -w s-%H%M%S- -G 1 -C 4K
	# 18770 bytes: each file is complete, whatever follows.
	run -w s -C 4K ../web.pcap
	[ "$(echo s*)" = 's s1 s2 s3 s4' ] || fails "names: $(echo s*)"
	for file in s*; do
		[ "$(wc -c <"$file")" -lt 4400 ] || fails "$file is too large"
		run -q "$file"
		wants 0 ''
	done
	rm -f ./*
	# A ring: the last files are there.
	run -w s -C 4K -W 2 ../web.pcap
	wants 0 ''
	[ "$(echo s*)" = 's0 s1' ] || fails "names: $(echo s*)"
	rm -f ./*
	run -w s -C 4K -W 12 ../web.pcap
	[ "$(echo s*)" = 's00 s01 s02 s03 s04' ] || fails "names: $(echo s*)"
	rm -f ./*
	# Times that go back: no file of the run is overwritten.
	run -w s-%S -C 6K ../web.pcap ../web.pcap
	wants 0 'time went back'
	[ $(($(cat s-* | wc -c) - 24 * $(count_files 's-*'))) -eq \
	    $((2 * $(wc -c <../web.pcap) - 48)) ] ||
		fails 'a file was overwritten'
	rm -f ./*
	# An input is not overwritten.
	cp ../web.pcap s2
	run s2 -w s -C 4K
	wants 0 '-w: s2: cannot be created; continuing .*: it is an input'
	cmp -s s2 ../web.pcap || fails 'the input is another'
	rm -f ./*
	# A name with a percent sign is a name.
	run -w '100%' ../web.pcap
	cmp -s '100%' ../web.pcap || fails 'not what was read'
	rm -f ./*
	cd .. || exit 99
}

# saves_packed SUFFIX TOOL
saves_packed() {
	command -v "$2" >/dev/null || return 0
	run -q -w "packed.$1" web.pcap
	grep -q 'compiled without' err && return
	wants 0 ''
	"$2" -dc "packed.$1" | cmp -s - web.pcap || fails 'other packets'
	run -q -w "packed-%S.$1" -G 1 web.pcap
	wants 0 ''
	for file in packed-*."$1"; do
		"$2" -t "$file" 2>/dev/null || fails "$file is not complete"
	done
	joined "packed-*.$1"
	# A pipe that is quiet: what came can be read.
	what="-w .$1 of a pipe"
	rm -f fifo
	mkfifo fifo
	"$program" -q -w "quiet.$1" -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_until has_packets "quiet.$1" "$2" || fails 'nothing to be read'
	exec 9>&-
	wait $pid
	"$2" -dc "quiet.$1" | cmp -s - web.pcap || fails 'other packets'
}

has_packets() {
	"$2" -dc "$1" 2>/dev/null | cmp -s - web.pcap
}

# The file that is open can be read, too, also when the input is quiet, and a
# pipe is written to at once.
readable() {
	what='-w of a pipe that is quiet'
	rm -f fifo
	mkfifo fifo
	"$program" -q -w quiet.pcap -r fifo >out 2>err &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_until cmp -s quiet.pcap web.pcap || fails 'not there'
	exec 9>&-
	wait $pid
	what='-w - of a pipe that is quiet'
	"$program" -q -w - -o out -r fifo 2>err >quiet.pcap &
	pid=$!
	exec 9>fifo
	cat web.pcap >&9
	wait_until cmp -s quiet.pcap web.pcap || fails 'not there'
	exec 9>&-
	wait $pid
}

# The next file has room again.
full_disk() {
	[ "$(id -u)" -eq 0 ] || return 0
	mkdir -p small
	mount -t tmpfs -o size=12k,mode=1777 tmpfs small 2>/dev/null || return 0
	run -q -w small/s -C 4K -W 2 web.pcap
	wants 0 ''
	run -w small/t -C 4K web.pcap
	# The process that opens files ends a moment later.
	wait_until umount small
	wants 1 '-w: small/t: No space left'
	wants_report
	[ "$(grep -c '^tcpstates: -w' err)" -eq 1 ] || fails 'not said once'
}

refuses_to_save() {
	run -C 4K web.pcap
	wants_only 2 '-C is for files of -w: add -w FILE'
	run -G 1h web.pcap
	wants_only 2 '-G is for files of -w: add -w FILE'
	run -W 3 -w x web.pcap
	wants_only 2 '-W is for files of -w: .* and -C, -G or --rotate'
	run -C 4K -w - -o x web.pcap
	wants_only 2 '-C is for files of -w'
	run -W 3 -C 4K -w x%H web.pcap
	wants_only 2 '-W does not go with a time in the name of -w'
	run -W 1 -C 4K -w x web.pcap
	wants_only 2 "-W: '1' is too small"
	run -C 1K -w x web.pcap
	wants_only 2 "-C: '1K' is too small"
	run -w missing/x -C 4K web.pcap
	wants_only 1 '-w: missing/x: No such file'
	mkdir -p closed
	chmod 755 closed
	[ "$(id -u)" -eq 0 ] || chmod 555 closed
	run -w closed/x -C 4K web.pcap
	wants 1 '-w: closed/x: Permission denied'
	[ -s out ] && fails 'a report all the same'
}

refuses() {
	run --rotate=1h -J --stream -o plain web.pcap
	wants_only 2 '--rotate needs a time in the name'
	run --rotate=1h -J --stream web.pcap
	wants_only 2 '--rotate needs a time in the name'
	run --rotate=1h -J --stream -o x%Q web.pcap
	wants_only 2 '--rotate needs a time in the name'
	run --rotate=1h -J --stream -o %Y/x web.pcap
	wants_only 2 '--rotate needs a time in the name'
	run --rotate=1h -J -o x%Y web.pcap
	wants_only 2 '--rotate is for output that grows'
	[ ! -e "x$(date +%Y)" ] || fails 'a file all the same'
	run --rotate=1K -J --stream -o x%Y web.pcap
	wants_only 2 "--rotate: '1K' is too small"
	run --rotate=soon -J --stream -o x%Y web.pcap
	wants_only 2 "--rotate: 'soon' is not a time"
}

compresses gz gzip
compresses zst zstd
by_time
by_size
saved
saves_packed gz gzip
saves_packed zst zstd
readable
full_disk
refuses_to_save
refuses
exit "$failed"
