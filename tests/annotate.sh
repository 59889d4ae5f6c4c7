#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --annotate: the packets are those of the input, and tshark finds the remarks
# of --segments, and the findings of the records, as comments of their frames.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

tests=${top_srcdir:-.}/tests
shared=${top_srcdir:-.}/../shared/captures
python=$(command -v python3) || { echo 'no python3'; exit 77; }
command -v tshark >/dev/null 2>&1 || { echo 'no tshark'; exit 77; }

# look_at FILE: a line for each frame, as tshark sees it: time, lengths and link
# type, then number and comments.
look_at() {
	tshark -n -r "$1" -T fields -e frame.time_epoch -e frame.len \
	    -e frame.cap_len -e frame.encap_type -e frame.number \
	    -e frame.comment -E occurrence=a -E aggregator='~' 2>"$scratch/err"
}

# Some writers wrap times before 1970, which tshark takes for the far future.
# Blocks without a time, which are no packets, are frames to tshark.
frames_of() {
	awk -F '\t' '$1 == "" { next }
	    $1 < 0 || $1 > 9e9 { $1 = "early" }
	    { print $1, $2, $3, $4 }' "$1"
}

count=0
for capture in "$data"/*.pcap "$data"/*.pcapng "$shared"/*.pcapng \
    "$data"/stories/*.pcap "$shared"/tcprs*.trace \
    "$shared"/zeek__smtp.pcap; do
	[ -f "$capture" ] || continue
	run -J "$capture"
	[ "$status" -ne 1 ] || continue
	sed 1d "$scratch/out" >"$scratch/records"
	run --segments -t r --annotate="$scratch/annotated" "$capture"
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || fails "exit status $status"
	mv "$scratch/out" "$scratch/segments"
	run -J "$scratch/annotated"
	sed 1d "$scratch/out" | cmp -s - "$scratch/records" ||
		fails 'the annotated capture has other records'
	look_at "$capture" >"$scratch/before"
	look_at "$scratch/annotated" >"$scratch/after" ||
		fails 'tshark does not accept the annotated capture'
	frames_of "$scratch/before" >"$scratch/frames"
	frames_of "$scratch/after" | cmp -s - "$scratch/frames" ||
		fails 'tshark sees other frames'
	cut -f 5- "$scratch/after" >"$scratch/comments"
	"$python" "$tests/annotated.py" "$scratch/segments" \
	    "$scratch/comments" "$scratch/records" >"$scratch/wrong" || {
		fails 'comments are not the remarks of --segments and findings'
		sed 's/^/	/' "$scratch/wrong"
	}
	rm -f "$scratch/annotated"
	count=$((count + 1))
done
[ "$count" -gt 0 ] || { echo 'no captures'; exit 77; }

# The section has the diagnosis of the capture.
story=$data/stories/slow-client.pcap
run --diagnose --annotate="$scratch/annotated" "$story"
[ "$status" -eq 0 ] || fails "exit status $status"
LC_ALL=C grep -qa 'client-slow *#1 frame 4' "$scratch/annotated" ||
	fails 'the section does not have the diagnosis'

# comments_of FILE
comments_of() {
	tshark -n -r "$1" -Y frame.comment -T fields -e frame.number \
	    -e frame.comment 2>"$scratch/err"
}

# --trouble: comments of packets with trouble only.
run --annotate="$scratch/annotated" --trouble "$story"
[ "$status" -eq 0 ] || fails "exit status $status"
comments_of "$scratch/annotated" | cut -f 1 >"$scratch/frames"
printf '3\n4\n' | cmp -s - "$scratch/frames" ||
	fails 'comments at other frames than those with trouble'

# A pipe is read once: remarks are there, and findings are not.
run_fed --annotate="$scratch/annotated" -r - <"$story"
[ "$status" -eq 0 ] || fails "exit status $status"
comments_of "$scratch/annotated" >"$scratch/comments"
grep -q 'originator UNSEEN -> SYN-SENT' "$scratch/comments" ||
	fails 'no remarks from a pipe'
! grep -q finding "$scratch/comments" || fails 'findings from a pipe'

# Whatever is chosen, is chosen of findings, too.
run --annotate="$scratch/annotated" --conn=2 "$data/web.pcap"
comments_of "$scratch/annotated" >"$scratch/comments"
! grep -q 'connection [^2]' "$scratch/comments" ||
	fails 'findings of other connections'
run --annotate="$scratch/annotated" --frames=1-3 "$story"
comments_of "$scratch/annotated" | cut -f 1 >"$scratch/frames"
printf '1\n2\n3\n' | cmp -s - "$scratch/frames" ||
	fails 'comments at other frames than those chosen'

# A file that grows before it is read the second time: when one of the two
# descriptors is closed, the first reading is over.
what='--annotate of a file that grows'
cat >"$scratch/grow.py" <<'P'
import os, signal, subprocess, sys, time
program, capture, grows, annotated = sys.argv[1:]
data = open(capture, 'rb').read()
with open(grows, 'wb') as out:
    out.write(data + data[24:] * 1000)
run = subprocess.Popen([program, '-q', '--annotate=' + annotated, grows],
                       stdout=subprocess.DEVNULL)

def count_open():
    count = 0
    for fd in os.listdir(f'/proc/{run.pid}/fd'):
        try:
            count += os.readlink(f'/proc/{run.pid}/fd/{fd}') == grows
        except FileNotFoundError:
            pass
    return count

most = 0
while run.poll() is None:
    run.send_signal(signal.SIGSTOP)
    now = count_open()
    if most == 2 and now == 1:
        with open(grows, 'ab') as out:
            out.write(data[24:])
        run.send_signal(signal.SIGCONT)
        sys.exit(run.wait())
    most = max(most, now)
    run.send_signal(signal.SIGCONT)
    time.sleep(0.01)
sys.exit(77)
P
$python "$scratch/grow.py" "$program" "$data/web.pcap" \
    "$(readlink -f "$scratch")/grows.pcap" "$scratch/annotated" \
    2>"$scratch/err"
status=$?
if [ $status -eq 77 ]; then
	echo "note: $what: read too fast"
else
	[ $status -eq 0 ] || fails "exit status $status"
	grep -q '^tcpstates: --annotate: the input changed' "$scratch/err" ||
		fails "no message about it: $(cat "$scratch/err")"
fi

exit "$failed"
