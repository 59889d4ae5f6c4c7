#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""--top in a pseudo-terminal: what it draws, what its keys do, and that the
terminal is restored on every way out.

usage: top.py PROGRAM live|file [CAPTURE]

`file' shows the capture, web.pcap; `live' needs privileges: capture is on lo, which is up; traffic is made here.  Every wait is for an
event, up to PATIENCE seconds, because the machine may be busy.
"""

import errno
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

PATIENCE = 60
PORT = 8001
ALTERNATE = b'\x1b[?1049h'
ORDINARY = b'\x1b[?1049l'

failures = 0


def fails(name, sentence):
    global failures
    failures += 1
    print(f'FAILED: {name}: {sentence}')


class Screen:
    """A terminal that knows the sequences that the program uses."""

    def __init__(self, lines, columns):
        self.resize(lines, columns)
        self.unknown = []
        self.rest = b''
        self.asked = 0          # requests for an answer

    def resize(self, lines, columns):
        self.cells = [[' '] * columns for _ in range(lines)]
        self.line = self.column = 0

    def feed(self, data):
        data = self.rest + data
        self.rest = b''
        text = data.decode('utf-8', 'surrogateescape')
        while text:
            if text[0] == '\x1b':
                found = re.match(r'\x1b\[([?0-9;]*)([A-Za-z])', text)
                # CAN ends a sequence that was written in part.
                cancelled = re.match(r'\x1b[^A-Za-z\x18]*\x18', text)
                if cancelled is not None:
                    text = text[cancelled.end():]
                    continue
                if found is None:
                    if len(text) < 32:
                        self.rest = text.encode('utf-8', 'surrogateescape')
                    else:
                        self.unknown.append(text[:32])
                    return
                self.sequence(found[1], found[2])
                text = text[found.end():]
                continue
            if len(text) <= 3 and '\udc80' <= text[0] <= '\udcff':
                self.rest = text.encode('utf-8', 'surrogateescape')
                return
            self.put(text[0])
            text = text[1:]

    def sequence(self, numbers, last):
        if last == 'H':
            place = (numbers or '1;1').split(';')
            self.line, self.column = int(place[0]) - 1, int(place[1]) - 1
        elif last == 'J' and numbers == '2':
            self.resize(len(self.cells), len(self.cells[0]))
        elif last == 'n' and numbers == '5':
            self.asked += 1
        elif last not in 'mhl':
            self.unknown.append(numbers + last)

    def put(self, char):
        if char in '\r\n\x18':
            return
        if char < ' ':
            self.unknown.append(repr(char))
        if self.line < len(self.cells) and \
                self.column < len(self.cells[0]):
            self.cells[self.line][self.column] = char
        self.column += 1

    def text(self):
        return '\n'.join(''.join(line).rstrip() for line in self.cells)


class Run:
    """The program in a terminal; its standard output goes to a pipe."""

    def __init__(self, name, *arguments, lines=24, columns=80,
                 source=('-i', 'lo'), environment=(), hangup=signal.SIG_DFL,
                 errors=subprocess.PIPE, out=subprocess.PIPE, answers=True):
        self.name = name
        self.answers = answers
        self.screen = Screen(lines, columns)
        self.all = b''
        self.status = None
        self.out = b''
        master, slave = pty.openpty()
        self.master, self.slave = master, slave
        self.resize(lines, columns)
        self.before = termios.tcgetattr(slave)
        surroundings = dict(os.environ, TERM='xterm', LC_ALL='C.UTF-8')
        surroundings.pop('NO_COLOR', None)
        surroundings.update(environment)

        def own_terminal():
            # nohup would have it ignored.
            signal.signal(signal.SIGHUP, hangup)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [PROGRAM, *source, '--top', *arguments], stdin=slave,
            stdout=slave if out == 'terminal' else out,
            stderr=slave if errors == 'terminal' else errors,
            preexec_fn=own_terminal, env=surroundings)
        self.collector = threading.Thread(target=self.collect, daemon=True)
        self.collector.start()

    def collect(self):
        self.out, self.err = self.process.communicate()

    def resize(self, lines, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack('HHHH', lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    def read(self, seconds=0.1, size=65536):
        """Take what the program writes for a moment, and answer requests."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            try:
                data = os.read(self.master, size)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return
            self.all += data
            self.screen.feed(data)
            if self.answers and self.screen.asked:
                os.write(self.master, b'\x1b[0n' * self.screen.asked)
            self.screen.asked = 0

    def wait_for(self, what, sentence):
        """True when what() is; None of the screen is missed meanwhile."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if what():
                return True
            self.read()
        fails(self.name, sentence)
        print(self.screen.text())
        return False

    def shows(self, pattern):
        return self.wait_for(
            lambda: re.search(pattern, self.screen.text(), re.M),
            f'the screen does not show `{pattern}\'')

    def press(self, keys):
        os.write(self.master, keys.encode())

    def ends(self, status=0):
        """The program ends, and the terminal is as it was."""
        if not self.wait_for(lambda: self.process.poll() is not None,
                             'does not end'):
            self.process.kill()
        self.collector.join(PATIENCE)
        if self.process.returncode != status:
            fails(self.name, f'status {self.process.returncode}, not {status}:'
                  f' {(self.err or bytes()).decode()}')
        self.is_restored()
        if self.screen.unknown:
            fails(self.name, f'unknown sequences {self.screen.unknown[:3]}')
        os.close(self.master)
        os.close(self.slave)

    def drain(self):
        """Take all that the program has written."""
        while select.select([self.master], [], [], 0)[0]:
            size = len(self.all)
            self.read()
            if len(self.all) == size:
                break

    def is_restored(self):
        self.drain()
        if termios.tcgetattr(self.slave) != self.before:
            fails(self.name, 'the modes of the terminal are not restored')
        if self.all.count(ALTERNATE) != self.all.count(ORDINARY):
            fails(self.name, 'the screen is not left as often as entered')
        if b'\x1b[?25h' not in self.all:
            fails(self.name, 'the cursor is not shown again')

    def has_report(self):
        if b'A) Total number of connections' not in self.out:
            fails(self.name, 'no report on standard output')


class Traffic:
    """A server that sends all the time, and a client."""

    def __init__(self):
        self.server = socket.socket()
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.server.bind(('127.0.0.1', PORT))
        self.server.listen(8)
        self.client = None
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.server.accept()
            threading.Thread(target=self.send, args=(connection,),
                             daemon=True).start()

    def send(self, connection):
        try:
            while True:
                connection.sendall(b'x' * 10000)
                time.sleep(0.05)
        except OSError:
            connection.close()

    def open(self):
        client = socket.create_connection(('127.0.0.1', PORT))

        def receive():
            try:
                while client.recv(65536):
                    pass
            except OSError:
                pass

        threading.Thread(target=receive, daemon=True).start()
        return client


def begin(name, *arguments, **how):
    """A run that captures, and a connection that it shows."""
    run = Run(name, *arguments, **how)
    if not run.shows('^tcpstates lo'):
        return run, None
    client = traffic.open()
    run.shows(rf'127\.0\.0\.1:{PORT} ')
    return run, client


def test_keys():
    run, client = begin('keys')
    run.shows(r'E/E .* \.$')
    run.shows(r'----- 1 of 1 -- #1: sends')
    run.press('\r')
    run.shows(r'^Where the time went')
    # The end: segments, as they come.
    run.press('G')
    run.shows(r'^ +\d+ +\d+\.\d{6} .* <- P?A .* 10000 ')
    run.press('\x1b')
    run.shows(r'^ ORIGINATOR')
    run.press('?')
    run.shows(r'^Keys')
    run.press('x')
    run.shows(r'^ ORIGINATOR')
    run.press('sm')
    run.shows(r'^sort rtt')
    run.press('r')
    run.shows(r'^sort rtt reversed')
    run.press('/port 9\r')
    run.shows(r'no connection matches')
    run.press(f'/\x15host 127.0.0.1 port {PORT}\r')
    run.shows(rf'127\.0\.0\.1:{PORT} ')
    run.press('t')
    run.shows(r'totals  LIVE')
    run.press('+')
    run.shows(r'average of 30 s')
    run.press('p')
    run.shows(rf'^\*127')
    run.press(' ')
    run.shows(r'FROZEN')
    client.close()
    run.press(' ')
    run.shows(r'LIVE')
    run.press('q')
    run.ends()
    run.has_report()


def test_one():
    """One connection: states with their times, and the last seconds."""
    run, client = begin('one', lines=60, columns=132)
    run.press('\r')
    run.shows(r'^  originator .* ESTABLISHED for \d')
    run.shows(r'^  responder  .* ESTABLISHED for \d')
    run.shows(r'^-> +0bit/s +\|')
    run.shows(r'^<- +\S+bit/s +\|.*\S\|$')
    run.shows(r'^rtt +\d\S*[um]s +\|.*\S\|$')
    run.shows(r'^in flight +\S+B +\|')
    client.close()
    run.press('q')
    run.ends()


def test_ways_out():
    for name in 'SIGINT', 'SIGTERM', 'SIGHUP':
        run, client = begin(name)
        run.process.send_signal(getattr(signal, name))
        run.ends()
        run.has_report()
        client.close()
    run, client = begin('SIGABRT')
    run.process.send_signal(signal.SIGABRT)
    run.ends(-signal.SIGABRT)
    client.close()
    run, client = begin('^C')
    run.press('\x03')
    run.ends()
    run.has_report()
    client.close()


def state_of(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as stat:
        return stat.read().rpartition(')')[2].split()[0]


def test_stop():
    """^Z and SIGTSTP: the terminal is the shell's until SIGCONT."""
    run, client = begin('stop')
    for stop in (lambda: run.press('\x1a'),
                 lambda: run.process.send_signal(signal.SIGTSTP)):
        stop()
        run.wait_for(lambda: state_of(run.process.pid) == 'T',
                     'does not stop')
        run.is_restored()
        run.screen.resize(24, 80)
        run.process.send_signal(signal.SIGCONT)
        run.shows(rf'127\.0\.0\.1:{PORT} ')
    run.press('q')
    run.ends()
    run.has_report()
    client.close()


def test_sizes():
    run, client = begin('sizes')
    run.resize(5, 20)
    run.shows(r'^too small: 20x5')
    run.resize(10, 40)
    run.shows(r'^ ORIGINATOR .* L$')
    run.resize(40, 132)
    run.shows(r'ESTABLISHED +ESTABLISHED')
    run.resize(1, 1)
    run.resize(24, 80)
    run.shows(r'^ ORIGINATOR .* RTX% L$')
    run.press('q')
    run.ends()
    client.close()


def test_unread():
    """A terminal that does not read stops pictures, not the capture."""
    run, client = begin('unread')
    before = resident(run.process.pid)
    others = []
    # Without being read, the terminal takes some pictures, then no more.
    end = time.monotonic() + 5
    while time.monotonic() < end:
        others.append(traffic.open())
        time.sleep(0.05)
        run.press('j')
    for other in others:
        other.close()
    if state_of(run.process.pid) not in 'SR':
        fails('unread', 'the program is blocked')
    run.shows(r'[1-9][0-9]* of [1-9]')
    run.shows(r'^tcpstates lo .* 0 dropped')
    if resident(run.process.pid) > before + 64 * 1024:
        fails('unread', 'memory grew')
    run.press('q')
    run.ends()
    run.has_report()
    client.close()
    found = re.search(rb'A\) Total number of connections: (\d+)', run.out)
    if found is None or int(found[1]) < len(others):
        fails('unread', f'not all {len(others)} connections in the report')


def read_slowly(run, seconds):
    """At 9600 bit/s; the bytes that are queued at the end."""
    last = time.monotonic()
    end = last + seconds
    while last < end:
        time.sleep(0.05)
        now = time.monotonic()
        # On a busy machine a sleep takes longer: the line has sent more.
        run.read(size=min(int(960 * (now - last)), 192))
        last = now
    # Without answers, nothing more comes meanwhile.
    answers, run.answers = run.answers, False
    size = len(run.all)
    run.drain()
    size = len(run.all) - size
    run.answers = answers
    run.press('\x1b[0n')
    return size


def test_slow():
    """On a slow line, no more than one screen is queued."""
    for lines, columns, seconds in (24, 80, 8), (40, 132, 25):
        run, client = begin('slow', '-B', '64M', lines=lines, columns=columns,
                            environment={'TERM': 'linux'})
        others = [traffic.open() for _ in range(40)]
        queued = read_slowly(run, seconds)
        if queued > lines * columns + 3000:
            fails('slow', f'{queued} bytes are queued for {columns}x{lines}')
        run.press('q')
        run.ends()
        run.has_report()
        if b'dropped' in run.err:
            fails('slow', run.err.decode())
        for connection in client, *others:
            connection.close()
    # A terminal that does not answer is written to all the same.
    run, client = begin('no answer', answers=False)
    run.press('?')
    run.shows('^Keys')
    run.press('q')
    run.ends()
    client.close()


def test_brief():
    """Of many connections, a terminal gets the worst."""
    run, client = begin('brief', out='terminal')
    others = [traffic.open() for _ in range(60)]
    run.shows(r'^6\d open of 6')
    run.press('q')
    run.ends()
    report = run.all[run.all.rfind(ORDINARY):]
    if b'A) Total' not in report or b'--all' not in report or \
            len(report.splitlines()) > 80:
        fails('brief', f'the report has {len(report.splitlines())} lines')
    for connection in client, *others:
        connection.close()


def test_hangup():
    """The terminal is gone: with the signal the capture ends, and without it
    goes on."""
    for name, how in (('hangup', signal.SIG_DFL), ('nohup', signal.SIG_IGN)):
        run, client = begin(name, hangup=how)
        os.close(run.slave)
        os.close(run.master)
        if how == signal.SIG_IGN:
            client.close()
            traffic.open().close()
            time.sleep(0.5)
            if run.process.poll() is not None:
                fails(name, 'the capture has ended')
            run.process.terminate()
        run.collector.join(PATIENCE)
        if run.process.returncode != 0:
            fails(name, f'status {run.process.returncode}')
            run.process.kill()
        run.has_report()
        client.close()


def test_sort():
    """--sort is the order at the start."""
    run, client = begin('sort', '--sort=-p99')
    run.shows(r'^sort p99 reversed')
    run.press('q')
    run.ends()
    client.close()


def resident(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as status:
        return int(re.search(r'VmRSS:\s*(\d+)', status.read())[1])


def test_plain():
    """NO_COLOR and a locale without UTF-8."""
    run, client = begin('plain', environment={'NO_COLOR': '1', 'LC_ALL': 'C'},
                        columns=160)
    run.shows(r'30 s')
    run.press('q')
    run.ends()
    client.close()
    if re.search(rb'\x1b\[[0-9;]*3[0-7]m', run.all):
        fails('plain', 'a colour in spite of NO_COLOR')
    if any(byte >= 0x80 for byte in run.all):
        fails('plain', 'a byte beyond ASCII')


def test_records():
    """Records go to a file while the screen is shown."""
    path = os.path.join(os.path.dirname(PROGRAM), 'records')
    run, client = begin('records', '-J', '-o', path, '-Z', 'root')
    client.close()
    run.press('q')
    run.ends()
    with open(path, encoding='utf-8') as records:
        if '"type":"conn"' not in records.read():
            fails('records', 'no record of a connection')


def test_messages():
    """Messages on the terminal of the screen follow the screen."""
    path = os.path.join(os.path.dirname(PROGRAM), 'gone')
    os.mkdir(path)
    run, client = begin('messages', '-Z', 'root', f'--metrics={path}/page',
                        '--interval=100ms', errors='terminal')
    run.wait_for(lambda: os.path.exists(f'{path}/page'), 'no page')

    def is_removed():
        # The program may create its page while the directory is emptied.
        shutil.rmtree(path, ignore_errors=True)
        return not os.path.exists(path)

    run.wait_for(is_removed, 'the directory is not removed')
    time.sleep(1)
    run.shows(r'^ ORIGINATOR')
    client.close()
    run.press('q')
    run.ends(1)
    message = run.all.find(b'--metrics: ')
    if not 0 <= run.all.find(ORDINARY) < message:
        fails('messages', 'a message is not behind the screen')


def test_refusals():
    for name, how in (('dumb', {'TERM': 'dumb'}), ('none', None)):
        process = subprocess.run(
            [PROGRAM, '-i', 'lo', '--top'], stdin=subprocess.DEVNULL,
            capture_output=True, start_new_session=True, check=False,
            env=dict(os.environ, **(how or {'TERM': 'xterm'})),
            timeout=PATIENCE)
        if process.returncode != 2 or b'--interval' not in process.stderr:
            fails(name, f'status {process.returncode}: {process.stderr}')


def test_file():
    """A finished capture: all connections, the worst first."""
    source = ('-r', sys.argv[3])
    run = Run('file', source=source)
    run.shows(r'^>.* filtered$')
    run.shows(r' 1 of 8 -- #8: filtered')
    run.press('G')
    run.shows(r' 8 of 8 ')
    run.press('g\r')
    run.shows(r'^Esc back')
    run.shows(r'^Where the time went')
    run.press('\x1b')
    run.shows(r'^ ORIGINATOR')
    run.press('/server-slow\r')
    run.shows(r' 1 of 1 -- #')
    run.press('/\x15\rsn')
    run.shows(r' 1 of 8 -- #1:|sort number')
    run.resize(10, 40)
    run.shows(r'^ ORIGINATOR')
    run.press('\x1a')
    run.wait_for(lambda: state_of(run.process.pid) == 'T', 'does not stop')
    run.is_restored()
    run.process.send_signal(signal.SIGCONT)
    run.resize(24, 80)
    run.shows(r'^ ORIGINATOR .* VERDICT$')
    run.press('q')
    run.ends()
    run.has_report()
    # A long report goes through the pager, which leaves the screen alone.
    run = Run('file, pager', source=source, out='terminal',
              environment={'PAGER': 'sed s/^/paged:/'})
    run.shows(r'^>.* filtered$')
    run.press('\x03')
    run.ends()
    if run.all.rfind(b'paged:A) Total') < run.all.rfind(ORDINARY):
        fails('file, pager', 'no report through the pager')
    run = Run('file, ^C', source=source)
    run.shows(r'^ ORIGINATOR')
    run.press('\x03')
    run.ends()
    run.has_report()


PROGRAM = os.path.abspath(sys.argv[1])
if sys.argv[2] == 'file':
    TESTS = (test_file,)
else:
    traffic = Traffic()
    TESTS = (test_keys, test_one, test_ways_out, test_stop, test_sizes,
             test_unread, test_slow, test_brief, test_hangup, test_sort,
             test_plain, test_records, test_messages, test_refusals)
for test in TESTS:
    test()
sys.exit(failures > 0)
