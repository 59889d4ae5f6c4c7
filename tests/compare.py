#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""compare.py TCPSTATES: captures of made-up connections at two points.

A path is simulated: what each point captures, with what is done to packets
between them (loss, delay, NAT, offload, thinned ACKs, injected RSTs, marked
and rewritten headers, clocks that differ and drift) is known exactly, and
tcpstates --compare has to find it."""

import gzip
import itertools
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

SYN, FIN, RST, PSH, ACK = 2, 1, 4, 8, 16
MSS = 1448
SACK_OK = b'\4\2'


def ones_complement(data):
    """The sum of RFC 1071; payload is zeros, and adds nothing."""
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total


class Path:
    """Two points; each packet passes the first and maybe the second."""

    def __init__(self, **changes):
        self.random = random.Random(changes.get('seed', 1))
        self.frames = {'a': [], 'b': []}
        self.truth = {'lost': 0, 'injected': 0, 'thinned': 0, 'sent_a': 0,
                      'sent_b': 0}
        self.delay = changes.get('delay', 0.020)
        self.jitter = changes.get('jitter', 0.0)
        self.change = changes

    def ip(self, p, at_b):
        src, dst, sport, dport = p['src'], p['dst'], p['sport'], p['dport']
        seq, ack, opts = p['seq'], p['ack'], p['opts']
        fall = self.change.get('fall', 3) if p['up'] else 3
        ttl, tos = 64 - (at_b == p['up']) * fall, p.get('tos', 0)
        ttl = p.get('ttl', ttl)
        if at_b and 'nat' in self.change:
            if p['up']:
                src, sport = '198.51.100.7', sport + 10000
            else:
                dst, dport = '198.51.100.7', dport + 10000
        if at_b and 'shift' in self.change:
            # A firewall that randomises the originator's numbers.
            if p['up']:
                seq = seq + self.change['shift'] & 0xffffffff
            elif p['flags'] & ACK:
                ack = ack + self.change['shift'] & 0xffffffff
        if at_b and 'ticks' in self.change and p['stamp']:
            # Its clock is hidden: stamps are shifted, and echoes back.
            stamp, echo = p['stamp']
            shift = self.change['ticks']
            opts = opts[:-8] + struct.pack(
                '!II', (stamp + shift * p['up']) & 0xffffffff,
                (echo + shift * (not p['up'])) & 0xffffffff)
        if p['flags'] & SYN:
            opts += self.change.get('extra', b'')
        if p['flags'] & SYN and p.get('mss') and at_b == p['up']:
            mss = self.change.get('mss', p['mss'])
            opts = struct.pack('!BBH', 2, 4, mss) + opts
            opts = opts.replace(*self.change.get('strip', (b'', b'')))
        elif p['flags'] & SYN and p.get('mss'):
            opts = struct.pack('!BBH', 2, 4, p['mss']) + opts
        if at_b == p['up']:
            tos = self.change.get('tos_rule', int)(tos)
        opts += b'\1' * (-len(opts) % 4)
        tcp = struct.pack('!HHIIBBHHH', sport, dport, seq, ack,
                          (5 + len(opts) // 4) << 4, p['flags'], 512, 0, 0)
        tcp += opts
        length = 20 + len(tcp) + p['len']
        pseudo = bytes(map(int, (src + '.' + dst).split('.')))
        pseudo += struct.pack('!HH', 6, length - 20)
        check_sum = ones_complement(pseudo + tcp) ^ 0xffff
        if at_b != p['up'] and 'offload' in self.change:
            check_sum = ones_complement(pseudo)     # the card is to go on
        if at_b == p['up'] and 'spoil' in self.change and p['len']:
            check_sum ^= 0x0100
        tcp = tcp[:16] + struct.pack('!H', check_sum) + tcp[18:]
        head = struct.pack('!BBHHHBBH4s4s', 0x45, tos, length, p['id'],
                           0x4000, ttl, 6, 0,
                           bytes(map(int, src.split('.'))),
                           bytes(map(int, dst.split('.'))))
        return head + tcp, length

    def put(self, point, when, p):
        data, length = self.ip(p, point == 'b')
        self.frames[point].append((when, data, length))
        self.truth['sent_' + point] += 1

    def send(self, when, p, lost=False, delay=None):
        """From the side of A when p['up'], else from that of B."""
        delay = self.delay if delay is None else delay
        if self.jitter:
            delay += self.random.random() * self.jitter
        first, second = ('a', 'b') if p['up'] else ('b', 'a')
        self.put(first, when, p)
        if lost:
            self.truth['lost'] += 1
        else:
            self.put(second, when + delay, p)
        return when + delay

    points = 'ab'

    def write(self, folder):
        names = []
        for point in self.points:
            name = os.path.join(folder, point + '.pcap')
            offset = self.change.get('offset', 0.0) * (point == 'b')
            drift = self.change.get('drift', 0.0) * (point == 'b')
            frames = sorted(self.frames[point], key=lambda f: f[0])
            with open(name, 'wb') as out:
                out.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0,
                                      96, 101))
                for when, data, length in frames:
                    t = int(when * 1e9)
                    t += int(offset * 1e9) + int((t - 10**18) * drift / 1e6)
                    out.write(struct.pack('<IIII', t // 10**9, t % 10**9,
                                          min(len(data), 96), length))
                    out.write(data[:96])
            names.append(name)
        return names


class Connection:
    def __init__(self, path, port, start, timestamps=True):
        self.path, self.port, self.now = path, port, start
        self.seq = {True: path.random.getrandbits(32),
                    False: path.random.getrandbits(32)}
        self.ids = {True: path.random.getrandbits(15) + 1,
                    False: path.random.getrandbits(15) + 1}
        self.timestamps = timestamps
        self.stamps = {True: 0, False: 0}

    def packet(self, up, flags, length=0, seq=None, tos=0):
        self.ids[up] = (self.ids[up] + 1) & 0xffff or 1
        client, server = '10.1.0.9', '203.0.113.5'
        opts, stamp = b'', ()
        if self.timestamps:
            ticks = int((self.now - 10**9) * 1000) & 0xffffffff
            stamp = ticks, self.stamps[not up]
            self.stamps[up] = ticks
            opts = struct.pack('!BBBBII', 1, 1, 8, 10, *stamp)
        if flags & SYN:
            opts = SACK_OK + opts
        return {'up': up, 'flags': flags, 'len': length, 'opts': opts,
                'stamp': stamp,
                'src': client if up else server,
                'dst': server if up else client,
                'sport': self.port if up else 443,
                'dport': 443 if up else self.port,
                'seq': (self.seq[up] if seq is None else seq) & 0xffffffff,
                'ack': self.seq[not up] & 0xffffffff if flags & ACK else 0,
                'id': self.ids[up], 'tos': tos,
                'mss': 1460 if flags & SYN else 0}

    def exchange(self, up, flags, length=0, **how):
        p = self.packet(up, flags, length, tos=how.pop('tos', 0))
        self.now = self.path.send(self.now, p, **how) + 0.0001
        if not how.get('lost'):
            self.seq[up] += length + (flags & SYN > 0) + (flags & FIN > 0)
        return p

    def open(self):
        self.exchange(True, SYN)
        self.exchange(False, SYN | ACK)
        self.exchange(True, ACK)

    def close(self):
        self.exchange(True, FIN | ACK)
        self.exchange(False, FIN | ACK)
        self.exchange(True, ACK)

    def talk(self, turns, lose=(), tos=0):
        for turn in range(turns):
            self.exchange(True, PSH | ACK, 200, tos=tos)
            if turn in lose:
                self.exchange(False, ACK, MSS, lost=True, tos=tos)
                self.now += 0.25
            self.exchange(False, ACK, MSS, tos=tos)
            self.exchange(True, ACK)


class LongPath(Path):
    """With a third point, M, 8 ms behind A and 12 ms before B."""
    points = 'amb'
    early = 0.008

    def __init__(self, **changes):
        super().__init__(**changes)
        self.frames['m'] = []
        self.truth.update(sent_m=0, lost_am=0, lost_mb=0)

    def send(self, when, p, lost='', delay=None):
        """`lost` names the two points it is lost between."""
        order = 'amb' if p['up'] else 'bma'
        first = self.early if p['up'] else self.delay - self.early
        for point, late in zip(order, (0, first, self.delay)):
            self.put(point, when + late, p)
            if lost and point == (lost[0] if p['up'] else lost[1]):
                self.truth['lost_' + lost] += 1
                break
        return when + self.delay


def simple(turns=20, conns=3, lose=(), tos=0, **changes):
    path = Path(**changes)
    for i in range(conns):
        c = Connection(path, 40000 + i, 10**9 + i * 0.4,
                       changes.get('timestamps', True))
        c.open()
        c.talk(turns, lose, tos)
        c.close()
    return path


def superframes(pause=0.001, lose=(), **changes):
    """A captures before segmentation, B after it."""
    path = Path(**changes)
    path.truth['resegmented'] = 0
    c = Connection(path, 40000, 10**9)
    c.open()
    for number in range(12):
        whole = c.packet(True, ACK, 5 * MSS)
        path.put('a', c.now, whole)
        for i in range(5):
            piece = c.packet(True, ACK, MSS, seq=c.seq[True] + i * MSS)
            if i == 2 and number in lose:
                path.truth['lost'] += 1
                continue
            path.put('b', c.now + path.delay + i * 1e-5, piece)
            path.truth['resegmented'] += 1
        if number in lose:
            c.now += 0.25
            path.send(c.now, c.packet(True, ACK, MSS,
                                      seq=c.seq[True] + 2 * MSS))
        c.seq[True] += 5 * MSS
        c.now += path.delay + pause
        c.exchange(False, ACK)
    c.close()
    return path


def merged(**changes):
    """B captures after segments were merged, retransmissions too."""
    path = Path(**changes)
    path.truth['resegmented'] = 0
    c = Connection(path, 40000, 10**9)
    c.open()

    def burst(numbers, lost=()):
        for i in numbers:
            p = c.packet(True, ACK, MSS, seq=c.seq[True] + i * MSS)
            path.put('a', c.now + i * 1e-5, p)
            path.truth['lost'] += i in lost
        passed = [i for i in numbers if i not in lost]
        while passed:
            run = [i for i in passed if i - passed[0] == passed.index(i)]
            del passed[:len(run)]
            path.put('b', c.now + path.delay + run[-1] * 1e-5, c.packet(
                True, ACK, len(run) * MSS, seq=c.seq[True] + run[0] * MSS))
            path.truth['resegmented'] += len(run) * (len(run) > 1)

    for number in range(12):
        burst(range(5), (1, 2, 3) if number in (4, 9) else ())
        if number in (4, 9):
            c.now += 0.25
            burst((1, 2, 3))
        c.seq[True] += 5 * MSS
        c.now += path.delay + 0.001
        c.exchange(False, ACK)
    c.close()
    return path


def thinned():
    """Every other ACK is dropped, and the next one covers it."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    for i in range(30):
        c.exchange(False, ACK, MSS)
        p = c.packet(True, ACK)
        if i % 2 == 0:
            path.put('a', c.now, p)
            path.truth['thinned'] += 1
        else:
            path.send(c.now, p)
        c.now += 0.001
    c.exchange(True, ACK, 10)
    c.close()
    return path


def injected():
    """A box between the points resets the originator."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    c.talk(12)
    p = c.packet(False, RST | ACK)
    p['ttl'] = 250
    path.put('a', c.now, p)
    path.truth['injected'] = 1
    c.now += 0.05
    return path


def proxy():
    """Two connections of one four-tuple, with handshakes of their own."""
    path = Path(delay=0.0)
    for point, start in ('a', 0.0), ('b', 0.0005):
        c = Connection(path, 40000, 10**9 + start)
        if point == 'b':
            c.timestamps = False
        original = path.put
        path.put = lambda at, when, p: at == point and original(at, when, p)
        c.open()
        c.talk(12)
        c.close()
        path.put = original
    return path


def reordered():
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    for _ in range(15):
        first = c.packet(False, ACK, MSS)
        second = c.packet(False, ACK, MSS, seq=c.seq[False] + MSS)
        path.send(c.now, first, delay=0.025)
        path.send(c.now + 0.0001, second, delay=0.020)
        c.seq[False] += 2 * MSS
        c.now += 0.06
        c.exchange(True, ACK)
    c.close()
    path.truth['reordered'] = 15
    return path


def missed():
    """Each capture drops some packets that have passed its point."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    for i in range(40):
        c.exchange(False, ACK, MSS)
        if i in (10, 20):
            path.frames['a' if i == 10 else 'b'].pop()
        c.exchange(False, ACK, MSS)
        c.exchange(True, ACK)
    c.close()
    path.truth['uncaptured'] = 2
    return path


def queued():
    """A queue builds up for what the responder sends."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    for i in range(40):
        c.exchange(False, ACK, MSS, delay=0.020 + 0.005 * i)
        c.exchange(True, ACK)
    c.close()
    return path


failures = 0


def check(name, condition, words=''):
    global failures
    if not condition:
        failures += 1
        print('not right: %s %s' % (name, words))


def run(arguments):
    done = subprocess.run([sys.argv[1], '--compare', '-J'] + arguments,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return done, records


def compare(name, path, folder, expected_pairs=None):
    done, records = run(path.write(folder))
    check(name, done.returncode == 0, done.stderr)
    if done.returncode != 0 or not records:
        return [], {}
    whole = records[-1]
    path.findings = {(r['id'], r['direction']): r for r in records
                     if r['type'] == 'finding'}
    pairs = [r for r in records if r['type'] == 'pair']
    truth = path.truth
    check(name, whole['lost_between'] == truth['lost'], 'lost %d, not %d' %
          (whole['lost_between'], truth['lost']))
    check(name, whole['injected_between'] == truth['injected'],
          'injected %d' % whole['injected_between'])
    check(name, whole['thinned'] == truth['thinned'],
          'thinned %d' % whole['thinned'])
    for key in 'resegmented', 'reordered', 'uncaptured':
        if key in truth:
            got = whole[key + '_between' if key == 'reordered' else key]
            check(name, got == truth[key], '%s %d' % (key, got))
    if expected_pairs is not None:
        check(name, whole['pairs'] == expected_pairs,
              'pairs %d' % whole['pairs'])
    for pair in pairs:
        for side in 'orig', 'resp':
            least = pair[side + '_delay_min']
            if least is not None and path.delay:
                check(name, abs(least - path.delay) < 0.0003,
                      '%s delay %s' % (side, least))
    return pairs, whole


def check_findings(folder):
    """What each path shows, and nothing else."""
    for name, path, expected in (
            ('plain', simple(), {}),
            ('loss', simple(lose=(3, 7, 8)),
             {('lost-between', 'resp'): {'count': 3, 'bytes': 3 * MSS}}),
            ('injected RST', injected(),
             {('injected-between', 'resp'):
              {'count': 1, 'point': 'a', 'ttl': 250, 'usual_ttl': 61}}),
            ('SACK stripped', simple(conns=1, strip=(SACK_OK, b'\1\1')),
             {('option-stripped', 'orig'): {'point': 'b', 'frame': 1},
              ('option-stripped', 'resp'): {'point': 'a'}}),
            ('Fast Open stripped',
             simple(conns=1, extra=b'\x22\x02', strip=(b'\x22\x02', b'\1\1')),
             {('option-stripped', 'orig'):
              {'text': 'the option TCP Fast Open was removed or changed '
               'between the points'},
              ('option-stripped', 'resp'): {}}),
            ('unknown option stripped',
             simple(conns=1, extra=b'\x63\x02', strip=(b'\x63\x02', b'\1\1')),
             {('option-stripped', 'orig'):
              {'text': 'the option of an unknown kind was removed or changed '
               'between the points'},
              ('option-stripped', 'resp'): {}}),
            ('ECN bleached', simple(tos=2, conns=1, tos_rule=lambda t: 0),
             {('ecn-bleached', 'orig'): {'count': 20},
              ('ecn-bleached', 'resp'): {'count': 20}}),
            ('proxy', proxy(), {('proxy-between', 'orig'): {}}),
            ('queue', queued(), {('one-way-queue', 'resp'): {}}),
            ('thinned ACKs', thinned(), {}),
            ('superframes', superframes(), {}),
            ('missed by a capture', missed(), {})):
        compare(name, path, folder)
        check(name, path.findings.keys() == expected.keys(),
              'findings %s' % list(path.findings))
        for key, values in expected.items():
            found = path.findings.get(key, {})
            check(name, found.get('confidence') == 'shown', found)
            for field, value in values.items():
                check(name, found.get(field) == value,
                      '%s: %s %s' % (key, field, found.get(field)))


def check_paths(folder):
    compare('plain', simple(), folder, 3)
    compare('loss', simple(lose=(3, 7, 8)), folder, 3)
    compare('loss without timestamps',
            simple(lose=(3, 7), timestamps=False), folder, 3)
    pairs, _ = compare('NAT', simple(nat=True, lose=(5,)), folder, 3)
    check('NAT', all(p['orig_rewritten'] == 'address,port' for p in pairs))
    check_page(simple(nat=True, delay=0.0302, jitter=0.0002), folder)
    check_crowded_page(folder)
    pairs, _ = compare('MSS', simple(mss=1200), folder, 3)
    check('MSS', all(p['orig_rewritten'] == 'mss' for p in pairs))
    pairs, _ = compare('sequence numbers', simple(shift=123456789, lose=(4,)),
                       folder, 3)
    check('sequence numbers', all(p['orig_rewritten'] == 'seq'
                                  for p in pairs))
    pairs, _ = compare('timestamps', simple(ticks=123456789, lose=(4,)),
                       folder, 3)
    check('timestamps', all(p['orig_rewritten'] == 'timestamps' and
                            p['resp_rewritten'] is None for p in pairs))
    pairs, _ = compare('checksums', simple(spoil=True), folder, 3)
    check('checksums', all(p['orig_rewritten'] == 'checksum' and
                           p['resp_rewritten'] == 'checksum' for p in pairs))
    pairs, _ = compare('checksum offload', simple(offload=True), folder, 3)
    check('checksum offload', not any(p['orig_rewritten'] or
                                      p['resp_rewritten'] for p in pairs))
    compare('a lost SYN', lost_syn(), folder, 2)
    compare('a lost SYN of other numbers', lost_syn(shift=123456789), folder,
            2)
    pairs, _ = compare('ECN', marked(), folder, 1)
    check('ECN', pairs and 'ecn-marked' in (pairs[0]['orig_rewritten'] or ''))
    compare('superframes', superframes(), folder, 1)
    compare('merged segments', merged(), folder, 1)
    compare('thinned ACKs', thinned(), folder, 1)
    compare('injected RST', injected(), folder, 1)
    compare('reordering', reordered(), folder, 1)
    pairs, whole = compare('proxy', proxy(), folder, 0)
    check('proxy', [pairs[0][key] for key in (
        'orig_sent_a', 'orig_sent_b', 'resp_sent_a', 'resp_sent_b')] ==
          [28, 28, 14, 14] and pairs[0]['orig_matched'] is None and
          pairs[0]['orig_lost_between'] is None and
          pairs[0]['rtt_orig_a'] is not None, pairs)
    _, out, _ = text(proxy().write(folder))
    check('proxy', re.search(r'at A +at B\n'
                             r'  segments of the originator +28 +28\n'
                             r'  segments of the responder +14 +14\n'
                             r'  RTT point to originator +[0-9.]+ ms +[0-9.]+ '
                             r'ms\n  RTT point to responder', out), out)
    check('proxy', re.search(r'proxy-between [(]middlebox, [a-z]+[)], frame',
                             out), out)
    page = os.path.join(folder, 'page.html')
    run(['--html=' + page] + proxy().write(folder))
    with open(page, encoding='utf-8') as file:
        page = file.read()
    check('proxy', 'In both directions: a proxy' in page)
    check('proxy', len(re.findall(r'RTT to the (?:originator|responder)'
                                    r'(?:</td><td>100[.0]* us){2}<', page)) ==
          2, page)
    check('proxy', whole.get('terminated_between') == 1)


def check_page(path, folder):
    """The page of translated connections, whose delays hardly differ."""
    page = os.path.join(folder, 'page.html')
    run(['--html=' + page] + path.write(folder))
    with open(page, encoding='utf-8') as file:
        text = file.read()
    check('page', 'points: address, port. At B: 198.51.100.7:' in text)
    check('page', re.search(r'RTT endpoint to A: [0-9.]+ us[.] RTT A to B: '
                            r'60[.][4-8] ms[.] RTT B to endpoint: [0-9.]+ us',
                            text), re.findall('RTT[^<]*', text))
    plot = text[text.index('id="d1'):text.index('id="l1')]
    levels = re.findall(r'>([0-9.]+ [mu]?s)<', plot)
    check('page', len(levels) > 6 and len(levels) == len(set(levels)),
          'labels of axes: %s' % levels)


def check_crowded_page(folder):
    """30,000 segments with delays of all lengths: the picture has a bound."""
    page = os.path.join(folder, 'page.html')
    run(['--html=' + page] + simple(
        turns=10000, conns=1, delay=0.001, jitter=0.1).write(folder))
    with open(page, encoding='utf-8') as file:
        text = file.read()
    plot = text[text.index('id="d1'):text.index('id="l1')]
    check('crowded page', 75000 < len(plot) <= 150000, len(plot))


def lost_syn(**changes):
    """The first SYN and the first SYN-ACK are lost: others have other times."""
    path = Path(**changes)
    Connection(path, 39999, 10**9 - 1).open()
    c = Connection(path, 40000, 10**9)
    c.exchange(True, SYN, lost=True)
    c.now += 1.0
    c.exchange(True, SYN)
    c.exchange(False, SYN | ACK, lost=True)
    c.now += 1.0
    c.exchange(False, SYN | ACK)
    c.exchange(True, ACK)
    c.talk(15, lose=(5,))
    c.close()
    return path


def marked():
    path = Path(tos_rule=lambda tos: tos | 3 if tos & 3 else tos)
    c = Connection(path, 40000, 10**9)
    c.open()
    c.talk(15, tos=2)
    c.close()
    return path


def check_three_points(folder):
    """What is lost between A and M, and M and B, adds up."""
    path = LongPath(offset=90.0)
    c = Connection(path, 40000, 10**9)
    c.open()
    for turn in range(40):
        if turn in (5, 9, 20):
            c.exchange(True, PSH | ACK, 200, lost='mb' if turn == 9 else 'am')
            c.now += 0.25
        c.exchange(True, PSH | ACK, 200)
        if turn in (12, 13, 30, 31):
            c.exchange(False, ACK, MSS, lost='am' if turn == 30 else 'mb')
            c.now += 0.25
        c.exchange(False, ACK, MSS)
        c.exchange(True, ACK)
    c.close()
    files = dict(zip(path.points, path.write(folder)))
    lost = {'am': path.truth['lost_am'], 'mb': path.truth['lost_mb']}
    check('three points', lost == {'am': 3, 'mb': 4}, lost)
    lost['ab'] = lost['am'] + lost['mb']
    for points, delay in ('am', 0.008), ('mb', 0.012), ('ab', 0.020):
        done, records = run([files[point] for point in points])
        name = 'three points, ' + points
        check(name, done.returncode == 0, done.stderr)
        whole = records[-1]
        check(name, whole['lost_between'] == lost[points] and
              whole['injected_between'] == 0, whole)
        check(name, abs(whole['clock_offset'] - 90.0 *
                        (points != 'am')) < 0.0003, whole['clock_offset'])
        for side in 'orig', 'resp':
            check(name, abs(records[0][side + '_delay_min'] - delay) < 0.0003,
                  records[0][side + '_delay_min'])
        wrong = whole['judged_a_wrong'] + whole['judged_b_wrong']
        check(name, wrong == 0, 'misjudged %d' % wrong)


def check_clocks(folder):
    for offset, drift in (0.0, 0.0), (3600.5, 40.0), (-12.25, -80.0):
        name = 'clock %s s, %s ppm' % (offset, drift)
        path = simple(turns=120, conns=4, offset=offset, drift=drift,
                      jitter=0.002, lose=(50,))
        _, whole = compare(name, path, folder, 4)
        at_start = offset
        check(name, abs(whole['clock_offset'] - at_start) < 0.0003,
              'offset %s' % whole['clock_offset'])
        check(name, abs(whole['clock_drift_ppm'] - drift) < 2,
              'drift %s' % whole['clock_drift_ppm'])
        check(name, abs(whole['clock_drift_ppm'] - drift) <=
              whole['clock_drift_error_ppm'] < 40,
              'drift error %s' % whole['clock_drift_error_ppm'])


def check_short_drift(folder):
    """In less than 2 seconds no drift is measured, and the report says so."""
    a, b = simple(turns=20, conns=1, drift=50.0).write(folder)
    _, records = run([a, b])
    whole = records[-1]
    _, report, _ = text([a, b])
    check('short drift', whole['clock_offset'] is not None and
          whole['clock_drift_error_ppm'] is None and
          'drift not measured' in report, (whole, report))


def check_unknown_clock(folder):
    """Of too few segments for an offset, what was lost is known all the same."""
    for offset in 0.0, -20.5, 86400.0:
        for shift in 0, 123456789:
            path = simple(turns=3, conns=1, lose=(1,), offset=offset,
                          shift=shift)
            pairs, whole = compare('few segments', path, folder, 1)
            check('few segments', whole['clock_offset'] is None and
                  whole['matched'] == path.truth['sent_a'] and
                  whole['outside'] == 0 and
                  pairs[0]['resp_delay_min'] is None,
                  '%s s: %s' % (offset, whole))
            # The round trip between the points needs no offset.
            check('few segments', abs(pairs[0]['rtt_between'] - 0.040) < 0.001,
                  pairs[0]['rtt_between'])
            _, out, _ = text(path.write(folder))
            check('few segments', ' n/a' not in out and 'one-way' not in
                  out and re.search(r'RTT A to B +40[.]', out), out)


def check_unanswered_clock(folder):
    """Repeated SYNs alone, which no sample has, by clocks far apart."""
    for timestamps in True, False:
        path = Path(offset=-3600.5, fall=0)
        c = Connection(path, 40000, 10**9, timestamps)
        for _ in range(4):
            path.send(c.now, c.packet(True, SYN))
            c.now += 1
        a, b = path.write(folder)
        for files in [a, b], [b, a]:
            _, records = run(files)
            check('SYNs alone', records and records[-1]['matched'] == 4 and
                  records[-1]['outside'] == 0, records)


def check_trusted_clock(folder):
    """Clocks that are said to agree are taken at their word."""
    a, b = simple(offset=0.003).write(folder)
    done, records = run(['--clocks=synchronised', a, b])
    pair, whole = records[0], records[-1]
    check('trusted clocks', done.returncode == 0 and
          whole['clock_offset'] == 0 and whole['clock_drift_ppm'] == 0 and
          whole['clock_uncertainty'] is None and
          whole['matched'] == whole['sent_a'] and
          abs(pair['orig_delay_min'] - 0.023) < 1e-5 and
          abs(pair['resp_delay_min'] - 0.017) < 1e-5, records)
    _, out, said = text(['--clocks=synchronised', a, b])
    check('trusted clocks', 'taken as synchronised (--clocks)' in out and
          said == '', (out[:400], said))


def check_refuted_clock(folder):
    """Clocks that the segments contradict are not taken at the user's word."""
    for offset, least, shift in ((-2.0, 1.98, 0), (0.05, 0.03, 0),
                                 (-3600.0, 3599.98, 0),
                                 (-0.05, 0.03, 123456789)):
        a, b = simple(turns=60, offset=offset, shift=shift,
                      lose=(4,)).write(folder)
        for files, sign in (([a, b], 1), ([b, a], -1)):
            name = 'clocks %s s apart, said to agree' % offset
            done, records = run(['--clocks=synchronised'] + files)
            whole = records[-1] if records else {}
            said = re.search(r'the clocks differ by at least ([0-9.]+) ms: '
                             '--clocks=synchronised is ignored', done.stderr)
            check(name, done.returncode == 0 and
                  said and abs(float(said[1]) / 1000 - least) < 0.001 and
                  abs(whole['clock_offset'] - sign * offset) < 0.001 and
                  whole['lost_between'] == 3 and
                  whole['injected_between'] == 0 and
                  whole['outside'] == 0, (done.stderr, whole))


def check_round_trip(folder):
    """Behind A 4 ms, between 40 ms, behind B 10 ms."""
    path = Path()
    c = Connection(path, 40000, 10**9)

    def say(up, flags, length=0):
        c.exchange(up, flags, length)
        c.now += 0.0099 if up else 0.0039

    say(True, SYN)
    say(False, SYN | ACK)
    say(True, ACK)
    for _ in range(20):
        say(True, PSH | ACK, 200)
        say(False, PSH | ACK, MSS)
    files = path.write(folder)
    for order in files, files[::-1]:
        pair = run(order)[1][0]
        behind = pair['rtt_behind_a'], pair['rtt_behind_b']
        if order != files:
            behind = behind[::-1]
        for part, truth in zip(behind + (pair['rtt_between'],),
                               (0.004, 0.010, 0.040)):
            check('round trip', part is not None and
                  abs(part - truth) < 0.0003, (part, truth))


def check_several_files(folder):
    """A point may have several files, cut anywhere."""
    names = simple(lose=(3, 9)).write(folder)
    whole = run(names)[1]
    parts = []
    for name, share in zip(names, (2, 3)):
        with open(name, 'rb') as file:
            data = file.read()
        at = 24
        while at < len(data) // share:
            at += 16 + struct.unpack_from('<I', data, at + 8)[0]
        parts.append([name + '.1', name + '.2'])
        for part, piece in zip(parts[-1], (data[24:at], data[at:])):
            with open(part, 'wb') as file:
                file.write(data[:24] + piece)
    done, records = run(['-r', parts[0][0], '-r', parts[0][1],
                         '--with', parts[1][0], '--with', parts[1][1]])
    check('several files', done.returncode == 0 and records == whole,
          done.stderr)


def check_evicted(folder):
    """What a full queue drops is counted."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    c.talk(12)
    for i in range(5000):
        path.send(c.now + i * 1e-5, c.packet(
            True, ACK, MSS, seq=c.seq[True] + i * MSS), lost=True)
    c.now += 0.1
    c.exchange(False, ACK, MSS)
    _, whole = compare('a full queue', path, folder, 1)
    check('a full queue', whole['evicted'] == 5000 - 4096, whole)
    path = simple()
    _, whole = compare('no full queue', path, folder, 3)
    check('no full queue', whole['evicted'] == 0, whole)


def check_clock_through_firewall(folder):
    """Replaced sequence numbers, and no other connection to ask."""
    path = simple(turns=60, conns=1, shift=123456789, lose=(4, 30),
                  offset=-3600.0)
    pairs, whole = compare('firewall', path, folder, 1)
    check('firewall', whole['clock_offset'] is not None and
          abs(whole['clock_offset'] + 3600) < 0.0003 and
          pairs[0]['near_orig'] == 'a', whole)


def check_all_at_once(folder):
    """NAT, a clamped MSS, offload at one end, loss, and a clock that drifts."""
    path = superframes(pause=0.4, lose=(4, 9), nat=True, mss=1200,
                       offset=-77.5, drift=65.0)
    pairs, whole = compare('all at once', path, folder, 1)
    check('all at once', abs(whole['clock_offset'] + 77.5) < 0.0003 and
          abs(whole['clock_drift_ppm'] - 65) < 2, whole)
    check('all at once', pairs[0]['orig_rewritten'] == 'address,port,mss' and
          abs(pairs[0]['orig_delay_max'] - 0.020) < 0.0003, pairs)


SWAPPED = {'a': 'b', 'b': 'a'}


def swapped_key(key):
    """The key of the same figure when the captures change places."""
    if key[:6] in ('orig_h', 'orig_p', 'resp_h', 'resp_p'):
        return key[:6] + ('' if key.endswith('_b') else '_b')
    for ending, other in ('_a', '_b'), ('_b', '_a'):
        if key.endswith(ending):
            return key[:-2] + other
    for side in 'ab':
        if '_%s_' % side in key:
            return key.replace('_%s_' % side, '_%s_' % SWAPPED[side])
    return key


def check_order(folder):
    """The second capture first: the same, with the sides swapped."""
    for name, path in (('loss', simple(lose=(3, 7))),
                       ('NAT', simple(nat=True, lose=(5,))),
                       ('clock', simple(offset=12.5, turns=60)),
                       ('superframes', superframes(lose=(3,))),
                       ('thinned', thinned()), ('injected', injected()),
                       ('reordered', reordered()), ('missed', missed()),
                       ('queued', queued()), ('proxy', proxy())):
        a, b = path.write(folder)
        there = run([a, b])[1]
        back = {r.get('orig_p_b'): r for r in run([b, a])[1]
                if r['type'] == 'pair'}
        for pair in [r for r in there if r['type'] == 'pair']:
            other = back[pair['orig_p']]
            for key, value in pair.items():
                same = other[swapped_key(key)]
                if key == 'near_orig' and same is not None:
                    same = SWAPPED[same]
                if key in ('pair', 'ts', 'duration'):
                    continue
                near = isinstance(value, float) and same is not None
                check(name + ', swapped', abs(same - value) < 0.0003 if near
                      else same == value, '%s: %s, but %s' %
                      (key, value, same))


def check_options(folder):
    """What a comparison would ignore is refused; the rest works."""
    a, b = simple(lose=(4,)).write(folder)
    out = os.path.join(folder, 'out')
    for words in ('-w ' + out, '--states', '--diagnose', '-v', '--stream -J',
                  '--annotate=' + out, '--metrics=' + out, '--interval=1',
                  '--top', '--sort=bytes', '--limit=1', '--only=open',
                  '--frames=3', '--conn=1', '--columns=conn -J',
                  '--workers=2', '--one-thread', '--max-conns=5',
                  '--no-analysis', '--segments=1 -J', '--svg=' + out,
                  '--by=server', '--xpl=' + out):
        status, printed, said = text([a, b] + words.split())
        check(words, status == 2 and printed == '' and
              said.count('tcpstates:') == 1, said)
        check(words, not os.path.exists(out))
    status, printed, said = text(['--csv', a, b])
    rows = [line.split(',') for line in printed.splitlines()]
    check('CSV', status == 0 and len(rows) == 4 and rows[0][0] == 'pair' and
          all(len(row) == len(rows[0]) for row in rows), said)
    status, printed, said = text(['-o', out, '--table', a, b])
    with open(out, encoding='ascii') as file:
        check('-o', status == 0 and len(file.readlines()) == 4 and
              printed == '', said)
    done, records = run([a, b, 'tcp', 'port', '40001'])
    check('filter', done.returncode == 0 and records[-1]['pairs'] == 1)
    with open(a, 'rb') as file, gzip.open(a + '.gz', 'wb') as packed:
        packed.write(file.read())
    done, records = run([a + '.gz', pcapng(b, os.path.join(folder, 'ng'))])
    check('gzip and pcapng', done.returncode == 0 and
          records[-1]['pairs'] == 3 and records[-1]['lost_between'] == 3,
          done.stderr)


# Options that a comparison honours, with an argument; all others it refuses.
HONOURED = {
    'read': None, 'filter': 'tcp', 'filter-file': '', 'ipv4': '', 'ipv6': None,
    'vlan-key': '', 'no-tunnels': '', 'vxlan-port': '9', 'geneve-port': '9',
    'decode-as': 'udp.port==9,vxlan', 'compare': '', 'with': None,
    'clocks': 'synchronised', 'relinquish-privileges': None, 'count': '99999',
    'duration': '1h', 'table': '', 'segments': '1', 'html': None,
    'format': 'csv', 'ndjson': '', 'csv': '', 'json': '', 'no-header': '',
    'output': None, 'append': None, 'conn': None, 'time': 'r', 'color': 'auto',
    'no-color': '', 'no-pager': '', 'numeric': '', 'quiet': '',
    'deterministic': '', 'no-sandbox': ''}
# These do something else than to compare.
OTHER = {'list-interfaces', 'usage', 'help', 'version'}


def option_table():
    """All options of the program: name, and name of the argument."""
    done = subprocess.run([sys.argv[1], '--help'], capture_output=True,
                          text=True, check=True)
    return re.findall(r'^  (?:-.,|   ) --([a-z0-9-]+)(?:\[?=(\S+?)\]?)?(?: |$)',
                      done.stdout, re.MULTILINE)


def check_table(folder):
    """No option of the table is ignored: each is honoured or refused."""
    a, b = simple(lose=(4,)).write(folder)
    words = os.path.join(folder, 'words')
    with open(words, 'w', encoding='ascii') as file:
        file.write('tcp')
    arguments = {'N': '1', 'I/N': '1/2', 'TIME': '1h', 'LIMIT': '1h',
                 'SIZE': '1M', 'GROUP': 'server', 'CLASS[,...]': 'open',
                 'KEY': 'bytes', 'KEY[,...]': 'conn', 'N[,M-K]': '1',
                 'DLT': 'EN10MB', 'DIR': 'in', 'BYTES': '96', 'ID': '1'}
    table = option_table()
    names = {name for name, _ in table}
    check('options', len(names) > 60 and set(HONOURED) <= names,
          set(HONOURED) - names)
    for name, argument in table:
        if name in OTHER or HONOURED.get(name, '') is None:
            continue
        value = HONOURED.get(name, arguments.get(
            argument, os.path.join(folder, 'none'))) if argument else ''
        if name == 'filter-file':
            value = words
        option = '--' + name + ('=' + value if value else '')
        status, printed, said = text(['-r', a, '--with', b, option])
        if name in HONOURED:
            check(option, status == 0 and printed != '', said)
        else:
            check(option, status in (1, 2) and printed == '' and
                  said.count('tcpstates:') == 1, said)
        check(option, not os.path.exists(os.path.join(folder, 'none')))


def pcapng(source, target):
    """The capture again, as pcapng with times in nanoseconds."""
    def block(kind, body):
        body += b'\0' * (-len(body) % 4)
        length = struct.pack('<I', len(body) + 12)
        return struct.pack('<I', kind) + length + body + length

    blocks = [block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1)),
              block(1, struct.pack('<HHIHHB3xI', 101, 0, 0, 9, 1, 9, 0))]

    def add(secs, part, packet):
        when = secs * 10**9 + part
        blocks.append(block(6, struct.pack(
            '<IIIII', 0, when >> 32, when & 0xffffffff, len(packet),
            struct.unpack_from('!H', packet, 2)[0]) + packet))
        return secs, part, packet

    copy(source, target, add)
    with open(target, 'wb') as file:
        file.write(b''.join(blocks))
    return target


def check_memory(folder):
    """Six times as many segments of a connection take no more memory."""
    peaks = []
    for count in 40000, 240000:
        files = [os.path.join(folder, point) for point in 'ab']
        stream(files, count)
        with open(os.devnull, 'w', encoding='ascii') as null:
            done = subprocess.Popen([sys.argv[1], '--compare'] + files,
                                    stdin=subprocess.DEVNULL, stdout=null)
            _, status, usage = os.wait4(done.pid, 0)
            done.returncode = status
        check('memory', status == 0)
        peaks.append(usage.ru_maxrss)
    # In KiB: 64 bytes per segment would be 12 MiB.  A sanitizer keeps some
    # freed memory.
    check('memory', peaks[1] - peaks[0] < 10240, peaks)


def stream(files, count):
    """Data of one connection, of which every 50th segment is lost."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    packet, length = path.ip(c.packet(True, ACK, MSS), False)
    for number, name in enumerate(path.write(os.path.dirname(files[0]))):
        with open(name, 'rb') as file:
            head = file.read()
        with open(files[number], 'wb') as file:
            file.write(head)
            for i in range(count):
                if number == 1 and i % 50 == 49:
                    continue
                when = 10**18 + 10**8 + i * 10**6 + number * 2 * 10**7
                file.write(struct.pack(
                    '<IIII', when // 10**9, when % 10**9, len(packet),
                    length) + packet[:4] + struct.pack('!H', i & 0xffff) +
                    packet[6:24] + struct.pack(
                        '!I', (c.seq[True] + i * MSS) & 0xffffffff) +
                    packet[28:])


def text(arguments):
    done = subprocess.run([sys.argv[1], '--compare'] + arguments,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr.replace('\n', ' ')


def check_marks(folder):
    """What became of the IP header, in words, per direction."""
    def row(label, orig, resp):
        return '  %-30s%20s%20s\n' % (label, orig, resp)

    for name, path, expected in (
            ('injected TTL', injected(),
             ['the first one with TTL\n'
              "    250 where the endpoint's segments have 61\n"]),
            ('TTL', simple(conns=1), [row('TTL decrement', 3, 3)]),
            ('TTL raised', simple(conns=1, fall=-191),
             [row('TTL decrement', '-191 (rewritten)', 3),
              '  rewritten, from originator    ttl\n']),
            ('DSCP', simple(conns=1, tos=46 << 2, tos_rule=lambda t: 0),
             ['  DSCP changed ', row('  the first of these', '46 to 0',
                                     '46 to 0'),
              '  rewritten between             dscp\n']),
            ('CE set', simple(conns=1, tos=2, tos_rule=lambda t: t | 1),
             [row('CE set between', 20, 20)]),
            ('CE erased', simple(conns=1, tos=3, tos_rule=lambda t: t & 2),
             [row('CE erased between', 20, 20),
              '  rewritten between             ecn-changed\n'])):
        said = text(path.write(folder))[1]
        for words in expected:
            check(name, words in said, said)


def check_segments(folder):
    """--segments: a line per segment, with what happened on the way."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    c.talk(12, lose=(3,))
    first = c.packet(False, ACK, MSS)
    second = c.packet(False, ACK, MSS, seq=c.seq[False] + MSS)
    path.send(c.now, first, delay=0.030)
    path.send(c.now + 0.0001, second)
    c.seq[False] += 2 * MSS
    c.now += 0.06
    c.exchange(True, ACK)
    path.put('a', c.now, c.packet(False, RST | ACK))
    files = path.write(folder)
    for number in '--segments=1', '--segments':
        status, out, said = text([number, '-t', 'r'] + files)
        check('segments', status == 0, said)
        lines = [line.split() for line in out.splitlines()[3:]]
        check('segments', len(lines) == len(path.frames['b']) + 1,
              '%d lines' % len(lines))
        check('segments', lines and lines[0][:7] ==
              ['1', '0.000000', '->', '20.000', '->', '0.020000', '1'],
              lines[0])
        for word in 'lost', 'late', 'injected':
            check('segments', sum(line[-1] == word for line in lines) == 1,
                  word)
    # Words go below a line that has no room for them.
    status, out, said = text(['--segments', '-t', 'ud'] + files)
    lines = out.splitlines()
    check('segments', max(map(len, lines)) <= 100 and
          all('        ' + word in lines for word in
              ('lost', 'late', 'injected')), out)
    status, _, said = text(['--segments=7'] + files)
    check('segments', status == 1 and 'there is no pair 7' in said, said)
    status, _, said = text(['--segments'] + simple().write(folder))
    check('segments', status == 1 and 'one of 3 pairs' in said, said)
    status, _, said = text(['--segments=1'] + proxy().write(folder))
    check('segments', status == 1 and 'terminated' in said, said)


def copy(source, target, change):
    """A capture again, with change(secs, nanoseconds, packet) of each."""
    with open(source, 'rb') as file:
        data = file.read()
    at, out = 24, [data[:24]]
    while at < len(data):
        secs, part, caught, length = struct.unpack_from('<IIII', data, at)
        secs, part, packet = change(secs, part,
                                    data[at + 16:at + 16 + caught])
        length += len(packet) - caught if len(packet) > caught else 0
        out.append(struct.pack('<IIII', secs, part, len(packet), length))
        out.append(packet)
        at += 16 + caught
    with open(target, 'wb') as file:
        file.write(b''.join(out))
    return target


def check_same(folder):
    a, _ = simple().write(folder)
    done, records = run([a, a])
    whole = records[-1]
    check('the same file', done.returncode == 0 and
          whole['lost_between'] == 0 and
          whole['matched'] == whole['sent_a'] and
          whole['clock_offset'] == 0 and records[0]['orig_delay_max'] == 0)
    for key in ('lost_between', 'injected_between', 'thinned', 'outside',
                'duplicated_between', 'reordered_between', 'resegmented',
                'uncaptured'):
        check('the same file', whole[key] == 0, key)
    for pair in records[:-1]:
        for side in 'orig', 'resp':
            check('the same file', pair[side + '_delay_min'] == 0 and
                  pair[side + '_delay_max'] == 0 and
                  pair[side + '_rewritten'] is None, pair)
    status, out, _ = text([a, a])
    check('the same file', status == 0 and 'captures are the same' in out and
          max(map(len, out.splitlines())) <= 80, out)
    status, out, _ = text(proxy().write(folder))
    check('a proxy', status == 0 and 'the same:' not in out, out)
    status, out, _ = text(simple().write(folder))
    check('not the same file', status == 0 and 'the same' not in out)


def check_missing(folder):
    """A capture that misses every fifth packet makes no loss certain."""
    path = Path()
    c = Connection(path, 40000, 10**9)
    c.open()
    for _ in range(40):
        c.exchange(False, ACK, MSS)
        c.exchange(True, ACK)
        c.now += 0.3        # too long to be thinned
    c.close()
    del path.frames['b'][20::5]
    a, b = path.write(folder)
    for files in [a, b], [b, a]:
        _, records = run(files)
        check('a capture with gaps', records[-1]['uncaptured'] > 0 and
              records[-1]['lost_between'] > 0 and
              not [r for r in records if r['type'] == 'finding' and
                   r['confidence'] != 'possible'], records)


def check_forms(folder):
    """What is the same in all but its form."""
    a, b = simple(lose=(4,)).write(folder)
    other = os.path.join(folder, 'form.pcap')
    for name, change in (
            ('snap length', lambda s, n, p: (s, n, p[:52])),
            ('link type', lambda s, n, p: (s, n, b'\0' * 12 + b'\x08\0' +
                                           p))):
        copy(b, other, change)
        if name == 'link type':
            with open(other, 'r+b') as file:
                file.seek(20)
                file.write(struct.pack('<I', 1))
        done, records = run([a, other])
        check(name, done.returncode == 0 and
              records[-1]['lost_between'] == 3 and
              records[-1]['pairs'] == 3, done.stderr)


def check_cut_options(folder):
    """Options that the packets of one capture are too short for."""
    a, b = simple(conns=1, lose=(4,), extra=b'\x22\x02').write(folder)
    other = os.path.join(folder, 'short.pcap')
    for caught in range(40, 64, 2):
        copy(b, other, lambda s, n, p, caught=caught: (s, n, p[:caught]))
        for files in [a, other], [other, a]:
            _, records = run(files)
            check('options cut at %d' % caught, records and
                  [r['id'] for r in records if r['type'] == 'finding'] ==
                  ['lost-between'] and not records[0]['orig_rewritten'] and
                  not records[0]['resp_rewritten'], records)


def check_step(folder):
    """The clock of one point is set, in the middle."""
    a, b = simple(turns=100, conns=3, lose=(4,)).write(folder)
    other = os.path.join(folder, 'step.pcap')
    for step, first in itertools.product(
            (0.7, 5, 86400, -0.7, -5, -86400), (True, False)):
        name = 'a clock is set by %s s' % step

        def late(secs, part, packet, step=step):
            ns = secs * 10**9 + part
            if ns > 10**18 + 3 * 10**9:
                ns += int(step * 10**9)
            return ns // 10**9, ns % 10**9, packet

        files = [a, copy(b, other, late)] if first else \
            [copy(a, other, late), b]
        done, records = run(files)
        check(name, done.returncode == 0 and
              records[-1]['lost_between'] == 3 and
              records[-1]['injected_between'] == 0 and
              abs(records[0]['orig_delay_min'] - 0.020) < 0.0003 and
              max(record[side + '_delay_max'] for record in records
                  if record['type'] == 'pair' for side in ('orig', 'resp'))
              < 0.020 + 0.002, '%s %s %s' % (first, done.stderr, records))
        status, out, _ = text(files)
        check(name, status == 0 and 'a clock was set' in out, out[:400])
    page = os.path.join(folder, 'page.html')
    run(['--html=' + page] + files)
    with open(page, encoding='utf-8') as file:
        check('page', 'until a clock was set.' in file.read())


def check_cut(folder):
    """Nothing is lost in what a cut file lacks."""
    a, b = simple(lose=(3,)).write(folder)
    cut = os.path.join(folder, 'cut.pcap')
    with open(b, 'rb') as whole_file, open(cut, 'wb') as out:
        data = whole_file.read()
        out.write(data[:len(data) * 2 // 3])
    for files in [a, cut], [cut, a]:
        done, records = run(files)
        check('a cut file', done.returncode == 3 and records and
              records[-1]['lost_between'] == 3 and
              records[-1]['outside'] > 0 and
              records[-1]['injected_between'] == 0,
              '%s %s' % (done.stderr, records[-1:]))
        check('a cut file', 'cut' in done.stderr, done.stderr)


def check_no_common_time(folder):
    """
    Clocks that are trusted, and an hour apart, where one direction alone
    cannot show that they differ: its delay would be an hour.
    """
    files = simple(offset=-3600.0).write(folder) + ['src', 'port', '443']
    done, records = run(['--clocks=synchronised'] + files)
    check('no common time', records and records[-1]['pairs'] == 3 and
          records[-1]['common_secs'] == 0 and
          records[-1]['lost_between'] == 0, done.stderr)
    _, out, _ = text(['--clocks=synchronised'] + files)
    check('no common time', 'none, by the clocks' in out, out)


def check_unknown_order(folder):
    """One direction, and no TTL that falls: which point is first?"""
    path = Path(fall=0)
    c = Connection(path, 40000, 10**9)
    c.open()
    for turn in range(20):
        if turn in (3, 7):
            c.exchange(True, PSH | ACK, 200, lost=True)
            c.now += 0.25
        c.exchange(True, PSH | ACK, 200)
        c.exchange(False, ACK)
    files = path.write(folder)
    for order, point in (files, 'A'), (files[::-1], 'B'):
        order = order + ['dst', 'port', '443']
        (pair, whole) = [r for r in run(order)[1] if r['type'] in
                         ('pair', 'compare')]
        check('unknown order', pair['near_orig'] is None and
              pair['orig_lost_between'] is None and
              pair['orig_injected_between'] is None and
              pair['orig_lost_before_first'] is None and
              pair['orig_lost_behind_second'] is None and
              pair['resp_lost_between'] == 0, pair)
        check('unknown order', whole['lost_or_injected'] == 2 and
              whole['lost_between'] == whole['injected_between'] == 0, whole)
        _, out, _ = text(order)
        row = 'lost or injected: at %s only' % point
        check('unknown order', out.count(' lost or injected: ') == 3 and
              re.search(r'\n  %s +2 +0\n' % row, out) and
              ' lost between  ' not in out, out)
        _, out, _ = text(['--table'] + order)
        check('unknown order', out.splitlines()[1].split()[3:7] ==
              ['?', '22', '?', '?'], out)
        page = os.path.join(folder, 'page.html')
        _, out, _ = text(['--segments=1', '--html=' + page] + order)
        check('unknown order', len(re.findall(r'  lost or injected$', out,
                                              re.M)) == 2, out)
        with open(page, encoding='utf-8') as file:
            page = file.read()
        check('unknown order', '<td class="x">?</td><td class="x">?</td>'
              in page and '<dt>lost or injected</dt><dd>2<' in page and
              'Nothing was' not in page, page)


def check_listed(folder):
    """Connections without a partner are listed, 20 per point."""
    path = simple()
    for port in range(50000, 50023):
        c = Connection(path, port, 10**9 + 1)
        path.send(c.now, c.packet(True, SYN), lost=True)
    a, b = path.write(folder)
    _, out, _ = text([a, b])
    check('listed', '23 only at A (unanswered SYNs: blocked between?)' in out
          and out.count('443  unanswered SYNs: blocked between?') == 20
          and '\nOnly at A\n  #' in out and '\n  and 3 more\n' in out
          and 'Only at B' not in out, out[:2000])
    page = os.path.join(folder, 'page.html')
    _, records = run(['--html=' + page, a, b])
    with open(page, encoding='utf-8') as file:
        check('listed', re.search(r'<dt>only at A</dt><dd>23<', file.read()))
    listed = [r for r in records if r['type'] == 'unpaired']
    check('listed', [(r['point'], r['reason'], r['orig_p'], r['resp_p'],
                      r['orig_pkts'], r['resp_pkts']) for r in listed] ==
          [('a', 'blocked', port, 443, 1, 0)
           for port in range(50000, 50023)], listed)
    _, out, _ = text([b, a])
    check('listed', out.count('443  unanswered SYNs: blocked between?') == 20
          and '\nOnly at B\n  #' in out, out[:2000])


def check_strangers(folder):
    """Captures that have nothing to do with each other."""
    a, _ = simple().write(folder)
    for start, words in ((2 * 10**9, 'do not overlap in time'),
                         (10**9, 'have no connection in common')):
        other = Path(seed=2)
        c = Connection(other, 5000, start)
        c.open()
        c.talk(3)
        os.makedirs(os.path.join(folder, 'other'), exist_ok=True)
        strange, _ = other.write(os.path.join(folder, 'other'))
        status, out, said = text([a, strange])
        check(words, status == 1 and words in said and out == '' and
              said.count('tcpstates:') == 1, said)
    alike = Path(nat=True)
    for port in range(5000, 5006):
        c = Connection(alike, port, 10**9 + port - 5000)
        c.seq = {True: 5, False: 7}
        c.open()
        c.talk(20)
    status, out, said = text(alike.write(folder))
    check('equal numbers', status == 1 and 'several may be' in said and
          out == '', (said, out))
    a, _ = simple().write(folder)
    empty = os.path.join(folder, 'empty.pcap')
    with open(a, 'rb') as file, open(empty, 'wb') as out:
        out.write(file.read(24))
    status, _, said = text([a, empty])
    check('an empty file', status == 1 and 'no connection' in said, said)


def check_inputs(folder):
    check_same(folder)
    check_forms(folder)
    check_cut_options(folder)
    check_missing(folder)
    check_step(folder)
    check_cut(folder)
    check_no_common_time(folder)
    check_strangers(folder)
    check_unknown_order(folder)
    check_listed(folder)
    a, b = simple().write(folder)
    for arguments, wanted, words in (
            ([a], 2, 'needs two captures'),
            ([a, b, a], 2, 'needs two captures'),
            (['--with', a], 2, 'needs two captures'),
            ([a, '-'], 2, 'standard input'),
            (['-r', a, '--with', a + '.none'], 1, 'no such file'),
            ([a, __file__], 1, 'compare.py')):
        status, out, said = text(arguments)
        check('arguments', status == wanted and words in said and out == '',
              '%s: %d %s' % (arguments[-1], status, said))


with tempfile.TemporaryDirectory() as directory:
    os.chmod(directory, 0o755)
    check_paths(directory)
    check_findings(directory)
    check_three_points(directory)
    check_marks(directory)
    check_segments(directory)
    check_clocks(directory)
    check_short_drift(directory)
    check_unknown_clock(directory)
    check_unanswered_clock(directory)
    check_trusted_clock(directory)
    check_refuted_clock(directory)
    check_round_trip(directory)
    check_several_files(directory)
    check_evicted(directory)
    check_clock_through_firewall(directory)
    check_all_at_once(directory)
    check_order(directory)
    check_inputs(directory)
    check_options(directory)
    check_table(directory)
    check_memory(directory)
sys.exit(failures > 0)
