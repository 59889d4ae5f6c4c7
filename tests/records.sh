#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Records for machines: what the program writes is read by others, says the
# same in both formats, and stays so whatever the files are called.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

tests=${top_srcdir:-.}/tests
shared=${top_srcdir:-.}/../shared/captures
python=$(command -v python3) || { echo 'no python3'; exit 77; }

# A capture in both formats, kept under a number and its name for Python.
records=$scratch/records
mkdir "$records" || exit 99
count=0
check() {
	run -J "$1"
	case $status in
	1) return ;;		# no report, no records: messages.sh has it
	0 | 3) ;;
	*) fails "exit status $status" ;;
	esac
	count=$((count + 1))
	mv "$scratch/out" "$records/$count-${1##*/}.ndjson"
	run --csv "$1"
	mv "$scratch/out" "$records/$count-${1##*/}.csv"
}

for capture in "$data"/*.pcap "$data"/*.pcapng "$shared"/*.*; do
	[ -f "$capture" ] || continue
	case $capture in *.tsv) continue ;; esac
	check "$capture"
done
[ "$count" -gt 0 ] || { echo 'no captures'; exit 77; }

# Names that would clear a screen, close a string, end a line or a field.
hostile() {
	cp "$data/resets.pcap" "$scratch/$1" 2>/dev/null || return 0
	check "$scratch/$1"
	rm -f "$scratch/$1"
}
if [ -f "$data/resets.pcap" ]; then
	hostile "$(printf 'a\033[2J\033]0;x\007b.pcap')"
	hostile "$(printf 'quote"back\\slash,comma.pcap')"
	hostile "$(printf 'two\nlines\r.pcap')"
	hostile "$(printf 'c1\302\2332J.pcap')"
	hostile "$(printf 'bidi\342\200\256pacp.\330\234\363\240\201\241')"
	hostile "$(printf 'ill\377\300\257\355\240\200formed.pcap')"
	hostile "$(printf 'cut\342\202')"
fi
what='records.py'
"$python" "$tests/records.py" "$records" >"$scratch/wrong" || {
	fails 'the records are not as promised'
	sed 's/^/	/' "$scratch/wrong"
}

# A record of each segment, which add up to the records of connections.
for name in web loss-before loss-behind zero-window resets; do
	[ -f "$data/$name.pcap" ] || continue
	what="--segments, $name"
	run -J "$data/$name.pcap"
	mv "$scratch/out" "$scratch/conns"
	run --segments -J "$data/$name.pcap"
	mv "$scratch/out" "$scratch/ndjson"
	run --segments --csv "$data/$name.pcap"
	mv "$scratch/out" "$scratch/csv"
	"$python" "$tests/segment_records.py" "$scratch/ndjson" \
	    "$scratch/csv" "$scratch/conns" >"$scratch/wrong" || {
		fails 'segments and connections differ'
		sed 's/^/	/' "$scratch/wrong"
	}
done

# What --no-analysis counts is what the whole run counts.
what='--no-analysis'
for capture in "$data"/*.pcap "$data"/*.pcapng "$shared"/*.* \
    "$shared"/../cases/*.pcap*; do
	case $capture in
	*.tsv) ;;
	*)	[ -f "$capture" ] && printf '%s\n' "$capture" ;;
	esac
done | tr '\n' '\0' |
    xargs -0 "$python" -B "$tests/counted.py" "$program" >"$scratch/wrong" || {
	fails 'another figure without analysis'
	sed 's/^/	/' "$scratch/wrong"
}

# jq, where there is one, loads what Python does.
if command -v jq >/dev/null 2>&1; then
	what=jq
	loaded=$(cat "$records"/*.ndjson | jq -r .type | sort | uniq -c |
		awk '$2 != "conn" && $2 != "finding" { print $2, $1 }' | tr '\n' ' ')
	[ "$loaded" = "capture $count summary $count " ] ||
		fails "it reads $loaded of $count captures"
fi

# A filter is quoted too, and says what was asked for.
if [ -f "$data/web.pcap" ]; then
	filter=$(printf 'ether proto \\ip\n\tand port 80')
	run -J "$data/web.pcap" "$filter"
	wants 0 ''
	grep -q '"filter":"ether proto \\\\ip\\u000a\\u0009and port 80"' \
	    "$scratch/out" || fails 'another filter'
fi

# Options that choose what is written.
if [ -f "$data/web.pcap" ]; then
	run --csv --no-header --limit=1 "$data/web.pcap"
	wants 0 ''
	[ "$(wc -l <"$scratch/out")" -eq 1 ] || fails 'not one row'
	run -J --conn=2 "$data/web.pcap"
	wants 0 ''
	[ "$(grep -c '"type":"conn","conn":2,' "$scratch/out")" -eq 1 ] ||
		fails 'not connection 2'
	[ "$(wc -l <"$scratch/out")" -eq 3 ] || fails 'not three records'
fi

# Records go on in a new file after SIGHUP, none is cut or lost; SIGUSR2 asks
# for all of them as they stand.
reopen() {
	what='-J -o FILE and SIGHUP'
	mkfifo "$scratch/fifo"
	"$program" -J -o "$scratch/moved" -r "$scratch/fifo" \
	    2>"$scratch/err" &
	pid=$!
	exec 9>"$scratch/fifo"
	cat "$data/web.pcap" >&9
	wait_for has_read '[0-9]+ packets, 8 connections'
	kill -USR2 $pid
	wait_for grep -q '"type":"summary".*}$' "$scratch/moved"
	mv "$scratch/moved" "$scratch/old"
	kill -HUP $pid
	wait_for test -e "$scratch/moved"
	exec 9>&-
	wait $pid || fails "exit status $?"
	"$program" -J "$data/web.pcap" | tail -n +2 >"$scratch/want"
	grep -q '"type":"summary".*"final":false}' "$scratch/old" ||
		fails 'the interim summary passes for the last'
	for file in old moved; do
		tail -n +2 "$scratch/$file" |
		    sed 's/"final":false}/"final":true}/' |
		    cmp -s - "$scratch/want" ||
			fails "other records in the $file file"
		grep -c '"type":"capture"' "$scratch/$file" >/dev/null ||
			fails "no capture record in the $file file"
	done
}
[ -f "$data/web.pcap" ] && reopen

# Community ID is what Wireshark's is: IPv4, IPv6, inside and outside.  All
# captures are one for tshark, since starting it is what takes its time; it
# does not look into Teredo, and nobody joins a file that is cut.
community() {
	what='Community ID'
	set -- "$data/web.pcap"
	for capture in "$shared"/*.*; do
		case $capture in *.tsv | *Teredo* | *.cut_*) continue ;; esac
		[ -f "$capture" ] && set -- "$@" "$capture"
	done
	mergecap -a -F pcapng -w "$scratch/all" "$@" || fails 'mergecap'
	tshark -r "$scratch/all" --enable-protocol communityid -Y tcp \
	    -T fields -e communityid 2>"$scratch/err" | tr ',' '\n' |
		sort -u >"$scratch/theirs"
	for capture; do
		"$program" -J "$capture" 2>"$scratch/err" |
			sed -n 's/.*"community_id":"\([^"]*\)".*/\1/p'
	done | sort -u >"$scratch/ours"
	[ -s "$scratch/ours" ] || fails 'none'
	comm -23 "$scratch/ours" "$scratch/theirs" >"$scratch/wrong"
	[ ! -s "$scratch/wrong" ] || {
		fails 'tshark has no such Community ID'
		sed 's/^/	/' "$scratch/wrong"
	}
}
if command -v tshark >/dev/null 2>&1 && command -v mergecap >/dev/null 2>&1 &&
    [ -f "$data/web.pcap" ]; then
	community
else
	echo 'no tshark: Community ID not compared'
fi

exit "$failed"
