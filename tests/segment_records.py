# SPDX-License-Identifier: BSD-2-Clause
"""segment_records.py NDJSON CSV CONNS.NDJSON

The records `segment` of a capture, in both formats: the same keys and values,
one record for each segment that the records `conn` count, and as many
judgements as these count."""
import csv
import json
import sys

# Judgements, and the columns of `conn` that count them.
COUNTED = {
    'retransmission': 'retrans', 'duplicate_ack': 'dup_acks',
    'zero_window': 'zero_windows', 'loss_before': 'retrans_before',
    'loss_behind': 'retrans_behind', 'out_of_order': 'out_of_order',
}


def read(path):
    with open(path, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines]


def as_csv(value):
    return '' if value is None else str(value)


def check_csv(segments, path):
    with open(path, newline='', encoding='utf-8') as lines:
        rows = list(csv.reader(lines))
    keys = list(segments[0])[1:]
    if rows[0] != keys:
        return ['the columns of CSV are %s' % rows[0]]
    if len(rows) != len(segments) + 1:
        return ['%d rows, not %d' % (len(rows) - 1, len(segments))]
    return ['row %s, not %s' % (row, segment)
            for row, segment in zip(rows[1:], segments)
            for key, cell in zip(keys, row)
            if key not in ('ts', 'rtt') and cell != as_csv(segment[key])]


def check_conn(conn, segments):
    wrong = []
    for side in ('orig', 'resp'):
        mine = [s for s in segments
                if s['conn'] == conn['conn'] and s['side'] == side]
        if len(mine) != conn[side + '_pkts']:
            wrong.append('%s: %d segments' % (side, len(mine)))
        for kind, column in COUNTED.items():
            have = sum(kind in (s['kind'] or '').split() for s in mine)
            want = conn.get('%s_%s' % (side, column))
            if want is not None and have != want:
                wrong.append('%s %s: %d, not %d' % (side, kind, have, want))
    return ['connection %d, %s' % (conn['conn'], text) for text in wrong]


def main():
    records = read(sys.argv[1])
    segments = [r for r in records if r['type'] == 'segment']
    wrong = []
    if [records[0]['type'], records[-1]['type']] != ['capture', 'summary'] or \
            len(segments) != len(records) - 2:
        wrong.append('not capture, segments, summary')
    wrong += check_csv(segments, sys.argv[2])
    for conn in read(sys.argv[3]):
        if conn['type'] == 'conn':
            wrong += check_conn(conn, segments)
    print('\n'.join(wrong[:20]))
    sys.exit(bool(wrong))


main()
