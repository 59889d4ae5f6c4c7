#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""records.py DIR - are the records in DIR as promised?

For each NAME.ndjson there is the same capture's NAME.csv.

Every line of NDJSON is a flat object of the types told; one `capture` comes
first, one `summary` last, all `conn` between them have the same keys in the
same order; the figures of the summary follow from the records; CSV says the
same.  Prints what is wrong under the name of the capture; exit 1 then.
"""
import csv
import json
import os
import re
import sys
from decimal import ROUND_HALF_UP, Decimal

VERDICTS = ['segments', 'capture_duplicates', 'not_tcp', 'not_ip', 'fragments',
            'too_short', 'malformed_link', 'malformed_ip', 'malformed_tcp',
            'malformed_tunnel', 'too_deep', 'unsupported']
wrong = []


def no_constant(name):
    raise ValueError('%s is no JSON' % name)


def pairs(found):
    keys = [key for key, _ in found]
    if len(set(keys)) != len(keys):
        wrong.append('a key comes twice')
    return dict(found)


def read(path):
    records = []
    with open(path, 'rb') as lines:
        for line in lines:
            text = line.decode('utf-8')      # strict: must be well-formed
            if re.search('[\x00-\x09\x0b-\x1f\x7f-\x9f]', text):
                wrong.append('a control character in %r' % text[:60])
            records.append(json.loads(text, parse_float=Decimal,
                                      parse_constant=no_constant,
                                      object_pairs_hook=pairs))
    return records


def check_flat(record):
    for key, value in record.items():
        if not re.fullmatch('[a-z][a-z0-9_]*', key):
            wrong.append('key %r' % key)
        if isinstance(value, (dict, list)):
            wrong.append('%s is nested' % key)


def check_order(records):
    types = [record['type'] for record in records]
    if types[:1] != ['capture'] or types[-1:] != ['summary'] or \
            set(types[1:-1]) - {'conn', 'finding'}:
        wrong.append('types %s' % types[:3])
    if records and records[0].get('schema') != 1:
        wrong.append('schema')


def check_conns(conns):
    for number, conn in enumerate(conns, 1):
        if list(conn) != list(conns[0]):
            wrong.append('connection %d has other keys' % number)
        if conn['conn'] != number:
            wrong.append('connection %s is not %d' % (conn['conn'], number))
        for side in 'orig', 'resp':
            check_side(conn, side)


def check_side(conn, side):
    """What must hold between the figures of a side."""
    def get(key):
        value = conn['%s_%s' % (side, key)]
        return 0 if value is None else value
    if conn['%s_retrans' % side] is None:
        return
    parts = get('fast_retrans') + get('rto_retrans') + get('tlp_retrans')
    for name, holds in [
            ('causes', parts <= get('retrans')),
            ('octets', get('unique_bytes') <= get('bytes')),
            ('losses', get('loss_before') + get('loss_behind') <=
             get('retrans')),
            ('rtt', get('rtt_min') <= get('rtt_p50') <= get('rtt_p95') <=
             get('rtt_p99') <= get('rtt_max')),
            ('mean rtt', get('rtt_min') <= get('rtt_mean') <=
             get('rtt_max')),
            ('windows', get('win_min') <= get('win_mean') <=
             get('win_max'))]:
        if not holds:
            wrong.append('connection %d: %s of %s' %
                         (conn['conn'], name, side))


def check_summary(summary, conns):
    for key in 'complete', 'reset', 'open', 'midstream':
        count = sum(conn[key] for conn in conns)
        if summary[key] != count:
            wrong.append('%s is %s, not %d' % (key, summary[key], count))
    if summary['conns'] != len(conns):
        wrong.append('conns is %s' % summary['conns'])
    if sum(summary[key] for key in VERDICTS) != summary['frames']:
        wrong.append('verdicts do not add up to the frames')
    segments = sum(conn['orig_pkts'] + conn['resp_pkts'] for conn in conns)
    if segments != summary['segments']:
        wrong.append('%d segments, not %d' % (segments, summary['segments']))
    done = [conn['duration'] for conn in conns if conn['complete']]
    if done and (min(done) != summary['duration_min'] or
                 max(done) != summary['duration_max']):
        wrong.append('durations')
    if not done and summary['duration_mean'] is not None:
        wrong.append('a mean of nothing')


def rounded(total, count, digits):
    """The mean as the program prints it: half away from zero."""
    places = Decimal(1).scaleb(-digits)
    return (total / count).quantize(places, ROUND_HALF_UP)


def check_pooled(summary, conns, digits):
    """Section D follows from what the records say of each connection."""
    done = [conn for conn in conns if conn['complete']]
    for name in 'rtt', 'win':
        def column(what):
            return [conn['report_%s_%s' % (name, what)] for conn in done
                    if conn['report_%s_n' % name] > 0]
        count = sum(column('n'))
        if count != summary['%s_n' % name]:
            wrong.append('%d samples of %s' % (count, name))
        want = (min(column('min')), max(column('max')),
                rounded(Decimal(sum(column('sum'))), count, digits)) \
            if count else (None, None, None)
        have = tuple(summary['%s_%s' % (name, what)]
                     for what in ('min', 'max', 'mean'))
        if want != have:
            wrong.append('%s: %s, and of the connections %s' %
                         (name, have, want))


def as_csv(value):
    if value is None:
        return ''
    if isinstance(value, bool):
        return '1' if value else '0'
    return format(value, 'f') if isinstance(value, Decimal) else str(value)


def check_csv(path, conns):
    with open(path, encoding='utf-8', newline='') as lines:
        rows = list(csv.reader(lines, strict=True))
    if len(rows) != len(conns) + 1:
        wrong.append('%d rows for %d connections' % (len(rows), len(conns)))
    if conns and rows[0] != list(conns[0])[1:]:
        wrong.append('the header of CSV')
    for row, conn in zip(rows[1:], conns):
        if row != [as_csv(value) for value in list(conn.values())[1:]]:
            wrong.append('CSV of connection %d' % conn['conn'])


def check_input(capture, path):
    """The name of the file, but for what is no character."""
    name = os.fsencode(os.path.basename(path)).partition(b'-')[2]
    told = capture['input'].rpartition('/')[2].replace('\ufffd', '')
    if told != name[:-len('.ndjson')].decode('utf-8', 'ignore'):
        wrong.append('the input is told as %s' % ascii(told))


def check(ndjson, table):
    records = read(ndjson)
    check_order(records)
    check_input(records[0], ndjson)
    for record in records:
        check_flat(record)
    conns = [record for record in records if record['type'] == 'conn']
    check_conns(conns)
    check_summary(records[-1], conns)
    check_pooled(records[-1], conns,
                 9 if records[0]['precision'] == 'ns' else 6)
    check_csv(table, conns)


def main():
    failed = False
    where = sys.argv[1]
    for name in sorted(os.listdir(where)):
        if not name.endswith('.ndjson'):
            continue
        wrong.clear()
        path = os.path.join(where, name[:-len('.ndjson')])
        try:
            check(path + '.ndjson', path + '.csv')
        except (ValueError, KeyError, IndexError, csv.Error) as error:
            wrong.append('%s: %s' % (type(error).__name__, error))
        for what in wrong[:20]:
            print('%s: %s' % (ascii(name), what))
        failed = failed or bool(wrong)
    sys.exit(1 if failed else 0)


main()
