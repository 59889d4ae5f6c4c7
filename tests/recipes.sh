#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The recipes of HACKING.md work: "To add a judgement" and "To add a display"
# are followed by the patches in recipes.d/, in a copy of the source.  The copy is
# built; then records have the columns of the judgement, and --help, the output
# and the file of the display are there.  Each file that a patch touches is
# named by its recipe.

set -u
: "${top_srcdir:=.}" "${CC:=cc}" "${MAKE:=make}" "${WITH_LIBPCAP:=yes}"
failed=0

[ "$WITH_LIBPCAP" = yes ] || { echo 'without libpcap, no program'; exit 77; }
for tool in automake autoconf patch tar; do
	command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
top=$(cd "$top_srcdir" && pwd) || exit 99
tree=$scratch/tree
mkdir "$tree" || exit 99

fails() {
	echo "FAILED: $*"
	failed=1
}

# recipe TITLE: its text in HACKING.md
recipe() {
	awk -v title="### $1" '
	/^##/ { is_in = $0 == title }
	is_in' "$top/HACKING.md"
}

# is_named FILE: by the recipe in $scratch/recipe, where NAME is any name
is_named() {
	case $1 in
	tests/segs/*) named=tests/segs/ ;;
	src/tcp/observe.[ch]) named=tcp/ ;;	# the module of the rule
	src/views/busiest.c) named=src/views/NAME.c ;;
	*) named=${1#src/} ;;
	esac
	grep -Fq "\`$named\`" "$scratch/recipe" ||
		grep -Fq "\`src/$named\`" "$scratch/recipe"
}

# follow TITLE PATCH
follow() {
	recipe "$1" >"$scratch/recipe"
	[ -s "$scratch/recipe" ] || fails "HACKING.md has no \"$1\""
	sed -n 's,^+++ b/,,p' "$2" >"$scratch/touched"
	while read -r file; do
		is_named "$file" || fails "\"$1\" does not name $file"
	done <"$scratch/touched"
	(cd "$tree" && patch -p1 -s) <"$2" || {
		fails "$2 does not apply: bring it up to date"
		exit 1
	}
}

(cd "$top" && tar cf - --exclude='*.o' --exclude='*.a' --exclude=.deps \
    --exclude='*.log' --exclude='*.trs' --exclude=tests/fuzz/corpus \
    --exclude=tests/expected --exclude=tests/captures Makefile.am \
    Makefile.in aclocal.m4 build-aux config.h.in configure configure.ac m4 \
    src tests man data) | (cd "$tree" && tar xf -) || exit 99
chmod -R u+w "$tree"
follow 'To add a judgement' "$top/tests/recipes.d/judgement.patch"
follow 'To add a display' "$top/tests/recipes.d/display.patch"

cd "$tree" || exit 99
# What the tests of the caller set does not concern this build.
unset MAKEFLAGS MFLAGS MAKELEVEL TESTS
{
	CC=$CC CFLAGS=-O0 ./configure -q --disable-hardening &&
	    "$MAKE" -s -j2 src/tcpstates
} >"$scratch/log" 2>&1 || {
	tail -n 20 "$scratch/log"
	fails 'the recipes do not build'
	exit 1
}

src/tcpstates --help | grep -q -e '--busiest=FILE' ||
	fails '--help does not list the new display'
src/tcpstates --busiest="$scratch/busiest" data/web.pcap >"$scratch/out" ||
	fails "exit status $?"
src/tcpstates data/web.pcap | cmp - "$scratch/out" ||
	fails 'the report changes beside another display'
[ "$(cat "$scratch/busiest")" = 3 ] ||
	fails "the busiest connection is 3, not $(cat "$scratch/busiest")"
src/tcpstates -J data/web.pcap |
    grep '"type":"conn"' >"$scratch/records" || fails 'no records'
! grep -v '"orig_empty_push":0.*"resp_empty_push":0' "$scratch/records" ||
	fails 'records lack the columns of the new judgement'

# The scripts hold, on the fast path too; and records count what they show.
if grep -q "^HAVE_CHECK_TRUE=''" config.log; then
	"$MAKE" -s -j2 tests/check_segs >"$scratch/log" 2>&1 || {
		tail -n 20 "$scratch/log"
		fails 'check_segs does not build'
	}
	for script in empty-push empty-push-with-data; do
		tests/check_segs tests/segs/$script.seg "$scratch/$script" ||
			fails "$script.seg does not hold"
	done
	src/tcpstates -J "$scratch/empty-push" |
	    grep -q '"resp_empty_push":1' ||
		fails 'a record does not count the new judgement'
	src/tcpstates --segments "$scratch/empty-push" |
	    grep -q 'Empty PSH: has the PSH flag and no data' ||
		fails '--segments does not name the new judgement'
else
	echo 'no Check: scripts not run'
fi
exit $failed
