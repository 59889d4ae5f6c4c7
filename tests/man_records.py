#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""man_records.py PAGE NDJSON CSV - are the records as tcpstates-records(5) says?

Each record has the keys that the page lists for it, all of them and in that
order (a pair orig_x, resp_x is one item of the page), and their values are of
the type that it names, or null.  CSV has the same.
"""
import csv
import ipaddress
import json
import re
import sys

DECIMAL = r'[0-9]+\.(?:[0-9]{6}|[0-9]{9})'
# Numbers stay text, so that the way they are written can be looked at.
TYPES = {
    'integer': lambda v: is_number(v) and re.fullmatch('0|[1-9][0-9]*', v),
    'decimal': lambda v: is_number(v) and re.fullmatch(DECIMAL, v),
    'time': lambda v: is_number(v) and re.fullmatch(DECIMAL, v),
    'boolean': lambda v: isinstance(v, bool),
    'string': lambda v: type(v) is str,
    'address': lambda v: type(v) is str and str(ipaddress.ip_address(v)) == v,
}
UNITS = {'', 'bits', 'bytes', 'connections', 'frames', 'options', 'packets',
         'seconds', 'segments'}
wrong = []


class Number(str):
    pass


def is_number(value):
    return type(value) is Number


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def page_keys(page, name):
    """[(key, type)] of a table of the page."""
    table = re.search(r'^\.\\" BEGIN %s\n(.*?)^\.\\" END %s\n' % (name, name),
                      page, re.S | re.M).group(1)
    found = []
    for item in table.split('\n.It Cm ')[1:]:
        head, sentence = item.split('\n', 1)
        keys, words = re.fullmatch(r'(.*) Pq (.*)', head).groups()
        kind, _, unit = words.partition(', ')
        check(kind in TYPES and unit in UNITS, '%s: %s' % (keys, words))
        check(len(sentence) > 5, '%s has no sentence' % keys)
        found.append(([(key, kind) for key in keys.split(' , ')]))
    return [key for item in pairs_apart(found) for key in item]


def pairs_apart(items):
    """Pairs come as two keys in turn: orig_x, resp_x."""
    for item in items:
        check(len(item) == 1 or
              [key[:5] for key, _ in item] == ['orig_', 'resp_'],
              'a pair of %s' % (item,))
        yield item


def check_record(record, keys):
    check(list(record)[1:] == [key for key, _ in keys],
          'the keys of %s are others' % record['type'])
    for key, kind in keys:
        value = record.get(key)
        check(value is None or TYPES[kind](value),
              '%s: %s is no %s' % (key, value, kind))


def check_csv(path, conns):
    with open(path, newline='') as lines:
        rows = list(csv.reader(lines, strict=True))
    words = {None: '', True: '1', False: '0'}
    check(rows[0] == list(conns[0])[1:], 'the header of CSV')
    check(rows[1:] == [[words.get(value, value) for value in
                        list(conn.values())[1:]] for conn in conns],
          'CSV says something else')


def main(page_path, ndjson, table):
    with open(page_path) as file:
        page = file.read()
    keys = {name: page_keys(page, 'columns' if name == 'conn' else name)
            for name in ('capture', 'conn', 'finding', 'interval',
                         'summary')}
    with open(ndjson) as lines:
        records = [json.loads(line, parse_int=Number, parse_float=Number)
                   for line in lines]
    for record in records:
        check_record(record, keys[record['type']])
    check_csv(table, [record for record in records
                      if record['type'] == 'conn'])
    for sentence in wrong:
        print('\t' + sentence)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
