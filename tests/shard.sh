#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The records of all shards, ordered by first frame, are those of one run but
# for their numbers, and for verdicts that rest on other connections, with the
# shares that follow them.  So are those of the packets that each of them saves.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

maker=$top_builddir/tests/bench/make_trace
shared=$top_srcdir/../shared

# records FILE OPTION...: of the connections
records() {
	file=$1
	shift
	"$program" -J --deterministic "$@" -r "$file" 2>/dev/null |
		sed -n '/"type":"conn"/{
			s/"conn":[0-9]*,//
			s/"verdict[a-z_]*":\("[^"]*"\|[^,]*\),//g
			s/"share_[a-z]*":[^,]*,//g
			p
		}'
}

# shards FILE COUNT
shards() {
	what="tcpstates --shard of $2 -r $1"
	records "$1" | sort >"$scratch/all"
	shard=1
	while [ $shard -le "$2" ]; do
		records "$1" --shard=$shard/"$2"
		shard=$((shard + 1))
	done | sort >"$scratch/parts"
	cmp "$scratch/all" "$scratch/parts" || fails 'the records differ'
}

without_frames() {
	sed 's/"[a-z_]*frame[a-z_]*":[0-9a-z]*,\{0,1\}//g' | sort
}

# frames OPTION...: that were read, by the summary
frames() {
	"$program" -J "$@" 2>/dev/null |
		sed -n '/"type":"summary"/s/.*"frames":\([0-9]*\).*/\1/p'
}

# saves FILE COUNT: each shard its own packets
saves() {
	saved=0
	for shard in $(seq "$2"); do
		what="tcpstates --shard=$shard/$2 -w FILE -r $1"
		records "$1" --shard="$shard/$2" -w "$scratch/part" |
			without_frames >"$scratch/want"
		records "$scratch/part" | without_frames >"$scratch/have"
		cmp "$scratch/want" "$scratch/have" ||
			fails 'the saved packets have other records'
		saved=$((saved + $(frames -r "$scratch/part")))
	done
}

if [ -x "$maker" ]; then
	"$maker" -c 2000 -a 500 -p 20 -s 96 >"$scratch/pcap"
	for count in 1 2 3 16; do
		shards "$scratch/pcap" $count
	done
	saves "$scratch/pcap" 3
	[ "$saved" -eq "$(frames -r "$scratch/pcap")" ] ||
		fails "$saved packets saved, not all of them once"
	what='tcpstates --shard'
	for shard in 1 2 3 4; do
		records "$scratch/pcap" --shard=$shard/4 |
			wc -l >"$scratch/count"
		[ "$(cat "$scratch/count")" -gt 400 ] ||
			fails "shard $shard has few connections"
	done
	"$program" --shard=2/2 -r "$scratch/pcap" >"$scratch/one"
	"$program" --shard=2/2 --workers=3 -r "$scratch/pcap" |
		cmp - "$scratch/one" || fails 'workers change the report'
fi
for file in "$top_srcdir"/data/*.pcap \
    "$shared"/captures/*.pcap* "$shared"/cases/*.pcap*; do
	[ -f "$file" ] || continue
	shards "$file" 3
	case $file in
	*/data/web.pcap | */data/any.pcap | *frag*)
		saves "$file" 3
		;;
	esac
done

what='tcpstates --shard'
for shard in 0/4 5/4 1 1/ /4 a/4 1/4x 1/0; do
	run --shard=$shard -r /dev/null
	wants 2 "--shard: '$shard' is not a shard such as 1/4"
done
run --shard=1/99999 -r /dev/null
wants 2 "--shard: '1/99999' is too large"
exit "$failed"
