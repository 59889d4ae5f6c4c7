#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""table.py RESULTS - what README.md says of speed, out of a run of `make bench`

RESULTS is bench.txt or a part of it: the two lines of its beginning, and what
bench.py says of the others.  Of several runs the last one counts.
"""
import re
import sys
import textwrap

from bench import PEERS, TRACES

NAMES = {'floor count': 'libpcap\'s `pcap_loop()`, which only counts packets',
         'tcpstates': '**`tcpstates -r FILE`**'}
NAMES.update((name, '`%s FILE`' % ' '.join(command))
             for name, command in PEERS)

ROW = re.compile(r'  (\S.*?) +[0-9.]+ +([0-9.]+) s +([0-9]+) ns +([0-9.]+) x'
                 r' +([0-9.]+) s +[0-9.]+ x +([0-9]+) KiB')


def main(path):
    with open(path) as file:
        text = file.read()
    found = list(re.finditer(r'^Others, .*: (\d+) packets, (\d+) MB\n.*\n'
                             r'((?:  .*\n)+)', text, re.M))
    if not found:
        sys.exit('%s: no run of bench.py with others' % path)
    packets, size, rows = found[-1].groups()
    before = text[:found[-1].start()]
    date, commit, machine = re.findall(r'^## (\d\S+) (\S+) (.*)\n', before,
                                       re.M)[-1]
    load = re.findall(r'^load average at the beginning: ([0-9.]+)', before,
                      re.M)[-1]
    print()
    print(textwrap.fill(
        '`make bench` makes a capture of %.1f million packets (%s MB) in %d '
        'thousand connections, some five thousand of them at a time, and lets '
        'each program that is installed read it, once. Memory is the peak '
        'of resident memory. This was commit %s on %s, %s, with a load of %s:' %
        (int(packets) / 1e6, size, TRACES['mixed'][1] / 1000, commit,
         date[:10], machine, load), 79))
    print()
    print('| | seconds | per packet | times pcap_loop() | CPU time '
          '| memory |')
    print('|---|---:|---:|---:|---:|---:|')
    for row in rows.splitlines():
        match = ROW.match(row)
        if match and match.group(1) in NAMES:
            name, passed, each, times, cpu, memory = match.groups()
            print('| %s | %.1f | %s ns | %.1f | %.1f s | %d MB |' % (
                NAMES[name], float(passed), each, float(times), float(cpu),
                int(memory) * 1024 / 1e6))
    print()


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])
