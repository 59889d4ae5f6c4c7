#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""engines.py ENGINE DATA PROGRAM DIRECTORY CAPTURE...

Loads the records of all captures into one table of ENGINE, sqlite or
clickhouse, in DIRECTORY, with DATA/ENGINE/load, and compares

  * what DATA/ENGINE/report.sql prints of each capture with sections A, C and D
    of the program's report of it, digit for digit,
  * what it prints of all of them together with the figures computed here,
  * the rows of each capture with section B, and with the records.
"""
import json
import os
import re
import subprocess
import sys
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

import clickhouse
from clickhouse import PATIENCE

HOST = 'first host'
OTHER_HOST = 'the "other" host\'s \\ name'
wrong = []


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def output(command, text=None):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=5 * PATIENCE)
    if done.returncode not in (0, 3):
        sys.exit('%s: status %d\n%s' % (command[:3], done.returncode,
                                        done.stderr.decode()[:2000]))
    return done.stdout


class Sqlite:
    quote = "''"
    picked = 'FROM conn WHERE', 'FROM conn WHERE (%s) AND'
    rows = 'FROM conn WHERE true'
    duration = "printf('%.9f', duration)"    # 15 digits otherwise

    @staticmethod
    def report_sql(sql):
        return sql

    def __init__(self, data, directory):
        self.path = os.path.join(directory, 'conns.db')
        self.data = data

    def load(self, host, capture):
        output([self.data + '/load', '-H', host, '-c', capture.name,
                self.path], capture.csv)

    def load_all(self, host, captures):
        for capture in captures:
            self.load(host, capture)

    def ask(self, sql):
        return output(['sqlite3', '-tabs', '-nullvalue', '\\N', self.path],
                      sql.encode()).decode()

    def stop(self):
        pass


class Clickhouse:
    quote = "\\'"
    rows = 'FROM conn FINAL WHERE 1'
    picked = rows, rows + ' AND (%s)'
    duration = 'duration'

    def __init__(self, data, directory):
        self.data = data
        host = clickhouse.address()
        port, = clickhouse.free_ports(host, 1)
        self.server = clickhouse.Server(directory, host, port)
        self.server.wait()

    def report_sql(self, sql):
        """Of all, see DATA/clickhouse/ask."""
        for name, value in (('host:String', "''"), ('capture:String', "''"),
                            ('since:Int64', '-9000000000'),
                            ('until:Int64', '9000000000'),
                            ('conn:Identifier', 'conn')):
            check('{%s}' % name in sql, 'the SQL has no {%s}' % name)
            sql = sql.replace('{%s}' % name, value)
        return sql.replace('FROM conn FINAL\n    WHERE',
                           'FROM conn FINAL WHERE 1 AND')

    def load_all(self, host, captures):
        output([self.data + '/load', '-H', host, '--', *self.server.options()],
               b''.join(capture.ndjson for capture in captures))

    def load(self, host, capture):
        output([self.data + '/load', '-H', host, '-c', capture.name, '--',
                *self.server.options()], capture.ndjson)

    def load_headless(self, host, capture):
        """Without the capture record, as of a part of the output."""
        output([self.data + '/load', '-H', host, '--', *self.server.options()],
               capture.ndjson.split(b'\n', 1)[1])

    def ask(self, sql):
        return output(['clickhouse-client', *self.server.options(),
                       '--max_read_buffer_size=65536', '--multiquery'], sql.encode()).decode()

    def stop(self):
        self.server.stop()


class Capture:
    def __init__(self, program, path):
        self.path = path
        self.name = path
        self.report = output([program, path]).decode()
        self.ndjson = output([program, '-J', path])
        self.csv = output([program, '--csv', path])
        self.conns = [record for record in
                      (json.loads(line, parse_float=Decimal)
                       for line in self.ndjson.splitlines())
                      if record['type'] == 'conn']


def literal(engine, text):
    if engine.quote != "''":
        text = text.replace('\\', '\\\\')
    return "'%s'" % text.replace("'", engine.quote)


def where(engine, host, name=None):
    found = 'host = ' + literal(engine, host)
    if name is not None:
        found += ' AND capture = ' + literal(engine, name)
    return found


def picked(engine, sql, condition):
    plain, narrow = engine.picked
    check(plain in sql, 'the SQL has no %s' % plain)
    return sql.replace(plain, narrow % condition)


# What the program says -------------------------------------------------------

def sections(report):
    """A, C and D, without rules and blank lines."""
    without_b = re.sub(r'(?ms)^B\) .*?(?=^C\) )', '', report)
    return [line for line in without_b.split('\n')
            if line and not line.startswith('____')]


DETAILS = [('Source Address', 'orig_h'), ('Destination address', 'resp_h'),
           ('Source Port', 'orig_p'), ('Destination Port', 'resp_p'),
           ('Status', 'status'), ('Duration', 'duration'),
           ('Start time', 'ts'),
           ('Number of packets sent from Source to Destination', 'orig_pkts'),
           ('Number of packets sent from Destination to Source', 'resp_pkts'),
           ('Number of data bytes sent from Source to Destination',
            'orig_bytes'),
           ('Number of data bytes sent from Destination to Source',
            'resp_bytes')]


def details(report):
    """Section B: for each connection what DETAILS names, as printed."""
    found = []
    for block in re.findall(r'(?ms)^Connection \d+:\n(.*?)^END$', report):
        said = dict(line.split(': ', 1) for line in block.splitlines())
        found.append([said.get(words) for words, _ in DETAILS])
    return found


def six(text, rounding):
    return str(Decimal(text).quantize(Decimal('0.000001'), rounding))


def rows_of(engine):
    """{capture: the rows of DETAILS}"""
    columns = ', '.join(engine.duration if key == 'duration' else key
                        for _, key in DETAILS)
    rows = engine.ask(picked(
        engine, 'SELECT capture, %s %s ORDER BY conn' % (columns, engine.rows),
        where(engine, HOST)))
    found = {}
    for row in rows.splitlines():
        capture, *values = row.split('\t')
        found.setdefault(capture, []).append(values)
    return found


def check_details(capture, rows):
    """Times are cut, durations rounded to microseconds in the report."""
    want = details(capture.report)
    check(len(rows) == len(want), '%s: %d rows for %d connections' %
          (capture.name, len(rows), len(want)))
    for row, shown in zip(rows, want):
        row[5] = six(row[5], ROUND_HALF_UP)
        row[6] = six(row[6], ROUND_FLOOR)
        for (words, _), have, should in zip(DETAILS, row, shown):
            check(should is None or have == should,
                  '%s: %s is %s, and %s in the table' %
                  (capture.name, words, should, have))


# What is to come of all of them ----------------------------------------------

def half_up(value):
    return str(value.quantize(Decimal('0.000001'), ROUND_HALF_UP))


def spread(what, unit, count, total, least, greatest):
    if not count:
        return ['%s %s: n/a' % (which, what)
                for which in ('Minimum', 'Mean', 'Maximum')]
    mean = half_up(Decimal(total) / count)
    if 'send/received' not in what:
        least, greatest = half_up(least), half_up(greatest)
    return ['Minimum %s: %s%s' % (what, least, unit),
            'Mean %s: %s%s' % (what, mean, unit),
            'Maximum %s: %s%s' % (what, greatest, unit)]


def pooled(conns):
    done = [conn for conn in conns if conn['complete']]
    lines = ['A) Total number of connections: %d' % len(conns), 'C) General']
    for words, key in [
            ('The total number of complete TCP connections', 'complete'),
            ('The number of reset TCP connections', 'reset'),
            ('The number of TCP connections that were still open when the '
             'trace capture ended', 'open'),
            ('The number of TCP connections established before the capture '
             'started', 'midstream')]:
        lines.append('%s: %d' % (words, sum(conn[key] for conn in conns)))
    lines.append('D) Complete TCP connections:')
    whole = [[(1, value, value, value) for value in values] for values in (
        [conn['duration'] for conn in done],
        [conn['orig_pkts'] + conn['resp_pkts'] for conn in done])]
    parts = [[tuple(conn['report_%s_%s' % (name, what)]
                    for what in ('n', 'sum', 'min', 'max')) for conn in done
              if conn['report_%s_n' % name]] for name in ('rtt', 'win')]
    for what, unit, samples in (
            ('time duration', ' seconds', whole[0]),
            ('RTT value', '', parts[0]),
            ('number of packets including both send/received', '', whole[1]),
            ('receive window size including both send/received', '',
             parts[1])):
        lines += spread(what, unit, sum(sample[0] for sample in samples),
                        sum(sample[1] for sample in samples),
                        min((sample[2] for sample in samples), default=None),
                        max((sample[3] for sample in samples), default=None))
    return lines


def compare(what, have, want):
    for ours, theirs in zip(want, have):
        check(ours == theirs, '%s: %s, and in SQL %s' % (what, ours, theirs))
    check(len(have) == len(want), '%s: %d lines, not %d' %
          (what, len(have), len(want)))


def check_engine(engine, data, captures):
    with open(data + '/report.sql') as file:
        sql = engine.report_sql(file.read())
    engine.load_all(HOST, captures)
    reports = engine.ask(';\n'.join(picked(
        engine, sql.rstrip().rstrip(';'), where(engine, HOST, capture.name))
        for capture in captures) + ';')
    reports = re.split(r'^(?=A\) )', reports, flags=re.M)[1:]
    rows = rows_of(engine)
    check(len(reports) == len(captures), '%d reports' % len(reports))
    for capture, report in zip(captures, reports):
        compare(capture.name, report.splitlines(), sections(capture.report))
        check_details(capture, rows.get(capture.name, []))
    conns = [conn for capture in captures for conn in capture.conns]
    compare('all', engine.ask(sql).splitlines(), pooled(conns))

    # Another host's capture of the same, under a name that needs quoting; and
    # what is loaded again does not count again.
    again = captures[0]
    engine.load(HOST, again)
    again.name = 'a "quoted" \\ capture\'s, name.pcap'
    engine.load(OTHER_HOST, again)
    compare('all and again', engine.ask(sql).splitlines(),
            pooled(conns + again.conns))
    compare('the other host', engine.ask(picked(
        engine, sql, where(engine, OTHER_HOST, again.name))).splitlines(),
        sections(again.report))
    if isinstance(engine, Clickhouse):
        engine.load_headless('headless', again)
        compare('headless', engine.ask(picked(
            engine, sql, where(engine, 'headless', ''))).splitlines(),
            sections(again.report))


def main(name, data, program, directory, *paths):
    captures = [Capture(program, path) for path in paths]
    captures = [capture for capture in captures if capture.ndjson]
    engine = {'sqlite': Sqlite, 'clickhouse': Clickhouse}[name](
        data + '/' + name, directory)
    try:
        check_engine(engine, data + '/' + name, captures)
    finally:
        engine.stop()
    for sentence in wrong[:20]:
        print('\t' + sentence)
    print('%d captures, %d connections in %s' %
          (len(captures), sum(len(c.conns) for c in captures), name))
    return 1 if wrong else 0


if __name__ == '__main__':
    os.environ['TZ'] = 'UTC'    # ClickHouse knows no UTC0
    sys.exit(main(*sys.argv[1:]))
