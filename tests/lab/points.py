#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Captures at several points of a chain of real kernels, compared.

    points.py [-n] [-j JOBS] -b TCPSTATES -p PATH DIRECTORY [SCENARIO...]

For each SCENARIO (names or regular expressions; all of them unless said) a
client and a server converse through a router (chain.py).  Captures of any two
points are compared by tcpstates --compare, with either one first, and what is
reported has to be what the bytes of the captures show (seen.py), what the
paths and the router's kernel have counted, and what the clocks are.

Prints what was made, and what was not right.  Exit status: 0, 1 something is
not right, 77 this machine cannot make any.
"""

import argparse
import dataclasses
import itertools
import json
import multiprocessing
import os
import re
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "truth"))

import chain                                            # noqa: E402
import ends                                             # noqa: E402
import lab                                              # noqa: E402
import perform                                          # noqa: E402
import seen                                             # noqa: E402
from scenarios import EOF, KB, REQUEST, Talk, times     # noqa: E402

NEAR = 0.0003           # seconds that offsets and delays may be wrong
DRIFT_NEAR = 2          # ppm
OUTSIDE_MAX = 2         # segments on their way when captures end
DROPS = "lost", "policed", "full", "too_large"
ORDER = "nkarsb"        # taps, from client to server
SERVER_PORT, OTHER_PORT = 80, 8080
ROOMY = {"ipv4__tcp_rmem": "4096 1048576 6291456"}
ECN = {"ipv4__tcp_ecn": 1}


@dataclasses.dataclass
class Case:
    name: str
    what: str
    talks: list
    # Settings of both paths, and rules of the router, see chain.py.
    near: dict
    far: dict
    rules: str = ""
    commands: tuple = ()            # of the router's host, before the rules
    # Of the comparison of a and b.
    findings: str = ""
    orig: str = ""                  # what was rewritten
    resp: str = ""
    is_matched: bool = True         # else the connection has no partner
    is_terminated: bool = False
    # Packets that the router drops, and makes, by the comments of rules.
    drops: str = ""
    resets: str = ""
    has_keys: bool = True           # of segments, that seen.py can match
    clock: tuple = (-7200.125, 0)   # of the second point: seconds, ppm
    has_nic: bool = False
    proxy: str = ""
    peer: str = ""                  # what the client connects to
    port: int = SERVER_PORT         # what the server listens on
    a: dict = dataclasses.field(default_factory=dict)   # sysctls
    b: dict = dataclasses.field(default_factory=dict)
    r: dict = dataclasses.field(default_factory=dict)
    is_v6: bool = False
    backlog: int = 128
    accept_after: float = 0
    is_sampled: bool = False
    limit: float = 100
    taps: str = "arsb"


# Scenarios --------------------------------------------------------------

def leg(delay, **more):
    """One path, of `delay` ms in each direction in all."""
    return {"am.delay": delay / 2, "mb.delay": delay / 2,
            "bm.delay": delay / 2, "ma.delay": delay / 2,
            **{key.replace("__", "."): value for key, value in more.items()}}


def both_ways(size, **more):
    """Data flows to the server, then from it."""
    return Talk([("write", size), ("read", size)],
                [("read", size), ("write", size), ("finish",)],
                patience=50, **more)


def chat():
    """Small messages in both directions, for 70 seconds: timestamps are
    accurate to 0.1 ms, which is 2 ppm of 50 seconds."""
    return Talk(times(330, ("write", 300), ("read", 900), ("sleep", 0.15)),
                times(330, ("read", 300), ("write", 900)) + [("finish",)])


def forward(*rules):
    return ("chain forward {\ntype filter hook forward priority 0;\n%s\n}"
            % "\n".join(rules))


LOSSY = {"am__loss": 0.01, "bm__loss": 0.01}
DROP = 'numgen inc mod 60 0 meta length > 400 counter drop comment "dropped"'
MASQUERADE = """
chain pre {
    type nat hook prerouting priority -100;
    ip daddr 203.0.113.1 tcp dport 80 dnat to 198.51.100.20:8080
}
chain post {
    type nat hook postrouting priority 100;
    ip saddr 192.0.2.10 masquerade to :20000-29999 random
}
"""
MASQUERADE = MASQUERADE.replace(
    "ip saddr 192.0.2.10 masquerade",
    "ip saddr 192.0.2.10 meta l4proto tcp masquerade")
NAT_REWRITES = "address,port"
TPROXY = """
chain pre {
    type filter hook prerouting priority -150;
    socket transparent 1 meta mark set 1 accept
    tcp dport 80 tproxy to :3128 meta mark set 1 accept
}
"""
TO_ITSELF = ("ip rule add fwmark 1 lookup 100",
             "ip route add local 0.0.0.0/0 dev lo table 100")
REDIRECT = """
chain pre {
    type nat hook prerouting priority -100;
    tcp dport 80 redirect to :3128
}
"""


def cases():
    two = [both_ways(400 * KB)]
    lost = "lost-between"
    row = Case("three-in-a-row", "losses on both paths and in the router",
               two, leg(10, **LOSSY), leg(20, **LOSSY), forward(DROP),
               findings=lost, drops="dropped", a=ROOMY, b=ROOMY)
    yield row
    yield dataclasses.replace(row, name="three-in-a-row-v6", is_v6=True,
                              has_keys=False)
    untimed = {**ROOMY, "ipv4__tcp_timestamps": 0}
    yield dataclasses.replace(row, name="three-in-a-row-nots", a=untimed,
                              b=untimed)
    # What a path can do by itself, all of it.
    mixed = dict(LOSSY, am__ack_loss=0.02, ma__ack_loss=0.02, mb__second=4,
                 mb__second_share=0.02, ma__second=4, ma__second_share=0.02)
    row = dataclasses.replace(
        row, name="mixed", what="data and ACKs are lost and overtaken",
        near=leg(10, **mixed), far=leg(20, **mixed))
    yield row
    yield dataclasses.replace(row, name="mixed-v6", is_v6=True,
                              has_keys=False)
    yield dataclasses.replace(row, name="mixed-nots", a=untimed, b=untimed)
    yield Case("nat", "addresses and ports of both ends are translated",
               two, leg(10, **LOSSY), leg(20, **LOSSY), MASQUERADE,
               findings=lost, orig=NAT_REWRITES, resp=NAT_REWRITES,
               peer=chain.ROUTER[False], port=OTHER_PORT, a=ROOMY, b=ROOMY)
    yield Case("nat-many", "40 connections behind one address",
               [both_ways(12 * KB, local=40001 + i, start=0.03 * i)
                for i in range(40)],
               leg(10, **LOSSY), leg(20), MASQUERADE, findings=lost,
               orig=NAT_REWRITES, resp=NAT_REWRITES,
               peer=chain.ROUTER[False], port=OTHER_PORT)
    yield Case("clamp", "the router sets the MSS to 1200",
               two, leg(10, **LOSSY), leg(20), forward(
                   "tcp flags syn tcp option maxseg size set 1200"),
               findings=lost, orig="mss", resp="mss", a=ROOMY, b=ROOMY)
    yield Case("offload", "the client's device segments and merges",
               two, leg(10), leg(20), has_nic=True, taps="narsb", a=ROOMY,
               b=ROOMY)
    yield Case("offload-loss", "the same, with losses",
               two, leg(10, **LOSSY), leg(20), has_nic=True, taps="narsb",
               findings=lost, a=ROOMY, b=ROOMY)
    yield Case("thinned", "two of three ACKs are dropped",
               two, leg(10), leg(20), forward(
                   'tcp flags == ack meta length < 80 numgen inc mod 3 != 0 '
                   'counter drop comment "thinned"'),
               drops="thinned", findings=lost + "?", a=ROOMY, b=ROOMY)
    yield Case("reordered", "a part of the packets takes 3 ms longer",
               two, leg(10, ma__second=3, ma__second_share=0.02),
               leg(20, mb__second=3, mb__second_share=0.02),
               a=ROOMY, b=ROOMY)
    yield Case("marked", "the router sets Congestion Experienced",
               two, leg(10), leg(20), forward(
                   'ip ecn ect0 numgen inc mod 90 0 ip ecn set ce counter '
                   'comment "marked"'),
               orig="ecn-marked", resp="ecn-marked",
               a={**ROOMY, **ECN}, b={**ROOMY, **ECN})
    yield Case("bleached", "the router clears the ECN field",
               two, leg(10), leg(20), forward("ip ecn set not-ect"),
               findings="ecn-bleached", orig="ecn-bleached",
               resp="ecn-bleached", a={**ROOMY, **ECN}, b={**ROOMY, **ECN})
    yield Case("remarked", "the router changes the DSCP",
               two, leg(10), leg(20), forward("ip dscp set cs1"),
               orig="dscp", resp="dscp", a=ROOMY, b=ROOMY)
    yield Case("stripped", "the router removes SACK-permitted",
               two, leg(10), leg(20), forward("reset tcp option sack-perm"),
               findings="option-stripped", orig="sack-stripped", a=ROOMY,
               b=ROOMY)
    yield Case("reset", "the router resets the server after 100 kB",
               [Talk([("write", REQUEST), EOF],
                     [("read", REQUEST), ("write", 400 * KB), ("finish",)],
                     patience=4)],
               leg(10), leg(20), forward(
                   'tcp sport 80 quota over 100 kbytes counter '
                   'reject with tcp reset comment "reset"'),
               drops="reset", resets="reset",
               findings=lost + " injected-between", limit=15)
    yield from clocks(two)
    yield from proxies(two)


def clocks(two):
    """The times of the second capture are rewritten: see Clock."""
    talk = [chat()]
    for name, clock in (("ahead", (3.25, 40)), ("behind", (-86400.5, -150))):
        yield Case("clock-" + name, "a clock of known offset and drift",
                   talk, leg(10), leg(20), clock=clock)
    yield Case("clock-nat", "the same behind a translator, with losses",
               two + [dataclasses.replace(chat(), local=40002,
                                          start=1)],
               leg(10, **LOSSY), leg(20), MASQUERADE, clock=(0.5, 25),
               findings="lost-between", orig=NAT_REWRITES, resp=NAT_REWRITES,
               peer=chain.ROUTER[False], port=OTHER_PORT)


def proxies(two):
    yield Case("proxy", "a transparent proxy splices two connections",
               two, leg(10), leg(20), TPROXY, TO_ITSELF, proxy="transparent",
               is_terminated=True, findings="proxy-between", taps="ab")
    yield Case("proxy-own", "a proxy connects by its own address",
               two, leg(10), leg(20), REDIRECT, proxy="own",
               is_matched=False, taps="ab")


# One scenario -----------------------------------------------------------

class Server(ends.Server):
    """Takes connections for talks in the order in which they come: behind a
    translator or a proxy, ports of clients say nothing."""

    def accept(self, port, sock):
        threads = []
        for number in range(len(self.scenario.talks)):
            taken, _ = sock.accept()
            threads.append(threading.Thread(
                target=self.converse, args=(number, taken), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()


def converse(case, made):
    """Both ends perform; (truths of the client, truths of the server)."""
    client, server = chain.CLIENT[case.is_v6], chain.SERVER[case.is_v6]
    listening = dataclasses.replace(case, talks=[
        dataclasses.replace(talk, port=case.port) for talk in case.talks])
    sides = [Server(listening, made.server.space, server, client),
             ends.Client(case, made.client.space, client,
                         case.peer or server)]
    if case.proxy:
        sides.insert(0, chain.Proxy(case, made.router.space))
    processes = []
    try:
        for side in sides:
            processes.append(perform.EndProcess(side))
            processes[-1].receive(20)
        truths = processes[-1].receive(case.limit + 10)
        return truths, processes[-2].receive(case.limit + 10)
    finally:
        for process in processes[::-1]:
            process.stop()


def perform_once(program, case, prefix):
    made = chain.Chain(program, case, prefix)
    try:
        client, server = converse(case, made)
        time.sleep(0.3)
        counts = made.stop()
    finally:
        made.close()
    return {"counts": counts, "client": client, "server": server}


def perform_case(program, case, prefix):
    """Again if the machine was too busy for the paths."""
    for _ in range(perform.TRIES):
        truth = perform_once(program, case, prefix)
        if not any(perform.is_disturbed(truth["counts"][path])
                   for path in ("near", "far")):
            chain.save(prefix, truth)
            return truth["counts"]
    raise perform.Disturbed("a path was late")


# Comparisons ------------------------------------------------------------

class Clock:
    """A clock that is `offset` seconds ahead of ours when a capture begins,
    and gains `ppm` microseconds each second."""

    def __init__(self, offset, ppm):
        self.offset, self.ppm = offset, ppm

    def rewrite(self, source, target):
        with open(source, "rb") as file:
            data = bytearray(file.read())
        at, begin = 24, None
        while at < len(data):
            secs, part, caught, _ = struct.unpack_from("<IIII", data, at)
            ns = secs * 10 ** 9 + part
            begin = ns if begin is None else begin
            ns += round(self.offset * 10 ** 9
                        + (ns - begin) * self.ppm / 10 ** 6)
            struct.pack_into("<II", data, at, ns // 10 ** 9, ns % 10 ** 9)
            at += 16 + caught
        with open(target, "wb") as file:
            file.write(data)


class Referee:
    """Compares the captures of one scenario."""

    def __init__(self, program, case, prefix, counts):
        self.program, self.case = program, case
        self.prefix, self.counts = prefix, counts
        self.wrong, self.compared = [], 0
        self.segments = {tap: seen.read(self.file(tap)) for tap in case.taps}

    def file(self, tap):
        return "%s.%s.pcap" % (self.prefix, chain.FILES[tap])

    def check(self, where, what, found, truth, near=0):
        if found is None or abs(found - truth) > near:
            self.wrong.append("%s %s: %s is %s, not %s" % (
                self.case.name, where, what, found, truth))

    def same(self, where, what, found, truth):
        if found != truth:
            self.wrong.append("%s %s: %s %s, not %s" % (
                self.case.name, where, what, found, truth))

    def run(self, first, second):
        done = subprocess.run(
            [self.program, "--compare", "-J", first, second], text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
            check=False)
        self.compared += 1
        found = {"pair": [], "finding": [], "compare": []}
        for line in done.stdout.splitlines():
            record = json.loads(line)
            found[record["type"]].append(record)
        return found

    def judge(self):
        """All neighbours and all that lies between others, both ways."""
        lost = {}
        if not self.case.is_matched or self.case.is_terminated:
            self.check_unmatched()
            return
        for taps in itertools.combinations(self.case.taps, 2):
            for near, far in taps, taps[::-1]:
                found = self.run(self.file(near), self.file(far))
                if len(found["compare"]) != 1:
                    self.wrong.append("%s %s: no comparison" % (
                        self.case.name, near + far))
                    continue
                lost[near + far] = not_passed(found["compare"][0])
                self.check_both(taps, near + far, found)
        self.check_sums(lost)
        self.check_clock(lost.get("ab"))

    def check_unmatched(self):
        for first, second in "ab", "ba":
            whole = self.run(self.file(first),
                             self.file(second))["compare"][:1]
            terminated = len(self.case.talks) * self.case.is_terminated
            only = len(self.case.talks) * (not self.case.is_matched)
            for key, truth in (("terminated_between", terminated),
                               ("only_a", only), ("only_b", only),
                               ("lost_between", 0), ("injected_between", 0)):
                if whole:
                    self.check("ab", key, whole[0][key], truth)

    def check_both(self, taps, where, found):
        whole = found["compare"][0]
        truth = seen.between(*(self.segments[tap] for tap in taps),
                             (SERVER_PORT, OTHER_PORT))
        self.check(where, "pairs", whole["pairs"], len(self.case.talks))
        self.check_counts(taps, where, found, truth)
        self.check(where, "offset", whole["clock_offset"], 0, NEAR)
        self.check(where, "drift", whole["clock_drift_ppm"], 0, DRIFT_NEAR)
        self.check_delays(where, found, taps)
        if taps == ("a", "b"):
            self.check_story(where, found)

    def check_counts(self, taps, where, found, truth):
        whole, sides = found["compare"][0], truth.values()
        if "n" in taps:
            self.check_superframes(taps, where, found)
            return
        if self.case.has_keys:
            for key in "matched", "reordered":
                reported = key + "_between" * (key == "reordered")
                self.check(where, key, whole[reported],
                           sum(getattr(side, key) for side in sides))
            self.check(where, "injected", whole["injected_between"],
                       sum(len(side.extra) for side in sides))
        missing = sum(side.sent - side.arrived for side in sides) \
            + whole["injected_between"]
        self.check(where, "lost", not_passed(whole), missing)
        # What was in flight when the captures ended is lost and not dropped.
        counted = self.counted(taps)
        self.check(where, "lost", not_passed(whole) - whole["outside"] / 2,
                   counted, whole["outside"] / 2)
        self.check(where, "outside", whole["outside"], 0, OUTSIDE_MAX)
        self.check(where, "misjudged", whole["judged_a_wrong"]
                   + whole["judged_b_wrong"], 0)

    def counted(self, taps):
        """What paths and the router say they dropped between two taps."""
        first, last = (ORDER.index(tap) for tap in taps)
        total = 0
        for path, near, far in ("near", "a", "r"), ("far", "s", "b"):
            if first <= ORDER.index(near) and ORDER.index(far) <= last:
                total += sum(self.counts[path][link][drop]
                             for link in ("am", "mb", "bm", "ma")
                             for drop in DROPS)
        if first <= ORDER.index("r") and ORDER.index("s") <= last:
            total += sum(self.counts["router"].get(rule, 0)
                         for rule in self.case.drops.split())
        return total

    def check_superframes(self, taps, where, found):
        """Superframes lose bytes; the paths' packets are what is lost."""
        whole = found["compare"][0]
        self.check(where, "injected", whole["injected_between"], 0)
        below = seen.between(self.segments["a"], self.segments[taps[1]],
                             (SERVER_PORT, OTHER_PORT)) \
            if taps[1] != "a" else {}
        self.check(where, "lost bytes",
                   sum(f["bytes"] or 0 for f in found["finding"]
                       if f["id"] == "lost-between"),
                   sum(side.missing_bytes for side in below.values()))

    def check_delays(self, where, found, taps):
        """Of the path, as it was set; the router's kernel adds little."""
        truth = sum(
            settings["am.delay"] + settings["mb.delay"]
            for settings, one, two in ((self.case.near, "a", "r"),
                                       (self.case.far, "s", "b"))
            if ORDER.index(taps[0]) <= ORDER.index(one)
            and ORDER.index(two) <= ORDER.index(taps[1])) / 1e3
        for side in "orig", "resp":
            delays = [pair[side + "_delay_min"] for pair in found["pair"]
                      if pair[side + "_delay_min"] is not None]
            self.check(where, side + " delay", min(delays, default=None),
                       truth, NEAR)

    def check_story(self, where, found):
        wanted = self.case.findings.split()
        ids = {f["id"] for f in found["finding"]}
        for name in wanted:
            if not name.endswith("?"):
                self.same(where, "findings", name in ids, True)
        self.same(where, "other findings",
                  ids - {name.rstrip("?") for name in wanted}, set())
        for side in "orig", "resp":
            words = {word for pair in found["pair"]
                     for word in (pair[side + "_rewritten"] or "").split(",")
                     if word}
            self.same(where, side + " rewritten", words,
                      set(filter(None, getattr(self.case, side).split(","))))

    def check_sums(self, lost):
        """What is lost between the outer points is lost on the way."""
        for name in "ab", "ba":
            way = ("ar", "rs", "sb") if name == "ab" else ("bs", "sr", "ra")
            if name in lost:
                self.check(name, "the sum of losses",
                           sum(lost.get(leg, 0) for leg in way), lost[name])

    def check_clock(self, lost):
        clock = Clock(*self.case.clock)
        moved = self.prefix + ".moved.pcap"
        clock.rewrite(self.file("b"), moved)
        for sign, files in (1, (self.file("a"), moved)), \
                (-1, (moved, self.file("a"))):
            found = self.run(*files)
            whole = found["compare"][0]
            # Over one way, in which the first of all segments passes.
            since = (self.segments["b"][0].ns - self.segments["a"][0].ns) / 1e9
            truth = sign * (clock.offset - since * clock.ppm / 1e6)
            self.check("clock", "offset", whole["clock_offset"], truth, NEAR)
            self.check("clock", "drift", whole["clock_drift_ppm"],
                       sign * clock.ppm, DRIFT_NEAR)
            self.check("clock", "lost", not_passed(whole), lost)
            self.check_delays("clock", found, ("a", "b"))
        os.remove(moved)


def not_passed(whole):
    return sum(whole[key] for key in ("lost_between", "thinned", "outside",
                                      "uncaptured"))


# All that are asked for -------------------------------------------------

def work(arguments):
    """Of one process of the pool: (name, seconds, what is wrong, comparisons,
    why it could not be made)."""
    how, case = arguments
    begun = time.monotonic()
    prefix = os.path.join(how.directory, case.name)
    wrong, compared, unmade = [], 0, None
    try:
        counts = chain.load(prefix)["counts"] if how.no_traffic \
            else perform_case(how.path, case, prefix)
        referee = Referee(how.program, case, prefix, counts)
        referee.judge()
        wrong, compared = referee.wrong, referee.compared
    except (lab.Unable, perform.Disturbed) as reason:
        unmade = str(reason)
    except Exception as error:      # pylint: disable=broad-except
        wrong = ["%s: %r" % (case.name, error)]
    return case.name, time.monotonic() - begun, wrong, compared, unmade


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("-b", "--program", required=True)
    parser.add_argument("-p", "--path", default=os.path.join(HERE, "path"))
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-n", "--no-traffic", action="store_true",
                        help="compare what is there from another time")
    parser.add_argument("directory")
    parser.add_argument("scenario", nargs="*")
    return parser.parse_args()


def main():
    how = arguments()
    chosen = [case for case in cases()
              if perform.is_chosen(case.name, how.scenario)]
    os.makedirs(how.directory, exist_ok=True)
    wrong, compared, made = [], 0, 0
    with multiprocessing.Pool(how.jobs) as pool:
        for name, seconds, bad, count, unmade in pool.imap_unordered(
                work, [(how, case) for case in chosen]):
            print("%-24s %5.1f s  %s" % (name, seconds, unmade
                  or "%d comparisons, %d not right" % (count, len(bad))),
                  flush=True)
            wrong += bad
            compared += count
            made += unmade is None
    print("%d of %d scenarios made, %d comparisons"
          % (made, len(chosen), compared))
    for sentence in wrong:
        print("not right: " + sentence)
    return 1 if wrong else 0 if made else 77


if __name__ == "__main__":
    sys.exit(main())
