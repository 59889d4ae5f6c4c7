#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What `make install' puts into a scratch root, under the names that configure
# --program-suffix gives (here told to make, which comes to the same): the
# program, the pages of the manual and the names in them, completions that
# complete.  And `make uninstall' leaves nothing.

: "${top_srcdir:=.}" "${top_builddir:=.}"
top=$(cd "$top_srcdir" && pwd) || exit 99
# shellcheck source=tests/cli-lib.sh
. "$top/tests/cli-lib.sh"
build=$(cd "$top_builddir" && pwd) || exit 99
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR
root=$scratch/root
prefix=/opt/tcpstates

# install_as SED-SCRIPT TARGET: what configure would make of its options.
install_as() {
	(cd "$build" && ${MAKE:-make} "$2" DESTDIR="$root" prefix=$prefix \
	    program_transform_name="$1") >"$scratch/make" 2>&1 || {
		fails "make $2 failed"
		tail "$scratch/make"
		exit 1
	}
}

# there NAME...: files below the prefix
there() {
	for file; do
		[ -s "$root$prefix/$file" ] || fails "no $file"
	done
}

what='make install'
install_as 's,x,x,' install
there bin/tcpstates share/man/man1/tcpstates.1 \
    share/bash-completion/completions/tcpstates \
    share/zsh/site-functions/_tcpstates \
    share/fish/vendor_completions.d/tcpstates.fish
for page in "$root$prefix"/share/man/man?/*; do
	cmp "$top/man/${page##*/}" "$page" ||
		fails "${page##*/} is not what it was"
done
# What the guide and the page about two captures read.
for capture in $(sed 's/\\//g' "$top/man/tcpstates-guide.7" \
    "$top/man/tcpstates-compare.7" | grep -oE '[a-z-]+\.pcap' | sort -u); do
	there "share/doc/tcpstates/examples/stories/$capture"
done
install_as 's,x,x,' uninstall
left=$(find "$root" -type f)
[ -z "$left" ] || fails "make uninstall leaves $left"

what='make install, with --program-suffix=-pcap'
install_as 's,$$,-pcap,' install
there bin/tcpstates-pcap share/man/man1/tcpstates-pcap.1 \
    share/man/man5/tcpstates-records-pcap.5
# Whatever has a name has the new one, but for the folder of documents, and
# the library, of which there is no other.
left=$(find "$root" -name '*tcpstates*' ! -name '*-pcap*' \
    ! -name 'libtcpstates*' ! -type d)
[ -z "$left" ] || fails "keeps the old name: $left"

man=$root$prefix/share/man
page=$man/man1/tcpstates-pcap.1
grep -q '^\.Dt TCPSTATES-PCAP 1$' "$page" || fails 'the title of the manual'
grep -q '^\.Nm tcpstates-pcap$' "$page" || fails 'the name in the manual'
grep -q '^\.Dl tcpstates-pcap -r trace.cap$' "$page" || fails 'its examples'
grep -q '^\.Xr tcpstates-records-pcap 5' "$page" || fails 'its references'
for page in "$man"/man?/*; do
	grep -E -e '^(\.Dl |\$ |\.Nm |\.Xr )(.* )?tcpstates(-records)?( |$)' \
	    -e 'tcpstates(-records)?\([0-9]' "$page" &&
		fails "$page has an old name"
	! command -v mandoc >/dev/null || mandoc -T lint -W warning "$page" ||
		fails "$page, renamed"
done

mkdir "$scratch/here" && cd "$scratch/here" || exit 99
PATH=$root$prefix/bin:$PATH
HOME=$scratch/here
TERM=dumb
export PATH HOME TERM
tcpstates-pcap --help | grep -q '^Usage: tcpstates-pcap ' ||
	fails '--help calls itself by another name'
python=$(command -v python3) || {
	echo 'no python3: completions not tried'
	exit "$failed"
}
"$python" -B "$top/tests/completions.py" "$root$prefix/share" \
    tcpstates-pcap || fails 'the completions'

install_as 's,$$,-pcap,' uninstall
left=$(find "$root" -type f)
[ -z "$left" ] || fails "make uninstall leaves $left"
exit "$failed"
