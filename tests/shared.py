#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""shared.py WHAT PROGRAM SHARED - captures from elsewhere, others' answers.

    run      every capture in every view: it ends in time, its exit status is
             the right one, verdicts add up, no sanitizer has anything to say
    agree    tools/agree.py finds no difference but those understood here
    zeek     Zeek's conn_state and history, where its connection is ours
    tcprs    each retransmission that TCPRS found is one here, at its time and
             for its reason, and there are no others

Prints what is wrong; exit status 1 then.
"""
import csv
import glob
import json
import os
import re
import subprocess
import sys

TIME_LIMIT = 60         # seconds for one run, sanitizers included
wrong = []


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def run(program, capture, *options):
    """(exit status, standard output, standard error); status None: no end."""
    try:
        done = subprocess.run([program, *options, '-r', capture],
                              stdin=subprocess.DEVNULL, timeout=TIME_LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except subprocess.TimeoutExpired:
        return None, '', ''
    return (done.returncode, done.stdout.decode('utf-8', 'replace'),
            done.stderr.decode('utf-8', 'replace'))


def records(program, capture):
    return [json.loads(line) for line in
            run(program, capture, '-J')[1].splitlines()]


# Every capture --------------------------------------------------------------

# Files that end before their end; all others are complete.
INCOMPLETE = {
    'derived__sslh.cut_data.pcap': 'the last record is cut',
}
VIEWS = ('-J',), ('-v',), ('--csv',), ('--table',), ('--states',), \
    ('--segments',), ('--no-analysis',), ('--no-tunnels', '--vlan-key', '-v')
VERDICTS = ('segments', 'capture_duplicates', 'not_tcp', 'not_ip', 'fragments',
            'too_short', 'malformed_link', 'malformed_ip', 'malformed_tcp',
            'malformed_tunnel', 'too_deep', 'unsupported')


def check_balance(name, out):
    summary = json.loads(out.splitlines()[-1])
    check(summary['type'] == 'summary', '%s: no summary at the end' % name)
    check(summary['frames'] == sum(summary[key] for key in VERDICTS),
          '%s: verdicts do not add up to %d frames' %
          (name, summary['frames']))


def check_view(program, capture, options):
    name = os.path.basename(capture)
    status, out, said = run(program, capture, *options)
    what = '%s %s' % (name, ' '.join(options))
    check(status is not None, '%s: no end after %d s' % (what, TIME_LIMIT))
    check(status in (None, 3 if name in INCOMPLETE else 0),
          '%s: exit status %s' % (what, status))
    for line in said.splitlines():
        check(line.startswith('tcpstates: '), '%s says %s' % (what, line))
    if options == ('-J',) and status is not None:
        check_balance(name, out)


def check_run(program, shared):
    captures = [path for path in glob.glob(shared + '/captures/*')
                if os.path.isfile(path) and not path.endswith('.tsv')]
    check(captures, 'no captures')
    for capture in sorted(captures):
        for options in VIEWS:
            check_view(program, capture, options)


# Wireshark's answers --------------------------------------------------------

# Which captures, what agree.py says, why: the first that matches.
UNDERSTOOD = [
    ('tcptrace__linux_cooked_socket.dmp', r'#2 completeness 31, reference 30',
     'its SYN has ECE and CWR, which Wireshark 4.0 takes for none'),
    ('derived__same_isn_again_2h.pcap',
     r'connections 2, reference 1|#1 \S+ (\d+), reference (\d+)',
     'two hours after its end the same ISN is another connection'),
    ('derived__sslh.be*.pcapng', r'#\d first_frame (\d+), reference (\d+)',
     'Wireshark numbers blocks of unknown type'),
    ('pcapplusplus__Pcap++Test__PcapExamples__pcapng-example.pcapng',
     r'#1 rtt_initial .*', 'its SYN-ACK is from the year 2043'),
    ('pcapplusplus__Pcap++Test__PcapExamples__pcapng-example.pcapng',
     r'#12 rtt_initial None, .*', 'Wireshark measures to an RST that refuses'),
    ('ndpi__fuzz-2006-09-29-28586.pcap', r'#5 resp_mss .*',
     'a damaged SYN-ACK that acknowledges what was not sent: it is not '
     'acceptable (RFC 9293, 3.10.7.3)'),
    ('ndpi__fuzz-2006-09-29-28586.pcap',
     r'connections 36, reference 38|no connection .*|'
     r'#2 (orig|resp)_(packets|fin) .*|#2 completeness 30, reference 14',
     'Wireshark opens connections by SYNs whose data offset is below 5'),
    ('ndpi__fuzz-2006-09-29-28586.pcap', r'#19 orig_bytes 9547, .*',
     'its IP length is damaged; an IP length beyond the frame is believed'),
    ('ndpi__fuzz-2006-09-29-28586.pcap', r'#12 rtt_initial .*',
     'Wireshark takes a damaged ACK for that of the handshake'),
    ('sample-capture-file.cap', r'#29 rtt_initial None, .*',
     'Wireshark measures to an RST, too'),
    ('ndpi__synscan.pcap', r'#\d+ rtt_initial None, .*',
     'Wireshark measures to an RST, too'),
    ('zeek__syn-then-*', r'#1 rtt_initial None, .*',
     'Wireshark measures to an RST, too'),
    ('tcprs__*', r'#\d rtt_initial (0\.3\d+), reference [12]\.\d+',
     'after a repeated SYN-ACK: from the last one, without the timeouts'),
    ('tcptrace__zwnd.dmp', r'#1 rtt_initial 0\.0, reference 0\.01',
     'its clock ticks every 10 ms; Wireshark takes 0 for none'),
    ('zeek__nflog-http.pcap', r'#1 rtt_initial 0\.0, reference 0\.990122',
     'its packets have the time of their batch; Wireshark takes 0 for none'),
    ('zeek__handshake-reorder.pcap', r'#1 rtt_initial None, .*',
     'captured after its answer, the SYN tells nothing of the path'),
    ('tcptrace__fast_reuse.dmp', r'#\d+ (orig|resp)_bytes (\d+), .*',
     'on record with a shorter length than the IP header has'),
    ('zeek__Teredo.pcap', r'connections 5, reference 4',
     'Wireshark knows the port of Teredo only; Zeek finds the fifth, too'),
    ('tcptrace__long_rtt.dmp', r'#1 orig_bytes 31441, .*',
     'on record with a shorter length than the IP header has'),
]


def matches(pattern, name):
    return re.fullmatch(re.escape(pattern).replace(r'\*', '.*'), name)


def is_understood(name, difference, used):
    for at, (pattern, words, _) in enumerate(UNDERSTOOD):
        if matches(pattern, name) and re.fullmatch(words, difference):
            used.add(at)
            return True
    return False


def agree(program, shared):
    """What agree.py says, without its limit of six differences a capture."""
    tool = shared + '/tools/agree.py'
    with open(tool) as file:
        source = file.read()
    whole = source.replace("'; '.join(diff[:6])", "'; '.join(diff)").replace(
        'if len(diff) > 6 else', 'if not diff else')
    expected = shared + '/captures/expected'
    return subprocess.run(
        [sys.executable, '-', '-b', program, expected, shared + '/captures'],
        input=whole.encode(), stdout=subprocess.PIPE).stdout.decode()


def check_agree(program, shared):
    out = agree(program, shared)
    used = set()
    check('\nexact: ' in out, 'agree.py did not come to its end')
    for line in out.split('captures ')[0].splitlines():
        name, _, differences = line.partition(' ')
        for difference in differences.strip().split('; '):
            check(is_understood(name, difference, used),
                  '%s: %s' % (name, difference))
    for at, (pattern, words, why) in enumerate(UNDERSTOOD):
        check(at in used, 'no longer so: %s: %s (%s)' % (pattern, words, why))


# Zeek's answers -------------------------------------------------------------

# Capture, Zeek's test, ports: why its connection is another one than ours.
OTHERWISE = [
    ('zeek__wikipedia.pcap', 'core.pcap.dynamic-filter', '35634',
     'the filter of this test lets a part of it through'),
    ('zeek__wikipedia.pcap', 'scripts.base.frameworks.logging.'
     'field-extension-complex', '80', 'run without turning it round'),
    ('zeek__smtp.pcap', 'scripts.base.frameworks.netcontrol.packetfilter',
     '*', 'the filter of this test cuts it off'),
    ('zeek__Teredo.pcap', 'core.tunnels.teredo', '1576',
     'Zeek has one for each segment after the close'),
    ('zeek__Teredo.pcap', 'core.tunnels.teredo', '1577',
     'Zeek has one for each segment after the close'),
    ('zeek__Teredo.pcap', 'core.tunnels.teredo', '1578',
     'Zeek has one for each segment after the close'),
    ('zeek__pppoe-over-qinq.pcap', 'core.pppoe-over-qinq', '20394',
     'Zeek takes the padding behind a PPPoE payload for data'),
]


def is_otherwise(row):
    return any(row['file'] == name and row['test'] == test and
               port in ('*', row['id.orig_p'])
               for name, test, port, _ in OTHERWISE)


def key_of(row, dot):
    return tuple(str(row[part.replace('.', dot)]) for part in
                 ('id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p'))


def check_zeek(program, shared):
    compared = 0
    with open(shared + '/captures/expected/zeek_conn.tsv') as file:
        rows = list(csv.DictReader(file, delimiter='\t'))
    for row in rows:
        ours = [one for one in records(program, '%s/captures/%s' %
                                       (shared, row['file']))
                if one['type'] == 'conn' and
                (one['orig_h'], str(one['orig_p']), one['resp_h'],
                 str(one['resp_p'])) == key_of(row, '.')]
        if is_otherwise(row):
            continue
        same = any(all(row[key] in ('', '-', one[key])
                       for key in ('conn_state', 'history')) for one in ours)
        compared += 1
        check(same, '%s %s: Zeek has %s %s, we have %s' %
              (row['file'], ' '.join(key_of(row, '.')), row['conn_state'],
               row['history'], [(one['conn_state'], one['history'])
                                for one in ours]))
    check(compared > 25, 'only %d connections were compared' % compared)


# TCPRS's answers ------------------------------------------------------------

# Its numbers of reasons, and what they are here.
REASONS = {
    '1': 'Timeout', '14': 'Timeout', '15': 'Timeout',
    '5': None,                  # in the recovery that began before
    '13': 'Fast', '16': 'Fast',
}
# Where the packets show another reason than TCPRS's.
OTHER_REASONS = {
    # A probe of today's kind was not known to it: 2 SRTT after the last
    # segment, before the timeout could have come (RFC 8985).
    ('tcprs__fack014.trace', '1285864307.494613'): 'Tail Loss Probe',
    # The peer's SYN came again 93 us before this SYN-ACK, which answers it.
    ('tcprs__rto007.trace', '1285864277.439357'): 'SYN was retransmitted',
}


def tcprs_events(shared):
    found = {}
    with open(shared + '/captures/expected/tcprs_events.tsv') as file:
        for line in file:
            fields = line.rstrip('\n').split('\t')
            if fields[2] != 'tcpretransmissions.log':
                continue
            event = dict(field.split('=', 1) for field in fields[3:])
            found.setdefault(fields[0], []).append(event)
    return found


def our_retransmissions(program, capture):
    """(time, is by the originator, what was said of it) of each."""
    found = []
    now = None
    for line in run(program, capture, '--segments', '--no-header',
                    '-t', 'e')[1].splitlines():
        segment = re.match(r' *(?:\d+ +)?\d+ +(\d+\.\d{6}) +\S+ (->|<-) ', line)
        if segment:
            now = segment.group(1), segment.group(2) == '->'
        noted = re.search(r'(\w+ )?(Retransmission|Tail Loss Probe)', line)
        if noted and now and noted.group(1) != 'or ':
            found.append((*now, line.strip()))
    return found


def check_reason(name, event, ours):
    reason = OTHER_REASONS.get((name, event['ts']),
                               REASONS.get(event['rtype']))
    if reason is None:
        return
    check(reason in ours[2] or 'Spurious' in ours[2],
          '%s at %s: TCPRS has reason %s, we have %s' %
          (name, event['ts'], event['rtype'], ours[2]))


def check_tcprs(program, shared):
    events = tcprs_events(shared)
    check(len(events) == 6, 'TCPRS has %d captures' % len(events))
    for name, theirs in events.items():
        left = our_retransmissions(program, '%s/captures/%s' % (shared, name))
        check(len(left) == len(theirs), '%s: %d retransmissions, TCPRS has %d'
              % (name, len(left), len(theirs)))
        for event in theirs:
            same = [one for one in left if one[0] == event['ts'] and
                    one[1] == (event['orig'] == 'T')]
            check(same, '%s: none at %s' % (name, event['ts']))
            if same:
                left.remove(same[0])
                check_reason(name, event, same[0])


def main(what, program, shared):
    {'run': check_run, 'agree': check_agree, 'zeek': check_zeek,
     'tcprs': check_tcprs}[what](program, shared)
    for sentence in wrong:
        print('\t' + sentence)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
