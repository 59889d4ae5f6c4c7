#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""shown.py [--write] DOCUMENT - is the output that it shows what comes out?

Runs the commands of README.md or of a page of the manual in the current
directory and compares what they say, standard error included, with what the
document says they do.  A command is a line that begins with `$ ` in a fenced
block (Markdown) or between .Bd -literal and .Ed (mdoc); its output goes on to
the next one or to the end of the block.  A line `[...]` stands for any number
of lines.  With --write the document is written anew: of an output with one
`[...]` as many lines from its beginning and its end as there were.

A command is left out where a program that it needs is missing.
"""
import os
import re
import shutil
import subprocess
import sys

GAP = '[...]'
ROFF = (('\\', '\\e'), ('-', '\\-'), ('^', '\\(ha'), ('~', '\\(ti'),
        ('`', '\\(ga'), ("'", '\\(aq'))


def to_roff(line):
    for plain, escaped in ROFF:
        line = line.replace(plain, escaped)
    return '\\&' + line if line.startswith('.') else line


def from_roff(line):
    for plain, escaped in ROFF[:0:-1]:
        line = line.replace(escaped, plain)
    return line.replace('\\&', '').replace('\\e', '\\')


def is_fence(line):
    return line.startswith('```')


class Document:
    def __init__(self, path):
        self.path = path
        self.is_roff = not path.endswith('.md')
        with open(path) as file:
            self.lines = file.read().split('\n')

    def begins(self, line):
        return line.startswith('.Bd -literal') if self.is_roff \
            else is_fence(line)

    def ends(self, line):
        return line == '.Ed' if self.is_roff else is_fence(line)

    def blocks(self):
        """First line and end of each, from the last to the first."""
        found = []
        start = None
        for at, line in enumerate(self.lines):
            if start is None and self.begins(line):
                start = at + 1
            elif start is not None and self.ends(line):
                found.append((start, at))
                start = None
        return reversed(found)

    def get(self, start, end):
        lines = self.lines[start:end]
        return [from_roff(line) for line in lines] if self.is_roff else lines

    def put(self, start, end, lines):
        self.lines[start:end] = [to_roff(line) for line in lines] \
            if self.is_roff else lines

    def save(self):
        with open(self.path, 'w') as file:
            file.write('\n'.join(self.lines))


def commands(block):
    """[command, shown lines] of a block of examples."""
    found = []
    for line in block:
        if line.startswith('$ '):
            found.append([line[2:], []])
        elif line.startswith('> ') and found and not found[-1][1]:
            found[-1][0] += '\n' + line[2:]
        elif found:
            found[-1][1].append(line)
    return found


def is_possible(command):
    return all(shutil.which(tool) is not None or
               re.search(r'\b%s\b' % tool, command) is None
               for tool in ('jq', 'sqlite3', 'gzip', 'zstd'))


def run(command):
    done = subprocess.run(['bash', '-c', command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60)
    return done.stdout.decode('utf-8', 'replace').split('\n')[:-1]


def chunks(shown):
    found = [[]]
    for line in shown:
        if line == GAP:
            found.append([])
        else:
            found[-1].append(line)
    return found


def is_as_shown(shown, got):
    parts = chunks(shown)
    if not any(parts) and got:
        return False        # nothing is shown but a gap
    if len(parts) == 1:
        return shown == got
    first, last = parts[0], parts[-1]
    if got[:len(first)] != first or len(got) < len(first) + len(last) or \
            (last and got[-len(last):] != last):
        return False
    at = len(first)
    for part in parts[1:-1]:
        while got[at:at + len(part)] != part:
            at += 1
            if at > len(got):
                return False
        at += len(part)
    return at <= len(got) - len(last)


def anew(shown, got):
    parts = chunks(shown)
    if len(parts) == 1:
        return got
    if len(parts) > 2:
        sys.exit('several gaps: to be mended by hand:\n' + '\n'.join(shown))
    first, last = parts
    return got[:len(first)] + [GAP] + (got[-len(last):] if last else [])


def difference(shown, got):
    for at in range(max(len(shown), len(got))):
        one = shown[at] if at < len(shown) else '(nothing)'
        other = got[at] if at < len(got) else '(nothing)'
        if one != other and one != GAP:
            return '\tshown: %s\n\tcomes: %s' % (one, other)
        if one == GAP:
            break
    return '\tsomewhere after the gap'


def main(arguments):
    write = arguments[0] == '--write'
    document = Document(arguments[-1])
    wrong = left_out = compared = 0
    for start, end in document.blocks():
        block = document.get(start, end)
        out = []
        for command, shown in commands(block):
            if is_possible(command):
                got = run(command)
                compared += 1
            else:
                got = shown
                left_out += 1
            if write:
                shown = anew(shown, got)
            elif got is not shown and not is_as_shown(shown, got):
                wrong += 1
                print('%s: $ %s' % (document.path, command))
                print(difference(shown, got))
            out += ['$ ' + command.replace('\n', '\n> ')] + shown
        if write and out:
            document.put(start, end, '\n'.join(out).split('\n'))
    if write:
        document.save()
    print('%d outputs compared, %d left out' % (compared, left_out))
    return 1 if wrong or not compared else 0


if __name__ == '__main__':
    os.environ.update(TZ='UTC0', LC_ALL='C')
    sys.exit(main(sys.argv[1:]))
