#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""completions.py DIRECTORY PROGRAM - do the completions know the program?

DIRECTORY has the files as they are installed, for a program of that name in
PATH: bash, zsh and fish.  They know the options of `--help` and no others,
what they offer is accepted, and the shells, where there are any, complete at
a terminal what a user types.
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time

from man import helped_options

wrong = []
PATIENCE = 20       # seconds; a shell needs fractions of one


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


# What is in the files --------------------------------------------------------

def bash_options(text):
    """{--long: (-x or '', argument)}; what may be left out is '' there."""
    found = {}
    for letter, name, needs in re.findall(
            r'^(?:(-\S) )?(--[a-z0-9-]+)(=?)$', text, re.M):
        found[name] = letter, 'must' if needs else ''
    return found


def zsh_options(text):
    found = {}
    for letter, name, needs in re.findall(
            r"^\t'[^']*?'?(?:\{(-\S)\+?,)?(--[a-z0-9-]+)(=-?)?(?=\}'\[|\[)",
            text, re.M):
        found[name] = letter, {'': '', '=': 'must', '=-': 'may'}[needs]
    return found


def fish_options(text):
    found = {}
    for letter, name, rest in re.findall(
            r'^complete -c \S+(?: -s (\S))? -l (\S+)(.*) -d ', text, re.M):
        found['--' + name] = (letter and '-' + letter,
                              'must' if ' -r' in rest else
                              'may' if ' -f' in rest else '')
    return found


def check_options(shell, found, ours):
    check(len(ours) > 30, 'the options were not found in --help')
    for name in sorted(ours.keys() | found.keys()):
        expected = ours.get(name)
        if shell == 'bash' and expected and expected[1] == 'may':
            expected = expected[0], ''
        check(found.get(name) == expected, '%s: %s: --help has %s, the '
              'completions have %s' % (shell, name, expected,
                                       found.get(name)))


def check_words(program, text):
    """Each word that bash offers after an option is one the program takes."""
    keys = re.search(r"_tcpstates_keys\(\).*?'\n(.*?)\n'", text, re.S)
    offers = [('--sort', key) for key in keys.group(1).split()]
    check(len(offers) > 100, 'the keys were not found')
    offers.append(('--sort', '-bytes'))
    for name, words in re.findall(
            r"^\t(?:-\S\|)?(--\S+)\) _tcpstates_\S+ \S+ '(.*)' ;;$", text,
            re.M):
        offers += [(name, word) for word in words.split()]
    check({'--only', '--format', '--color'} <= {name for name, _ in offers},
          'the words were not found')
    for name, word in offers:
        done = subprocess.run([program, name + '=' + word, '--version'],
                              stdout=subprocess.DEVNULL)
        check(done.returncode == 0, '%s=%s is offered and refused' %
              (name, word))


# Shells at a terminal --------------------------------------------------------

class Shell:
    """A shell that shows the line it edits when it is sent ^G."""

    def __init__(self, command, setup):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        # What is echoed must not look like the answer.
        self.send(setup + 'printf "<%s>" ready\r')
        self.wait_for(b'<ready>')

    def send(self, text):
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern):
        seen = b''
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.5)[0]:
                try:
                    seen += os.read(self.terminal, 4096)
                except OSError:
                    break
            found = re.search(pattern, seen, re.S)
            if found:
                return found
        raise RuntimeError('no %r in %r' % (pattern, seen))

    def complete(self, line):
        """The line after a tab."""
        self.send('\x15' + line + '\t\x07')
        shown = self.wait_for(rb'<line:(.*?)>').group(1)
        return shown.decode().rstrip()

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


BASH_SETUP = r'''PS1= PS2=; bind 'set completion-query-items -1' \
'set bell-style none' 'set enable-bracketed-paste off'; \
bind -x '"\C-g": printf "<line:%%s>" "$READLINE_LINE"'; \
. %s/bash-completion/completions/%s; '''

ZSH_SETUP = r'''PS1= PROMPT_EOL_MARK=; setopt no_beep no_list_beep \
no_always_last_prompt; fpath=(%s/zsh/site-functions $fpath); \
autoload -Uz compinit; compinit -u -d $PWD/zcompdump; \
show() { printf '<line:%%s>' "$BUFFER" }; zle -N show; bindkey '^G' show; '''


def shell_cases(program):
    """(what is typed, what it becomes)"""
    return [
        ('%s --dura' % program, '%s --duration=' % program),
        ('%s --no-ana' % program, '%s --no-analysis' % program),
        ('%s -r on' % program, '%s -r only.pcap' % program),
        ('%s -w on' % program, '%s -w only.pcap' % program),
        ('%s -o on' % program, '%s -o only.pcap' % program),
        ('%s -F on' % program, '%s -F only.pcap' % program),
        ('%s --output=on' % program, '%s --output=only.pcap' % program),
        ('%s on' % program, '%s only.pcap' % program),
        ('%s -i an' % program, '%s -i any' % program),
        ('%s --interface=an' % program, '%s --interface=any' % program),
        ('%s --sort=orig_dup' % program, '%s --sort=orig_dup_acks' % program),
        ('%s --sort=-orig_dup' % program,
         '%s --sort=-orig_dup_acks' % program),
        ('%s --only=comp' % program, '%s --only=complete' % program),
        ('%s --only=reset,mid' % program,
         '%s --only=reset,midstream' % program),
        ('%s --format=nd' % program, '%s --format=ndjson' % program),
        ('%s -Q ino' % program, '%s -Q inout' % program),
        ('%s --color=nev' % program, '%s --color=never' % program),
        ('%s -t u' % program, '%s -t ud' % program),
    ]


def check_terminal(name, command, setup, program):
    shell = Shell(command, setup)
    try:
        for typed, expected in shell_cases(program):
            # zsh adds a comma to a list, and takes it away again.
            got = shell.complete(typed).rstrip(',')
            check(got == expected, '%s: %r becomes %r, not %r' %
                  (name, typed, got, expected))
    finally:
        shell.close()


def check_fish(directory, program):
    """fish tells what it would offer, and needs no terminal for it."""
    for typed, expected in shell_cases(program):
        done = subprocess.run(
            ['fish', '--private', '-c', 'source %s/fish/vendor_completions.d/'
             '%s.fish; complete -C "%s"' % (directory, program, typed)],
            stdout=subprocess.PIPE, check=True)
        offers = [line.split('\t')[0]
                  for line in done.stdout.decode().splitlines()]
        check(expected.split()[-1].rstrip('=') in
              [offer.rstrip('=') for offer in offers],
              'fish: %r offers %r, not %r' % (typed, offers, expected))


def main(directory, program):
    done = subprocess.run([program, '--help'], stdout=subprocess.PIPE,
                          check=True)
    ours = helped_options(done.stdout.decode())
    files = {'bash': ('bash-completion/completions/' + program, bash_options),
             'zsh': ('zsh/site-functions/_' + program, zsh_options),
             'fish': ('fish/vendor_completions.d/%s.fish' % program,
                      fish_options)}
    for shell, (path, options) in files.items():
        with open(os.path.join(directory, path)) as file:
            text = file.read()
        check(not re.search('@[a-z-]+@', text), '%s: a table or a name is '
              'missing' % shell)
        check_options(shell, options(text), ours)
        if shell == 'bash':
            check_words(program, text)

    with open('only.pcap', 'w'):
        pass
    if shutil.which('bash'):
        check_terminal('bash', ['bash', '--norc', '--noprofile', '-i'],
                       BASH_SETUP % (directory, program), program)
    else:
        print('no bash: not tried')
    if shutil.which('zsh'):
        check_terminal('zsh', ['zsh', '-f', '-i'], ZSH_SETUP % directory,
                       program)
    else:
        print('no zsh: not tried')
    if shutil.which('fish'):
        check_fish(directory, program)
    else:
        print('no fish: not tried')
    for sentence in wrong:
        print('\t' + sentence)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
