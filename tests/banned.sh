#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# House rules that a machine can see.  Broken rules fail the test: functions
# that are not used here, line comments, a missing licence line, a directory
# that make's built-in .sh rule would write over.  Long lines and functions
# are only reported.

set -u
: "${top_srcdir:=.}"
failed=0
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
cd "$top_srcdir" || exit 99

find man src tests -type f \( -name '*.[ch]' -o -name '*.def' \) | sort \
    >"$scratch/code"
find bootstrap configure.ac Makefile.am .clang-format .editorconfig .ci m4 \
    man src tests data -type f \( -name '*.sh' -o -name '*.py' \
    -o -name '*.m4' -o -name '*.ac' -o -name '*.am' -o -name '*.[1-9]' \
    -o -name '*.in' -o -name '*.awk' -o -name '*.seg' -o -path bootstrap \
    -o -path '.ci/*' -o -path '.clang-format' -o -path '.editorconfig' \) \
    2>/dev/null | sort >"$scratch/other"
find data tests -type f -perm -u+x ! -name '*.sh' ! -name '*.py' |
    while read -r file; do
	read -r first <"$file" 2>/dev/null
	case $first in '#!'*) echo "$file" ;; esac
done >>"$scratch/other"
[ -s "$scratch/code" ] || exit 1

# Comments and strings blanked, lines kept: "file:line:text".
cat >"$scratch/code.awk" <<'AWK'
FNR == 1 { in_comment = 0 }
{
	text = $0
	out = ""
	while (text != "") {
		if (in_comment) {
			end = index(text, "*/")
			if (end == 0)
				break
			text = substr(text, end + 2)
			in_comment = 0
			continue
		}
		if (!match(text, /["'\/]/)) {
			out = out text
			break
		}
		out = out substr(text, 1, RSTART - 1)
		text = substr(text, RSTART)
		c = substr(text, 1, 1)
		two = substr(text, 1, 2)
		if (two == "/*") {
			in_comment = 1
			text = substr(text, 3)
		} else if (two == "//") {
			out = out two
			break
		} else if (c == "/") {
			out = out c
			text = substr(text, 2)
		} else {
			text = substr(text, 2)
			while (text != "" && substr(text, 1, 1) != c)
				text = substr(text,
				    substr(text, 1, 1) == "\\" ? 3 : 2)
			text = substr(text, 2)
			out = out c c
		}
	}
	print FILENAME ":" FNR ":" out
}
AWK

# Comments only: "file:line:text".
cat >"$scratch/comments.awk" <<'AWK'
FNR == 1 { in_comment = 0 }
{
	text = $0
	while (in_comment || (start = index(text, "/*")) > 0) {
		if (!in_comment)
			text = substr(text, start + 2)
		end = index(text, "*/")
		print FILENAME ":" FNR ":" \
		    (end > 0 ? substr(text, 1, end - 1) : text)
		in_comment = end == 0
		if (in_comment)
			break
		text = substr(text, end + 2)
	}
}
AWK

# The same of scripts and tables: from "#" on, "--" of SQL and "dnl" of m4, and
# what stands between triple quotes in Python.
cat >"$scratch/hash.awk" <<'AWK'
FNR == 1 {
	in_text = 0
	is_python = FILENAME ~ /\.py$/ || /^#!.*python/
	mark = FILENAME ~ /\.sql$/ ? "--" : \
	    FILENAME ~ /\.(ac|m4)$/ ? "(#|dnl)" : "#"
}
{
	was_in_text = in_text
	count = is_python ? gsub(/"""/, "&") : 0
	if (count % 2 == 1)
		in_text = !in_text
	if (was_in_text || count > 0)
		print FILENAME ":" FNR ":" $0
	else if (match($0, "(^|[ \t])" mark "([^!]|$)"))
		print FILENAME ":" FNR ":" substr($0, RSTART)
}
AWK

# report PATTERN SENTENCE
report() {
	if grep -E "$1" "$scratch/bare"; then
		echo "$2"
		failed=1
	fi
}

check_code() {
	tr '\n' '\0' <"$scratch/code" |
	    xargs -0 awk -f "$scratch/code.awk" >"$scratch/bare"
	functions='v?sprintf|strcpy|strcat|strncat|stpcpy|strtok|ato[ilf]|atoll'
	functions="$functions|gets|localtime|gmtime|ctime|asctime|s?rand|rand_r"
	functions="$functions|alloca|tmpnam|mktemp"
	report ":.*(^|[^A-Za-z0-9_])($functions)[ 	]*\\(" \
	    '^ not used here: see HACKING.md'
	report ':[0-9]+:.*//' '^ comments are /* like this */'
	report ':[0-9]+:[ 	]*#[ 	]*if 0' '^ no code that is switched off'
	report ':[0-9]+:.*(^|[^A-Za-z0-9_])return \([^()]*\);' \
	    '^ return without parentheses'
	tr '\n' '\0' <"$scratch/code" | xargs -0 grep -n '[ 	]$' && {
		echo '^ blanks at the end of a line'
		failed=1
	}
}

check_licence() {
	# Not nextfile: a line which is no heading costs less than a fork.
	cat "$scratch/code" "$scratch/other" | tr '\n' '\0' | xargs -0 awk '
	FNR == 1 { bare[FILENAME] = 1 }
	FNR <= 5 && /SPDX-License-Identifier: BSD-2-Clause/ {
		delete bare[FILENAME]
	}
	END {
		for (file in bare)
			print file ": no SPDX line at its head"
	}' >"$scratch/unlicensed"
	if [ -s "$scratch/unlicensed" ]; then
		cat "$scratch/unlicensed"
		failed=1
	fi
}

# Words that a network engineer would not use, in comments and in documents:
# functions and data are no persons, and a byte is a byte.
check_words() {
	words='who|whom|whoever|nought|hangs? off|(is|are|was|were) told'
	words="$words|so many|octets?"
	tr '\n' '\0' <"$scratch/code" |
	    xargs -0 awk -f "$scratch/comments.awk" >"$scratch/prose"
	{
		grep -v '\.[1-9]$' "$scratch/other"
		find .clang-tidy data tests debian -type f \( -name '*.spec' \
		    -o -name '*.jq' -o -name '*.sql' -o -name '*.yaml' \
		    -o -name '*.list' -o -name '*.txt' -o -path .clang-tidy \
		    -o -path 'debian/*' \) 2>/dev/null
	} | sort -u | tr '\n' '\0' |
	    xargs -0 awk -f "$scratch/hash.awk" >>"$scratch/prose"
	grep -n '' README.md HACKING.md SECURITY.md NEWS man/*.[1-9] \
	    >>"$scratch/prose"
	# Not in the name of a file.
	if grep -iE "^[^:]*:[0-9]*:(.*[^a-z0-9_])?($words)([^a-z0-9_]|\$)" \
	    "$scratch/prose"; then
		echo '^ not said here: name the thing (HACKING.md, Style)'
		failed=1
	fi
}

# A long file of the core says at its head why it is not two.
check_lengths() {
	find src/base src/decode src/flow src/tcp src/engine src/diagnosis \
	    src/compare -name '*.c' -size +8k | sort | while read -r file; do
		[ "$(wc -l <"$file")" -le 600 ] ||
			head -n 8 "$file" | grep -q 'More than 600 lines: ' ||
			echo "$file: over 600 lines, and no reason at its head"
	done >"$scratch/long"
	if [ -s "$scratch/long" ]; then
		cat "$scratch/long"
		failed=1
	fi
}

# See the trap in Makefile.am.
check_directories() {
	find src tests man data -name '*.sh' | while read -r script; do
		if [ -e "${script%.sh}" ]; then
			echo "${script%.sh}: make would write $script over it"
		fi
	done >"$scratch/overwritten"
	if [ -s "$scratch/overwritten" ]; then
		cat "$scratch/overwritten"
		failed=1
	fi
}

warn_long() {
	# shellcheck disable=SC2016 # awk's own variables
	tr '\n' '\0' <"$scratch/code" | xargs -0 awk '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ && start {
		if (FNR - start > 81)
			print "note: " FILENAME ":" start ": a function of " \
			    FNR - start - 1 " lines"
		start = 0
	}
	{
		width = 0
		count = split($0, part, "\t")
		for (i = 1; i < count; i++) {
			width += length(part[i])
			width += 8 - width % 8
		}
		width += length(part[count])
		if (width > 80)
			print "note: " FILENAME ":" FNR ": " width " columns"
	}'
}

check_code
check_licence
check_words
check_directories
check_lengths
warn_long
exit $failed
