#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The shared library as its users get it: found by pkg-config, showing what its
# header declares and no more, needing nothing but libc; the example compiles and
# prints the same as the program, and so does a program that calls everything.

: "${top_srcdir:=.}" "${top_builddir:=.}"
top=$(cd "$top_srcdir" && pwd) || exit 99
# shellcheck source=tests/cli-lib.sh
. "$top/tests/cli-lib.sh"

[ "${ENABLE_LIBRARY-no}" != no ] || {
	echo 'configured without --enable-library'
	exit 77
}
command -v pkg-config >/dev/null || { echo 'no pkg-config'; exit 77; }
build=$(cd "$top_builddir" && pwd) || exit 99
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
root=$scratch/root
what='the library, installed'

(cd "$build" && ${MAKE:-make} install DESTDIR="$root") >"$scratch/make" 2>&1 ||
{
	fails 'make install'
	tail "$scratch/make"
	exit 1
}
pc=$(find "$root" -name libtcpstates.pc)
library=$(find "$root" -name libtcpstates.so)
header=$(find "$root" -name libtcpstates.h)
[ -n "$pc" ] && [ -n "$library" ] && [ -n "$header" ] || {
	fails 'is not all there'
	find "$root" -type f
	exit 1
}

flags() {
	PKG_CONFIG_LIBDIR=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root \
	    pkg-config "$@" libtcpstates
}
[ "$(flags --modversion)" = "$PACKAGE_VERSION" ] ||
	fails 'pkg-config knows another version'

# Symbols.
${NM:-nm} -D --defined-only "$library" | awk '$2 == "T" { print $3 }' |
    sed 's/@.*//' | sort >"$scratch/shown"
sed -n -e '/^typedef/d' -e 's/^.*[ *]\(tcpstates_[a-z_]*\)(.*/\1/p' "$header" |
    sort -u >"$scratch/declared"
cmp -s "$scratch/shown" "$scratch/declared" || {
	fails 'shows what it does not declare, or the other way round'
	diff "$scratch/shown" "$scratch/declared"
}
[ "$(wc -l <"$scratch/shown")" -ge 20 ] || fails 'shows too little'
${NM:-nm} -D --undefined-only "$library" | grep -E ' pcap_| ZSTD_| inflate' &&
	fails 'needs more than it should'
if command -v readelf >/dev/null; then
	readelf -d "$library" >"$scratch/dynamic"
	grep -q 'SONAME.*\[libtcpstates\.so\.0\]' "$scratch/dynamic" ||
		fails 'has no name of its own'
fi

# Users.
compile() {
	# shellcheck disable=SC2046,SC2086 # flags are several words
	$CC $TEST_CFLAGS -std=gnu11 -o "$scratch/$1" "$2" \
	    $(flags --cflags --libs) $(pkg-config --cflags --libs libpcap) \
	    -pthread || {
		fails "${2##*/} does not compile"
		exit 1
	}
}
LD_LIBRARY_PATH=${library%/*}${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH

what='the example'
compile example "$data/example.c"
lines=$(sed '1,/^ \*\/$/d' "$data/example.c" | grep -c .)
[ "$lines" -le 45 ] || fails "has $lines lines"
"$scratch/example" "$data/loss-behind.pcap" >"$scratch/out" ||
	fails 'fails'
"$program" --csv "$data/loss-behind.pcap" | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["resp_retrans"] > 0 { print $at["conn"], $at["resp_retrans"],
	$at["end_reason"] }' >"$scratch/expected"
awk '{ print $1, $7, $8 }' "$scratch/out" | diff "$scratch/expected" - ||
	fails 'tells something else than the program'
[ -s "$scratch/expected" ] || fails 'has nothing to tell'

what='a program that calls everything'
compile library "$top/tests/library.c"
for entry in web.pcap:6 nano.pcap:9 loss-behind.pcap:6 any.pcap:6; do
	capture=${entry%:*}
	"$scratch/library" "$data/$capture" "${entry#*:}" >"$scratch/out" ||
		fails "$capture"
	{
		# The library has the records conn and summary.
		"$program" -J "$data/$capture" |
		    sed '1d; /^{"type":"finding"/d'
		echo "$PACKAGE_VERSION"
	} | diff - "$scratch/out" >"$scratch/diff" || {
		fails "$capture: other records than the program's"
		head "$scratch/diff"
	}
done
exit "$failed"
