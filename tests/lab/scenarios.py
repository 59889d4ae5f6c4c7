# SPDX-License-Identifier: BSD-2-Clause
"""The table of scenarios, each with the verdict expected at each tap.

The number of a scenario is its row in the specification of the diagnosis; a
variant has the number of its scenario and a suffix.  Delays are in
milliseconds, rates in bits per second.  Unless said, the round-trip time is
40 ms: 10 between client and middle tap, 30 between that and the server; the
client's host is a, the server's b.  Data flows from server to client; the
variant "up" mirrors everything.

Expected are a verdict (alternatives separated by |), the side that it blames
(empty: not compared), findings that must be there (+id, +id:confidence) or
must not (-id), and figures: see truth.py.
"""

import copy
import dataclasses
import random

KB, MB = 1000, 1000000
MBIT = 1e6

# Below 1024: a capture that starts later still shows which end is the server.
SERVER_PORT, OTHER_PORT, CLOSED_PORT = 80, 81, 113


@dataclasses.dataclass
class Talk:
    """A connection; see ends.py for scripts and options of the ends."""
    client: list
    server: list = None             # None: nothing accepts it
    client_end: dict = dataclasses.field(default_factory=dict)
    server_end: dict = dataclasses.field(default_factory=dict)
    port: int = SERVER_PORT
    local: int = 40001
    start: float = 0
    patience: float = 40            # for connect and read
    is_listened: bool = True


@dataclasses.dataclass
class Expect:
    verdict: str
    side: str = ""
    findings: str = ""
    figures: tuple = ()
    taps: str = "amb"
    talk: int = 0                   # -1: all of them


@dataclasses.dataclass
class Scenario:
    name: str
    what: str
    path: dict
    talks: list
    expects: list
    a: dict = dataclasses.field(default_factory=dict)    # sysctls
    b: dict = dataclasses.field(default_factory=dict)
    route_a: str = ""               # options of ip route
    route_b: str = ""
    device_a: str = ""              # options of ip link
    device_b: str = ""
    sender: str = "server"          # of most data
    is_v6: bool = False
    backlog: int = 16
    accept_after: float = 0
    is_sampled: bool = True
    limit: float = 45               # seconds that the ends may take

    @property
    def number(self):
        return int(self.name.split("-")[0])


# Paths and scripts ------------------------------------------------------

def rtt(near, far):
    """Round-trip times of the client's and of the server's leg."""
    return {"am.delay": near / 2, "ma.delay": near / 2,
            "mb.delay": far / 2, "bm.delay": far / 2}


BASE = rtt(10, 30)


def path(base=None, **settings):
    """path(ma__loss=0.01): what the base path does besides."""
    return {**(base or BASE), **{key.replace("__", "."): value
                                 for key, value in settings.items()}}


def times(number, *steps):
    return list(steps) * number


REQUEST, EOF = 200, ("read_all",)


def bulk(size, reader=(EOF,), **more):
    """A request and a large answer."""
    return Talk([("write", REQUEST), *reader],
                [("read", REQUEST), ("write", size), ("finish",)], **more)


def turns(number, request, answer, before=(), between=(), **more):
    """Requests and answers; steps of the server and of the client."""
    ask = [("write", request), ("read", answer)]
    return Talk(ask + times(number - 1, *between, *ask),
                times(number, ("read", request), *before, ("write", answer))
                + [("finish",)], **more)


# Variants ---------------------------------------------------------------

MIRROR = {"am": "bm", "bm": "am", "mb": "ma", "ma": "mb", "a": "b", "b": "a",
          "client": "server", "server": "client"}


def mirrored_setting(key):
    part, _, name = key.partition(".")
    return key if name == "delay" else MIRROR[part] + "." + name


def mirror(case):
    """Data flows from the client to the server."""
    case.path = {mirrored_setting(key): value
                 for key, value in case.path.items()}
    case.sender = MIRROR[case.sender]
    case.a, case.b = case.b, case.a
    case.route_a, case.route_b = case.route_b, case.route_a
    case.device_a, case.device_b = case.device_b, case.device_a
    for talk in case.talks:
        talk.client, talk.server = talk.server[1:], talk.client[1:]
        talk.client_end, talk.server_end = talk.server_end, talk.client_end
    for expect in case.expects:
        expect.side = MIRROR.get(expect.side, expect.side)
        expect.taps = "".join(MIRROR.get(tap, tap) for tap in expect.taps)


def use_bbr(case):
    for talk in case.talks:
        end = talk.server_end if case.sender == "server" else talk.client_end
        end["congestion"] = "bbr"


def use_v6(case):
    case.is_v6 = True


def both_set(case, **values):
    case.a = {**case.a, **values}
    case.b = {**case.b, **values}


VARIANTS = {
    "up": mirror, "bbr": use_bbr, "v6": use_v6,
    "nosack": lambda case: both_set(case, ipv4__tcp_sack=0),
    "nots": lambda case: both_set(case, ipv4__tcp_timestamps=0),
}


def vary(case, *names, suffix="", **changes):
    """A copy of a scenario: variants by name, other members by value."""
    made = copy.deepcopy(case)
    for name in names:
        VARIANTS[name](made)
    for key, value in changes.items():
        setattr(made, key, value)
    made.name = "-".join([made.name, *names, *([suffix] if suffix else [])])
    return made


def with_variants(case, *variants):
    """A scenario and its variants: each "name", or "name name"."""
    yield case
    for names in variants:
        yield vary(case, *names.split())


# Applications -----------------------------------------------------------

def applications():
    def think(seconds):
        return [("sleep", seconds)]

    waits = ("server waits",)
    slow = Expect("server-slow", "server", figures=("busy",) + waits)
    yield from with_variants(Scenario(
        "1-think", "five requests, each answered after 0.3 s", BASE,
        [turns(5, 300, 8000, think(0.3))], [slow]), "v6", "nots")
    yield Scenario(
        "2-think-long", "one request, answered after 2 s", BASE,
        [turns(1, 300, 8000, think(2))], [slow])
    short = Scenario(
        "3-think-short", "200 requests, each answered after 50 ms", BASE,
        [turns(200, 300, 800, think(0.05))],
        [Expect("healthy|chatty", figures=waits, findings="-server-slow")])
    yield short
    yield vary(short, suffix="tls", talks=[Talk(
        [("write", 517), ("read", 3500), ("write", 80), ("read", 250)]
        + times(100, ("write", 190), ("read", 1400)),
        [("read", 517), ("write", 3500), ("read", 80), ("write", 250)]
        + times(100, ("read", 190), ("sleep", 0.05), ("write", 1400))
        + [("finish",)])])
    yield Scenario(
        "4-greeting", "the server speaks first, after 0.7 s", BASE,
        [Talk([("read", 80)] + times(3, ("write", 50), ("read", 120)),
              [("sleep", 0.7), ("write", 80)]
              + times(3, ("read", 50), ("write", 120)) + [("finish",)])],
        [Expect("server-slow", "server", figures=waits)])
    yield Scenario(
        "5-pipeline", "ten requests at once, 50 ms of work each", BASE,
        [Talk(times(10, ("write", 300)) + [("read", 30000)],
              times(10, ("read", 300), ("sleep", 0.05), ("write", 3000))
              + [("finish",)])],
        [Expect("server-slow", "server", figures=("server waits+pauses",))])
    silent = Scenario(
        "6-no-answer", "the request is read, and never answered", BASE,
        [Talk([("write", 300), ("read", 1)], [("read", 300), EOF],
              patience=3)],
        [Expect("no-answer", "server")])
    yield silent
    alive = vary(silent, suffix="keepalive")
    alive.talks[0].patience = 5
    alive.talks[0].client_end = {"keepalive": 1, "keepidle": 1,
                                 "keepintvl": 1}
    yield alive


def pauses():
    yield Scenario(
        "7-parts", "an answer in four parts with 0.4 s between them", BASE,
        [Talk([("write", REQUEST), EOF],
              [("read", REQUEST), ("write", 20000)]
              + times(3, ("sleep", 0.4), ("write", 20000)) + [("finish",)])],
        [Expect("sender-paused", "server", "-sender-buffer")])

    def drip(name, size, near, far):
        return Scenario(
            name, "%d bytes every 150 ms" % size, rtt(near, far),
            [Talk([("write", REQUEST), EOF],
                  [("read", REQUEST)]
                  + times(15, ("write", size), ("sleep", 0.15))
                  + [("finish",)])],
            [Expect("sender-paused", "server", "-sender-buffer", ("busy",))])

    yield from with_variants(drip("8-drip", 10000, 10, 30), "bbr", "up")
    yield drip("8-drip-odd", 8 * 1448 + 700, 10, 30)
    yield drip("8-drip-near", 10000, 2, 8)
    yield drip("8-drip-far", 10000, 20, 70)
    stalls = Scenario(
        "8-stalls", "200 kB every 0.4 s", BASE,
        [Talk([("write", REQUEST), EOF], [("read", REQUEST)]
              + times(4, ("write", 200 * KB), ("sleep", 0.4))
              + [("finish",)])],
        [Expect("sender-paused", "server", "-sender-buffer")])
    yield from with_variants(stalls, "bbr")


def clients():
    waits = ("client waits",)
    yield Scenario(
        "9-client-late", "1.2 s pass before the first request", BASE,
        [Talk([("sleep", 1.2), ("write", 300), ("read", 8000)],
              [("read", 300), ("write", 8000), ("finish",)])],
        [Expect("client-slow", "client", figures=waits)])
    yield Scenario(
        "10-client-turns", "0.5 s between answer and next request, 7 times",
        BASE, [turns(8, 300, 8000, between=[("sleep", 0.5)])],
        [Expect("client-turns", "client", figures=waits)])
    both = turns(6, 300, 8000, between=[("sleep", 0.5)])
    both.client = [("sleep", 1.2)] + both.client
    yield Scenario(
        "10-client-both", "1.2 s before the first of six requests, 0.5 s "
        "between them", BASE, [both],
        [Expect("client-slow|client-turns", "client", figures=waits)])
    asks = [("write", 300), ("read", 8000)]
    yield Scenario(
        "11-user", "a user thinks for seconds", BASE,
        [Talk(asks + sum([[("sleep", s)] + asks
                          for s in (2.7, 6.1, 1.9, 8.3, 3.2)], []),
              times(6, ("read", 300), ("write", 8000)) + [("finish",)])],
        [Expect("healthy", figures=waits)])
    yield Scenario(
        "12-long-poll", "four answers, 5 s after their requests", BASE,
        [turns(4, 300, 400, [("sleep", 5)])],
        [Expect("healthy|server-slow", findings="+server-slow:possible",
                figures=("server waits",))])


# Windows ----------------------------------------------------------------

# A receive buffer larger than any bandwidth times delay here.
ROOMY = {"ipv4__tcp_rmem": "4096 1048576 6291456"}


def windows():
    limited = Expect("window-limited", "client", figures=("busy", "window"))
    # BBR does not count pacing as waiting for the window.
    paced = Expect("window-limited", "client", figures=("busy",))
    small = Scenario(
        "13-small-buffer", "receive buffer of 16 kB", BASE,
        [bulk(MB, client_end={"rcvbuf": 16384})], [limited])
    yield from with_variants(small, "up", "v6", "nots")
    yield vary(small, "bbr", expects=[paced])
    unscaled = Scenario(
        "14-no-scaling", "the client does not scale its window, 80 ms",
        rtt(20, 60), [bulk(1500 * KB)],
        [Expect("window-limited|wscale-stripped", "client|middlebox",
                figures=("busy", "window"))],
        a={"ipv4__tcp_window_scaling": 0})
    yield unscaled
    yield vary(unscaled, "bbr", expects=[dataclasses.replace(
        unscaled.expects[0], figures=("busy",))])
    late = Scenario(
        "15-grows-late", "the receive window grows from 16 kB, at 160 ms",
        rtt(40, 120), [bulk(400 * KB)],
        [Expect("window-grows-slowly|window-limited", "client",
                figures=("busy", "window"))],
        a={"ipv4__tcp_rmem": "4096 32768 6291456"})
    yield late
    # BBR was held up for 0.4 s, which is less than three round trips.
    yield vary(late, "bbr", expects=[Expect(
        "healthy|" + late.expects[0].verdict, figures=("busy",))])
    near = rtt(4, 16)
    slow = Scenario(
        "16-slow-reader", "the application reads 16 kB every 30 ms", near,
        [bulk(1500 * KB, [("read_slowly", 16384, 0.03)],
              client_end={"rcvbuf": 65536})], [limited])
    yield from with_variants(slow, "up", "v6")
    yield vary(slow, "bbr", expects=[paced])
    stop = Scenario(
        "17-reader-stops", "the application does not read for 2.5 s", near,
        [bulk(1200 * KB, [("read", 100 * KB), ("sleep", 2.5), EOF],
              client_end={"rcvbuf": 65536})],
        [Expect("zero-window", "client", figures=("busy", "window"))])
    yield from with_variants(stop, "up", "v6", "bbr")
    dead = Scenario(
        "18-never-reads", "the application never reads", near,
        [Talk([("write", REQUEST), ("sleep", 6), ("quit",)],
              [("read", REQUEST), ("write", 900 * KB), ("quit",)],
              client_end={"rcvbuf": 65536}, patience=7)],
        [Expect("zero-window-dead", "client")])
    yield from with_variants(dead, "v6", "bbr", "up")
    # The receiver's window is a multiple of its MSS of 1448, until small
    # segments have filled its buffer; then these take from two segments' room
    # what they need.  A Linux sender fills what is left when its probe timer
    # fires, not before.
    yield Scenario(
        "19-last-bytes", "1092 bytes of window are left, and filled after 5 s",
        near,
        [Talk([("write", REQUEST), ("sleep", 8), EOF],
              [("read", REQUEST), ("write", 100), ("sleep", 0.2),
               ("write", 11 * 1448), ("sleep", 0.3)]
              + sum([[("write", n), ("sleep", 0.06)]
                     for n in (356, 361, 361, 361, 361, 360)], [])
              + [("sleep", 0.3), ("write", 200 * KB), ("finish",)],
              client_end={"rcvbuf": 16384})],
        [Expect("window-limited|zero-window", "client",
                figures=("window",))], route_b="rto_min 5s")


def buffers():
    # 60 ms, and more than 16 rounds.  The kernel lets one skb exceed the send
    # buffer: it must not have 64 kB.
    far = rtt(10, 50)
    small = Scenario(
        "20-send-buffer", "send buffer of 20 kB, 60 ms", far,
        [bulk(1500 * KB, server_end={"sndbuf": 20000})],
        [Expect("sender-buffer", "server", figures=("busy",))], a=ROOMY,
        device_b="gso_max_size 3000")
    yield from with_variants(small, "up", "bbr", "v6")
    yield vary(small, suffix="loss", path=path(far, ma__lose="40"),
               expects=[Expect("loss-limited", "network")])
    # The clamp of a route is heeded by the second connection to a host.
    clamp = Scenario(
        "21-clamped", "congestion window clamped to 14 segments, 60 ms", far,
        [turns(1, 300, 3000), bulk(MB, local=40002, start=0.5)],
        [Expect("sender-buffer", "server", figures=("busy",), talk=1)],
        a=ROOMY, b={"ipv4__tcp_no_metrics_save": 0},
        route_b="cwnd lock 14")
    yield clamp


def delayed_acks():
    def nagle(**more):
        """Two small writes, then a read, ten times."""
        return Talk(times(10, ("write", 200), ("write", 200), ("read", 100)),
                    times(10, ("read", 400), ("option", "quickack", 0),
                          ("write", 100)) + [("finish",)], **more)

    near = rtt(2, 8)
    both = Expect("nagle-delayed-ack")
    yield from with_variants(Scenario(
        "22-nagle", "two small writes, then a read; the server delays ACKs",
        near, [nagle(client_end={"nodelay": 0})], [both]), "v6")
    yield Scenario(
        "22-nagle-200", "the same; ACKs are delayed by 200 ms",
        path(near, b__hold_ack=160), [nagle(client_end={"nodelay": 0})],
        [both])
    yield Scenario(
        "23-no-nagle", "the same with TCP_NODELAY", near, [nagle()],
        [Expect("healthy", findings="-nagle-delayed-ack")])


# Losses -----------------------------------------------------------------

def random_losses():
    fast = Expect("loss-fast|loss-limited", "network", figures=("busy",))
    behind = Scenario(
        "24-loss-behind", "1 % lost between middle and client",
        path(ma__loss=0.01), [bulk(3 * MB)], [fast], a=ROOMY)
    # Without SACK, a timer repairs what the third duplicate ACK cannot.
    timed = Expect("loss-fast|loss-limited|loss-timeout|sack-not-agreed",
                   figures=("busy",))
    yield from with_variants(behind, "up", "nots", "v6")
    yield vary(behind, "nosack", expects=[timed])
    # BBR does not slow down for 1 %; what it repairs costs little.
    yield vary(behind, "bbr", expects=[Expect(
        "loss-fast|loss-limited|bottleneck|window-limited|healthy",
        figures=("busy",))])
    before = Scenario(
        "25-loss-before", "1 % lost between server and middle",
        path(bm__loss=0.01), [bulk(3 * MB)], [fast], a=ROOMY)
    yield from with_variants(before, "up", "nots", "v6")
    yield vary(before, "nosack", expects=[timed])
    yield Scenario(
        "26-reno", "0.3 % lost, Reno", path(ma__loss=0.003),
        [bulk(3 * MB, server_end={"congestion": "reno"})],
        [Expect("loss-limited", "network", figures=("busy",))], a=ROOMY)
    burst = Scenario(
        "27-burst", "bursts of ten are lost",
        path(ma__lose="60-69,300-309,600-609,900-909"), [bulk(1500 * KB)],
        [fast], a=ROOMY)
    yield from with_variants(burst, "up", "v6")


def timeouts():
    timer = Expect("loss-timeout|tail-loss", "network",
                   figures=("busy", "timeout"))
    tail = Scenario(
        "28-tail", "the last two segments are lost, and twice repeated",
        path(ma__lose="41-46"), [bulk(60 * KB)], [timer])
    yield from with_variants(tail, "up", "nots", "bbr")
    before = vary(tail, suffix="before", path=path(bm__lose="41-46"))
    yield before

    # IPv6 has no IDs that count: losses upstream of the tap, at the tail,
    # look like a sender that pauses.
    def without_ids(case, seen, unseen):
        return vary(case, "v6", expects=[
            dataclasses.replace(timer, taps=seen),
            Expect("loss-timeout|tail-loss|sender-paused|server-slow",
                   taps=unseen)])

    yield without_ids(tail, "mb", "a")
    yield without_ids(before, "b", "am")
    probe = Scenario(
        "29-probe", "the last segment of each answer is lost once",
        path(ma__lose_at="11585-12001:1,23585-24001:1,35585-36001:1,"
             "47585-48001:1,59585-60001:1"),
        [turns(5, 300, 12000)],
        [Expect("loss-timeout|tail-loss", "network")])
    yield probe
    # Beyond the loss a request is only late.  An ACK may be lost with it, so
    # that the server retransmits what had arrived.
    late = ("loss-timeout|tail-loss|client-turns|healthy"
            "|spurious-retransmission")
    request = Scenario(
        "30-request-lost", "three of five requests are lost once",
        path(mb__lose="2,4,6"), [turns(5, 300, 8000)],
        [Expect("loss-timeout|tail-loss", "network", taps="am"),
         Expect(late, taps="b")])
    yield request
    yield vary(request, suffix="before", path=path(am__lose="2,4,6"),
               expects=[Expect("loss-timeout|tail-loss", "network",
                               taps="a"), Expect(late, taps="mb")])
    yield Scenario(
        "31-repeat-lost", "a segment and its fast retransmission are lost",
        path(ma__lose_at="43441-44889:2"), [bulk(60 * KB)],
        [Expect("loss-timeout|tail-loss", "network",
                figures=("busy",))])


def disorders():
    quiet = "-loss-fast -loss-timeout -loss-limited"
    spike = Scenario(
        "32-spike", "the path stands still for 0.5 s",
        path(ma__stall_at=100, ma__stall=500), [bulk(MB)],
        [Expect("spurious-retransmission", findings="-loss-fast")],
        a=ROOMY)
    yield from with_variants(spike, "up", "v6", "bbr")
    # A pause below the sender's timeout delays as a long queue does, once.
    yield Scenario(
        "32-pause", "the path stands still for 0.18 s",
        path(rtt(4, 16), ma__stall_at=100, ma__stall=180,
             bm__rate=10 * MBIT, bm__queue=60000),
        [bulk(600 * KB)], [Expect("healthy|bottleneck")],
        a=ROOMY)
    jitter = Scenario(
        "33-jitter", "jitter of 3 ms reorders; nothing is lost",
        path(ma__rate=50 * MBIT, ma__jitter=3),
        [bulk(1500 * KB)],
        [Expect("healthy|reordering|bottleneck", findings=quiet,
                figures=("busy",))], a=ROOMY)
    yield from with_variants(jitter, "bbr", "up")
    two = Scenario(
        "34-two-paths", "two paths, one of them 5 ms longer",
        path(ma__rate=50 * MBIT, ma__second=5, ma__second_share=0.3),
        [bulk(1500 * KB)],
        [Expect("healthy|reordering|bottleneck", findings=quiet)], a=ROOMY)
    yield from with_variants(two, "up", "v6", "bbr")


def bottlenecks():
    def standing(*names):
        return Expect("|".join(names), "network", figures=("busy",))

    queue = standing("bottleneck", "bufferbloat")
    narrow = Scenario(
        "35-bottleneck", "4 MB through 20 Mbit/s with a queue of 60 kB",
        path(rtt(10, 10), bm__rate=20 * MBIT, bm__queue=60000),
        [bulk(4 * MB)], [queue], a=ROOMY)
    yield from with_variants(narrow, "up", "bbr", "up bbr", "v6")
    deep = Scenario(
        "36-bufferbloat", "4 MB through 8 Mbit/s with a queue of 1 MB",
        path(rtt(4, 16), bm__rate=8 * MBIT, bm__queue=1000000),
        [bulk(4 * MB)], [standing("bufferbloat")], a=ROOMY)
    yield from with_variants(deep, "up", "v6")
    yield vary(deep, "bbr", expects=[queue])
    yield Scenario(
        "36-bufferbloat-short", "800 kB through 2 Mbit/s with 200 kB of queue",
        path(rtt(4, 16), bm__rate=2 * MBIT, bm__queue=200000),
        [bulk(MB * 4 // 5)], [standing("bufferbloat")], a=ROOMY)
    yield Scenario(
        "36-bufferbloat-once", "1 MB that a slow start puts into the queue",
        path(rtt(4, 16), bm__rate=8 * MBIT, bm__queue=1000000),
        [bulk(MB, server_end={"congestion": "reno"})],
        [standing("bufferbloat")], a=ROOMY)
    yield Scenario(
        "37-bloat-near", "the same between middle and client",
        path(rtt(4, 16), ma__rate=8 * MBIT, ma__queue=1000000),
        [bulk(4 * MB)], [standing("bufferbloat")], a=ROOMY)
    yield Scenario(
        "37-bloat-line", "400 kB through 1 Mbit/s to the client",
        path(rtt(4, 16), ma__rate=MBIT, ma__queue=200000),
        [bulk(400 * KB)], [standing("bufferbloat")], a=ROOMY)
    yield Scenario(
        "38-bbr", "4 MB through 10 Mbit/s, BBR",
        path(bm__rate=10 * MBIT, bm__queue=200000),
        [bulk(4 * MB, server_end={"congestion": "bbr"})], [queue], a=ROOMY)

    def bucket(name, mbits=6, depth=60000, base=BASE, **end):
        expect = standing("policed")
        # The bucket counts headers, the diagnosis payload.
        rate = mbits * MBIT / 8 * 0.96
        expect.findings = "+policed/rate~%d±%d" % (rate, rate / 20)
        return Scenario(
            name, "a token bucket of %d Mbit/s, %d kB deep"
            % (mbits, depth // KB),
            path(base, ma__police=mbits * MBIT, ma__burst=depth),
            [bulk(mbits * MB // 2, server_end=end)], [expect], a=ROOMY)

    yield from with_variants(bucket("39-policed"), "up", "v6")
    yield bucket("39-policed-slow", 2, 30000, rtt(20, 80))
    yield from with_variants(bucket("39-policed-quick", 20, 120000,
                                    rtt(4, 16)), "up")
    yield bucket("40-policed-bbr", congestion="bbr")
    # All losses are in one second, retransmissions included, which a tap
    # behind the bucket never sees.
    far = bucket("40-policed-bbr-far", 4, 120000, rtt(20, 80),
                 congestion="bbr")
    yield vary(far, expects=[
        dataclasses.replace(far.expects[0], taps="mb"), Expect(
            "policed|loss-limited|loss-fast", "network", taps="a")])
    ample = Scenario(
        "41-ample", "300 kB at 160 ms, nothing wrong", rtt(40, 120),
        [bulk(300 * KB)],
        [Expect("healthy", figures=("busy", "path"))], a=ROOMY)
    yield from with_variants(ample, "up", "bbr", "v6")


def both_ways():
    size = 800 * KB
    send = [("write", size), ("drain",)]
    full = Scenario(
        "42-duplex", "800 kB each way at once",
        path(rtt(10, 30), am__rate=20 * MBIT, am__queue=100000,
             bm__rate=20 * MBIT, bm__queue=100000),
        [Talk([("both", send, [("read", size)]), ("finish",)],
              [("both", send, [("read", size)]), ("finish",)])],
        [Expect("bottleneck|bufferbloat|healthy",
                findings="-server-slow -client-turns -chatty",
                figures=("duplex",))], a=ROOMY, b=ROOMY)
    yield full
    step = 4096
    yield Scenario(
        "43-echo", "the server sends back what the client streams", BASE,
        [Talk([("both", times(150, ("write", step)),
                times(150, ("read", step))), ("finish",)],
              times(150, ("read", step), ("write", step)) + [EOF])],
        [Expect("healthy|bottleneck|window-limited|window-grows-slowly",
                findings="-server-slow -client-turns -chatty")],
        a=ROOMY, b=ROOMY)


# Handshakes -------------------------------------------------------------

def handshakes():
    lost = Expect("syn-lost", "network")
    small = turns(1, 300, 5000)
    yield Scenario("44-syn-lost", "the first SYN is lost",
                   path(mb__lose_syn=1), [small],
                   [dataclasses.replace(lost, taps="am"),
                    Expect("healthy", taps="b")])
    yield Scenario("44-syn-lost-before", "the first two SYNs are lost before "
                   "the middle", path(am__lose_syn=2), [small],
                   [dataclasses.replace(lost, taps="a"),
                    Expect("healthy", taps="mb")])
    yield Scenario("45-synack-lost", "the first SYN-ACK is lost",
                   path(ma__lose_synack=1), [small], [lost])
    # Where the ACK passed, the server may as well have dropped it.
    yield Scenario(
        "46-ack-lost", "the ACK of the handshake is lost, and the server is "
        "to speak first", path(mb__lose_ack=1),
        [Talk([("read", 80)], [("write", 80), ("finish",)])],
        [dataclasses.replace(lost, taps="b"),
         Expect("syn-lost|listen-queue-full", taps="am")])


def queues():
    def ask(number, start, port=SERVER_PORT):
        return Talk([("write", 100), ("read", 100)],
                    [("read", 100), ("write", 100), ("finish",)],
                    local=40001 + number, start=start, port=port)

    # Of a backlog of 1 there is room for two.  The third client's SYN comes
    # while there is, its ACK when there is not; the fourth's SYN is dropped.
    starts = (0, 0.03, 0.032, 0.3)
    full = Scenario(
        "47-queue-full", "nothing is accepted for 4 s; four clients",
        rtt(2, 8), [ask(i, start) for i, start in enumerate(starts)],
        [Expect("listen-queue-full", "server", talk=2),
         Expect("listen-queue-full|syn-lost", "server|network", talk=3)],
        backlog=1, accept_after=4)
    yield from with_variants(full, "v6")
    # A backlog of 0: the second of two at once gets a cookie, which leaves
    # nothing at the server that could repeat its SYN-ACK.
    yield vary(full, suffix="cookies", backlog=0,
               what="the same, the server answers by SYN cookies",
               talks=[ask(i, 0.002 * i) for i in range(3)],
               expects=[Expect("listen-queue-full", "server", talk=1),
                        Expect("listen-queue-full", "server", talk=2)])
    yield vary(full, suffix="syns",
               what="the same, the clients come one by one: SYNs are dropped",
               talks=[ask(i, 0.3 * i) for i in range(4)]
               + [ask(4, 0.5, OTHER_PORT)],
               expects=[Expect("listen-queue-full", "server", talk=2),
                        Expect("listen-queue-full", "server", talk=3)])
    yield Scenario(
        "48-queue-resets", "the same with tcp_abort_on_overflow", rtt(2, 8),
        full.talks[:3],
        [Expect("refused|reset-by-peer|listen-queue-full", "server", talk=2)],
        b={"ipv4__tcp_abort_on_overflow": 1}, backlog=1, accept_after=4,
        limit=9)


def refusals():
    knock = Talk([], port=CLOSED_PORT, is_listened=False, patience=8)
    closed = Scenario("49-closed", "no server listens on the port", BASE,
                      [knock], [Expect("refused", "server")])
    yield from with_variants(closed, "v6")
    silent = Scenario("50-dropped", "a firewall drops the SYNs",
                      path(box__refuse=1), [knock],
                      [Expect("filtered", "network", taps="am")])
    yield from with_variants(silent, "v6")
    icmp = Scenario("51-prohibited", "a firewall answers by ICMP",
                    path(box__refuse=3), [knock],
                    [Expect("filtered", taps="am")])
    yield from with_variants(icmp, "v6")
    reset = Scenario(
        "52-rejected", "a firewall answers one port by RST",
        path(box__refuse=2, box__port=CLOSED_PORT, box__ttl=250),
        [turns(3, 300, 3000), dataclasses.replace(knock, local=40002,
                                                  start=0.5)],
        [Expect("healthy"),
         Expect("rejected-by-middlebox", "middlebox", taps="am", talk=1)])
    yield from with_variants(reset, "v6")


def cookies():
    """Options are lost to SYN cookies where there are no timestamps."""
    def ask(number, *first):
        return Talk([("write", 100), ("read", 100)],
                    [*first, ("read", 100), ("write", 100), ("finish",)],
                    local=40001 + number, start=0.05 * number)

    force = ("set", "ipv4__tcp_syncookies", 2)
    yield Scenario(
        "53-cookies", "SYN cookies are forced after 12 of 40 handshakes",
        rtt(2, 8), [ask(i, *([force] if i == 11 else []))
                    for i in range(40)],
        [Expect("healthy|syn-cookies", findings="+syn-cookies", talk=39)],
        a={"ipv4__tcp_timestamps": 0})


def reuse():
    yield Scenario(
        "54-reused", "the client's port again in TIME-WAIT, with a lower ISN",
        BASE, [Talk([("write", 100), EOF],
                    [("read", 100), ("write", 100), ("finish",)],
                    client_end={"isn": 3000000000}),
               Talk([("write", 100), ("read", 100)],
                    [("read", 100), ("write", 100), ("finish",)],
                    client_end={"isn": 2900000000}, start=1)],
        [Expect("port-reused-too-early", "client", talk=1)],
        a={"ipv4__tcp_timestamps": 0}, b={"ipv4__tcp_timestamps": 0})


# Middleboxes ------------------------------------------------------------

def forgetting():
    pause = Talk([("write", 100), ("read", 100), ("sleep", 3),
                  ("write", 100), ("read", 100)],
                 times(2, ("read", 100), ("write", 100)), patience=6)
    blamed = Expect("idle-timeout-middlebox", "middlebox")
    near = rtt(10, 10)
    yield Scenario("55-forgotten", "a box drops everything after 2 s of "
                   "silence", path(near, box__forget=2000), [pause],
                   [dataclasses.replace(blamed, taps="am")], limit=12)
    yield Scenario("56-forgotten-reset", "a box resets after 2 s of silence",
                   path(near, box__forget=2000, box__forget_rst=3,
                        box__ttl=200), [pause], [blamed], limit=12)


def resets():
    broken = Scenario(
        "57-injected", "RSTs with a TTL of 200 to both ends",
        path(box__reset_at=100, box__reset_to=3, box__ttl=200),
        [bulk(400 * KB)], [Expect("rst-injected", "middlebox")])
    yield from with_variants(broken, "v6")
    yield Scenario(
        "58-race", "an RST like the server's own precedes its data",
        path(box__reset_at=100, box__reset_to=1), [bulk(400 * KB)],
        [Expect("rst-injected", "middlebox", taps="am"),
         Expect("rst-injected|reset-by-peer", taps="b")])
    reset = Expect("reset-by-peer", "server")
    yield Scenario(
        "59-lingering", "SO_LINGER 0, 0.2 s after the request", BASE,
        [Talk([("write", 300), ("read", 1)],
              [("read", 300), ("sleep", 0.2), ("abort",)])], [reset])
    yield Scenario(
        "60-unread", "the server closes with unread data", BASE,
        [Talk([("write", 5000), ("read", 1)],
              [("read", 100), ("sleep", 0.2)])], [reset])
    yield Scenario(
        "61-vanished", "the server's host vanishes in an upload",
        path(b__vanish=100),
        [Talk([("write", 400 * KB), ("drain",)], [EOF], patience=7)],
        [Expect("peer-vanished", "network")], limit=12)


def sizes():
    upload = [bulk(30 * KB, patience=9)]
    hole = Scenario(
        "62-mtu-hole", "nothing above 1400 bytes passes", path(ma__mtu=1400),
        upload, [Expect("mtu-black-hole", "network", taps="mb"),
                 Expect("mtu-black-hole|no-answer", taps="a")], limit=14)
    yield from with_variants(hole, "v6")
    yield vary(hole, suffix="far", path=path(bm__mtu=1400),
               expects=[Expect("mtu-black-hole", "network", taps="b"),
                        Expect("mtu-black-hole|no-answer", taps="am")])
    told = Scenario(
        "63-too-big", "the same, and ICMP says so",
        path(ma__mtu=1400, ma__too_big=1), [bulk(300 * KB)],
        [Expect("healthy")], a=ROOMY)
    yield from with_variants(told, "v6")


def options():
    far = rtt(20, 60)

    def two(size):
        """One connection past the box, one through it."""
        return [bulk(20 * KB, port=OTHER_PORT),
                bulk(size, local=40002, start=0.5)]

    def box(**settings):
        return path(far, box__port=SERVER_PORT, **settings)

    yield Scenario(
        "64-scaling-stripped", "a box strips window scaling",
        box(box__strip_ab=3, box__strip_ba=3), two(1500 * KB),
        [Expect("wscale-stripped", "middlebox|middlebox?",
                "", ("busy", "window"), talk=1)])
    yield Scenario(
        "64-scaling-broken", "only the server's scaling is stripped: the "
        "client reads its windows unscaled", box(box__strip_ba=3),
        [bulk(20 * KB, port=OTHER_PORT),
         Talk([("write", 17 * KB), ("finish",)], [EOF], local=40002,
              start=0.5)],
        [Expect("wscale-broken", "middlebox", taps="b", talk=1),
         Expect("wscale-stripped|window-limited|nagle-delayed-ack",
                taps="am", talk=1)])
    plain = Scenario(
        "65-no-sack", "a box strips SACK; 1 % is lost",
        path(box__strip_ab=4, box__strip_ba=4, ma__loss=0.01),
        [bulk(2 * MB)],
        [Expect("sack-not-agreed|loss-fast|loss-limited|loss-timeout",
                findings="+sack-not-agreed", figures=("busy",))], a=ROOMY)
    yield plain
    # The server, at b, believes that both agreed.
    yield vary(plain, suffix="one-way",
               path=path(box__strip_ba=4, ma__loss=0.01), expects=[
                   dataclasses.replace(plain.expects[0], taps="am"),
                   dataclasses.replace(plain.expects[0], taps="b",
                                       findings="")])
    untimed = Scenario(
        "66-no-timestamps", "a box strips timestamps",
        path(box__strip_ab=8, box__strip_ba=8), [bulk(300 * KB)],
        [Expect("healthy", figures=("busy",))], a=ROOMY)
    yield untimed
    yield vary(untimed, suffix="one-way", path=path(box__strip_ba=8))
    yield Scenario(
        "67-mss", "a box sets the MSS to 1200", box(
            box__mss_ab=1200, box__mss_ba=1200), two(200 * KB),
        [Expect("healthy|mss-clamped", findings="+mss-clamped", talk=1)],
        a=ROOMY)
    yield Scenario(
        "67-mss-one-way", "only that of the client", box(box__mss_ab=1200),
        two(200 * KB),
        [Expect("healthy|mss-clamped", findings="+mss-clamped", talk=1,
                taps="b")], a=ROOMY)
    shifted = path(box__near_a=1, box__shift=1000000000, ma__loss=0.01)
    losses = "loss-timeout|loss-fast|loss-limited"
    yield Scenario(
        "68-sack-broken", "sequence numbers are shifted, SACK blocks not",
        shifted, [bulk(MB)],
        [Expect("sack-broken", "middlebox", taps="mb"),
         Expect("sack-broken|" + losses, taps="a")], a=ROOMY)
    yield Scenario(
        "68-sack-shifted", "both are shifted: nothing is broken",
        {**shifted, "box.shift_sack": 1}, [bulk(MB)],
        [Expect(losses, "network", "-sack-broken")], a=ROOMY)


def storms():
    calm = {"ipv4__tcp_timestamps": 0, "ipv4__tcp_invalid_ratelimit": 0}
    yield Scenario(
        "69-ack-storm", "data injected to both ends", path(
            rtt(5, 15), box__inject_at=3, box__inject_len=100),
        [Talk([("write", 100), ("read", 3000), ("sleep", 2), ("write", 100),
               ("read", 1)],
              [("read", 100), ("write", 3000), EOF], patience=2)],
        [Expect("ack-storm", "middlebox")], a=calm, b=calm, limit=9)


# Hosts and the rest -----------------------------------------------------

def hosts():
    yield Scenario(
        "74-starved", "the sender's host reacts up to 20 ms late",
        path(b__nap=20), [bulk(MB)],
        [Expect("healthy|bottleneck|window-grows-slowly|window-limited",
                findings="-sender-paused -sender-buffer")], a=ROOMY)
    yield Scenario(
        "76-ecn", "a queue marks instead of dropping",
        path(bm__rate=10 * MBIT, bm__queue=300000, bm__mark=30000),
        [bulk(2 * MB)],
        [Expect("bottleneck|bufferbloat|ecn-marked", "network",
                "+ecn-marked", ("busy",))],
        a={**ROOMY, "ipv4__tcp_ecn": 1}, b={"ipv4__tcp_ecn": 1})
    yield Scenario(
        "77-slow-syn", "only the SYN takes 300 ms longer",
        path(mb__syn_delay=300), [turns(3, 300, 3000)],
        [Expect("handshake-slow", taps="am"),
         Expect("healthy", taps="b")])
    yield Scenario(
        "78-half-open", "the handshake ACK never comes",
        path(am__lose_ack=9),
        [Talk([("sleep", 4), ("quit",)], [EOF])],
        [Expect("half-open|syn-lost", taps="mb")], limit=9)
    keeping = turns(2, 300, 3000, between=[("sleep", 5)])
    keeping.client_end = {"keepalive": 1, "keepidle": 1, "keepintvl": 1}
    yield Scenario(
        "79-keep-alive", "nothing but keep-alives for 5 s", BASE, [keeping],
        [Expect("healthy", findings="+keep-alive-only")])


HEALTHY_BATCH = 100


def elsewhere():
    """The stories of others on other paths, ports and sizes."""
    def ported(case, port):
        for talk in case.talks:
            talk.port = port
        return case

    # The answer is larger than what may be sent at once.
    yield ported(Scenario(
        "1-think-big", "three large answers after 1.3 s each, 200 ms",
        rtt(4, 196), [turns(3, 900, 60000, [("sleep", 1.3)])],
        [Expect("server-slow", "server", figures=("server waits",))],
        is_v6=True, a=ROOMY), 8443)
    yield Scenario(
        "9-client-late-near", "2.5 s pass before the first request, 8 ms",
        rtt(2, 6), [Talk([("sleep", 2.5), ("write", 300), ("read", 80000)],
                         [("read", 300), ("write", 80000), ("finish",)])],
        [Expect("client-slow", "client", figures=("client waits",))],
        is_v6=True)
    yield ported(Scenario(
        "13-small-buffer-far", "receive buffer of 48 kB, 120 ms",
        rtt(20, 100), [bulk(MB, client_end={"rcvbuf": 48000})],
        [Expect("window-limited", "client", figures=("busy", "window"))],
        is_v6=True), 5432)
    yield vary(Scenario(
        "17-reader-stops-soon", "the application does not read for 1.2 s",
        rtt(10, 50), [bulk(900 * KB, [("read", 50 * KB), ("sleep", 1.2), EOF],
                           client_end={"rcvbuf": 65536})],
        [Expect("zero-window|window-limited", "client", figures=("busy",))]),
        "up", "v6")
    yield Scenario(
        "20-send-buffer-far", "send buffer of 60 kB, 120 ms", rtt(100, 20),
        [bulk(2 * MB, server_end={"sndbuf": 60000})],
        [Expect("sender-buffer", "server", figures=("busy",))], a=ROOMY,
        device_b="gso_max_size 3000")
    yield vary(Scenario(
        "24-loss-near", "2 % lost between middle and client, 12 ms",
        path(rtt(2, 10), ma__loss=0.02), [bulk(3 * MB)],
        [Expect("loss-fast|loss-limited", "network", figures=("busy",))],
        a=ROOMY), "up")
    yield vary(Scenario(
        "36-bufferbloat-slow", "2 MB through 3 Mbit/s with 300 kB of queue",
        path(rtt(10, 2), bm__rate=3 * MBIT, bm__queue=300000), [bulk(2 * MB)],
        [Expect("bufferbloat", "network", figures=("busy",))], a=ROOMY),
        "up", "v6")
    tail = Scenario(
        "28-tail-small", "the last segment of 4 kB is lost twice, 90 ms",
        path(rtt(80, 10), ma__lose_at="2897-4097:2"), [bulk(4 * KB)],
        [Expect("tail-loss|loss-timeout", "network", taps="mb"),
         # Of so few segments IP IDs prove nothing.
         Expect("tail-loss|loss-timeout|healthy", taps="a")])
    yield tail
    push = Talk([("write", 100), ("read", 200)],
                [("read", 100), ("write", 100), ("sleep", 3.5),
                 ("write", 100)],
                patience=6)
    yield ported(Scenario(
        "55-forgotten-push", "the server pushes after a silence: dropped",
        path(rtt(30, 30), box__forget=2000), [push],
        [Expect("idle-timeout-middlebox", "middlebox", taps="b")], limit=12),
        9443)
    yield vary(Scenario(
        "62-mtu-hole-1320", "nothing above 1320 bytes passes, IPv6",
        path(rtt(4, 60), mb__mtu=1320),
        [Talk([("write", 25 * KB), ("read", 10)],
              [("read", 25 * KB), ("write", 10), ("finish",)], patience=9)],
        [Expect("mtu-black-hole", "network", taps="am"),
         Expect("mtu-black-hole", "network", taps="b")], limit=14,
        sender="client"), "v6")
    yield ported(Scenario(
        "5-pipeline-far", "five requests at once, 0.2 s of work each, 110 ms",
        rtt(10, 100),
        [Talk(times(5, ("write", 700)) + [("read", 45000)],
              times(5, ("read", 700), ("sleep", 0.2), ("write", 9000))
              + [("finish",)])],
        [Expect("server-slow", "server")]), 8080)


def healthy_talk(dice, number):
    """A connection as there are many: a few turns, mostly short answers."""
    count = dice.choice((1, 1, 1, 2, 3, 5))
    request = dice.randint(80, 1200)
    size = int(min(200 * KB, max(100, dice.lognormvariate(8.5, 1.5))))
    ask = [("write", request), ("read", size)]
    client = list(ask)
    for _ in range(count - 1):
        client += [("sleep", round(dice.uniform(0.3, 4), 3))] + ask
    return Talk(client, times(count, ("read", request), ("write", size))
                + [("finish",)],
                local=20001 + number, start=round(dice.uniform(0, 8), 3))


def healthy():
    """1 000 connections in which nothing is wrong."""
    kinds = ((1, 1), (2, 8), (10, 30), (20, 60), (40, 120))
    for batch in range(10):
        dice = random.Random(batch)
        case = Scenario(
            "75-healthy-%d" % batch, "a hundred connections, nothing wrong",
            rtt(*kinds[batch % 5]),
            [healthy_talk(dice, i) for i in range(HEALTHY_BATCH)],
            [Expect("healthy", talk=-1)], a=ROOMY, is_sampled=False,
            is_v6=batch in (3, 6, 9), backlog=128)
        if batch >= 5:
            use_bbr(case)
        yield case


# Captures made of others: see rewrite.py --------------------------------

@dataclasses.dataclass
class Derived:
    """A capture of a scenario, rewritten; see rewrite.py for the kinds."""
    name: str
    what: str
    base: Scenario
    kind: str
    expects: list


# A beginning that is the story is missing in a capture that starts later.
STORY_AT_START = {2, 4, 6, 9, 17, 32}
# Without the handshake the scale of windows is unknown, and without the
# beginning of a transfer how long a round trip takes without a queue, and how
# much was in flight before the first loss.  Where all data of an endpoint
# follows silences, and no data of its peer is captured, its pauses may as well
# be round trips.
UNKNOWN_WHEN_LATE = {
    **dict.fromkeys((5, 7, 8), "unknown"),
    **dict.fromkeys((13, 14, 15, 16, 19, 20, 21), "healthy|unknown"),
    **dict.fromkeys((24, 25, 26, 27), "loss-fast|loss-timeout"),
    **dict.fromkeys((35, 36, 37, 38), "bottleneck|healthy|loss-limited"),
}


def rewritten(cases):
    """Scenarios 70 to 73, of 1 to 40 without their variants."""
    bases = {}
    for case in cases:
        if case.number <= 40:
            bases.setdefault(case.number, case)
    for case in bases.values():
        kinds = (("70", "lossy", "the capture loses 1 %",
                  "capture-loss|unknown"),
                 ("71", "one-way", "one direction is captured",
                  "capture-one-sided|unknown"),
                 ("72", "late", "the capture starts in the middle", ""),
                 ("73", "span", "both ports of a switch are captured", ""))
        for number, kind, what, verdict in kinds:
            if kind == "late" and case.number in STORY_AT_START:
                continue
            yield Derived("%s-%s-%s" % (number, kind, case.name),
                          "%s: %s" % (what, case.what), case, kind,
                          [derived(e, kind, verdict
                                   or kind == "late"
                                   and UNKNOWN_WHEN_LATE.get(case.number))
                           for e in case.expects])


def derived(expect, kind, verdict):
    """The same, as far as it can be known; figures only if all is there."""
    if kind == "one-way":
        known = {"loss-timeout", "filtered"} & set(expect.verdict.split("|"))
        return Expect("|".join([verdict, *sorted(known)]), taps=expect.taps,
                      talk=expect.talk)
    made = copy.copy(expect)
    if kind != "span":
        made.figures, made.findings = (), ""
    if verdict:
        made.verdict, made.side = verdict + "|" + expect.verdict, ""
    return made


def scenarios():
    """All that are made by traffic, in order of their numbers."""
    makers = (applications, pauses, clients, windows, buffers, delayed_acks,
              random_losses, timeouts, disorders, bottlenecks, both_ways,
              handshakes, queues, refusals, cookies, reuse, forgetting,
              resets, sizes, options, storms, hosts, elsewhere, healthy)
    return sorted((case for maker in makers for case in maker()),
                  key=lambda case: case.number)
