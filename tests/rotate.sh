#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Compressed outputs, and --rotate: the files together are what one file would
# have been.

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
	for file in files/s-*.ndjson; do
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
	[ "$(find files -name 's-*.ndjson' | wc -l)" -ge "$1" ]
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
refuses
exit "$failed"
