#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What the program says when something is not as it should be: each message,
# its exit status, and whether there is a report all the same.

# shellcheck source=tests/cli-lib.sh
. "${top_srcdir:-.}/tests/cli-lib.sh"

web=$data/web.pcap
[ -f "$web" ] || { echo "no $web"; exit 77; }
cd "$scratch" || exit 99
case $web in /*) ;; *) web=$OLDPWD/$web; data=$OLDPWD/$data ;; esac
cp "$web" web.pcap
web_octets=$(($(wc -c <web.pcap)))

# A display filter of Wireshark is no capture filter.
display_filters() {
	while IFS=@ read -r filter instead; do
		run web.pcap "$filter"
		wants_only 2 ".*display filter of Wireshark, .*; here: $instead"
	done <<-'END'
	tcp.port==80@port 80 
	ip.addr == 192.0.2.1 && tcp@host 192[.]0[.]2[.]1 
	(ip.src eq 192.0.2.1)@src host 192[.]0[.]2[.]1 
	tcp.stream eq 3@--conn=4 
	tcp and tcp.dstport in {443}@dst port 443 
	tcp.analysis.retransmission@--segments 
	frame.number in {12}@--segments --frames=12 
	tcp.flags.reset==1@--only=reset 
	tcp.flags.syn==1@'tcp.tcpflags. & tcp-syn != 0' 
	tcp.port != 80@not port 80 
	frame.len==60@len = 60 
	ip.src==192.0.2.1 and tcp.dstport==80@src host 192.0.2.1 and dst port 80 
	tcp.port==80 || tcp.port eq 443@port 80 or port 443 
	tcp.stream==000000000000000000000005@--conn=6 
	ip.src==192.0.2.0/24@src net 192[.]0[.]2[.]0/24 
	ip.addr in { "192.0.2.1" } and tcp.port==80@host 192[.]0[.]2[.]1 and port 80 
	(ip.addr==192.0.2.1)&&tcp.port ne 22@host 192.0.2.1 and not port 22 
	END
	# Half of an answer would be a wrong one.
	while read -r filter; do
		run web.pcap "$filter"
		wants_only 2 '.*is a display filter of Wireshark, not a capture filter [(]'
	done <<-'END'
	http.request.method == GET
	tcp.port==80 && http.host=="a"
	tcp.port==80 && tcp.stream==3
	tcp.port==80 && ip.src==192.0.2.1 || tcp.port==443
	!(tcp.port==80)
	not tcp.port==80
	tcp.port > 1024
	tcp.flags.syn==0
	tcp.stream != 3
	tcp.port in {80 443}
	tcp.port in {80, 443}
	tcp.port in {80..90}
	tcp.port==
	tcp.port==80 && http
	tcp.port==80 || tcp
	tcp.stream==5 || 6
	END
	run tcp.port==80 web.pcap
	wants_only 2 '.*is a display filter of Wireshark'
	run web.pcap 'tcp[13] & 2 != 0 and (port 80 or len > 100)'
	wants 0 ''
}

# One screen; and what it names is an option.
short_help() {
	run -h
	wants 0 ''
	[ "$(wc -l <out)" -le 24 ] || fails 'more than one screen'
	! grep -q '.\{81\}' out || fails 'wider than a screen'
	"$program" --help >all
	grep -oE -e '--[a-z]+|^ +.* -[a-zA-Z]\>' out |
	    grep -oE -e '--?[a-zA-Z]+' | sort -u >named
	while read -r option; do
		grep -qE -e "$option\\>" all || fails "no option $option"
	done <named
}

frames() {
	"$program" --no-header --segments web.pcap >whole
	run --no-header --segments --frames=12-14,30 web.pcap
	wants 0 ''
	[ "$(grep -cE '^ *[0-9]+ +(12|13|14|30) ' out)" -eq 4 ] ||
	    fails 'not these frames'
	[ "$(grep -cE '^ *[0-9]+ +[0-9]+ ' out)" -eq 4 ] ||
	    fails 'other frames'
	grep -vxFf whole out && fails 'other lines'
	run -J --segments --frames=12- web.pcap
	wants 0 ''
	[ "$(grep -c '"type":"segment"' out)" -eq 145 ] ||
	    fails 'not the records of these frames'
	run --states --frames=1-2 --no-header web.pcap
	wants 0 ''
	"$program" --states --no-header web.pcap >whole
	head -n "$(wc -l <out)" whole | cmp -s - out || fails 'other changes'
	run --frames=1 web.pcap
	wants_only 2 '--frames is for --segments, --states and --annotate'
	for which in --segments '--segments=1 --no-header'; do
		# shellcheck disable=SC2086 # several words
		run $which --frames=5000 web.pcap
		wants 0 ''
		grep -qx 'no segment.* at these frames, of 156 in all' out ||
		    fails 'not said that there is none'
		[ "$(wc -l <out)" -eq 1 ] || fails 'a legend of nothing'
	done
	run --segments --frames=5 web.pcap
	head -n 1 out | grep -q '^+ms ' || fails 'no legend'
	run --segments --frames=0 web.pcap
	wants_only 2 "--frames: '0' begins with 0"
}

# Item 2: of two views, neither is ignored.
pairs() {
	for view in --table --states --segments --diagnose --by=server -J \
	    --csv '--stream -J'; do
		# shellcheck disable=SC2086 # several words
		run -v $view web.pcap
		wants_only 2 '-v adds to the report: it does not go with '
	done
	views='--table --states --segments --diagnose --by=server'
	for view in $views; do
		for other in $views '--stream -J'; do
			[ "$view" != "$other" ] || continue
			# shellcheck disable=SC2086 # several words
			run $view $other web.pcap
			wants_only 2 '.* (do not go together|does not go with)'
		done
	done
	run -v --interval=1s web.pcap
	wants 0 ''
	wants_report
	run --append web.pcap
	wants_only 2 '--append is for -o: add -o FILE'
	run --clocks=synchronised web.pcap
	wants_only 2 '--clocks is for --compare: add it'
}

numbers() {
	run --segments 3 web.pcap
	wants 0 ''
	mv out separate
	run --segments=3 web.pcap
	cmp -s out separate || fails 'not as with ='
	cp web.pcap 3
	run --segments 3 -c 5
	wants 0 ''
	rm 3
	run --conn=99 web.pcap
	wants_only 1 'no connection 99: there are 8 connections'
	for view in -J --csv --table -v; do
		run --conn=99 $view web.pcap
		wants_only 1 'no connection 99: there are 8 connections'
	done
	run --segments=99 web.pcap
	wants_only 1 'no connection 99: there are 8 connections'
	run --conn=99,3 web.pcap
	wants 0 ''
	run --json web.pcap
	wants 0 ''
	run --color=no web.pcap
	wants 0 ''
	run --no-color web.pcap
	wants 0 ''
}

usage() {
	run
	wants_only 2 'no capture given' 3
	run tcp port 80
	wants_only 2 "no input: 'tcp' is not a file"
	run missing.pcap
	wants_only 1 'missing\.pcap: no such file'
	for words in missing.pcap missing.pcap.gz 'missing.cap web.pcap'; do
		# shellcheck disable=SC2086 # several words
		run web.pcap $words
		wants_only 1 'missing\.p?cap(\.gz)?: no such file'
	done
	run -r web.pcap -i lo
	wants_only 2 '-r and -i are mutually exclusive'
	run --nonsense web.pcap
	wants_only 2 "unknown option '--nonsense'"
	run --tabel web.pcap
	wants_only 2 "unknown option '--tabel': did you mean --table[?]"
	run --idel-timeout=3 web.pcap
	wants_only 2 ".*'--idel-timeout=3': did you mean --idle-timeout[?]"
	run --str web.pcap
	wants_only 2 "unknown option '--str': --stream or --strict[?]"
	run --sort=rtt web.pcap
	wants_only 2 ".*'rtt' is not a key of the records; similar keys: rtt_"
	run --sort=durration web.pcap
	wants_only 2 ".*similar keys: duration"
	run --sort=qqqq web.pcap
	wants_only 2 ".*'qqqq' is not a key of the records"
	run -j web.pcap
	wants_only 2 "unknown option '-j'"
	run -r
	wants_only 2 '-r needs its argument FILE'
	run --read
	wants_only 2 '--read needs its argument'
	run --table=3 web.pcap
	wants_only 2 "'--table=3' takes no argument"
	run -c many web.pcap
	wants_only 2 "-c: 'many' is not a number"
	run -c 0 web.pcap
	wants_only 2 "-c: '0' is too small"
	run -i lo -s 9999999
	wants_only 2 "-s: '9999999' is too large"
	run -i lo -B 12Q
	wants_only 2 "-B: '12Q' is not a size"
	run --duration=soon web.pcap
	wants_only 2 "--duration: 'soon' is not a time"
	run --only=odd web.pcap
	wants 2 "--only: 'odd' "
	run --conn=x web.pcap
	wants 2 "--conn: 'x' "
	run --sort=nothing web.pcap
	wants 2 "--sort: 'nothing' "
	run --limit=x web.pcap
	wants 2 "--limit: 'x' "
	run --states --no-analysis web.pcap
	wants_only 2 '--states does not go with --no-analysis: without the analysis'
	run -t z web.pcap
	wants_only 2 "-t: 'z' is not one of"
	run --format=xml web.pcap
	wants_only 2 "--format: 'xml' is not one of"
	run --color=blue web.pcap
	wants_only 2 "--color: 'blue' is not one of"
	run -p web.pcap
	wants_only 2 '-p is for live capture: it needs -i'
	run --immediate-mode web.pcap
	wants_only 2 '--immediate-mode is for live capture'
	run -i lo -Q up
	wants_only 2 "-Q: 'up' is not one of"
	run --html=- web.pcap
	wants_only 2 '--html=- writes to standard output: add -o FILE'
	run --annotate=- web.pcap
	wants_only 2 '--annotate=- writes to standard output: add -o FILE'
	for option in svg xpl metrics; do
		run --$option=- web.pcap
		wants_only 2 "--$option: '-' is standard output: name a file"
	done
	run --html=- --annotate=- -o "$scratch/report" web.pcap
	wants_only 2 'standard output: two outputs would overwrite each other'
	run -w - web.pcap
	wants_only 2 '-w - writes the packets to standard output: add -o FILE'
	run -w - -o - web.pcap
	wants_only 2 '-w - writes the packets to standard output: add -o FILE'
	run --states -J web.pcap
	wants_only 2 '--states and records .* do not go together'
	run --states --table web.pcap
	wants_only 2 '--table and --states do not go together'
	run --states --sort=bytes web.pcap
	wants_only 2 '--sort does not go with --states: --states prints each'
	run --segments --only=open web.pcap
	wants_only 2 '--only does not go with --segments: --segments prints'
	run --stream web.pcap
	wants_only 2 '--stream writes records: add -J or --csv'
	run --stream -J --sort=bytes web.pcap
	wants_only 2 '--sort does not go with --stream: --stream writes each'
	run --stream -J --limit=1 web.pcap
	wants_only 2 '--limit does not go with --stream'
	run --interval=1 --csv web.pcap
	wants_only 2 '--interval does not go with --csv: a row of CSV is a connection'
	run --interval=1 --states web.pcap
	wants_only 2 '--interval does not go with --states'
	run --interval=0 web.pcap
	wants_only 2 "--interval: '0' is too small"
	run --max-conns=many web.pcap
	wants_only 2 "--max-conns: 'many' is not a number"
	run --idle-timeout=soon web.pcap
	wants_only 2 "--idle-timeout: 'soon' is not a time"
	run -L
	wants_only 2 '-L is for live capture'
}

files() {
	run -r missing.pcap
	wants_only 1 'missing\.pcap: no such file'
	# A regular file that cannot be read.
	if [ -r /proc/self/mem ]; then
		run -r /proc/self/mem
		wants_only 1 '/proc/self/mem: cannot be read: '
	fi
	run -r web.pcap/x
	wants_only 1 'web\.pcap/x: no such file'
	mkdir directory
	run -r directory
	wants_only 1 'directory: is a directory; .*directory/\*\.pcap'
	: >empty
	run -r empty
	wants_only 1 'empty: is empty'
	run_fed -r - </dev/null
	wants_only 1 'standard input: is empty'
	run -r - </dev/null
	wants_only 1 'standard input: is empty'
	echo 'this is no capture, whatever its name' >text.pcap
	run -r text.pcap
	wants_only 1 'text\.pcap: is not a pcap or pcapng capture.*editcap'
	run_fed -r - <text.pcap
	wants_only 1 'standard input: is not a pcap or pcapng capture'
	head -c 3 web.pcap >three
	run -r three
	wants_only 1 'three: is not a pcap or pcapng capture'
	head -c 17 web.pcap >header
	run -r header
	wants_only 1 'header: holds no packet: '
	# All that is wrong is said at once, and nothing is read before.
	run -r web.pcap -r missing.pcap -r empty
	wants_only 1 'missing\.pcap: no such file' 2
	wants 1 'empty: is empty'
	bytes '\3757zXZ\000\000\000' >x.xz
	run -r x.xz
	wants_only 1 'x\.xz: is compressed with xz, .*xzcat x\.xz \| tcpstates -r -'
	run web.pcap -w web.pcap
	wants_only 2 'web\.pcap: is also the input'
	run -o web.pcap web.pcap
	wants_only 2 'web\.pcap: is also the input'
	[ "$(wc -c <web.pcap)" -eq "$web_octets" ] ||
		fails 'the input was overwritten'
	# As with `--html *.pcap`: words are not written over another capture.
	cp web.pcap other.pcap
	for option in -o --html --metrics; do
		run "$option" other.pcap web.pcap
		wants_only 2 "other\.pcap: is a capture, and $option would overwrite"
	done
	cmp -s other.pcap web.pcap || fails 'the other capture was overwritten'
	run -w other.pcap web.pcap
	[ "$status" -eq 0 ] || fails '-w does not overwrite a capture'
	# Nor two outputs in one file, whatever it is called.
	clash='two outputs would overwrite each other there'
	echo kept >kept
	ln kept hard
	ln -s fresh soft
	run -o kept -w kept web.pcap
	wants_only 2 "kept: $clash"
	run -o kept -w ./hard web.pcap
	wants_only 2 "\./hard: $clash"
	[ "$(cat kept)" = kept ] || fails 'it was overwritten all the same'
	run -o fresh -w ./fresh web.pcap
	wants_only 2 "\./fresh: $clash"
	rm -f fresh
	run -o soft -w fresh web.pcap
	wants_only 2 "fresh: $clash"
	run -w out web.pcap
	wants_only 2 "out: $clash"
	run -o out -w - web.pcap
	wants_only 2 "standard output: $clash"
	run -o /dev/null -w /dev/null web.pcap
	wants 0 ''
	run -o directory/none/x web.pcap
	wants_only 1 '-o: directory/none/x: '
	run -w directory/none/x web.pcap
	wants_only 1 '-w: directory/none/x: '
}

# Text from outside cannot speak to the terminal.
escapes() {
	name=$(bytes 'e\033[31mvil\a')
	run -r "$name"
	wants_only 1 'e\\x1b\[31mvil\\x07: no such file'
	run -r web.pcap "$name"
	LC_ALL=C grep -q "$(bytes '[\001-\010\013-\037\177]')" err &&
		fails 'a control byte in a message'
	cp web.pcap "$name"
	run -J "$name"
	wants 0 ''
	LC_ALL=C grep -q "$(bytes '[\001-\010\013-\037\177]')" out &&
		fails 'a control byte in a record'
	rm -f "$name"
	# Nor turn round what stands behind it, nor hide.
	name=$(bytes 'a\342\200\256pacp.\342\201\246b\357\273\277')
	run -r "$name"
	wants_only 1 'a\\xe2\\x80\\xaepacp\.\\xe2\\x81\\xa6b\\xef\\xbb\\xbf: no such file'
	cp web.pcap "$name"
	run -J "$name"
	wants 0 ''
	grep -q '"input":"a\\u202epacp.\\u2066b\\ufeff"' out ||
		fails 'not escaped in a record'
	rm -f "$name"
}

permission() {
	can_be_ordinary || return 0
	cp web.pcap secret.pcap
	chmod 000 secret.pcap
	what='tcpstates -r secret.pcap'
	ordinary "$program" -r secret.pcap >out 2>err
	status=$?
	wants_only 1 'secret\.pcap: permission denied; '
	[ -d /sys/class/net/lo ] || return 0
	what='tcpstates -i lo, as an ordinary user'
	ordinary "$program" -i lo >out 2>err
	status=$?
	wants_only 1 'lo: no permission to capture' 2
	wants 1 'hint: use sudo, or: sudo setcap cap_net_raw=eip /.*tcpstates'
	what='tcpstates -i nonesuch0, as an ordinary user'
	ordinary "$program" -i nonesuch0 >out 2>err
	status=$?
	wants_only 1 'nonesuch0: no such interface; there are: .*lo.*-D'
}

interfaces() {
	[ -d /sys/class/net/lo ] || return 0
	run -i nonesuch0
	wants_only 1 'nonesuch0: no such interface; there are: .*lo.*-D'
	run -i 987
	wants_only 1 '987: no such interface'
	run -i nonesuch0 -L
	wants_only 1 'nonesuch0: no such interface'
	run -D
	wants 0 ''
	grep -Eq '^[0-9]+ +lo +up +127\.0\.0\.1|^[0-9]+ +lo +down' out ||
		fails 'lo is not listed'
}

# An interface may be called nearly anything.
odd_interfaces() {
	[ "$(id -u)" -eq 0 ] && command -v ip >/dev/null || return 0
	name=$(bytes 'a\033[\342\200\256\302\2330"')
	cat >odd.sh <<'END'
ip link add "$2" type veth peer name v0 && ip link set "$2" up &&
    ip link set v0 up || exit 77
"$1" -D >list
"$1" -i nonesuch0 2>>list
"$1" -J -i "$2" --duration=100ms >out 2>>list
END
	what='an interface with a name of control bytes'
	unshare -n sh odd.sh "$program" "$name" 2>/dev/null
	[ $? -ne 77 ] || return 0
	# The kernel takes its time to find the link.
	grep -Eq ' a\\x1b\[\\xe2\\x80\\xae\\xc2\\x9b0" +(up|no link)' list || {
		fails 'not listed'
		cat list
	}
	grep -q 'nonesuch0: no such interface; there are: .*a\\x1b' list ||
		fails 'not proposed'
	grep -q '"input":"a\\u001b\[\\u202e\\u009b0\\""' out || fails 'no record'
	LC_ALL=C grep -q "$(bytes '[\001-\010\013-\037\177-\377]')" list out &&
		fails 'a byte that is not visible ASCII'
}

filters() {
	run -r web.pcap tcp and and
	wants_only 2 "filter 'tcp and and': .*syntax error"
	run -r web.pcap -f 'portt 80'
	wants_only 2 "filter 'portt 80': "
	echo 'tcp or' >filter
	run web.pcap -F filter
	wants_only 2 "filter 'tcp or *': "
	run -F missing web.pcap
	wants_only 1 '-F: missing: '
	run -F filter -r web.pcap tcp
	wants_only 2 'the filter is given twice'
	# A file where a filter is read, see CLI.
	run -r web.pcap web.pcap
	wants_only 2 "'web\.pcap' is not a filter; to read a file use -r web\.pcap"
	: >tcp
	run -r web.pcap tcp and and
	wants_only 2 "filter 'tcp and and': .*syntax error" 2
	wants 2 "'tcp' is not a filter; to read a file use -r tcp"
	run -r web.pcap tcp
	wants 0 ''
	rm tcp
	# However long it is.
	long=$(printf 'tcp or %.0s' $(seq 2000))tcp
	run -4 web.pcap
	mv out four.out
	run -4 web.pcap "$long"
	what='a filter of 14000 letters, and -4'
	wants 0 ''
	cmp -s out four.out || fails 'another report than without it'
	run web.pcap port 4
	wants 0 'the filter matched none of [0-9]+ packets'
	wants_report
	run -q web.pcap port 4
	wants 0 ''
}

# Every packet before the end is in the report.
cut() {
	head -c $((web_octets - 10)) web.pcap >cut.pcap
	run -r cut.pcap
	wants 3 'cut\.pcap: cut short after packet [0-9]+: '
	wants_report
	packets=$(sed -n 's/.* after packet \([0-9]*\):.*/\1/p' err)
	cp out cut.out
	run -c "$packets" web.pcap
	wants 0 ''
	cmp -s out cut.out || fails 'a cut file has another report'
	run_fed -r - <cut.pcap
	wants 3 'standard input: cut short after packet'
	cmp -s out cut.out || fails 'a cut pipe has another report'
	# Quiet or not, this is no warning.
	run -q cut.pcap
	wants 3 'cut\.pcap: cut short after packet'
	# What comes after it is read all the same.
	run -J -r cut.pcap -r web.pcap
	wants 3 'cut\.pcap: cut short after packet'
	[ "$(grep -c '"type":"conn"' out)" -ge 8 ] ||
		fails 'the second file was not read'
	# In the middle of the header of the first record.
	head -c 30 web.pcap >cut.pcap
	run -r cut.pcap
	wants_only 1 'cut\.pcap: cut short after packet 0: '
}

packed() {
	if "$program" --version | grep -q '^zlib' && command -v gzip \
	    >/dev/null; then
		gzip -c web.pcap >web.gz
		head -c $(($(wc -c <web.gz) - 500)) web.gz >cut.gz
		run -r cut.gz
		wants 3 'cut\.gz: cut short after packet [0-9]+: the gzip data end early'
		wants_report
		half=$(($(wc -c <web.gz) / 2))
		{ head -c $half web.gz; bytes '\377\377\377\377'
		    tail -c +$((half + 5)) web.gz; } >bad.gz
		run -r bad.gz
		wants 3 'bad\.gz: (damaged|cut short) after packet [0-9]+: '
		wants_report
		# All packets are there, but not all of what makes them sure.
		head -c $(($(wc -c <web.gz) - 3)) web.gz >cut.gz
		run -r cut.gz
		wants 3 'cut\.gz: cut short after packet [0-9]+: the gzip data end early'
		wants_report
		{ cat web.gz; echo 'and then'; } >more.gz
		run -r more.gz
		wants 3 'more\.gz: damaged after packet [0-9]+: the gzip data are followed by something else'
		wants_report
		head -c 10 web.gz >head.gz
		run -r head.gz
		wants_only 1 'head\.gz: holds no packet: the gzip data end early'
		bytes '\037\213\377\377\377\377\377\377\377\377' >head.gz
		run -r head.gz
		wants_only 1 'head\.gz: holds no packet: the gzip data are damaged'
		# What is a packing is known only when its magic number is there.
		what='a pipe that begins slowly'
		{ head -c 1 web.gz; sleep 0.2; tail -c +2 web.gz; } |
		    "$program" -r - >out 2>err
		status=$?
		wants 0 ''
		wants_report
		: | gzip -c >nothing.gz
		run -r nothing.gz
		wants_only 1 'nothing\.gz: is empty'
	else
		bytes '\037\213\010\000\000\000\000\000' >x.gz
		run -r x.gz
		wants_only 1 'x\.gz: is compressed with gzip, .*zcat'
	fi
	if ! "$program" --version | grep -q '^zstd'; then
		bytes '\050\265\057\375\000\000\000\000' >x.zst
		run -r x.zst
		wants_only 1 'x\.zst: is compressed with zstd, .*zstdcat'
	elif command -v zstd >/dev/null; then
		zstd -qc web.pcap >web.zst
		head -c $(($(wc -c <web.zst) / 2)) web.zst >cut.zst
		run -r cut.zst
		case $status in
		1)	wants_only 1 'cut\.zst: ' ;;
		*)	wants 3 'cut\.zst: cut short after packet [0-9]+: the zstd'
			;;
		esac
		{ cat web.zst; echo 'and then'; } >more.zst
		run -r more.zst
		wants 3 'more\.zst: damaged after packet [0-9]+: the zstd data are damaged'
		wants_report
		# A frame that wants a window of 2 GiB.
		bytes '\050\265\057\375\000\250\001\000\000' >long.zst
		run -r long.zst
		wants_only 1 'long\.zst: holds no packet: .*zstdcat --long=31'
	fi
}

# pcapng files whose parts differ.
mixed() {
	# Sections that are alike are one stream.
	cat "$data/plain.pcapng" "$data/plain.pcapng" >twice.pcapng
	run -q -v -r "$data/plain.pcapng" -r "$data/plain.pcapng"
	mv out both.out
	run -q -v twice.pcapng
	wants 0 ''
	cmp -s out both.out || fails 'two sections are not two files'
	cp "$data/plain.pcapng" types.pcapng
	# Interface 1 is USB, with a simple packet of none.
	bytes '\001\000\000\000\024\000\000\000\275\000\000\000\000\000\004\000\024\000\000\000' \
	    >>types.pcapng
	run -v -f tcp types.pcapng
	wants 0 ''
	mv out filtered.out
	run -v -f tcp "$data/plain.pcapng"
	cmp -s out filtered.out || fails 'an unused interface matters'
	# A packet of it, of four bytes.
	bytes '\006\000\000\000\044\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000' \
	    >>types.pcapng
	bytes '\004\000\000\000\004\000\000\000\000\000\000\000\044\000\000\000' \
	    >>types.pcapng
	run types.pcapng
	wants 0 'link type USB_LINUX .* is not supported: 1 of [0-9]+ packets could'
	wants_report
	run -f tcp types.pcapng
	wants 3 "filter 'tcp': "
	wants 3 'types\.pcapng: packets of link type USB_LINUX .* are left out, since'
	wants_report
	# Packets that have no time, and one of an interface that is not there.
	bytes '\012\015\015\012\000\000\000\034\032\053\074\115\000\001\000\000\377\377\377\377\377\377\377\377\000\000\000\034' \
	    >simple.pcapng
	bytes '\000\000\000\001\000\000\000\024\000\001\000\000\000\000\000\000\000\000\000\024' \
	    >>simple.pcapng
	bytes '\000\000\000\003\000\000\000\024\000\000\000\003\252\252\252\000\000\000\000\024' \
	    >>simple.pcapng
	run simple.pcapng
	wants 0 '1 of 1 packet has no time in the file '
	wants_report
	bytes '\000\000\000\006\000\000\000\040\000\000\000\007\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\040' \
	    >>simple.pcapng
	run simple.pcapng
	wants 3 'simple\.pcapng: damaged after packet 1: a packet of interface 7, which is not described'
	wants 3 'hint: .*editcap'
	wants_report
	cp "$data/plain.pcapng" bad.pcapng
	bytes '\006\000\000\000\007\000\000\000' >>bad.pcapng
	run bad.pcapng
	wants 3 'bad\.pcapng: damaged after packet [0-9]+: a block of '
	# The next file is read all the same.
	run -r bad.pcapng -r web.pcap
	wants 3 'bad\.pcapng: damaged after packet [0-9]+: '
	wants_report
	# A record that says it is 4 GiB long.
	cp web.pcap damaged.pcap
	bytes '\000\000\000\000\000\000\000\000\377\377\377\377\377\377\377\377\000\000\000\000' \
	    >>damaged.pcap
	run -r damaged.pcap
	wants 3 'damaged\.pcap: damaged after packet [0-9]+: '
	wants_report
}

link_types() {
	{ head -c 20 web.pcap; bytes '\223\000\000\000'
	    tail -c +25 web.pcap; } >user0.pcap
	run -r user0.pcap
	wants 0 'link type (USER0|DLT 147).* is not supported: none of the [0-9]+ packets'
	wants_report
	run -r web.pcap -r user0.pcap
	wants 0 'link type (USER0|DLT 147).* is not supported: [0-9]+ of [0-9]+ packets'
	run -w both.pcap -r web.pcap -r user0.pcap
	wants 1 '-w: both\.pcap: a capture file holds one link type'
	# libpcap cannot filter it.
	run -4 user0.pcap
	wants_only 2 '-4: '
	# Each link type has its own filter, and files of one share it.
	run -q -v -r web.pcap -r web.pcap -r "$data/any.pcap" -f 'tcp'
	wants 0 ''
	wants_report
}

warnings() {
	# Ethernet and IPv4 headers of a segment, 34 bytes of 60.
	{ bytes '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000'
	bytes '\042\000\000\000\001\000\000\000'
	bytes '\001\000\000\000\000\000\000\000\042\000\000\000\074\000\000\000'
	bytes '\000\000\000\000\000\000\000\000\000\000\000\000\010\000'
	bytes '\105\000\000\050\000\000\000\000\100\006\000\000'
	bytes '\300\000\002\001\300\000\002\002'; } >short.pcap
	run short.pcap
	wants 0 '1 of 1 packet was captured too short'
	wants 0 'none of 1 packet was a TCP segment'
	# The same packets again are earlier than the last.
	run -r web.pcap -r web.pcap
	wants 0 'time went back at 1 packet: '
	run -r web.pcap -f 'src port 80 and ip'
	wants 0 'only one direction of '
	run -q -r web.pcap -f 'src port 80 and ip'
	wants 0 ''
}

# Every way to write fails as it should on a full disk.
full() {
	[ -c /dev/full ] || return 0
	what='tcpstates web.pcap >/dev/full'
	"$program" web.pcap >/dev/full 2>err
	status=$?
	: >out
	wants_only 1 'cannot write to standard output: '
	run web.pcap -o /dev/full
	wants_only 1 'cannot write to /dev/full: '
	run web.pcap -w /dev/full
	wants 1 '-w: /dev/full: '
	for view in --table --states --segments -J --csv --help --version -D; do
		what="tcpstates $view >/dev/full"
		"$program" $view web.pcap >/dev/full 2>err
		status=$?
		: >out
		wants_only 1 'cannot write to standard output: '
	done
}

# A reader that closes the pipe is no error.
closed_pipe() {
	for view in -v --segments -J; do
		what="tcpstates $view | head -n 1"
		set -- web.pcap
		"$program" $view -r web.pcap -r web.pcap -r web.pcap \
		    -r web.pcap 2>err | head -n 1 >out
		grep -Ev 'time went back|more than once' err >err.rest
		[ -s err.rest ] && { fails 'there was something to say'; tell; }
		[ "$(wc -l <out)" -eq 1 ] || fails 'not a line came'
	done
}

# Where SIGPIPE was ignored before, it is an error like any.
ignored_pipe() {
	what='tcpstates | :, SIGPIPE ignored'
	mkfifo fifo
	(
		trap '' PIPE
		"$program" --states web.pcap >fifo 2>err
		echo $? >rc
	) &
	: <fifo
	wait
	status=$(cat rc)
	: >out
	# The reader may have been slow to go.
	[ "$status" -eq 0 ] || wants 1 'cannot write to standard output: '
}

usage
display_filters
short_help
numbers
pairs
frames
files
escapes
permission
interfaces
odd_interfaces
filters
cut
packed
mixed
link_types
warnings
full
closed_pipe
ignored_pipe
exit "$failed"
