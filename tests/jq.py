#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""jq.py WHAT ... - are the records the same under the names of others?

    values DIRECTORY            DIRECTORY/zeek and ecs against its records
    zeek PROGRAM DATA SHARED    zeek.jq's lines against Zeek's own conn.log
"""
import csv
import datetime
import json
import subprocess
import sys
from decimal import Decimal

import shared

wrong = []

ZEEK = ['ts', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto',
        'duration', 'orig_bytes', 'resp_bytes', 'conn_state', 'missed_bytes',
        'history', 'orig_pkts', 'orig_ip_bytes', 'resp_pkts', 'resp_ip_bytes',
        'community_id']
# Of the record: where ECS has it.
ECS = {'type': None, 'ts': 'event.start', 'duration': 'event.duration',
       'end_reason': 'event.reason', 'community_id': 'network.community_id',
       'orig_h': 'source.ip', 'orig_p': 'source.port',
       'orig_ip_bytes': 'source.bytes', 'orig_pkts': 'source.packets',
       'resp_h': 'destination.ip', 'resp_p': 'destination.port',
       'resp_ip_bytes': 'destination.bytes',
       'resp_pkts': 'destination.packets'}


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def lines(path):
    with open(path) as file:
        return [json.loads(line, parse_float=Decimal) for line in file]


def micros(number):
    return int((Decimal(number) * 1000000).to_integral_value())


def date_micros(text):
    """Of 2026-11-20T10:37:13.985218Z."""
    when = datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%S.%fZ').replace(
        tzinfo=datetime.timezone.utc)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (when - epoch) // datetime.timedelta(microseconds=1)


def check_zeek_names(record, row):
    number = record['conn']
    want = {key: record.get(key) for key in ZEEK}
    want.update({'id.' + key: record[key] for key in
                 ('orig_h', 'orig_p', 'resp_h', 'resp_p')}, proto='tcp')
    for side in 'orig', 'resp':
        want[side + '_bytes'] = record[side + '_unique_bytes'] + \
            record[side + '_missed_bytes']
    want['missed_bytes'] = record['orig_missed_bytes'] + \
        record['resp_missed_bytes']
    if not record['duration']:
        want.update(duration=None, orig_bytes=None, resp_bytes=None)
    want = {key: value for key, value in want.items() if value is not None}
    # jq 1.6 has doubles.
    for key in 'ts', 'duration':
        if key in want:
            check(micros(want.pop(key)) == micros(row.pop(key)),
                  '%d: %s' % (number, key))
    check(row == want, '%d: Zeek: %s instead of %s' % (number, row, want))


def dig(event, path):
    for step in path.split('.'):
        event = event[step]
    return event


def check_ecs(record, event):
    number = record['conn']
    for key, path in ECS.items():
        if path is None:
            continue
        have, want = dig(event, path), record[key]
        if key == 'ts':
            have, want = date_micros(have), micros(want)
        if key == 'duration':
            have, want = have // 1000, micros(want)
        check(have == want, '%d: %s is %s, not %s' %
              (number, path, have, want))
    check(date_micros(event['event']['end']) ==
          micros(record['ts']) + micros(record['duration']), 'event.end')
    check(event['@timestamp'] == event['event']['start'], '@timestamp')
    network = event['network']
    check((network['bytes'], network['packets'], network['transport'],
           network['type']) ==
          (record['orig_ip_bytes'] + record['resp_ip_bytes'],
           record['orig_pkts'] + record['resp_pkts'], 'tcp',
           'ipv6' if ':' in record['orig_h'] else 'ipv4'),
          '%d: network is %s' % (number, network))
    check(('end' in event['event']['type']) ==
          (record['end_reason'] not in ('open', 'half-closed')),
          '%d: event.type' % number)
    # Nothing is lost, nothing is there twice.
    rest = {key: value for key, value in record.items()
            if key not in ECS and value is not None}
    check({key: micros(value) if isinstance(value, Decimal) else value
           for key, value in rest.items()} ==
          {key: micros(value) if isinstance(rest.get(key), Decimal) else value
           for key, value in event['tcpstates'].items()},
          '%d: tcpstates.* is another' % number)


def check_values(directory):
    records = [record for record in lines(directory + '/records')
               if record['type'] == 'conn']
    for name, compare in ('zeek', check_zeek_names), ('ecs', check_ecs):
        rows = lines('%s/%s' % (directory, name))
        check(len(rows) == len(records) > 0, '%d lines of %s' %
              (len(rows), name))
        for record, row in zip(records, rows):
            compare(record, row)


def check_zeek(program, data, where):
    """Its duration ends before the last ACK: see zeek.jq."""
    compared = 0
    with open(where + '/captures/expected/zeek_conn.tsv') as file:
        rows = list(csv.DictReader(file, delimiter='\t'))
    for row in rows:
        if shared.is_otherwise(row):
            continue
        capture = '%s/captures/%s' % (where, row['file'])
        records = subprocess.run([program, '-J', capture],
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL).stdout
        ours = subprocess.run(['jq', '-c', '-f', data + '/jq/zeek.jq'],
                              input=records, stdout=subprocess.PIPE).stdout
        key = [name for name in row if name.startswith('id.')]
        same = [one for one in map(json.loads, ours.splitlines())
                if all(str(one[name]) == row[name] for name in key)]
        check(same, '%s: no %s' % (row['file'], [row[name] for name in key]))
        # A row of nothing but `-` is of a test that prints no packets.
        names = [name for name in ZEEK if row.get(name) and name != 'duration'
                 and not (row['orig_pkts'] == '-' and row[name] == '-')]
        for name in names if same else []:
            compared += 1
            check(any(str(one.get(name, '-')) == row[name] for one in same),
                  '%s: %s is %s, Zeek has %s' %
                  (row['file'], name, [one.get(name) for one in same],
                   row[name]))
    check(compared > 200, 'only %d values compared' % compared)


def main(what, *arguments):
    {'values': check_values, 'zeek': check_zeek}[what](*arguments)
    for sentence in wrong[:20]:
        print('\t' + sentence)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
