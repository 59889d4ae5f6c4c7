# SPDX-License-Identifier: BSD-2-Clause
"""Both ends of the laboratory's connections: scripts, and what is true.

A script is a list of steps, each a tuple:

    ("read", N)             N bytes
    ("read_all",)           until the peer closes its side
    ("read_slowly", N, S)   N bytes at a time, S seconds apart, until then
    ("write", N)            N bytes
    ("sleep", S)            before the next message or within one
    ("drain",)              until the peer's kernel acknowledged everything
    ("keep",)               note the kernel's figures now, not at the end
    ("finish",)             drain, keep, close our side, read to the end
    ("abort",)              close with SO_LINGER 0: a reset
    ("both", [...], [...])  the second script in a thread of its own
    ("option", NAME, VALUE) of the socket, see OPTIONS
    ("set", NAME, VALUE)    a sysctl of the host
    ("quit",)               leave the socket open until the process ends

Truth comes from the kernel (TCP_INFO before the FIN; the cause of the
sender's waiting, sampled every 2 ms) and from the script: the time between the
end of a read and the start of a write with a sleep between ("waits"), and
between the starts of two such writes ("pauses").
"""

import contextlib
import fcntl
import os
import socket
import struct
import threading
import time

import lab

SIOCOUTQ = 0x5411
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
SEND_QUEUE, REPAIR_OFF = 2, -1
TCP_CA_LOSS, TCP_CA_RECOVERY = 4, 3
ESTABLISHED, CLOSED = 1, 7
# How much longer than the client the server waits for what never comes.
MORE_PATIENCE = 2

OPTIONS = {
    "rcvbuf": (socket.SOL_SOCKET, socket.SO_RCVBUF),
    "sndbuf": (socket.SOL_SOCKET, socket.SO_SNDBUF),
    "keepalive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "keepidle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "keepintvl": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "nodelay": (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    "quickack": (socket.IPPROTO_TCP, socket.TCP_QUICKACK),
    "mss": (socket.IPPROTO_TCP, socket.TCP_MAXSEG),
}

# Realtime precedence of both ends, below that of the path.
PRIORITY = 10


def take_precedence():
    """A late end is a slow application."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))


def set_option(sock, name, value):
    sock.setsockopt(*OPTIONS[name], value)


def choose_isn(sock, isn):
    """The initial sequence number of a connection that is not yet made."""
    for option, value in ((TCP_REPAIR, 1), (TCP_REPAIR_QUEUE, SEND_QUEUE),
                          (TCP_QUEUE_SEQ, isn), (TCP_REPAIR, REPAIR_OFF)):
        sock.setsockopt(socket.IPPROTO_TCP, option,
                        struct.pack("i", value) if value < 0
                        else struct.pack("I", value))


def congestion_of(sock):
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    return raw.rstrip(b"\0").decode()


def unsent_or_unacknowledged(sock):
    return struct.unpack("i", fcntl.ioctl(sock, SIOCOUTQ, b"\0" * 4))[0]


class Sampler(threading.Thread):
    """What the sending kernel waits for, in seconds by kind."""

    def __init__(self, sock):
        super().__init__(daemon=True)
        self.sock, self.seconds = sock, {}
        self.stopped = threading.Event()

    @staticmethod
    def kind(info):
        flight = (info["bytes_sent"] - info["bytes_retrans"]
                  - info["bytes_acked"])
        if info["state"] != ESTABLISHED:
            return "closing"
        if info["ca_state"] == TCP_CA_LOSS:
            return "loss"
        if info["notsent"] == 0 and flight <= 0:
            return "idle"
        if info["snd_wnd"] == 0:
            return "zero"
        if info["ca_state"] == TCP_CA_RECOVERY:
            return "recovery"
        if info["notsent"] == 0:
            return "application"
        if info["snd_wnd"] - flight < info["snd_mss"]:
            return "window"
        if info["unacked"] >= info["snd_cwnd"]:
            return "congestion"
        return "pacing"

    def run(self):
        last = time.monotonic()
        while not self.stopped.wait(0.002):
            try:
                kind = self.kind(lab.tcp_info(self.sock))
            except OSError:
                return
            now = time.monotonic()
            self.seconds[kind] = self.seconds.get(kind, 0) + now - last
            last = now

    def stop(self):
        self.stopped.set()
        self.join()
        return {kind: round(s, 4) for kind, s in self.seconds.items()}


class End:
    """One end of one connection: executes its script."""

    def __init__(self, sock, space, patience, is_sampled=True):
        self.sock, self.space, self.patience = sock, space, patience
        self.truth = {"waits": [], "pauses": [], "read": 0, "written": 0,
                      "congestion": congestion_of(sock)}
        self.begun = time.monotonic()
        self.last = ("begin", self.begun)
        self.has_slept = False
        self.sampler = Sampler(sock) if is_sampled else None
        if self.sampler:
            self.sampler.start()
        sock.settimeout(patience)

    def perform(self, script):
        """Executes; returns what is true."""
        try:
            self.steps(script)
            self.do_keep()
        except OSError as error:
            self.truth["error"] = error.strerror or str(error)
            self.do_keep()
        self.truth["lasted"] = round(time.monotonic() - self.begun, 6)
        if script[-1:] != [("quit",)]:
            self.sock.close()
        return self.truth

    def steps(self, script):
        for name, *arguments in script:
            getattr(self, "do_" + name)(*arguments)

    def count_read(self, size):
        self.truth["read"] += size
        self.last = ("read", time.monotonic())

    def do_read(self, size):
        left = size
        while left > 0:
            got = len(self.sock.recv(min(left, 1 << 18)))
            if got == 0:
                raise OSError(0, "closed early")
            left -= got
        self.count_read(size)

    def do_read_all(self):
        while True:
            got = len(self.sock.recv(1 << 18))
            self.count_read(got)
            if got == 0:
                return

    def do_read_slowly(self, size, gap):
        while True:
            got = len(self.sock.recv(size))
            self.count_read(got)
            if got == 0:
                return
            time.sleep(gap)

    def do_write(self, size):
        now = time.monotonic()
        what, when = self.last
        if self.has_slept:
            place = "pauses" if what == "write" else "waits"
            self.truth[place].append(round(now - when, 6))
        self.has_slept = False
        self.sock.sendall(bytes(size))
        self.truth["written"] += size
        self.last = ("write", now)

    def do_sleep(self, seconds):
        time.sleep(seconds)
        self.has_slept = True

    def do_drain(self):
        end = time.monotonic() + self.patience
        while unsent_or_unacknowledged(self.sock) > 0:
            if time.monotonic() > end:
                raise OSError(0, "never acknowledged")
            if lab.tcp_info(self.sock)["state"] == CLOSED:
                raise OSError(0, "closed early")
            time.sleep(0.002)

    def do_keep(self):
        if "info" in self.truth:
            return
        with contextlib.suppress(OSError):
            self.truth["info"] = lab.tcp_info(self.sock)
        if self.sampler:
            self.truth["states"] = self.sampler.stop()

    def do_finish(self):
        self.do_drain()
        self.do_keep()
        self.sock.shutdown(socket.SHUT_WR)
        self.do_read_all()

    def do_abort(self):
        self.do_keep()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def do_both(self, one, two):
        thread = threading.Thread(target=self.steps, args=(two,), daemon=True)
        thread.start()
        self.steps(one)
        thread.join()

    def do_option(self, name, value):
        set_option(self.sock, name, value)

    def do_set(self, name, value):
        self.space.set(**{name: value})

    def do_quit(self):
        self.do_keep()


def open_socket(space, address, end):
    """A socket with the options of an end; Unable if the kernel refuses."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = space.socket(family, end.get("congestion", "cubic"))
    if congestion_of(sock) != end.get("congestion", "cubic"):
        raise lab.Unable("no congestion control " + end["congestion"])
    for name in OPTIONS:
        if name in end:
            set_option(sock, name, end[name])
    if "nodelay" not in end:
        set_option(sock, "nodelay", 1)
    return sock


class Side:
    """What one host does in a scenario; run() in a process of its own."""

    def __init__(self, scenario, space, address, peer):
        self.scenario, self.space = scenario, space
        self.address, self.peer = address, peer
        self.truths = [None] * len(scenario.talks)

    def gather(self, threads):
        end = time.monotonic() + self.scenario.limit
        for thread in threads:
            thread.join(max(0, end - time.monotonic()))
        return [truth or {"error": "did not end"} for truth in self.truths]


class Server(Side):
    """Listens where the talks say, and takes their part in them."""

    def open(self):
        self.listeners = {}
        for talk in self.scenario.talks:
            if talk.port in self.listeners or not talk.is_listened:
                continue
            sock = open_socket(self.space, self.address, talk.server_end)
            sock.bind((self.address, talk.port))
            sock.listen(self.scenario.backlog)
            self.listeners[talk.port] = sock

    def accept(self, port, sock):
        """Accepts, after a while, as many as will come."""
        waiting = [i for i, talk in enumerate(self.scenario.talks)
                   if talk.port == port and talk.server is not None]
        time.sleep(self.scenario.accept_after)
        threads = []
        while waiting:
            taken, peer = sock.accept()
            mine = [i for i in waiting
                    if self.scenario.talks[i].local == peer[1]]
            if not mine:
                taken.close()
                continue
            waiting.remove(mine[0])
            threads.append(threading.Thread(
                target=self.converse, args=(mine[0], taken), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def converse(self, number, sock):
        talk = self.scenario.talks[number]
        for name in OPTIONS:
            if name in talk.server_end:
                set_option(sock, name, talk.server_end[name])
        end = End(sock, self.space, talk.patience + MORE_PATIENCE,
                  self.scenario.is_sampled)
        self.truths[number] = end.perform(talk.server)

    def run(self):
        threads = [threading.Thread(target=self.accept, args=item,
                                    daemon=True)
                   for item in self.listeners.items()]
        for thread in threads:
            thread.start()
        return self.gather(threads)


class Client(Side):
    """Connects when the talks say so, and takes its part in them."""

    def open(self):
        """Nothing to prepare."""

    def converse(self, number):
        talk = self.scenario.talks[number]
        time.sleep(talk.start)
        sock = open_socket(self.space, self.address, talk.client_end)
        sock.settimeout(talk.patience)
        if "isn" in talk.client_end:
            choose_isn(sock, talk.client_end["isn"])
        sock.bind((self.address, talk.local))
        begun = time.monotonic()
        try:
            sock.connect((self.peer, talk.port))
        except OSError as error:
            self.truths[number] = {"error": error.strerror or str(error)}
            sock.close()
            return
        made = time.monotonic() - begun
        end = End(sock, self.space, talk.patience, self.scenario.is_sampled)
        self.truths[number] = end.perform(talk.client)
        self.truths[number]["connect"] = round(made, 6)

    def run(self):
        threads = [threading.Thread(target=self.converse, args=(i,),
                                    daemon=True)
                   for i in range(len(self.scenario.talks))]
        for thread in threads:
            thread.start()
        return self.gather(threads)
