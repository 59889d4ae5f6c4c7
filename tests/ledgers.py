# SPDX-License-Identifier: BSD-2-Clause
"""ledgers.py PROGRAM CAPTURE...: the time of each connection adds up.

All t_ columns of a record together are its duration: to the nanosecond where
records have nanoseconds, else within the rounding of each."""
import json
import subprocess
import sys
from decimal import Decimal


def records(program, capture):
    run = subprocess.run([program, '-J', '-r', capture],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, timeout=120, check=False)
    for line in run.stdout.decode('utf-8', 'replace').splitlines():
        yield json.loads(line, parse_float=Decimal)


def is_booked(key):
    return key.startswith(('t_', 'orig_t_', 'resp_t_'))


def check(capture, record, digits):
    parts = [value for key, value in record.items()
             if is_booked(key) and value is not None]
    # Headers that the snapshot cut are not analysed.
    if record['completeness'] is None and not parts:
        return True
    error = abs(sum(parts) - record['duration'])
    allowed = Decimal(0) if digits == 9 else Decimal('0.000001') * len(parts)
    if parts and error <= allowed and min(parts) >= 0:
        return True
    print('%s #%s: %s of %s s are booked' % (capture, record['conn'],
          sum(parts) if parts else None, record['duration']))
    return False


def main():
    good = bad = 0
    for capture in sys.argv[2:]:
        digits = 6
        for record in records(sys.argv[1], capture):
            if record['type'] == 'capture':
                digits = 9 if record['precision'] == 'ns' else 6
            if record['type'] != 'conn':
                continue
            if check(capture, record, digits):
                good += 1
            else:
                bad += 1
    print('%d ledgers add up, %d do not' % (good, bad))
    sys.exit(bad > 0 or good == 0)


main()
