#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""fleet.py DATA PROGRAM DIRECTORY [MAKER]

Starts two servers of ClickHouse, whose cluster has a shard on each, and
compares what DATA/clickhouse/ask says of all with the program's reports and
records: loaded into the nearest server, and through the Distributed tables.
MAKER makes a capture that is larger than the samples.
"""
import collections
import json
import os
import subprocess
import sys
from decimal import Decimal

import clickhouse
from engines import (PATIENCE, Capture, check, compare, output, pooled,
                     sections, wrong)

SAMPLES = ('web', 'resets', 'loss-behind', 'loss-before', 'loss-handshake',
           'zero-window')
FINDINGS = ('stories/slow-server', 'stories/filtered', 'stories/refused')
SHARDS = 2
SILENT = b'203.0.113.9'


class Fleet:
    def __init__(self, data, directory):
        self.data = data + '/clickhouse/'
        host = clickhouse.address()
        ports = clickhouse.free_ports(host, SHARDS)
        self.servers = []
        for shard, port in enumerate(ports):
            folder = os.path.join(directory, str(shard))
            os.mkdir(folder)
            self.servers.append(clickhouse.Server(folder, host, port, ports))

    def wait(self):
        for server in self.servers:
            server.wait()

    def stop(self):
        for server in self.servers:
            server.stop()

    def script(self, name, words, server=0, text=None):
        return output([self.data + name, *words, '--',
                       *self.servers[server].options()], text).decode()

    def setup(self):
        for server in range(SHARDS):
            for _ in range(2):      # the second time changes nothing
                self.script('setup', ['-C', clickhouse.CLUSTER], server)

    def load(self, host, capture, server=0, options=()):
        self.script('load', [*options, '-H', host, '-c', capture.name], server,
                    capture.ndjson)

    def ask(self, question, *options, server=0):
        return self.script('ask', ['-a', *options, question],
                           server).splitlines()

    def table(self, question, *options):
        """The answer as dictionaries."""
        head, *rows = [line.split('\t')
                       for line in self.ask(question, *options)]
        return [dict(zip(head, row)) for row in rows]

    def count(self, table, server):
        return int(output(['clickhouse-client',
                           *self.servers[server].options(), '--query',
                           'SELECT count() FROM %s FINAL' % table]))


def check_nearest(fleet, sites):
    """Each site's sensor loads into a server of its own."""
    for place, (site, captures) in enumerate(sorted(sites.items())):
        for capture in captures:
            fleet.load(site, capture, place % SHARDS)
    conns = [conn for captures in sites.values() for capture in captures
             for conn in capture.conns]
    for server in range(SHARDS):
        compare('all sites, by server %d' % server,
                fleet.ask('report', server=server), pooled(conns))
    for site, captures in sites.items():
        compare(site, fleet.ask('report', '-H', site),
                pooled([conn for one in captures for conn in one.conns]))
    one = sites['east'][0]
    compare('one capture', fleet.ask('report', '-H', 'east', '-c', one.name),
            sections(one.report))


def check_times(fleet, conns):
    """Half of the connections, by their time."""
    middle = sorted(conn['ts'] for conn in conns)[len(conns) // 2]
    second = int(middle) + 1
    text = output(['date', '-u', '-d', '@%d' % second,
                   '+%Y-%m-%d %H:%M:%S']).decode().strip()
    compare('since ' + text, fleet.ask('report', '-s', text),
            pooled([conn for conn in conns if conn['ts'] >= second]))
    compare('until ' + text, fleet.ask('report', '-u', text),
            pooled([conn for conn in conns if conn['ts'] < second]))


def check_anywhere(fleet, capture):
    """Through the Distributed tables, twice."""
    before = [fleet.count('conn', server) for server in range(SHARDS)]
    for server in range(SHARDS):
        fleet.load('anywhere', capture, server, ['-a'])
        compare('anywhere', fleet.ask('report', '-H', 'anywhere'),
                sections(capture.report))
    after = [fleet.count('conn', server) for server in range(SHARDS)]
    new = [now - then for now, then in zip(after, before)]
    check(sum(new) == len(capture.conns) and min(new) > 0,
          '%s rows for %d connections' % (new, len(capture.conns)))


def check_records(fleet, captures):
    for kind in 'finding', 'triage':
        rows = sum(fleet.count(kind, server) for server in range(SHARDS))
        want = sum(record['type'] == kind for capture in captures
                   for record in capture.records)
        check(rows == want > 0, '%d rows of %s, not %d' % (rows, kind, want))


def check_servers(fleet, conns):
    rows = {(row['resp_h'], row['resp_p']): row
            for row in fleet.table('servers', '-l', '9999')}
    want = collections.defaultdict(list)
    for conn in conns:
        if conn['orig_syn'] and conn['resp_pkts']:
            want[conn['resp_h'], str(conn['resp_p'])].append(conn)
    check(set(rows) == set(want), 'servers: %s' % (set(rows) ^ set(want)))
    for server in set(rows) & set(want):
        row, its = rows[server], want[server]
        check(int(row['conns']) == len(its), 'servers: %s' % row)
        slowest = max((conn['first_max'] for conn in its
                       if conn['first_max'] is not None), default=None)
        check(slowest is None or Decimal(row['response_max']) == slowest,
              'servers: %s, not %s' % (row, slowest))


def check_losses(fleet, conns):
    """As a sum over all networks of a side."""
    rows = fleet.table('losses', '-l', '9999')
    for side, keys in (('client', ('orig_loss_before', 'resp_loss_behind')),
                       ('server', ('orig_loss_behind', 'resp_loss_before'))):
        lost = sum(int(row['lost_segments']) for row in rows
                   if row['side'] == side)
        want = sum(conn[key] or 0 for conn in conns for key in keys)
        check(lost == want > 0, 'losses: %d at the %ss, not %d' %
              (lost, side, want))
    check(any(row['network'] == '2001:db8:a::/64' for row in rows) and
          any(row['network'] == '192.0.2.0/24' for row in rows),
          'losses: %s' % rows)


def check_silent(fleet, conns):
    hosts = collections.Counter()
    for conn in conns:
        hosts[conn['resp_h']] += conn['resp_pkts']
    want = {host for host, answers in hosts.items() if answers == 0}
    rows = fleet.table('silent', '-l', '9999')
    check({row['silent'] for row in rows} == want and want,
          'silent: %s, not %s' % (rows, want))


def check_verdicts(fleet, sites):
    rows = fleet.table('verdicts', '-l', '9999')
    for site, captures in sites.items():
        have = {(row['what'], row['side']): 0 for row in rows
                if row['site'] == site}
        for row in rows:
            if row['site'] == site:
                have[row['what'], row['side']] += int(row['conns'])
        want = collections.Counter(
            (conn['verdict'] or '-', conn['verdict_side'] or '-')
            for capture in captures for conn in capture.conns)
        check(have == want, 'verdicts at %s: %s, not %s' % (site, have, want))


def check_findings(fleet, captures):
    secs = collections.Counter()
    for capture in captures:
        for record in capture.records:
            if record['type'] == 'finding':
                secs[record['id'], record['side'] or '-'] += (
                    record['secs'] or 0)
    rows = fleet.table('findings', '-l', '9999')
    check({(row['id'], row['where']): Decimal(row['total_secs'])
           for row in rows} == secs, 'findings: %s, not %s' % (rows, secs))


def check_twice(fleet, sites):
    """The sites' captures of the same traffic, and no others."""
    seen = {site: {conn['community_id'] for capture in captures
                   for conn in capture.conns}
            for site, captures in sites.items()}
    rows = fleet.table('twice', '-l', '9999')
    both = seen['east'] & seen['west']
    check({row['community_id'] for row in rows} == both and both,
          'twice: %d connections, not %d' % (len(rows), len(both)))
    for row in rows:
        check((row['first_sensor'], row['second_sensor']) ==
              ('east', 'west') and Decimal(row['later']) == 0 and
              row['orig_first'] == row['orig_second'], 'twice: %s' % row)


def check_failures(fleet):
    """What is asked or loaded in vain does not succeed."""
    options = fleet.servers[0].options()
    for command in (['ask', '-s', 'never', 'report', '--', *options],
                    ['ask', 'nothing', '--', *options],
                    ['setup', '-C', "a'b", '--', *options],
                    ['load', '--', '--host', fleet.servers[0].host,
                     '--port', '1']):
        done = subprocess.run(
            [fleet.data + command[0], *command[1:]], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=PATIENCE)
        check(done.returncode != 0, '%s succeeds' % command[:3])
    bad = b'{"type":"conn","conn":1,"ts":1.5,"orig_pkts":"many"}\n'
    done = subprocess.run([fleet.data + 'load', '--', *options], input=bad,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, timeout=PATIENCE)
    check(done.returncode != 0, 'a record that cannot be loaded is')


def check_keep(fleet):
    """All samples are old, and are gone after."""
    said = fleet.script('keep', ['-n', '-d', '99999'])
    check(said == '', 'keep drops ' + said)
    for server in range(SHARDS):
        fleet.script('keep', ['-d', '0'], server)
        for kind in 'conn', 'finding', 'triage':
            check(fleet.count(kind, server) == 0, 'keep leaves a ' + kind)


def diagnose(program, capture):
    """Records of all kinds; those of one sample name a host that is in no
    other, and so never answers."""
    capture.ndjson = output([program, '-J', '--diagnose', capture.path])
    if capture.name.endswith('filtered.pcap'):
        capture.ndjson = capture.ndjson.replace(b'198.51.100.20', SILENT)
    capture.records = [json.loads(line, parse_float=Decimal)
                       for line in capture.ndjson.splitlines()]
    capture.conns = [record for record in capture.records
                     if record['type'] == 'conn']


def check_fleet(fleet, data, program, maker, directory):
    sites = {
        'east': [Capture(program, '%s/%s.pcap' % (data, name))
                 for name in SAMPLES],
        'south': [Capture(program, '%s/%s.pcap' % (data, name))
                  for name in FINDINGS],
    }
    sites['west'] = sites['east'][1:3]
    for capture in {one for captures in sites.values() for one in captures}:
        diagnose(program, capture)
    fleet.wait()
    fleet.setup()
    check_nearest(fleet, sites)
    captures = [capture for captures in sites.values() for capture in captures]
    conns = [conn for capture in captures for conn in capture.conns]
    check_times(fleet, conns)
    check_records(fleet, captures)
    check_servers(fleet, conns)
    check_losses(fleet, conns)
    check_silent(fleet, conns)
    check_verdicts(fleet, sites)
    check_findings(fleet, captures)
    check_twice(fleet, sites)
    check_failures(fleet)
    large = sites['east'][0]
    if maker is not None:
        path = os.path.join(directory, 'large.pcap')
        with open(path, 'wb') as file:
            file.write(output([maker, '-c', '2000', '-p', '11', '-s', '96']))
        large = Capture(program, path)
    check_anywhere(fleet, large)
    check_keep(fleet)
    return len(conns) + len(large.conns)


def main(data, program, directory, maker=None):
    fleet = Fleet(data, directory)
    try:
        conns = check_fleet(fleet, data, program, maker, directory)
    finally:
        fleet.stop()
    for sentence in wrong[:20]:
        print('\t' + sentence)
    print('%d connections on %d servers' % (conns, SHARDS))
    return 1 if wrong else 0


if __name__ == '__main__':
    os.environ['TZ'] = 'UTC'    # ClickHouse knows no UTC0
    sys.exit(main(*sys.argv[1:]))
