#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""man.py PAGE SOURCE - is the page of the manual true to program and source?

The options are those that `tcpstates --help` prints; each example runs; each
message under DIAGNOSTICS is one that the sources can say.
"""
import glob
import os
import re
import subprocess
import sys

from shown import from_roff

wrong = []


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def section(page, name):
    found = re.search(r'^\.Sh %s\n(.*?)(?=^\.Sh )' % name, page, re.S | re.M)
    return found.group(1) if found else ''


# Options --------------------------------------------------------------------

def helped_options(program_help):
    """{--long: (-x, argument: '', 'must' or 'may')}"""
    found = {}
    for letter, name, rest in re.findall(
            r'^ {2}(?:(-\S),| {3}) (--[a-z0-9-]+)(\[?=\S+)?', program_help,
            re.M):
        found[name] = letter, rest and ('may' if rest[0] == '[' else 'must')
    return found


def item_options(line):
    """Of one .It line; a semicolon stands between one option and the next."""
    for item in line[len('.It '):].split(' ; '):
        letter = re.search(r'\bFl (\S)(?= |$)', item)
        name = re.search(r'Fl Fl (\S+)', item)
        argument = '' if not re.search(r'\bAr\b', item) else \
            'may' if re.search(r'Fl Fl \S+ Ns Op', item) else 'must'
        if name:
            yield '--' + name.group(1), ('-' + letter.group(1) if letter
                                         else '', argument)


def page_options(page):
    found = {}
    for line in section(page, 'DESCRIPTION').split('\n'):
        if line.startswith('.It Fl'):
            found.update(item_options(line))
    return found


def check_options(page):
    program_help = subprocess.run(['tcpstates', '--help'],
                                  stdout=subprocess.PIPE, check=True)
    ours = helped_options(program_help.stdout.decode())
    theirs = page_options(page)
    check(len(ours) > 30, 'the options were not found in --help')
    for name in sorted(ours.keys() | theirs.keys()):
        check(ours.get(name) == theirs.get(name), '%s: --help has %s, the '
              'page has %s' % (name, ours.get(name), theirs.get(name)))


# Examples -------------------------------------------------------------------

def check_examples(page):
    """Those that watch an interface are only parsed: there is no eth0."""
    commands = [from_roff(line[len('.Dl '):]) for line in
                section(page, 'EXAMPLES').split('\n')
                if line.startswith('.Dl ')]
    check(len(commands) > 5, 'no examples')
    for command in commands:
        if ' -i ' in command:
            command += ' --version'
        done = subprocess.run(['bash', '-o', 'pipefail', '-c', command],
                              stdin=subprocess.DEVNULL, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(done.returncode == 0 and not done.stderr and
              (done.stdout or ' -o ' in command),
              'example: %s: status %d %s' %
              (command, done.returncode, done.stderr.decode()))


# Messages -------------------------------------------------------------------

def formats(source):
    """Regular expressions of all that messages may say."""
    found = []
    literal = r'"(?:[^"\\\n]|\\.)*"'
    for path in glob.glob(source + '/src/cli/*.c') + \
            glob.glob(source + '/src/capture/*.c') + \
            glob.glob(source + '/src/views/*.c'):
        with open(path) as file:
            text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
        for run in re.findall(r'(?:%s|PRI[a-z0-9]+)(?:\s*(?:%s|'
                              r'PRI[a-z0-9]+\b))*' % (literal, literal), text):
            words = ''.join(part[1:-1] if part[0] == '"' else 'x' for part in
                            re.findall(literal + r'|PRI\w+', run))
            words = words.replace('%%', '%')
            found.append('.*'.join(re.escape(part) for part in re.split(
                r'%(?:\.\*|-?[0-9]*)(?:s|c|u|d|x|lld|zu)', words)))
    return [one for one in found if len(one) > 8]


def check_messages(page, source):
    known = formats(source)
    for item in re.findall(r'^\.It "(.*)"$', section(page, 'DIAGNOSTICS'),
                           re.M):
        said = from_roff(item)
        check(any(re.search(one, said) for one in known),
              'no message: %s' % said)


def main(path, source):
    with open(path) as file:
        page = file.read()
    check_options(page)
    check_examples(page)
    check_messages(page, source)
    for sentence in wrong:
        print('\t' + sentence)
    return 1 if wrong else 0


if __name__ == '__main__':
    os.environ.update(TZ='UTC0', LC_ALL='C')
    sys.exit(main(*sys.argv[1:]))
