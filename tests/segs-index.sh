#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/segs/INDEX.md lists the scripts by family, with the first sentence of
# each and the sections that it names; --write writes the index anew.

set -eu
: "${top_srcdir:=.}"
segs=$top_srcdir/tests/segs
index=$(mktemp)
trap 'rm -f "$index"' EXIT

{
	echo '# Scripts of segments'
	echo
	echo 'Made by `tests/segs-index.sh --write`; the notation is in `../seg.h`.'
	for script in "$segs"/*.seg; do
		awk '
		!/^#/ && text != "" { ended = 1 }
		/^#/ && !/SPDX/ && !ended {
			line = $0
			sub(/^# ?/, "", line)
			text = text (text == "" ? "" : " ") line
		}
		{
			line = $0
			while (match(line, /RFC [0-9]+(, (figures? )?[0-9]+(\.[0-9]+)*)?/)) {
				named = substr(line, RSTART, RLENGTH)
				line = substr(line, RSTART + RLENGTH)
				if (!(named in seen)) {
					seen[named] = 1
					sections = sections (sections == "" ? "" : "; ") named
				}
			}
		}
		END {
			if (match(text, /[.:?] /))
				text = substr(text, 1, RSTART)
			name = FILENAME
			sub(/.*\//, "", name)
			sub(/\.seg$/, "", name)
			family = name
			sub(/[-_].*/, "", family)
			gsub(/\|/, "\\|", text)
			print family "\t| `" name "` | " text " | " sections " |"
		}' "$script"
	done | LC_ALL=C sort | awk -F '\t' '
	$1 != family {
		family = $1
		print "\n## " family "\n\n| Script | Story | Sections |\n|---|---|---|"
	}
	{ print $2 }'
} >"$index"

if [ "${1-}" = --write ]; then
	cat "$index" >"$segs/INDEX.md"
elif ! cmp -s "$index" "$segs/INDEX.md"; then
	echo 'tests/segs/INDEX.md is not up to date: tests/segs-index.sh --write'
	diff "$segs/INDEX.md" "$index" | head -n 20
	exit 1
fi
! grep '|  |  |$' "$index" || { echo '^ no story at its head'; exit 1; }
