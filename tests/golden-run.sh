#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs what golden.list says and compares everything that can be seen of it,
# standard output, standard error and exit status, with expected/NAME.
#
#	golden-run.sh			all of it
#	golden-run.sh NAME...		these
#	REGEN=yes golden-run.sh ...	writes expected/NAME (see regen)

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

tests=$(cd "$top_srcdir/tests" && pwd) || exit 99
data=$(cd "$data" && pwd) || exit 99
wanted=" $* "
compared=0
left_out=0
TZ=UTC0
LC_ALL=C
export TZ LC_ALL
cd "$scratch" || exit 99

# A sample is in data/, or one of the few that tests/captures/ has besides.
find_capture() {
	for found in "$data/$1" "$tests/captures/$1"; do
		[ -f "$found" ] && return
	done
	echo "no capture $1"
	exit 99
}

# make_input SPEC: the file `input` is what the second column asks for.
make_input() {
	find_capture "${1##*:}"
	input=${1##*:}
	case $1 in
	cut-*)	bytes=${1#cut-}
		bytes=$(($(wc -c <"$found") - ${bytes%%:*}))
		head -c "$bytes" "$found" >"$input" ;;
	*:*)	python3 "$tests/mangle.py" "${1%%:*}" "$found" >"$input" ;;
	*)	cp "$found" "$input" ;;
	esac
}

# see INPUT OPTION...: all there is to see, with marks between.
see() {
	case $1 in
	'<'*)	shift
		"$program" --deterministic "$@" <"$input" >out 2>err ;;
	*)	shift
		"$program" --deterministic "$@" "$input" >out 2>err ;;
	esac
	seen_status=$?
	cat out
	echo '== standard error'
	cat err
	echo "== exit status $seen_status"
}

# one NAME INPUT OPTION...
one() {
	name=$1
	spec=$2
	shift 2
	case $wanted in
	'  ' | *" $name "*) ;;
	*) return ;;
	esac
	case $spec in
	*cut-*) ;;
	*:*)	command -v python3 >/dev/null || {
			left_out=$((left_out + 1))
			return
		} ;;
	esac
	make_input "${spec#<}" || exit 99
	eval "see \"\$spec\" $*" >seen
	compared=$((compared + 1))
	if [ -n "${REGEN-}" ]; then
		cp seen "$tests/expected/$name"
	elif ! cmp -s "$tests/expected/$name" seen; then
		what="$name: tcpstates $* ($spec)"
		fails "differs from expected/$name"
		diff "$tests/expected/$name" seen | head -n 20
	fi
	rm -f "$input"
}

while read -r name spec options; do
	case $name in '' | '#'*) continue ;; esac
	one "$name" "$spec" "$options"
done <"$tests/golden.list"
[ "$left_out" -eq 0 ] || echo "$left_out left out: no python3"
echo "$compared compared"
[ "$compared" -gt 0 ] || exit 99
exit "$failed"
