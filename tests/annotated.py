# SPDX-License-Identifier: BSD-2-Clause
"""annotated.py SEGMENTS COMMENTS RECORDS

The output of `--segments -t r`, of each frame the number and the comments that
tshark found, and records of the same capture.  Each remark below a line is a
comment of its frame; at most one comment more stands in the line of the
segment.  All other comments are of findings, at the frames that show them."""
import json
import re
import sys

PREFIX = 'tcpstates: '
LINE = re.compile(r'^ *\d+ +(\d+) +-?\d+\.\d+ ')
REMARK = re.compile(r'^ {8}([=.*!]) (.*)$')
MORE = re.compile(r'^ {10}(\S.*)$')


def remarks_of(path):
    remarks, frame = {}, None
    with open(path, encoding='utf-8') as lines:
        for text in lines:
            text = text.rstrip('\n')
            line, remark, more = (
                LINE.match(text), REMARK.match(text), MORE.match(text))
            if remark and frame:
                remarks[frame].append(list(remark.groups()))
            elif more and frame and remarks[frame]:
                remarks[frame][-1][1] += ' ' + more.group(1)
            elif line:
                frame = line.group(1)
                remarks.setdefault(frame, [])
    return {frame: [part for mark, text in found
                    for part in (text.split('; ') if mark == '=' else [text])]
            for frame, found in remarks.items()}


def findings_of(path):
    findings = {}
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            f = json.loads(line)
            if f['type'] != 'finding':
                continue
            first, last = f['from_frame'], f['frame']
            if first and first < last:
                findings.setdefault(str(first), []).append(
                    'finding %s begins, connection %d: see frame %d'
                    % (f['id'], f['conn'], last))
            findings.setdefault(str(last), []).append(
                'finding %s, connection %d%s, %s: %s' % (
                    f['id'], f['conn'], ', ' + f['side'] if f['side'] else '',
                    f['confidence'], f['text']))
    return findings


def comments_of(path):
    comments = {}
    with open(path, encoding='utf-8') as lines:
        for text in lines:
            frame, _, joined = text.rstrip('\n').partition('\t')
            comments[frame] = joined.split('~') if joined else []
    return comments


def main():
    remarks, comments = remarks_of(sys.argv[1]), comments_of(sys.argv[2])
    findings = findings_of(sys.argv[3])
    wrong = [] if any(remarks.values()) or not remarks else ['no remarks']
    for frame, found in comments.items():
        left = [c[len(PREFIX):] for c in found if c.startswith(PREFIX)]
        if len(left) != len(found):
            wrong.append('frame %s: %s' % (frame, found))
        for remark in remarks.get(frame, []) + findings.pop(frame, []):
            if remark in left:
                left.remove(remark)
            else:
                wrong.append('frame %s lacks: %s' % (frame, remark))
        if len(left) > (frame in remarks):
            wrong.append('frame %s has: %s' % (frame, left))
    wrong += ['no frame %s' % frame for frame in findings]
    print('\n'.join(wrong[:20]))
    sys.exit(bool(wrong))


main()
