# SPDX-License-Identifier: BSD-2-Clause
"""What was watched, and what is read of it again, tell the same.

    retold.py PROGRAM DIRECTORY

Two namespaces, a bridge in one of them, and a cable between them that loses,
shuffles and delays: hundreds of connections of every kind, IPv4 and IPv6.
Many copies of the program watch at the same time, each another way, and save
what they see (-w).  Then each reads its own file (-r), and what it writes
must be what it wrote, whole.  What is left aside, and why, is said where it
is.  Besides: what the copies must have in common, seen from the bridge, its
port and `any'.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "truth"))
import lab  # noqa: E402  (its place is known only now)

PATIENCE = 120      # seconds: nobody knows how busy the machine is
CONNECTIONS = 360
AT_ONCE = 40
CLIENT = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
SERVER = {socket.AF_INET: "192.0.2.2", socket.AF_INET6: "2001:db8::2"}
NOBODY = {socket.AF_INET: "192.0.2.77", socket.AF_INET6: "2001:db8::77"}
TALKS, ABORTS, STAYS, SWALLOWS, REFUSES = range(8000, 8005)
CABLE = {way: {"delay": 0.004, "lose": 0.01, "reorder": 0.02, "after": 20}
         for way in ("ab", "ba")}

# Live has limits by default and a file has none, as the manual says.
LIVE_LIMITS = ["--max-conns=1000000", "--max-ended=250000", "--max-pending=256M",
               "--half-open-timeout=130s", "--idle-timeout=3600s",
               "--linger=120s"]
# Of the kernel; a file knows nothing of it.
KERNEL_KEYS = ("kernel_received", "kernel_dropped", "kernel_if_dropped",
               "clock_leaps")

failures = []


def check(is_good, *what):
    if not is_good:
        failures.append(what)
        print("FAILED:", *what, flush=True)


# ---- the network ----

def make_network():
    client, server = lab.Namespace("a"), lab.Namespace("b")
    for space in client, server:
        space.set(ipv6__conf__default__accept_dad=0,
                  ipv6__conf__default__router_solicitations=0)
        space.run("ip link set lo up")
    link = lab.Link(client, server, CABLE)
    server.run("ip link add br0 type bridge")
    server.run("ip link set ba master br0 up")
    for space, device, addresses in ((client, "ab", CLIENT),
                                     (server, "br0", SERVER)):
        space.run("ip link set %s up" % device)
        for address in addresses.values():
            space.address("%s/%d" % (
                address, 64 if ":" in address else 24), device)
    # Or the bridge would see whole what its port sees in pieces.
    server.run("ethtool -K br0 gso off tso off tx off")
    mac = json.loads(server.run("ip -j link show br0"))[0]["address"]
    for address in NOBODY.values():
        client.run("ip neigh replace %s lladdr %s dev ab nud permanent" %
                   (address, mac))
    return client, server, link


def hard_close(sock):
    """With an RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


class Traffic:
    """Everything that two hosts may do to each other."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.dice = random.Random(5)
        self.kept = []          # open until the end
        self.done = {}

    def listen(self):
        loop = asyncio.get_running_loop()
        for family, address in SERVER.items():
            for port, serve in ((TALKS, self.talk), (ABORTS, self.abort),
                                (STAYS, self.stay), (SWALLOWS, self.swallow)):
                sock = self.server.socket(family)
                sock.bind((address, port))
                sock.listen(500)
                sock.setblocking(False)
                loop.create_task(self.accept(sock, serve))

    async def accept(self, listener, serve):
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(listener)
            sock.setblocking(False)
            loop.create_task(serve(sock))

    async def talk(self, sock):
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            asked = await loop.sock_recv(sock, 1000)
            await loop.sock_sendall(sock, b"x" * (len(asked) * 100))
            await asyncio.sleep(0.01)
        sock.close()

    async def abort(self, sock):
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().sock_recv(sock, 1000)
        hard_close(sock)

    async def swallow(self, sock):
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while await loop.sock_recv(sock, 65536):
                pass
            await loop.sock_sendall(sock, b"thanks")
        sock.close()

    async def stay(self, sock):
        self.kept.append(sock)
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(sock, b"hello")

    async def one(self, kind, family):
        loop = asyncio.get_running_loop()
        sock = self.client.socket(family)
        sock.setblocking(False)
        port = {"aborted": ABORTS, "stays": STAYS, "refused": REFUSES,
                "half-closes": SWALLOWS}.get(kind, TALKS)
        address = (NOBODY if kind == "unanswered" else SERVER)[family]
        try:
            if kind == "unanswered":
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(
                        loop.sock_connect(sock, (address, port)), 0.3)
                return
            await loop.sock_connect(sock, (address, port))
            await loop.sock_sendall(
                sock, b"?" * self.dice.choice((1, 20, 300, 700)))
            if kind == "aborts":
                await loop.sock_recv(sock, 100)
                hard_close(sock)
            elif kind == "stays":
                self.kept.append(sock)
                return
            elif kind == "half-closes":
                await loop.sock_sendall(sock, b"!" * 30000)
                sock.shutdown(socket.SHUT_WR)
            while await loop.sock_recv(sock, 65536):
                pass
        except OSError:
            pass
        finally:
            if sock not in self.kept:
                sock.close()
            self.done[kind] = self.done.get(kind, 0) + 1

    async def again(self, family):
        """From the same port, so that it is another with its addresses."""
        loop = asyncio.get_running_loop()
        for _ in range(2):
            sock = self.client.socket(family)
            sock.setblocking(False)
            sock.bind((CLIENT[family], 44444))
            with contextlib.suppress(OSError):
                await loop.sock_connect(sock, (SERVER[family], TALKS))
                await loop.sock_sendall(sock, b"again")
                await loop.sock_recv(sock, 100)
            hard_close(sock)
            await asyncio.sleep(0.3)

    async def run(self):
        self.listen()
        kinds = (["talks"] * 8 + ["half-closes"] * 2 + ["aborts", "aborted",
                 "refused", "unanswered", "stays"])
        room = asyncio.Semaphore(AT_ONCE)

        async def next_one(number):
            async with room:
                with contextlib.suppress(asyncio.TimeoutError):
                    # For ever, where an RST was lost.
                    await asyncio.wait_for(
                        self.one(kinds[number % len(kinds)],
                                 list(CLIENT)[number // len(kinds) % 2]), 2)

        await asyncio.wait_for(asyncio.gather(
            *map(next_one, range(CONNECTIONS)), *map(self.again, CLIENT)),
            PATIENCE)
        await self.settle(10)
        self.silence()
        await self.settle(2)

    async def settle(self, looks):
        """Until nothing was sent again for a while."""
        before, quiet = None, 0
        until = time.monotonic() + PATIENCE
        while quiet < looks:
            check(time.monotonic() < until, "it does not settle")
            if failures:
                return
            await asyncio.sleep(0.05)
            now = self.server.run("ip -j -s link show ba")
            quiet = quiet + 1 if now == before else 0
            before = now

    def silence(self):
        """The copies end one after the other, and what is sent again between
        the first and the last would be in some of them."""
        for space, others in (self.client, SERVER), (self.server, CLIENT):
            for address in others.values():
                space.run("ip route add blackhole " + address)


# ---- the program ----

class Watcher:
    """A copy of the program; its output and what it saved are files."""

    def __init__(self, name, space, interface, options, only_live=()):
        self.name, self.options = name, options
        self.saved, self.out, self.err = (
            os.path.abspath(name + end) for end in (".pcap", ".out", ".err"))
        self.what = "-i %s %s" % (interface, " ".join([*options, *only_live]))
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = space.start(
                [PROGRAM, "-i", interface, "-w", self.saved, *only_live,
                 *options], stdout=out, stderr=err)

    def is_watching(self):
        if self.process.poll() is not None:
            return True     # its duration is over; end() asks how it ended
        with open("/proc/%d/status" % self.process.pid) as status:
            caught = int(re.search(r"SigCgt:\s*(\w+)", status.read())[1], 16)
        if caught >> (signal.SIGUSR1 - 1) & 1 == 0:
            return False
        self.process.send_signal(signal.SIGUSR1)
        time.sleep(0.02)
        with open(self.err) as err:
            return " packets, " in err.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def end(self):
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "killed"
        check(status == 0, self.what, "ended with", status, self.said())

    def told(self):
        with open(self.out) as out:
            return out.read()

    def said(self):
        """On standard error, but for what a file has no kernel for, and
        the counters that is_watching() asked for."""
        with open(self.err) as err:
            return [line for line in err if not re.search(
                "(kernel|interface) dropped| packets, .*; kernel: ", line)]

    def again(self, options=None):
        """(standard output, lines of standard error) of -r"""
        done = subprocess.run(
            [PROGRAM, "-r", self.saved, *(options or self.options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            check=False)
        check(done.returncode == 0, self.what, "-r ended with",
              done.returncode, done.stderr)
        return done.stdout, done.stderr.splitlines(True)


def first_difference(one, two):
    one, two = one.splitlines(), two.splitlines()
    for number, (left, right) in enumerate(zip(one, two), 1):
        if left != right:
            return "line %d:\n\t%s\n\t%s" % (number, left[:900], right[:900])
    return "%d lines, %d lines" % (len(one), len(two))


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def of_type(text, kind):
    return [record for record in records(text) if record["type"] == kind]


def without_source(text):
    """Records but for what says that they are of a file."""
    made = []
    for record in records(text):
        if record["type"] == "capture":
            del record["input"], record["live"]
        for key in KERNEL_KEYS:
            record.pop(key, None)
        made.append(json.dumps(record))
    return "\n".join(made)


def compare(watcher, live, again, said):
    check(live == again, watcher.what, "and -r of it:",
          first_difference(live, again))
    check(watcher.said() == said, watcher.what, "and -r of it say:",
          watcher.said(), said)


def compare_text(watcher):
    """To the byte."""
    compare(watcher, watcher.told(), *watcher.again())


def compare_csv(watcher):
    compare(watcher, watcher.told(),
            *watcher.again(watcher.options + LIVE_LIMITS))


def compare_records(watcher):
    again, said = watcher.again(watcher.options + LIVE_LIMITS)
    compare(watcher, without_source(watcher.told()), without_source(again),
            said)


def compare_stream(watcher):
    """A stream is in order of ends, and live, silence ends connections at
    once, in a file when the next packet comes: so not in the same order, and
    the last of them are not ended, but over."""
    def sort(text):
        found = of_type(text, "conn")
        for record in found:
            del record["ended_by"]
        return "\n".join(sorted(map(json.dumps, found)))
    again, said = watcher.again(watcher.options)
    compare(watcher, sort(watcher.told()), sort(again), said)


SUMS = ("frames", "frame_bytes", "segments", "conns", "reset", "retrans")


def compare_intervals(watcher):
    """A file's stretches begin with its first packet, live they begin with
    the watch: their sums are the same, and all that comes after them."""
    again, said = watcher.again(watcher.options + LIVE_LIMITS)
    live = watcher.told()
    sums = [{key: sum(record[key] for record in of_type(text, "interval"))
             for key in SUMS} for text in (live, again)]
    check(sums[0] == sums[1], watcher.what, "sums of intervals", *sums)
    check(sums[0]["frames"] == of_type(live, "summary")[0]["frames"],
          watcher.what, "intervals and summary", *sums)
    check(len(of_type(live, "interval")) > 3, watcher.what, "few intervals")
    live, again = (
        "\n".join(line for line in without_source(text).splitlines()
                  if '"type": "interval"' not in line)
        for text in (live, again))
    compare(watcher, live, again, said)


def compare_lines(watcher):
    """As compare_intervals(), for people."""
    again, said = watcher.again()
    parts = [text.split("\n\n", 1) for text in (watcher.told(), again)]
    sums = [[sum(int(line.split()[column]) for line in
                 part[0].splitlines()[1:]) for column in (2, 3, 4, 6, 8)]
            for part in parts]
    check(sums[0] == sums[1], watcher.what, "sums of intervals", *sums)
    compare(watcher, parts[0][1], parts[1][1], said)


# ---- what copies have in common ----

# What does not depend on where a connection was captured: all but times.
FIGURES = ("orig_h", "orig_p", "resp_h", "resp_p", "status", "orig_bytes",
           "resp_bytes", "complete", "reset", "open", "orig_pkts",
           "resp_pkts", "orig_retrans", "resp_retrans")


def figures(text):
    return "\n".join(sorted(json.dumps([record[key] for key in FIGURES])
                            for record in of_type(text, "conn")))


def same_connections(one, two):
    left, right = figures(one.told()), figures(two.told())
    check(left == right, "connections of", one.what, "and", two.what,
          first_difference(left, right))


def start(server, rows, watchers):
    """Start copies of the program and wait until all of them watch."""
    for name, interface, options, only_live, _ in rows:
        watchers[name] = Watcher(name, server, interface, options, only_live)
    for name, *_ in rows:
        until = time.monotonic() + PATIENCE
        while not watchers[name].is_watching() and time.monotonic() < until:
            time.sleep(0.02)
        check(time.monotonic() < until, watchers[name].what, "does not watch")


def frames(watcher):
    return of_type(watcher.told(), "summary")[0]["frames"]


def is_rich(text):
    """Was it worth it?"""
    conns = of_type(text, "conn")
    summary = of_type(text, "summary")[0]
    ends = {record["end_reason"] for record in conns}
    check(len(conns) > CONNECTIONS, "only", len(conns), "connections")
    check({"fin", "reset-orig", "reset-resp", "refused", "no-answer",
           "open"} <= ends, "not every end:", ends)
    check(sum(":" in record["orig_h"] for record in conns) > 100,
          "too little IPv6")
    for key in ("retrans", "out_of_order"):
        found = sum(record.get(side + key) or 0 for record in conns
                    for side in ("orig_", "resp_"))
        check(found > 10, "only", found, key)
    check(summary["conns"] == len(conns), "summary of", summary["conns"])


def main():
    client, server, link = make_network()
    watchers = {}
    try:
        return watch_and_compare(client, server, link, watchers)
    finally:
        link.unplug()
        for watcher in watchers.values():
            watcher.process.kill()


def watch_and_compare(client, server, link, watchers):
    plan = [
        ("text", "br0", [], [], compare_text),
        ("verbose", "br0", ["-v"], [], compare_text),
        ("table", "br0", ["--table", "--sort=bytes"], [], compare_text),
        ("states", "br0", ["--states", "-t", "r"], [], compare_text),
        ("segments", "br0", ["--segments"], [], compare_text),
        ("csv", "ba", ["--csv"], [], compare_csv),
        ("json", "br0", ["-J"], [], compare_records),
        ("immediate", "br0", ["-J"], ["--immediate-mode", "-B", "64M"],
         compare_records),
        ("any", "any", ["-J"], [], compare_records),
        ("any-text", "any", [], ["--duration=5s"], compare_text),
        ("in", "ba", ["-J", "-f", "tcp"], ["-Q", "in"], compare_records),
        ("out", "ba", ["-J", "-f", "tcp"], ["-Q", "out"], compare_records),
        ("inout", "ba", ["-J", "-f", "tcp"], ["-Q", "inout"], compare_records),
        ("some", "br0", ["-J"], ["-c", "777"], compare_records),
        ("filter", "br0", ["-J", "-f", "ip6 and tcp"], [], compare_records),
        ("interval", "br0", ["-J", "--interval=250ms"], ["--duration=5s"],
         compare_intervals),
        ("lines", "br0", ["--interval=250ms"], [], compare_lines),
        ("stream", "br0", ["-J", "--stream", "--linger=200ms"], [],
         compare_stream),
    ]
    # The copies with a duration start last: a busy machine takes seconds to
    # start all others.
    timed = [row for row in plan if "--duration=5s" in row[3]]
    start(server, [row for row in plan if row not in timed], watchers)
    start(server, timed, watchers)
    traffic = Traffic(client, server)
    asyncio.run(traffic.run())
    # The process that is the cable may have stood still with frames in it, which
    # some copies would see and others would not.
    carried = link.unplug()
    for watcher in watchers.values():
        watcher.stop()
    for watcher in watchers.values():
        watcher.end()
    print(traffic.done, carried)
    for name, _, _, _, comparison in plan:
        comparison(watchers[name])
    is_rich(watchers["json"].told())
    for name in "any", "inout", "immediate":
        same_connections(watchers["json"], watchers[name])
    check(frames(watchers["some"]) == 777, "-c 777:", frames(watchers["some"]))
    ways = [frames(watchers[way]) for way in ("in", "out", "inout")]
    check(ways[0] + ways[1] == ways[2] and min(ways) > 1000, "-Q:", *ways)
    copies = of_type(watchers["any"].told(), "summary")[0]
    check(copies["capture_duplicates"] > 1000, "any has seen nothing twice")
    return bool(failures)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv[1])
    os.chdir(sys.argv[2])
    try:
        sys.exit(main())
    except lab.Unable as unable:
        print("skipped:", unable)
        sys.exit(77)
