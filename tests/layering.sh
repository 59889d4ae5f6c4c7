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
core='base/* decode/* flow/* tcp/* diagnosis/* engine/*'
may_include() {
	case $1 in
	base)	echo 'base/*' ;;
	decode)	echo 'base/* decode/*' ;;
	flow)	echo 'base/* decode/* flow/*' ;;
	tcp)	echo 'base/* decode/* flow/* tcp/*' ;;
	diagnosis) echo 'base/* decode/* flow/* tcp/* diagnosis/*' ;;
	engine)	echo "$core" ;;
	compare)
		echo "$core compare/*" ;;
	print)	echo 'base/* decode/* flow/* print/*' ;;
	pictures) echo "$core print/* pictures/*" ;;
	records)	echo "$core compare/* print/* records/*" ;;
	views)	echo "$core compare/* print/* pictures/* records/* views/*" ;;
	top)	echo "$core print/* records/* views/* top/*" ;;
	lib)	echo "$core print/* pictures/* records/* views/* lib/*" ;;
	capture)
		echo 'base/* capture/* decode/linktype.h decode/frame.h' ;;
	cli|tools)
		echo '*/*' ;;
	*)	echo '' ;;
	esac
}

# is_one_of PATH PATTERNS
is_one_of() {
	path=$1
	set -f
	# shellcheck disable=SC2086 # the patterns are meant to be split
	set -- $2
	set +f
	for pattern; do
		# shellcheck disable=SC2254 # and to match
		case $path in $pattern) return 0 ;; esac
	done
	return 1
}

check_includes() {
	(cd "$src" && find . -type f \( -name '*.[ch]' -o -name '*.def' \)) |
	    sed 's,^\./,,' | sort >"$scratch/files"
	[ -s "$scratch/files" ] || complain "no sources in $src"
	while read -r file; do
		layer=${file%%/*}
		allowed=$(may_include "$layer")
		[ -n "$allowed" ] || complain "src/$file: in no known layer"
		sed -n 's/^[ 	]*#[ 	]*include[ 	]*"\([^"]*\)".*/\1/p' \
		    "$src/$file" >"$scratch/includes"
		while read -r header; do
			[ "$header" = config.h ] && continue
			is_one_of "$header" "$allowed" ||
			    complain "src/$file: includes $header from above"
		done <"$scratch/includes"
		case $layer in
		capture|cli|tools) ;;
		*)	grep -n '#[ 	]*include[ 	]*<pcap' "$src/$file" &&
			    complain "src/$file: includes libpcap"
			;;
		esac
		case $file in
		*.h)	grep -n '#[ 	]*include[ 	]*"config\.h"' \
			    "$src/$file" &&
			    complain "src/$file: a header includes config.h"
			;;
		*.c)	sed -n '/^#[ 	]*include/{p;q;}' "$src/$file" |
			    grep -q '"config\.h"' ||
			    complain "src/$file: config.h comes first"
			;;
		esac
	done <"$scratch/files"
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
	# The sink of outbuf.c writes to a descriptor that it is given (and
	# waits until it can, where it is a non-blocking one), and the memory of the core is handed out by pool.c alone.
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
