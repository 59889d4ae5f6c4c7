#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The screens of --top over a finished capture, in tmux(1), compared with
# tests/expected/top-*; the modes of the terminal before and after, and while a
# shell has stopped the program.  `topscreens.sh --write' writes the screens.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

command -v tmux >/dev/null || { echo 'no tmux'; exit 77; }
expected=$(cd "$top_srcdir" && pwd)/tests/expected
cp "$data/web.pcap" "$scratch" || exit 99
writes=${1-}
server=tcpstates-$$-0
unset TMUX
term() {
	tmux -u -L "$server" -f /dev/null "$@"
}
trap 'term kill-server 2>/dev/null; rm -rf "$scratch"' EXIT
TMUX_TMPDIR=$scratch
export TMUX_TMPDIR

# The shell is interactive, so that it has jobs to stop and continue.
# begin COLUMNSxLINES TERM LOCALE: a shell in a terminal of that size
begin() {
	what="--top in $1, TERM=$2, $3"
	# A server that ends would still take the next session.
	server=${server%-*}-$((${server##*-} + 1))
	term new-session -d -x "${1%x*}" -y "${1#*x}" \
	    "cd $scratch; exec env TERM=$2 LC_ALL=$3 PS1='@ ' ENV= sh -i" || {
		echo 'tmux does not run'
		exit 77
	}
	has_prompt
}

keys() {
	term send-keys "$@"
}

screen() {
	# The time of day is the only thing that changes.
	term capture-pane -p 2>/dev/null |
	    sed 's/[0-2][0-9]:[0-5][0-9]:[0-6][0-9]$/hh:mm:ss/; s/ *$//'
}

has_pattern() {
	screen | grep -Eq -e "$1"
}

shows() {
	wait_until has_pattern "$1" || {
		fails "the screen does not show \`$1'"
		screen
	}
}

# The terminal echoes what is typed before the shell has the terminal back.
has_prompt() {
	shows '^@$'
}

is_expected() {
	screen >"$scratch/screen"
	cmp -s "$scratch/screen" "$expected/top-$1"
}

# is NAME 'ERE': the screen is the expected one, on which there is this
is() {
	shows "$2"
	if [ "$writes" = --write ]; then
		screen >"$expected/top-$1"
	elif ! wait_until is_expected "$1"; then
		fails "the screen is not tests/expected/top-$1"
		diff "$expected/top-$1" "$scratch/screen"
	fi
}

start() {
	keys "stty -g >before; $program -r web.pcap --top $*" Enter
}

end() {
	keys q
	has_prompt
	keys 'stty -g >after; echo over' Enter
	shows '^over'
	cmp -s "$scratch/before" "$scratch/after" ||
		fails 'the modes of the terminal are not as before'
	term kill-server
}

PATIENCE=60
begin 80x24 xterm C.UTF-8
start
is 80x24 '^>.*filtered'
keys Enter
is 80x24-one '^Esc back'
keys Escape
shows '^ ORIGINATOR'
keys '?'
is 80x24-help '^Keys'
keys x
shows '^ ORIGINATOR'
keys s
is 80x24-sort '^sort by'
keys n
shows '^sort number'
keys '/server'
is 80x24-filter '^filter: server'
keys Escape
shows '^sort number *totals'
# Stopped, the terminal is the shell's.
keys C-z
has_prompt
keys 'stty -g >stopped; echo stopped' Enter
shows '^stopped'
cmp -s "$scratch/before" "$scratch/stopped" ||
	fails 'stopped, the modes of the terminal are not as before'
keys fg Enter
shows '^ ORIGINATOR'
# Smaller than anything, and back.
term resize-window -x 20 -y 5
shows '^too small: 20x5'
term resize-window -x 80 -y 24
shows '^sort number'
end

begin 132x40 xterm C.UTF-8
start
is 132x40 '^>.*filtered'
end

begin 60x20 xterm C.UTF-8
start
is 60x20 '^>'
end

begin 80x24 linux C
start --sort=-age
is 80x24-linux '^sort age reversed'
end

begin 80x24 vt100 C
start --color=never
is 80x24-vt100 '^>.*filtered'
end
exit $failed
