#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --svg: pictures of the samples are well-formed, can be drawn by others, and
# some are, byte for byte, those of tests/pictures.
#
#	REGEN=yes tests/svg.sh		write these anew

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

tests=${top_srcdir:-.}/tests
golden=$tests/pictures
python=$(command -v python3) || { echo 'no python3'; exit 77; }

# draw CAPTURE: into $scratch/CAPTURE.
draw() {
	run --deterministic --svg="$scratch/$1" "$data/$1.pcap"
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fails "exit status $status"
}

for name in short half-close loss-before loss-behind zero-window resets web; do
	draw "$name"
	"$python" "$tests/pages.py" check "$scratch/$name"/*.svg \
	    >"$scratch/wrong" || {
		fails 'pictures are not as they should be'
		sed 's/^/	/' "$scratch/wrong"
	}
done

# Text changes for good reasons, too: look at both before `regen'.
while read -r name picture; do
	got=$scratch/$name/$picture.svg
	want=$golden/$name-$picture.svg
	what="tcpstates --svg $name.pcap"
	if [ "${REGEN-}" = yes ]; then
		mkdir -p "$golden"
		cp "$got" "$want"
	elif ! cmp -s "$got" "$want"; then
		fails "$picture.svg is not $want"
		tr '<' '\n' <"$want" >"$scratch/want.lines"
		tr '<' '\n' <"$got" >"$scratch/got.lines"
		diff "$scratch/want.lines" "$scratch/got.lines" | head -20
	fi
done <<'END'
short		conn-1
half-close	conn-1-ladder
loss-behind	conn-1-ladder
zero-window	conn-1
resets		timeline
END

# Other programs, where there are any.
if command -v xmllint >/dev/null 2>&1; then
	xmllint --noout "$scratch"/*/*.svg || fails 'xmllint refuses a picture'
	run --deterministic --html="$scratch/page.html" "$data/web.pcap"
	# It knows the elements of HTML 4 only.
	xmllint --html --noout "$scratch/page.html" 2>&1 |
		grep 'error' | grep -v 'Tag [a-z]* invalid' &&
		fails 'xmllint refuses the page'
else
	echo '# no xmllint'
fi
if command -v rsvg-convert >/dev/null 2>&1; then
	for picture in "$scratch"/web/*.svg "$scratch"/zero-window/*.svg; do
		rsvg-convert "$picture" -o "$scratch/drawn.png" ||
			fails "rsvg-convert refuses $picture"
	done
else
	echo '# no rsvg-convert'
fi

exit "$failed"
