#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""counted.py PROGRAM FILE... - is --no-analysis true to the whole run?

Every key of its records has the value of the run with analysis, or is null;
there are no findings.
Where copies of segments cannot all be recognised without it, counts differ,
and a warning must say so.
"""
import json
import subprocess
import sys

WARNING = 'like an earlier one: --no-analysis'


def records(program, path, *options):
    done = subprocess.run([program, '-J', *options, path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return ([record for record in found if record['type'] != 'finding'],
            WARNING in done.stderr.decode(errors='replace'))


def contradictions(whole, counted):
    if len(whole) != len(counted):
        yield '%d records instead of %d' % (len(counted), len(whole))
    for ours, theirs in zip(whole, counted):
        for key, value in ours.items():
            if theirs[key] is not None and theirs[key] != value:
                yield '%s %s: %s is %s, not %s' % (
                    ours['type'], ours.get('conn', ''), key, theirs[key],
                    value)


def main(program, *paths):
    wrong = 0
    for path in paths:
        whole, _ = records(program, path)
        counted, warns = records(program, path, '--no-analysis')
        if warns:
            continue
        for sentence in contradictions(whole, counted):
            print('%s: %s' % (path, sentence))
            wrong = 1
    return wrong


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
