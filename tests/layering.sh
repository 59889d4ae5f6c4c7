#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Directories are layers: a file includes headers of its own layer and of the
# layers below it, never above.  See HACKING.md for the drawing.
#
# And what was built keeps the promise of the library: it opens nothing,
# prints nothing, asks no clock, allocates in one place, and has no globals.

set -u
: "${top_srcdir:=.}" "${top_builddir:=.}" "${NM:=nm}"
src=$top_srcdir/src
library=$top_builddir/libtcpstates.a
failed=0
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

complain() {
	echo "$*"
	failed=1
}

# What each layer may include, by the first component of the path; capture/
# stands aside: of the core it knows the link types and the frame it fills in.
cat >"$scratch/layers" <<'LAYERS'
base	base
decode	base decode
flow	base decode flow
tcp	base decode flow tcp
diagnosis	base decode flow tcp diagnosis
engine	base decode flow tcp diagnosis engine
compare	base decode flow tcp diagnosis engine compare
print	base decode flow print
pictures	base decode flow tcp diagnosis engine print pictures
records	base decode flow tcp diagnosis engine compare print records
views	base decode flow tcp diagnosis engine compare print pictures records views
top	base decode flow tcp diagnosis engine print records views top
lib	base decode flow tcp diagnosis engine print pictures records views lib
capture	base capture decode/linktype.h decode/frame.h
cli	*
tools	*
LAYERS

# First the table of layers, then every source: one complaint a line.
cat >"$scratch/includes.awk" <<'AWK'
function complain(what) {
	print "src/" file ": " what
}
FNR == 1 {
	file = FILENAME
	sub(/^\.\//, "", file)
	layer = file
	sub(/\/.*/, "", layer)
	is_table = NR == FNR
	if (!is_table && !(layer in known))
		complain("in no known layer")
	first = 1
}
is_table {
	known[$1] = 1
	for (i = 2; i <= NF; i++)
		may[$1, $i] = 1
	next
}
!/^[ \t]*#[ \t]*include/ { next }
{
	header = $0
	is_own = sub(/^[^"<]*"/, "", header)
	sub(/".*/, "", header)
	if (first && file ~ /\.c$/ && header != "config.h")
		complain("config.h comes first")
	first = 0
}
is_own && header == "config.h" {
	if (file ~ /\.h$/)
		complain("a header includes config.h")
	next
}
is_own {
	below = header
	sub(/\/.*/, "", below)
	if (!((layer, below) in may || (layer, header) in may ||
	    (layer, "*") in may))
		complain("includes " header " from above")
}
/<pcap/ && layer !~ /^(capture|cli|tools)$/ { complain("includes libpcap") }
AWK

check_includes() {
	(cd "$src" && find . -type f \( -name '*.[ch]' -o -name '*.def' \) |
	    sort | xargs awk -f "$scratch/includes.awk" "$scratch/layers") \
	    >"$scratch/complaints" || complain "no sources in $src"
	[ -z "$(cat "$scratch/complaints")" ] ||
	    complain "$(cat "$scratch/complaints")"
}

# Files, streams, devices, clocks, processes, surroundings; printf's like do
# with the names that fortification and LFS give them.
impure='pcap_.*
(__)?open(at)?(64)?(_2)?|creat(64)?|f(d|re)?open(64)?|popen|opendir
read|pread(64)?|readv|fread.*|fgets.*|getline|fgetc|getc|getchar
fwrite|fputs|fputc|putc|putchar|puts|perror
(__)?v?f?printf(_chk)?|(__)?v?dprintf(_chk)?|(v)?(err|warn)x?
socket|connect|bind|send(to|msg)?|recv(from|msg)?|ioctl|select|epoll_.*
getaddrinfo|getnameinfo|gethostby.*|getservby.*|if_nametoindex|if_indextoname
time|clock|clock_gettime|gettimeofday|nanosleep|sleep|usleep
getrandom|getentropy|random|arc4random.*
getenv|secure_getenv|setenv|putenv|setlocale|isatty|syslog
exit|_exit|_Exit|atexit|fork|vfork|exec.*|system|kill|raise|signal|sigaction
std(in|out|err)|_?_?std(in|out|err)p'
allocators='malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf'
allocators="$allocators|vasprintf|aligned_alloc|posix_memalign"

# undefined OBJECT-PATTERN < nm -A -u: "object symbol" lines
undefined() {
	$NM -A -u "$library" 2>/dev/null |
	    sed -n 's/^.*[:(]\([A-Za-z0-9_.-]*\.o\)[):]*.* U _*\(.*\)$/\1 \2/p'
}

check_library() {
	if ! [ -f "$library" ]; then
		echo "note: no $library to look into"
		return
	fi
	undefined >"$scratch/undefined"
	if ! [ -s "$scratch/undefined" ]; then
		echo "note: $NM does not speak as expected"
		return
	fi
	# One extended regular expression out of the lines above.
	pattern="^[^ ]* ($(echo "$impure" | tr '\n' '|'))(@.*)?\$"
	grep -E "$pattern" "$scratch/undefined" | sort -u >"$scratch/impure"
	while read -r object symbol; do
		complain "libtcpstates.a: $object uses $symbol"
	done <"$scratch/impure"
	# outbuf.c writes to a descriptor of its caller, and waits where the
	# descriptor does not block; pool.c alone hands out memory.
	pattern="^[^ ]* (writev?|poll|$allocators)(@.*)?\$"
	grep -E "$pattern" "$scratch/undefined" | sort -u >"$scratch/kept"
	while read -r object symbol; do
		case $object:$symbol in
		outbuf.o:write*|outbuf.o:poll|pool.o:*alloc|pool.o:free) ;;
		*)	complain "libtcpstates.a: $object uses $symbol" ;;
		esac
	done <"$scratch/kept"
}

# Writable data, but for the tally and the fault injector of pool.c.  What
# instrumentation adds is not ours, so an instrumented library is not asked.
check_globals() {
	[ -s "$scratch/undefined" ] || return
	if grep -Eq ' _*(asan|ubsan|tsan|msan|gcov|llvm_prof|sanitizer)_' \
	    "$scratch/undefined"; then
		echo 'note: instrumented, not looked into for globals'
		return
	fi
	$NM -A -f sysv "$library" 2>/dev/null |
	    grep -E '\|(\.data|\.bss|\*COM\*)' |
	    grep -Ev '\|\.data\.rel\.ro' |
	    grep -Ev '[:(]pool\.o' >"$scratch/globals"
	while read -r line; do
		complain "libtcpstates.a has a global: $line"
	done <"$scratch/globals"
}

check_includes
check_library
check_globals
exit $failed
