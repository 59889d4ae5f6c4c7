#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --xpl: the files are ones that xplot can read, and those of connections
# without loss have the lines of tcptrace -S.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

xplot=${top_srcdir:-.}/tests/xplot.py
shared=${top_srcdir:-.}/../shared/captures
python=$(command -v python3) || { echo 'no python3'; exit 77; }

# check_files: of the run before.
check_files() {
	"$python" "$xplot" check "$scratch"/ours/*.xpl >"$scratch/wrong" 2>&1
	[ ! -s "$scratch/wrong" ] || {
		fails 'files are not as they should be'
		sed 's/^/	/' "$scratch/wrong"
	}
}

# What tcptrace does not know (atomic fragments, copies of frames, scales above
# 14), or reads differently where bits are wrong.
is_different() {
	case $1 in
	*ipv6-http-atomic-frag*|*hardware_dups*|*window-scale-range*|\
	*handshake-reorder*)
		return 0 ;;
	esac
	return 1
}

compared=0
for capture in "$data"/*.pcap "$data"/stories/*.pcap \
    "$shared"/zeek*.pcap "$shared"/*.dmp "$shared"/*.trace; do
	[ -f "$capture" ] || continue
	rm -rf "$scratch/ours" "$scratch/theirs"
	run --limit=200 --xpl="$scratch/ours" "$capture"
	[ -d "$scratch/ours" ] || continue
	[ -n "$(ls "$scratch/ours")" ] || continue
	check_files
	command -v tcptrace >/dev/null 2>&1 || continue
	is_different "$capture" && continue
	mkdir "$scratch/theirs"
	file=$(CDPATH='' cd -- "$(dirname "$capture")" && pwd)/${capture##*/}
	(cd "$scratch/theirs" && timeout 60 tcptrace -S -n "$file") \
	    >/dev/null 2>&1
	"$python" "$xplot" compare "$scratch/ours" "$scratch/theirs" \
	    >"$scratch/wrong" 2>"$scratch/count" || fails 'no comparison'
	[ ! -s "$scratch/wrong" ] || {
		fails 'not the lines of tcptrace'
		cut -c1-300 "$scratch/wrong" | sed 's/^/	/'
	}
	compared=$((compared + $(sed -n 's/^compared //p' "$scratch/count")))
done
if command -v tcptrace >/dev/null 2>&1; then
	[ "$compared" -ge 40 ] || fails "only $compared pictures were compared"
	echo "# $compared pictures compared"
else
	echo '# no tcptrace'
fi

# One connection, into a directory with other files.
rm -rf "$scratch/ours"
mkdir -m 777 "$scratch/ours"
echo mine >"$scratch/ours/mine"
run --conn=3 --xpl="$scratch/ours" "$data/web.pcap"
[ "$(cat "$scratch/ours/mine")" = mine ] || fails 'another file changed'
for kind in tsg rtt owin tput; do
	[ -s "$scratch/ours/conn-3-b2a_$kind.xpl" ] || fails "no $kind"
done
[ ! -e "$scratch/ours/conn-1-a2b_tsg.xpl" ] || fails 'connection 1, too'
check_files
grep -q '^R$' "$scratch/ours/conn-3-b2a_tsg.xpl" || fails 'no retransmission'

# With the pictures, and where nothing can be written.
run --svg="$scratch/svg" --xpl="$scratch/xpl" "$data/short.pcap"
[ -s "$scratch/svg/conn-1.svg" ] || fails 'no picture'
[ -s "$scratch/xpl/conn-1-a2b_tsg.xpl" ] || fails 'no file for xplot'
run --xpl="$scratch/no/files" "$data/short.pcap"
wants 1 '--xpl: .*: No such file or directory$'

exit "$failed"
