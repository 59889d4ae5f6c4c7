#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --html: pages are well-formed, need nothing from outside, keep their sizes,
# and are the same each time; whatever the capture and its name.  --svg: so are
# the pictures of a directory.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

tests=${top_srcdir:-.}/tests
python=$(command -v python3) || { echo 'no python3'; exit 77; }
page=$scratch/page.html

# check_page: of the run before.
check_page() {
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fails "exit status $status"
	"$python" "$tests/pages.py" check "$page" >"$scratch/wrong" || {
		fails 'the page is not as it should be'
		sed 's/^/	/' "$scratch/wrong"
	}
}

what="make-gallery"
sh "$data/make-gallery" "$program" "$scratch/gallery" || fails 'no gallery'
for capture in "$data"/*.pcap "$data"/*.pcapng "$data"/stories/*.pcap; do
	name=$(basename "$capture")
	run --deterministic --html="$page" "$capture"
	check_page
	cmp -s "$page" "$scratch/gallery/${name%.*}.html" ||
		fails 'another page the second time'
done
[ "$(grep -c '<a href="[a-z-]*.html">' "$scratch/gallery/index.html")" -eq \
    "$(find "$data" -name '*.pcap*' ! -path '*/two-points/*' | wc -l)" ] ||
	fails 'the gallery lacks a sample'

# The plain report is what it is without a page.
run "$data/web.pcap"
cp "$scratch/out" "$scratch/plain"
run --html="$page" "$data/web.pcap"
cmp -s "$scratch/out" "$scratch/plain" || fails 'another report'

# One connection, and from standard input.
run --html="$page" --conn=3 "$data/web.pcap"
check_page
grep -q 'id="c3"' "$page" || fails 'no sheet of connection 3'
! grep -q 'id="c1"' "$page" || fails 'a sheet of connection 1'
# With -q there is no report beside it, unless another view was asked for.
what='-q'
run -q --html="$page" "$data/web.pcap"
if [ "$status" -ne 0 ] || [ -s "$scratch/out" ] ||
    ! grep -q '</html>' "$page"; then
	fails 'is not the page alone'
fi
run -q --html=- "$data/web.pcap"
cmp -s "$scratch/out" "$page" || fails 'standard output is not the page'
run -q -v --html="$page" "$data/web.pcap"
grep -q '^D) ' "$scratch/out" || fails 'no report with -v'
run_fed --html="$page" -r - <"$data/web.pcap"
check_page

# Pictures as files, in the place of earlier ones; nothing else is touched.
mkdir -m 777 "$scratch/pictures"
echo mine >"$scratch/pictures/mine"
for turn in 1 2; do
	run --svg="$scratch/pictures" --html="$page" "$data/web.pcap"
	check_page
	"$python" "$tests/pages.py" check "$scratch"/pictures/*.svg ||
		fails "pictures are not as they should be, turn $turn"
done
for name in timeline conn-3 conn-3-ladder conn-8; do
	[ -s "$scratch/pictures/$name.svg" ] || fails "no $name.svg"
done
[ "$(cat "$scratch/pictures/mine")" = mine ] || fails 'another file changed'
run --svg="$scratch/pictures/new" "$data/short.pcap"
[ -s "$scratch/pictures/new/conn-1.svg" ] || fails 'no new directory'
run --svg="$scratch/pictures/mine" "$data/short.pcap"
wants 1 '--svg: .*: Not a directory$'
run --svg="$scratch/no/pictures" "$data/short.pcap"
wants 1 '--svg: .*: No such file or directory$'
if command -v xmllint >/dev/null 2>&1; then
	xmllint --noout "$scratch"/pictures/*.svg || fails 'not well-formed'
fi

# Two points.
run --compare --html="$page" "$data/two-points/client.pcap" \
    "$data/two-points/server.pcap"
check_page
for part in 'id="p1"' 'id="d1t"' 'id="l1t"' '<td class="x">6</td>' \
    'lost between the points'; do
	grep -q "$part" "$page" || fails "no $part"
done
[ "$(grep -o '>lost between the points<' "$page" | wc -l)" -eq 6 ] ||
	fails 'not six losses in the ladder'
run --compare --html="$page" "$data/web.pcap" "$data/web.pcap"
[ -s "$scratch/out" ] || fails 'no report beside a page'
check_page
run -q --compare --html="$page" "$data/web.pcap" "$data/web.pcap"
[ ! -s "$scratch/out" ] || fails '-q: a report'
check_page
grep -q 'Nothing was lost or injected' "$page" || fails 'not one point'
run --compare --html="$scratch/no/page" "$data/web.pcap" "$data/web.pcap"
wants 1 '--html: .*: No such file or directory$'

# Names from outside.
name="$scratch/<script>&\"'.pcap"
cp "$data/short.pcap" "$name"
run --html="$page" "$name"
check_page
grep -q '&lt;script&gt;&amp;&quot;&#39;' "$page" || fails 'no escaped name'

# Hostile captures, and large ones.
for kind in syns back single wide zero large; do
	"$python" "$tests/pages.py" make "$kind" >"$scratch/$kind.pcap" ||
		exit 99
	run --html="$page" "$scratch/$kind.pcap"
	check_page
	rm "$scratch/$kind.pcap"
done

exit "$failed"
