#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# --metrics: a page for Prometheus, which agrees with the records, is replaced
# as a whole, and is written to the end.

# shellcheck disable=SC2317 # functions that wait_until calls
# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

cp "$data/web.pcap" "$data/grafana.json" "$scratch"
cd "$scratch" || exit 99
mkdir -m 1777 pages

# value SAMPLE: of the page
value() {
	sed -n "s/^tcpstates_$1,*interface=\"[^\"]*\"} //p" pages/a.prom
}

# wants_value VALUE SAMPLE
wants_value() {
	got=$(value "$2")
	[ "$got" = "$1" ] || fails "$2: '$got', not $1"
}

of_a_file() {
	run --metrics=pages/a.prom web.pcap
	wants 0 ''
	wants_report
	wants_value 156 'frames_total{verdict="segments"'
	wants_value 8 'connections_total{'
	wants_value 4 'connections_ended_total{reason="fin"'
	wants_value 1 'connections_ended_total{reason="no-answer"'
	wants_value 82 'segments_total{from="originator"'
	wants_value 15 \
	    'judged_segments_total{judgement="duplicate_ack",from="originator"'
	wants_value 6 'handshake_rtt_seconds_count{to="responder"'
	wants_value 6 'handshake_rtt_seconds_bucket{to="responder",le="+Inf"'
	wants_value 8 'connection_duration_seconds_count{'
	[ "$(grep -vc '^#' pages/a.prom)" -lt 200 ] || fails 'too many series'
	[ ! -e pages/a.prom.tmp ] || fails 'the file beside it is left'
	[ "$(find pages/a.prom -perm -444)" ] || fails 'not readable for all'
	run --metrics=pages/b.prom -J web.pcap
	wants 0 ''
	cmp -s pages/a.prom pages/b.prom || fails 'another page with -J'
}

# Values of labels may have any character.
escapes() {
	cp web.pcap 'a"b\c.pcap'
	run --metrics=pages/c.prom 'a"b\c.pcap'
	wants 0 ''
	grep -qF 'interface="a\"b\\c.pcap"' pages/c.prom ||
	    fails 'not escaped'
}

checks() {
	command -v promtool >/dev/null || return 0
	what='promtool check metrics'
	for page in pages/*.prom; do
		promtool check metrics <"$page" >out 2>&1 ||
		    fails "$page: $(head -n 3 out)"
	done
}

# Of a pipe: a page at the start, and the next each interval.
replaced() {
	# The page that of_a_file() left has the value that is waited for.
	rm -f fifo pages/a.prom
	mkfifo fifo
	"$program" --metrics=pages/a.prom --interval=100ms -r fifo >out \
	    2>err &
	pid=$!
	what='a pipe'
	exec 9>fifo
	cat web.pcap >&9
	wait_until has_value 8 'connections_total{' ||
	    fails 'no page while it reads'
	# No limit, so nothing has ended.
	wants_value 0 'connections_ended_total{reason="fin"'
	exec 9>&-
	wait $pid
	wants_value 4 'connections_ended_total{reason="fin"'
}

has_value() {
	[ "$(value "$2")" = "$1" ]
}

# Every metric and word that the dashboard asks for is on the page.
dashboard() {
	what=data/grafana.json
	command -v python3 >/dev/null || return 0
	python3 - grafana.json pages/a.prom <<'END' || fails 'see above'
import json, re, sys

board = json.load(open(sys.argv[1]))
page = open(sys.argv[2]).read()
queries = [target["expr"] for panel in board["panels"]
           for target in panel.get("targets", [])]
live = {"tcpstates_kernel_dropped_packets_total",
        "tcpstates_interface_dropped_packets_total"}
missing = [name for query in queries
           for name in re.findall(r"tcpstates_\w+", query)
           if name not in live and name + "{" not in page]
for query in queries:
    for label, words in re.findall(r'(reason|judgement)=~?"([^"]+)"', query):
        missing += [word for word in words.split("|")
                    if '%s="%s"' % (label, word) not in page]
if not queries or missing:
    sys.exit("missing: %s" % missing)
END
}

# node_exporter, where it is installed, reads the page and serves its samples.
exporter() {
	command -v prometheus-node-exporter >/dev/null || return 0
	command -v python3 >/dev/null || return 0
	what='prometheus-node-exporter'
	mkdir -m 1777 served
	run --metrics=served/a.prom web.pcap
	wants 0 ''
	port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])') || return 0
	prometheus-node-exporter --collector.disable-defaults \
	    --collector.textfile --collector.textfile.directory=served \
	    --web.listen-address="127.0.0.1:$port" >exporter.log 2>&1 &
	pid=$!
	wait_until fetch || { fails 'no answer'; cat exporter.log; }
	kill $pid
	wait $pid 2>/dev/null
	grep -q '^node_textfile_scrape_error 0' served.txt ||
		fails 'the page cannot be read'
	sed -n 's/^\(tcpstates_[a-z_]*\).*/\1/p' served/a.prom | sort -u >names
	[ -s names ] || fails 'a page without metrics'
	while read -r name; do
		grep -q "^${name}[{ ]" served.txt || fails "no $name"
	done <names
}

fetch() {
	python3 -c 'import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
sys.stdout.buffer.write(opener.open(sys.argv[1], timeout=5).read())' \
	    "http://127.0.0.1:$port/metrics" >served.txt
}

refuses() {
	run --metrics=pages/a.prom --only=reset web.pcap
	wants_only 2 '--only does not go with --metrics'
	run --metrics=pages/a.prom --conn=1 web.pcap
	wants_only 2 '--conn does not go with --metrics'
	run --metrics=pages/a.prom --no-analysis web.pcap
	wants_only 2 '--metrics does not go with --no-analysis'
	run --metrics=missing/a.prom web.pcap
	wants 1 '--metrics: missing/a.prom: No such file'
	run --metrics=pages/a.prom -o pages/a.prom web.pcap
	wants 2 'pages/a.prom: two outputs'
	mkdir -p closed
	chmod 755 closed
	[ "$(id -u)" -eq 0 ] || chmod 555 closed
	run --metrics=closed/a.prom web.pcap
	wants 1 '--metrics: closed/a.prom: Permission denied'
	# The same for -o, which goes on.
	what='-o in a closed directory'
	[ "$(id -u)" -ne 0 ] && chmod 755 closed && : >closed/report &&
	    chmod 555 closed
	rm -f fifo
	mkfifo fifo
	"$program" -o closed/report -r fifo >out 2>err &
	pid=$!
	cat web.pcap >fifo
	wait $pid
	status=$?
	wants 0 '-o: closed/report: SIGHUP will not be able to create'
}

of_a_file
escapes
checks
replaced
dashboard
exporter
refuses
exit "$failed"
