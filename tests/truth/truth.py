#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What tcpstates says about losses, against the programs that made them.

    truth.py PROGRAM [--long] [--keep DIR] [--only REGEX] [--list]

Each scenario sends data both ways between two real kernels, disturbs it, and
captures at the sender, in the middle and at the receiver (lab.py).  Known
then are: the senders' own counts (TCP_INFO), the counters of the rules that
dropped packets, and, segment by segment, the truth about the capture in the
middle (wire.py).  PROGRAM reads the three captures; its records must agree.
Without a program ("-") only the truth is made and checked against itself.

Exit status: 0 all agree, 1 not, 77 this machine cannot do it.
"""

import argparse
import collections
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import lab                                              # noqa: E402
import wire                                             # noqa: E402

PORT = 5001
CLOSED = 7                        # TCP_CLOSE, also of a socket in TIME-WAIT
SIDES = ("orig", "resp")

# One way, in seconds; together a round trip of 22 ms.
LEFT, RIGHT = 0.003, 0.008
# A link that stands still for longer, in seconds, delivers segments together
# with their retransmissions, and may hold the last ones beyond the capture.
STILL = 0.1

DEFAULTS = {
    "far": True,                  # TAP links with delays; else bare veth
    "six": False, "ts": 1, "sack": 1, "dsack": 1, "ecn": 2,
    "before": 0, "behind": 0,     # per mille of the data segments, each way
    "acks": 0,                    # per mille of pure ACKs, at r and s each
    "ends": 0,                    # per mille of SYN, SYN-ACK and FIN, at r, s
    "left": {}, "right": {},      # what the links do besides (link.py)
    "octets": 300000,             # that orig sends ...
    "back": None,                 # ... and resp, if not as many
    "chunk": 0, "gap": 0,
    "conns": 4, "congestion": "cubic", "mss": 0, "offload": False,
    "exact": True,                # the sender's counts can be read off
}

Scenario = collections.namedtuple("Scenario", ["name", *DEFAULTS])


def scenario(name, **values):
    return Scenario(name, **{**DEFAULTS, **values})


def scenarios():
    """All there are, in order."""
    for six in (False, True):
        for ts, sack in ((1, 1), (0, 1), (1, 0), (0, 0)):
            kind = "v%d%s%s" % (6 if six else 4, "-ts" if ts else "-nots",
                                "-sack" if sack else "-nosack")
            more = {"six": six, "ts": ts, "sack": sack}
            yield scenario(kind + "-before", before=20, back=2000, **more)
            yield scenario(kind + "-behind", behind=20, back=2000, **more)
            yield scenario(kind + "-both", before=15, behind=15, **more)
            # Without IP ID and TSval, or within one tick of it, a segment
            # sent again 50 us later may look like a second capture of it.
            yield scenario(kind + "-near", before=10, behind=10, far=False,
                           exact=not six, **more)
            yield scenario(kind + "-reorder", **more,
                           left={"reorder": 0.03}, right={"reorder": 0.03})
            yield scenario(kind + "-shuffle", before=10, behind=10, **more,
                           left={"reorder": 0.02}, right={"reorder": 0.02})
    for six in (False, True):
        kind = "v%d" % (6 if six else 4)
        more = {"six": six}
        yield scenario(kind + "-clean", **more)
        yield scenario(kind + "-clean-near", far=False, **more)
        yield scenario(kind + "-repeat", left={"repeat": 0.02},
                       right={"repeat": 0.02}, **more)
        yield scenario(kind + "-acks", acks=150, before=5, behind=5, **more)
        yield scenario(kind + "-ends", ends=100, octets=3000, conns=16,
                       **more)
        # Everything at once, at both sides: data, SYNs, FINs and pure ACKs.
        yield scenario(kind + "-all", before=15, behind=15, acks=100,
                       ends=60, octets=60000, conns=12, **more)
        yield scenario(kind + "-trickle", before=60, behind=60, octets=40000,
                       chunk=1300, gap=0.01, **more)
        yield scenario(kind + "-trickle-near", before=60, behind=60,
                       far=False, octets=40000, chunk=1300, gap=0.01, **more)
        yield scenario(kind + "-heavy", before=60, behind=60, octets=150000,
                       **more)
        yield scenario(kind + "-bbr", before=10, behind=10, congestion="bbr",
                       **more)
        yield scenario(kind + "-reno", before=10, behind=10,
                       congestion="reno", **more)
        yield scenario(kind + "-small", before=10, behind=10, mss=536,
                       octets=100000, **more)
        yield scenario(kind + "-no-dsack", dsack=0, before=10, behind=10,
                       right={"reorder": 0.02}, **more)
        yield scenario(kind + "-offload", before=5, behind=5, far=False,
                       offload=True, **more)


# Traffic ----------------------------------------------------------------

class End(threading.Thread):
    """One end of a connection: sends, closes its side, reads to the end."""

    def __init__(self, sock, case, octets):
        super().__init__(daemon=True)
        self.sock, self.case, self.octets = sock, case, octets
        self.info = None

    def send(self):
        size = self.case.chunk or 65536
        left = self.octets
        while left > 0:
            left -= self.sock.send(b"t" * min(size, left))
            if self.case.gap:
                time.sleep(self.case.gap)
        self.sock.shutdown(socket.SHUT_WR)

    def run(self):
        writer = threading.Thread(target=self.send, daemon=True)
        writer.start()
        while self.sock.recv(1 << 18):
            pass
        writer.join()
        for _ in range(1500):     # until the FIN is acknowledged
            self.info = lab.tcp_info(self.sock)
            if self.info["state"] == CLOSED:
                break
            time.sleep(0.01)
        self.sock.close()


def converse(net, case):
    """Runs the connections; (port, TCP_INFO of orig, of resp) of each."""
    family = socket.AF_INET6 if case.six else socket.AF_INET
    server = net.b.socket(family, case.congestion)
    server.bind((lab.B6 if case.six else lab.B4, PORT))
    if case.mss:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, case.mss)
    server.listen(64)
    ends = []

    def accept():
        for _ in range(case.conns):
            sock, peer = server.accept()
            end = End(sock, case, case.octets if case.back is None
                      else case.back)
            ends.append((peer[1], 1, end))
            end.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()

    def connect():
        sock = net.a.socket(family, case.congestion)
        sock.connect((lab.B6 if case.six else lab.B4, PORT))
        end = End(sock, case, case.octets)
        ends.append((sock.getsockname()[1], 0, end))
        end.start()

    makers = [threading.Thread(target=connect, daemon=True)
              for _ in range(case.conns)]
    for thread in makers:
        thread.start()
    for thread in makers + [acceptor]:
        thread.join(60)
    for _, _, end in list(ends):
        end.join(60)
    server.close()
    found = collections.defaultdict(lambda: [None, None])
    for port, side, end in ends:
        found[port][side] = end.info
    return found


def loss_rules(case):
    """The rules of r and of s.  From orig, r is before the capture."""
    def drop(which, share, comment):
        if not share:
            return ""
        return ("meta l4proto tcp %s numgen random mod 1000 < %d "
                "counter drop comment \"%s\"\n" % (which, share, comment))

    def both(near, far):
        data = "tcp %s %d meta length > 100 "
        pure = "tcp %s %d meta length < 101 tcp flags & (syn|fin) == 0x0 "
        ends = "tcp %s %d meta length < 101 tcp flags & (syn|fin) != 0x0 "
        return "".join(
            drop(what % (port, PORT), share, side + "-" + name + place)
            for what, name, shares in (
                (data, "", (case.before, case.behind)),
                (pure, "ack-", (case.acks, case.acks)),
                (ends, "end-", (case.ends, case.ends)))
            for port, side, place in (("dport", "orig", near),
                                      ("sport", "resp", far))
            for share in (shares[0 if place == "before" else 1],))

    return both("before", "behind"), both("behind", "before")


class World:
    """The laboratory, made when first wanted, one for each kind of link."""

    def __init__(self):
        self.nets = {}

    def get(self, case):
        if case.far not in self.nets:
            self.nets[case.far] = lab.Lab({}, {}) if case.far else lab.Lab()
        net = self.nets[case.far]
        if case.far:
            for link, delay, more in ((net.left, LEFT, case.left),
                                      (net.right, RIGHT, case.right)):
                way = {"delay": delay, "least": 600, "after": 20, **more}
                link.change({"ab": way, "ba": way})
        else:
            state = "on" if case.offload else "off"
            for link in (net.left, net.middle, net.right):
                for space, device in link.ends:
                    space.run("ethtool -K %s gso %s tso %s gro %s"
                              % (device, state, state, state))
        net.ends(ipv4__tcp_timestamps=case.ts, ipv4__tcp_sack=case.sack,
                 ipv4__tcp_dsack=case.dsack, ipv4__tcp_ecn=case.ecn)
        for space, rules in zip((net.r, net.s), loss_rules(case)):
            net.rules(space, rules)
        return net

    def close(self):
        for net in self.nets.values():
            net.close()


Run = collections.namedtuple(
    "Run", "case paths infos rules dropped timers late")


def timers(net):
    """What the timers of both senders have sent so far, by their kernels."""
    found = collections.Counter()
    for space in (net.a, net.b):
        rows = space.run("cat /proc/self/net/netstat").splitlines()
        for names, values in zip(rows[::2], rows[1::2]):
            counts = dict(zip(names.split(), values.split()))
            for name in ("TCPTimeouts", "TCPLossProbes"):
                found[name] += int(counts.get(name, 0))
    return found


def perform(world, case, where):
    """Makes the three captures and all that is known about them."""
    net = world.get(case)
    lost = (net.left.lost() + net.right.lost()) if case.far else 0
    places = {"a": (net.a, "ar"), "m": (net.r, "rs"), "b": (net.b, "bs")}
    paths = {name: os.path.join(where, "%s.%s.pcap" % (case.name, name))
             for name in places}
    dumps = [lab.Capture(space, device, paths[name], what="tcp")
             for name, (space, device) in places.items()]
    before = timers(net)
    infos = converse(net, case)
    fired = timers(net)
    fired.subtract(before)
    dropped = sum(dump.stop(0.15 if dump is dumps[0] else 0)
                  for dump in dumps)
    rules = {**net.r.counters(), **net.s.counters()}
    late = 0
    if case.far:
        dropped += net.left.lost() + net.right.lost() - lost
        for link in (net.left, net.right):
            done = link.change(link.options)
            late = max(late, done["late"] if done else 0)
    return Run(case, paths, infos, rules, dropped, fired, late)


def perform_whole(world, case, where):
    """Again if a connection has not come to its end: chance may keep on
    losing one FIN for longer than we wait.  Repeat the run, too, if the machine
    was so busy that a link stood still."""
    for _ in range(3):
        run = perform(world, case, where)
        if run.late <= STILL and all(
                info and info["state"] == CLOSED
                for infos in run.infos.values() for info in infos):
            break
    return run


# Truth ------------------------------------------------------------------

def find_truth(run):
    """The captures judged: by (port, side) the segments of the middle."""
    parts = {name: wire.directions(wire.read(path))
             for name, path in run.paths.items()}
    delays = (LEFT * 1e6, RIGHT * 1e6) if run.case.far else (30, 30)
    found = {}
    for port in run.infos:
        for side, way in enumerate(((port, PORT), (PORT, port))):
            ends = ("a", "b") if side == 0 else ("b", "a")
            sent, middle, arrived = (
                parts[name].get(way, []) for name in (ends[0], "m", ends[1]))
            back = parts["m"].get(way[::-1], [])
            near = delays[0] if side == 0 else delays[1]
            wire.judge(sent, middle, arrived, back, (near, sum(delays)))
            found[port, side] = {
                "sent": sent, "middle": middle, "arrived": arrived,
                "again": wire.repeats(sent), "count": wire.count(middle)}
    return found


class Table:
    """Lines of scenario, figure, truth, ours and verdict.

    A line that has to be right and is not "DIFFERS" and fails the test.  What
    a capture cannot always tell (two identical segments 50 us apart) may be
    "off" by some: there the sums over all scenarios have to be right, see
    ENOUGH.
    """

    def __init__(self, is_long):
        self.is_long = is_long
        self.bad = 0
        self.differing = []
        self.right = collections.Counter()
        self.all = collections.Counter()
        self.missed = collections.defaultdict(collections.Counter)
        self.row("scenario", "figure", "truth", "ours", "verdict")

    @staticmethod
    def row(*cells):
        print("%-22s %-26s %9s %9s  %s" % cells, flush=True)

    def line(self, case, figure, truth, ours, good, off=None):
        cells = (case.name, figure, truth, ours, "DIFFERS" if not good
                 else "off by %d" % off if off else "ok")
        self.row(*cells)
        if not good:
            self.bad += 1
            self.differing.append(cells)

    def tally(self, case, name, truth, ours):
        """Of `truth` events, `ours` were found; too many are missed, too."""
        kind = name
        if name == "out_of_order":
            if not (case.left or case.right):
                return
            if case.six and not case.ts:
                kind = "out_of_order, unmarked"
        right = max(0, truth - abs(truth - ours))
        self.right[kind] += right
        self.all[kind] += truth
        self.missed[kind][case.name] += truth - right

    def sums(self, asked):
        """The last lines: what part of each kind was found."""
        for kind, least in ENOUGH.items():
            total, right = self.all[kind], self.right[kind]
            if total == 0:
                continue
            part = 100.0 * right / total
            missed = max(2, total * (100 - least) / 100)
            if not self.is_long:
                # Few of them: by chance alone there are more, now and then.
                missed += 3 * (missed * least / 100) ** 0.5
            good = not asked or total - right <= missed
            self.bad += not good
            self.row("all, in the middle", kind, total, right, "%.2f %%%s"
                     % (part, "" if good else ": FEWER THAN %d %%" % least))
            if not good:
                for name, missed in self.missed[kind].most_common(5):
                    self.row(name, kind + " missed", "", missed, "")
        # A log is often shortened to its end, so these lines are repeated.
        for cells in self.differing:
            self.row(*cells)
        self.row("all", "that differ", 0, self.bad,
                 "FAILED" if self.bad else "ok")


# Of all in the middle, at least this percentage has to be found (but for
# two, where they are few).  Of what comes late, that is asked where a link
# makes it late: what processors of a busy machine put in another order is a
# sample of nothing.  Segments that have neither IP ID nor TSval bear no mark of
# the order they were sent in; without it, an original that its retransmission
# has overtaken looks like one more retransmission.
ENOUGH = {"retrans": 99, "loss_before": 99, "loss_behind": 99,
          "spurious_retrans": 95, "out_of_order": 99,
          "out_of_order, unmarked": 90, "capture_duplicates": 95}


def check_truth(table, run, truth):
    """The truth against itself: captures, rules, TCP_INFO."""
    case = run.case
    if run.dropped:
        table.line(case, "lost by the laboratory", 0, run.dropped, False)
    for (port, side), t in truth.items():
        info = run.infos[port][side]
        if info is None or info["state"] != CLOSED:
            table.line(case, "state of %s %d" % (SIDES[side], port), CLOSED,
                       info and info["state"], False)
        elif not case.offload and info["total_retrans"] != len(t["again"]):
            table.line(case, "truth: %s resent" % SIDES[side],
                       info["total_retrans"], len(t["again"]), False)
        if t["count"]["alien"] and not case.offload:
            table.line(case, "truth: unknown segments", 0,
                       t["count"]["alien"], False)
    if case.offload:
        return
    for side, name in enumerate(SIDES):
        both = [t for (_, s), t in truth.items() if s == side]
        here = sum(len({m.twin.frame for m in t["middle"]}) for t in both)
        there = sum(len({m.twin.frame for m in t["arrived"]}) for t in both)
        for place, gone in (("before", sum(len(t["sent"]) for t in both)
                             - here), ("behind", here - there)):
            made = sum(run.rules.get(name + "-" + kind + place, 0)
                       for kind in ("", "ack-", "end-"))
            if made != gone:
                table.line(case, "truth: %s lost %s" % (name, place), made,
                           gone, False)


# The program ------------------------------------------------------------

def records(program, path):
    """The program's records of a capture, by the originator's port."""
    done = subprocess.run([program, "-r", path, "--format=ndjson"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode != 0:
        raise RuntimeError("%s: exit status %d: %s"
                           % (path, done.returncode, done.stderr))
    found = {}
    for text in done.stdout.splitlines():
        record = json.loads(text)
        if record.get("type") == "conn":
            port = record["orig_p"]
            if port == PORT:
                port = record["resp_p"]
            found.setdefault(port, []).append(record)
    return found


def figure(record, side, key):
    return record[SIDES[side] + "_" + key]


def check_sender(table, run, truth, ours):
    """Captured at the sender: its own counts must come out."""
    case = run.case
    sums = collections.Counter()
    diff = collections.Counter()
    for (port, side), t in truth.items():
        record = ours["ab"[side]][port][0]
        info = run.infos[port][side]
        for name, want in (("retrans", info["total_retrans"]),
                           ("retrans_bytes", info["bytes_retrans"]),
                           ("loss_before", 0), ("out_of_order", 0),
                           ("unknown_order", 0)):
            if name == "retrans" and case.offload:
                continue
            have = figure(record, side, name)
            sums[name, "truth"] += want
            sums[name, "ours"] += have
            diff[name] += abs(want - have)
    for name, off in diff.items():
        table.line(case, "at sender: " + name, sums[name, "truth"],
                   sums[name, "ours"], off == 0 or not case.exact, off)


def check_timers(table, run, ours):
    """Captured at the sender: how often its timers fired.

    A probe of new data looks like data, the timer of a SYN-ACK counts nowhere,
    and a probe that is due with the timeout may be taken for one.
    """
    have = collections.Counter()
    for port in run.infos:
        for side in (0, 1):
            record = ours["ab"[side]][port][0]
            have["TCPTimeouts"] += figure(record, side, "timeouts")
            have["TCPLossProbes"] += figure(record, side, "tlp_retrans")
    for name in ("TCPTimeouts", "TCPLossProbes"):
        table.line(run.case, "at sender: " + name, run.timers[name],
                   have[name], True, abs(run.timers[name] - have[name]))


def check_rtt(table, run, ours):
    """The smallest round trip at the sender: the kernel's, which takes the
    timestamps where all that was acknowledged had been sent twice."""
    want, have = [], []
    for port, infos in run.infos.items():
        for side, info in enumerate(infos):
            record = ours["ab"[side]][port][0]
            found = [value for value in (figure(record, side, "rtt_min"),
                                         figure(record, side, "ts_rtt_min"))
                     if value is not None]
            if found and info is not None:
                have.append(round(min(found) * 1e6))
                want.append(info["min_rtt"])
    if have:
        want, have = min(want), min(have)
        table.line(run.case, "at sender: rtt_min (us)", want, have,
                   abs(have - want) <= 0.15 * want + 100)


def check_receiver(table, run, truth, ours):
    """Captured at the receiver: every loss was before."""
    case = run.case
    have, want = 0, 0
    for (port, side), t in truth.items():
        record = ours["ba"[side]][port][0]
        have += figure(record, side, "retrans")
        want += wire.told(t["arrived"], t["again"])
    table.line(case, "at receiver: retrans", want, have, True,
               abs(have - want))


def check_middle(table, run, truth, ours):
    """Captured in the middle: the sides of the losses, reordering."""
    case = run.case
    sums = collections.Counter()
    for (port, side), t in truth.items():
        record, counted = ours["m"][port][0], t["count"]
        spurious = counted["spurious"] + counted["overtaker"]
        # Where no DSACK shows it, the time or timestamp of an ACK may.
        shown = min(counted["spurious?"], max(0, figure(
            record, side, "spurious_retrans") - spurious))
        want = {
            "retrans": wire.resent(counted),
            "loss_before": counted["before"],
            "loss_behind": counted["behind"] + counted["partly"]
            + counted["spurious?"] - shown,
            "spurious_retrans": spurious + shown,
            "unanswered": 0,
            "out_of_order": counted["late"] + counted["late-again"],
            "unknown_order": 0}
        for name, value in want.items():
            have = figure(record, side, name)
            sums[name, "truth"] += value
            sums[name, "ours"] += have
            sums[name, "off"] += abs(value - have)
            table.tally(case, name, value, have)
        sums["copies", "truth"] += counted["copy"]
        if side == 0:
            sums["copies", "ours"] += record["capture_duplicates"]
    for name in want:
        value, have, off = (sums[name, k] for k in ("truth", "ours", "off"))
        if value or have:
            table.line(case, name, value, have, True, off)
    check_rules(table, run, truth, sums)
    value, have = sums["copies", "truth"], sums["copies", "ours"]
    if value or have:
        table.line(case, "capture_duplicates", value, have, True,
                   abs(value - have))
        table.tally(case, "capture_duplicates", value, have)


def pieces(sent, again):
    """By how much the retransmissions outnumber the segments that were lost:
    a segment that has to carry SACK blocks, too, is sent again in two pieces,
    and small ones are sent again as one."""
    starts, more = set(), 0
    for s in sent:
        if s.frame in again:
            more += s.start not in starts
            more -= sum(s.start < start < s.end for start in starts)
        starts.add(s.start)
    return more


def check_rules(table, run, truth, sums):
    """Data one way only, no reordering, no going back N for want of SACK:
    the counters of the rules directly.

    What is lost before the capture point can be seen once: as often as it
    is lost again on its second way, nothing tells of it.
    """
    case = run.case
    if case.back is None or not case.sack:
        return
    if case.behind:
        place, unseen = "behind", 0
    else:
        place, unseen = "before", sum(
            1 for t in truth.values() for s in t["sent"]
            if s.frame in t["again"] and s.frame not in
            {m.twin.frame for m in t["middle"] if m.kind != "untold"})
    want = sum(run.rules.get("%s-%s" % (name, place), 0)
               for name in SIDES) - unseen
    want += sum(pieces(t["sent"], t["again"]) for t in truth.values())
    if case.behind:         # taken for losses: nothing tells otherwise
        want += sum(t["count"]["spurious?"] for t in truth.values())
    have = sums["loss_" + place, "ours"]
    off = abs(want - have)
    table.line(case, "nftables: lost " + place, want, have,
               off <= 1 + 0.01 * want, off)


def check_offload(table, run, ours):
    """Superframes: only their bytes can be counted."""
    want = sum(info["bytes_retrans"] for infos in run.infos.values()
               for info in infos)
    have = sum(figure(ours["ab"[side]][port][0], side, "retrans_bytes")
               for port in run.infos for side in (0, 1))
    table.line(run.case, "at sender: retrans_bytes", want, have, want == have)


def compare(table, program, run, truth):
    ours = {name: records(program, path) for name, path in run.paths.items()}
    for name, found in ours.items():
        if set(found) != set(run.infos) \
                or any(len(r) != 1 for r in found.values()):
            table.line(run.case, "connections at " + name, len(run.infos),
                       sum(map(len, found.values())), False)
            return
    if run.case.offload:
        check_offload(table, run, ours)
        return
    check_sender(table, run, truth, ours)
    check_rtt(table, run, ours)
    check_timers(table, run, ours)
    check_middle(table, run, truth, ours)
    check_receiver(table, run, truth, ours)


def keep(run, truth):
    """Writes what is true beside the capture of the middle."""
    frames, totals = [], {}
    for (port, side), t in sorted(truth.items()):
        totals["%d %s" % (port, SIDES[side])] = {
            k: v for k, v in t["count"].items() if v}
        frames += [{"frame": m.frame, "port": port, "side": SIDES[side],
                    "start": m.start, "end": m.end, "is": m.kind}
                   for m in t["middle"] if m.kind not in (None, "new")]
    with open(run.paths["m"].replace(".m.pcap", ".json"), "w") as file:
        json.dump({"scenario": run.case._asdict(), "rules": run.rules,
                   "tcp_info": {p: dict(zip(SIDES, i))
                                for p, i in run.infos.items()},
                   "truth_of_middle": totals,
                   "frames_of_middle": sorted(frames,
                                              key=lambda f: f["frame"])},
                  file, indent=1)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


# What make check runs; the rest is for --long.
QUICK = re.compile(
    "v4-ts-sack-|v6-(no)?ts-(no)?sack-both$|v[46]-nots-(no)?sack-shuffle$|"
    "v6-nots-sack-near$|v6-ts-sack-shuffle$|v[46]-(ends|trickle|acks|all)$|"
    "v4-(clean|repeat|no-dsack|offload|bbr)|v6-(repeat|heavy|clean-near)$")


def chosen(how):
    for case in scenarios():
        if how.only and not re.search(how.only, case.name):
            continue
        if how.long:
            case = case._replace(octets=case.octets * 8)
        elif not how.only and not QUICK.match(case.name):
            continue
        yield case


def main():
    how = arguments()
    if how.list:
        for case in chosen(how):
            print(case.name)
        return 0
    where = how.keep or tempfile.mkdtemp(prefix="truth.")
    os.makedirs(where, exist_ok=True)
    world, table = World(), Table(how.long)
    try:
        for case in chosen(how):
            run = perform_whole(world, case, where)
            truth = find_truth(run)
            check_truth(table, run, truth)
            if how.program != "-":
                compare(table, how.program, run, truth)
            if how.keep:
                keep(run, truth)
            else:
                for path in run.paths.values():
                    os.unlink(path)
    except lab.Unable as reason:
        print("skipped: %s" % reason)
        return 77
    finally:
        world.close()
        if not how.keep:
            subprocess.run(["rm", "-rf", where], check=False)
    table.sums(how.program != "-")
    return 1 if table.bad else 0


if __name__ == "__main__":
    sys.exit(main())
