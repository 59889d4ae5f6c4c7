#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""compare_lab.py TCPSTATES LAB: real connections, captured at three points.

LAB has captures NAME.a, NAME.m and NAME.b of the same traffic by one clock: at
the client, on the path and at the server.  What was lost, how long it took and
what was overtaken between two of them is counted here from the bytes, and
tcpstates --compare has to find the same, with either capture first."""

import collections
import glob
import gzip
import json
import os
import struct
import subprocess
import sys

NEAR = 0.0003           # seconds that offsets and delays may be wrong
HEAD = struct.Struct('<IIII')
wrong = []


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def timestamp(options):
    """The TSval of TCP options, or None."""
    at = 0
    while at + 1 < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if options[at] == 8:
            return struct.unpack_from('!I', options, at + 2)[0]
        at += max(options[at + 1], 2)
    return None


def segments(name):
    """(time, what distinguishes the segment, its direction), in order."""
    with gzip.open(name) as packed:
        data = packed.read()
    fraction = 1e-9 if data[:4] == b'\x4d\x3c\xb2\xa1' else 1e-6
    at, found = 24, []
    while at < len(data):
        secs, part, caught, _ = HEAD.unpack_from(data, at)
        packet = data[at + 16:at + 16 + caught]
        at += 16 + caught
        size = (packet[0] & 15) * 4
        if packet[0] >> 4 != 4 or packet[9] != 6:
            continue
        length, ident = struct.unpack_from('!HH', packet, 2)
        tcp = packet[size:]
        head = (tcp[12] >> 4) * 4
        found.append((secs + part * fraction,
                      (packet[12:20], tcp[:12], tcp[13], tcp[14:16],
                       length - size - head, ident,
                       timestamp(tcp[20:head])), packet[12:16]))
    return found


def matches(first, second):
    """[(time at first, time at second, place at first)], and those without."""
    queues = collections.defaultdict(collections.deque)
    for place, (when, key, _) in enumerate(first):
        queues[key].append((when, place))
    matched, extra = [], 0
    for when, key, _ in second:
        if queues[key]:
            earlier, place = queues[key].popleft()
            matched.append((earlier, when, place))
        else:
            extra += 1
    return matched, sum(map(len, queues.values())), extra


def overtaken(matched):
    highest, count = -1, 0
    for _, _, place in matched:
        count += place < highest
        highest = max(highest, place)
    return count


def run(program, a, b, *options):
    done = subprocess.run([program, '--compare', '-J', *options, a, b],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, check=False)
    check(done.returncode == 0, '%s: %s' % (a, done.stderr))
    check('clocks differ' not in done.stderr, '%s: %s' % (a, done.stderr))
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_clock(name, whole, pairs, delays):
    if whole['clock_offset'] is None:
        return False
    check(abs(whole['clock_offset']) < NEAR,
          '%s: offset %s' % (name, whole['clock_offset']))
    check(abs(whole['clock_drift_ppm']) < 2,
          '%s: drift %s' % (name, whole['clock_drift_ppm']))
    for side in 'orig', 'resp':
        found = [p[side + '_delay_min'] for p in pairs
                 if p[side + '_delay_min'] is not None]
        truth = delays[side]
        check(found and abs(min(found) - truth) < NEAR,
              '%s: %s takes %s, not %s' % (name, side, found, truth))
    return True


def check_pair(program, name, near, far):
    """`near` is the capture closer to the client, which opens."""
    truth = collections.Counter()
    delays = {}
    at = {tap: segments(tap) for tap in (near, far)}
    client = at[near][0][2]
    for side in 'orig', 'resp':
        order = (near, far) if side == 'orig' else (far, near)
        lists = [[s for s in at[tap] if (s[2] == client) == (side == 'orig')]
                 for tap in order]
        matched, missing, extra = matches(*lists)
        truth.update(matched=len(matched), missing=missing, extra=extra,
                     reordered=overtaken(matched))
        delays[side] = min((b - a for a, b, _ in matched), default=None)
    found = False
    for a, b in (near, far), (far, near):
        records = run(program, a, b)
        if not records:
            continue
        whole = records[-1]
        got = {'matched': whole['matched'], 'extra': whole['injected_between'],
               'missing': whole['lost_between'] + whole['outside'],
               'reordered': whole['reordered_between']}
        for key, count in got.items():
            check(count == truth[key], '%s: %s %d, not %d' %
                  (name, key, count, truth[key]))
        check(whole['outside'] <= 1, '%s: %d outside' %
              (name, whole['outside']))
        check(whole['judged_a_wrong'] + whole['judged_b_wrong'] == 0,
              '%s: misjudged %d and %d' % (name, whole['judged_a_wrong'],
                                           whole['judged_b_wrong']))
        found |= check_clock(name, whole, [
            r for r in records if r['type'] == 'pair'], delays)
        trusting = run(program, a, b, '--clocks=synchronised')[-1]
        for key in 'matched', 'lost_between', 'injected_between':
            check(trusting[key] == whole[key], '%s: %s %d by one clock' %
                  (name, key, trusting[key]))
        check(trusting['clock_uncertainty'] is None, name)
    return found


def main():
    program, lab = sys.argv[1:]
    compared = clocks = 0
    for a in sorted(glob.glob(os.path.join(lab, '*.a.pcap.gz'))):
        name = os.path.basename(a).split('.')[0]
        taps = [os.path.join(lab, '%s.%s.pcap.gz' % (name, tap))
                for tap in 'amb']
        for near, far in (0, 1), (1, 2), (0, 2):
            if os.path.exists(taps[near]) and os.path.exists(taps[far]):
                compared += 1
                clocks += check_pair(program, '%s %s' % (
                    name, 'amb'[near] + 'amb'[far]), taps[near], taps[far])
    check(compared > 0 and clocks > compared / 2, 'too little was compared')
    print('%d pairs of captures, %d with clocks' % (compared, clocks))
    for sentence in wrong:
        print('not right: ' + sentence)
    return len(wrong) > 0


sys.exit(main())
