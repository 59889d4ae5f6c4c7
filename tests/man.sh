#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The manual: its tables are the source's, its options are the program's, its
# examples run and show what comes out, its records have the keys and types
# that it says, and mandoc has nothing to say.  With --write, tables and
# outputs are written anew.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

top=$(cd "$top_srcdir" && pwd) || exit 99
pages=$(echo "$top"/man/*.[1-9])
tables=$top_builddir/src/tools/tables

# filled PAGE --write|...: are its tables those of the source?
filled() {
	"$top/man/fill" "$tables" "$1" >"$scratch/filled" ||
		fails 'man/fill failed'
	if [ "${2-}" = --write ]; then
		cat "$scratch/filled" >"$1"
	elif ! cmp -s "$scratch/filled" "$1"; then
		fails 'its tables are not those of the source:' \
		    'man/fill TABLES PAGE makes it anew'
		diff "$1" "$scratch/filled" | head -n 20
	fi
}

# long_paragraphs PAGE: where one has more than six lines, by its characters.
long_paragraphs() {
	awk '
		/^\.(Sh|Ss|Pp|It|Bl|El|Bd|Ed|Rs|Re|\\")/ { length_so_far = 0 }
		/^\.Bd/ { is_literal = 1 }
		/^\.Ed/ { is_literal = 0 }
		/^\.(Sh|Ss|Pp|It|Bl|El|Bd|Ed|Rs|Re|\\")/ || is_literal { next }
		{
			sub(/^\.[A-Z][a-z] /, "")
			length_so_far += length($0) + 1
		}
		length_so_far > 6 * 75 { print "line " FNR; length_so_far = 0 }
	' "$1"
}

if [ -x "$tables" ] && [ -f "$top/HACKING.md" ]; then
	what=HACKING.md
	filled "$top/HACKING.md" "${1-}"
fi
for page in $pages; do
	what=${page##*/}
	if [ -x "$tables" ]; then
		filled "$page" "${1-}"
		# The guide has outputs only.
		[ "$what" = tcpstates-guide.7 ] ||
			grep -q '^\.\\" BEGIN ' "$page" || fails 'no tables'
	else
		echo "no $tables: tables not compared"
	fi
	long=$(long_paragraphs "$page")
	[ -z "$long" ] || fails "a paragraph has more than six lines: $long"
	if command -v mandoc >/dev/null; then
		mandoc -T lint -W warning "$page" >"$scratch/lint" 2>&1 ||
			fails "mandoc: $(head -n 5 "$scratch/lint")"
		mandoc -T utf8 "$page" >/dev/null || fails 'does not format'
	else
		echo 'no mandoc: not linted'
	fi
done

python=$(command -v python3) || {
	echo 'no python3: options and examples not compared'
	exit "$failed"
}

# Where the examples find what they name.
mkdir "$scratch/here" "$scratch/bin" || exit 99
cp "$data"/*.pcap "$data"/*.pcapng "$data"/stories/*.pcap \
    "$data"/two-points/*.pcap "$scratch/here"
cd "$scratch/here" || exit 99
cp web.pcap trace.cap
if "$program" --version | grep -q '^zlib' && command -v gzip >/dev/null; then
	gzip -c loss-behind.pcap >trace.pcap.gz
else
	cp loss-behind.pcap trace.pcap.gz
fi
mv "$program" "$scratch/bin/tcpstates"
printf '#!/bin/sh\nshift\nexec "$@"\n' >"$scratch/bin/ssh"
command -v less >/dev/null ||
	printf '#!/bin/sh\ncat\n' >"$scratch/bin/less"
command -v jq >/dev/null ||
	printf '#!/bin/sh\ncat\n' >"$scratch/bin/jq"
chmod +x "$scratch"/bin/*
PATH=$scratch/bin:$PATH

for page in $pages; do
	what=${page##*/}
	# The formats have tables only.
	[ "$what" = tcpstates-formats.5 ] ||
		"$python" -B "$top/tests/shown.py" "$@" "$page" ||
		fails 'shows what is not so'
	# Commands whose output it does not show are such as the program takes.
	sed -n 's/\\-/-/g; s/\\e$//; s/\\(aq/'"'"'/g
	    s/^\.Dl //; s/^[#$] //; s/^sudo //
	    s/^\(tcpstates -[^|&<>]*\).*/\1/p' "$page" >"$scratch/told"
	while read -r command; do
		bash -c "$command --version" 2>"$scratch/err" |
		    grep -q '^tcpstates ' ||
			fails "tells of \`$command': $(cat "$scratch/err")"
	done <"$scratch/told"
	! grep '^tcpstates: .*: no such file' "$page" ||
		fails 'shows a file that is not there'
done
what=tcpstates.1
"$python" -B "$top/tests/man.py" "$top/man/tcpstates.1" "$top" ||
	fails 'is not true'
what=tcpstates-records.5
for capture in web.pcap nano.pcap short.pcap; do
	tcpstates -J --interval=500ms "$capture" >"$scratch/out"
	tcpstates --csv "$capture" >"$scratch/csv"
	"$python" -B "$top/tests/man_records.py" \
	    "$top/man/tcpstates-records.5" "$scratch/out" "$scratch/csv" ||
		fails "is not true of $capture"
done
exit "$failed"
