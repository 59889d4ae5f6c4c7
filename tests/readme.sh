#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What README.md shows is what comes out; with --write, README.md and its
# picture are written anew.  The two commands that it begins with are those that
# exist.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

python=$(command -v python3) || { echo 'no python3'; exit 77; }
top=$(cd "$top_srcdir" && pwd) || exit 99
readme=$top/README.md
what=README.md

mkdir "$scratch/tree" "$scratch/bin" || exit 99
ln -s "$top/data" "$scratch/tree/data"
mv "$program" "$scratch/bin/tcpstates"
PATH=$scratch/bin:$PATH
cd "$scratch/tree" || exit 99
for document in "$readme" "$top/doc/recipes.md"; do
	"$python" "$top/tests/shown.py" "$@" "$document" ||
		fails "$document shows what is not so"
done

# What it says of speed is what was measured, on record in the tree.
"$python" -B "$top/tests/bench/table.py" "$top/tests/bench/results.txt" \
    >"$scratch/table" || fails 'table.py fails'
sed '/^<!-- speed -->$/,/^<!-- end of speed -->$/!d;//d' "$readme" \
    >"$scratch/speed"
if [ "${1-}" = --write ]; then
	sed -e '/^<!-- speed -->$/r '"$scratch/table" \
	    -e '/^<!-- speed -->$/,/^<!-- end of speed -->$/{//!d;}' \
	    "$readme" >"$scratch/readme" && cat "$scratch/readme" >"$readme"
elif ! cmp -s "$scratch/table" "$scratch/speed"; then
	fails 'the table of speed is not of tests/bench/results.txt'
fi

# Commands whose output it does not show are such as the program takes.
sed -n '/^```/,/^```/s/^ *\(tcpstates [^|&<>]*\).*/\1/p' "$readme" \
    "$top/doc/recipes.md" "$top/data/README.md" >"$scratch/told"
while read -r command; do
	bash -c "$command --version" 2>"$scratch/err" | grep -q '^tcpstates ' ||
		fails "tells of \`$command': $(cat "$scratch/err")"
done <"$scratch/told"
[ -s "$scratch/told" ] || fails 'no command without output was found'

# So is its picture.
picture=$top/data/terminal.svg
"$python" "$top/data/make-picture" "$scratch/bin/tcpstates" \
    >"$scratch/terminal.svg" || fails 'make-picture fails'
if [ "${1-}" = --write ]; then
	cat "$scratch/terminal.svg" >"$picture"
elif ! cmp -s "$scratch/terminal.svg" "$picture"; then
	fails 'the picture is not what comes out: data/make-picture PROGRAM' \
	    'makes it anew'
fi
grep -q '](data/terminal.svg)' "$readme" || fails 'does not show the picture'

# And so is the sheet of a page.
"$scratch/bin/tcpstates" --svg="$scratch/pictures" --conn=1 \
    data/zero-window.pcap >"$scratch/out" || fails 'no sheet'
if [ "${1-}" = --write ]; then
	cat "$scratch/pictures/conn-1.svg" >"$top/doc/sheet.svg"
elif ! cmp -s "$scratch/pictures/conn-1.svg" "$top/doc/sheet.svg"; then
	fails 'the sheet is not what comes out: tests/regen all'
fi
grep -q '](doc/sheet.svg)' "$readme" || fails 'does not show the sheet'

# What it says of others is what they do, those versions of them.
of_others() {
	[ "$2" -eq "$3" ] || fails "says of others what is not so: $1: $2, not $3"
}
tshark_finds() {
	tshark -r "data/$1.pcap" -Y "tcp.analysis.$2" 2>/dev/null | wc -l
}
if tshark --version 2>/dev/null | grep -q '^TShark.* 4\.0\.'; then
	of_others 'tshark, before' "$(tshark_finds loss-before out_of_order)" 2
	of_others 'tshark, behind' "$(tshark_finds loss-behind out_of_order)" 1
	of_others 'tshark, twice' "$(tshark_finds any retransmission)" 16
else
	echo 'no tshark 4.0: what is said of it is not compared'
fi
if tcptrace -version 2>&1 | grep -q ' 6\.6\.'; then
	of_others 'tcptrace' "$(tcptrace -nl data/loss-before.pcap 2>/dev/null |
	    sed -n 's/.*outoforder pkts:.*outoforder pkts: *//p' |
	    awk '{ n += $1 } END { print n + 0 }')" 6
else
	echo 'no tcptrace 6.6: what is said of it is not compared'
fi
# As Debian's libbpf-tools has it.
if [ -x /usr/sbin/tcpstates ]; then
	/usr/sbin/tcpstates -r data/web.pcap 2>&1 | sed -n 's,^/usr/sbin/,,;1p' \
	    >"$scratch/bcc"
	grep -Fq "\`$(cat "$scratch/bcc")\`" "$readme" ||
		fails "bcc's says \`$(cat "$scratch/bcc")'"
else
	echo 'no /usr/sbin/tcpstates: what is said of it is not compared'
fi

grep -q '^\./bootstrap --install && src/tcpstates data/web.pcap$' "$readme" ||
	fails 'does not say how to begin'
grep -q '^\./bootstrap --check$' "$readme" || fails 'does not say how to test'
for option in --install --check; do
	"$top/bootstrap" --help | grep -q "^  $option " ||
		fails "bootstrap has no $option"
done

# Files and directories that it names are there.
for file in $(grep -oE '\]\([A-Za-z][A-Za-z0-9_./-]*\)' "$readme" |
    tr -d ']()'); do
	[ -e "$top/$file" ] || fails "names $file, which does not exist"
done
exit "$failed"
