# SPDX-License-Identifier: BSD-2-Clause
"""Segments out of a classic capture of Ethernet, and the truth about them.

The truth needs three captures of the same traffic: at the sender (what was
sent, and when), in the middle (what the program under test is given), at the
receiver (what arrived).  Nothing here guesses: a segment of the middle is
found again among those sent, and what the sender had sent before, and what
became of it, says what the segment is.
"""

import bisect
import struct

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


class Segment:
    """One TCP segment as captured."""

    __slots__ = ("frame", "time", "src", "sport", "dst", "dport", "seq", "ack",
                 "flags", "window", "length", "options", "ident", "start",
                 "end", "twin", "kind", "sacks")

    def key(self):
        """Equal for two captures of one segment (TTL is not in it)."""
        return (self.seq, self.ack, self.flags, self.window, self.length,
                self.options, self.ident)


def sack_blocks(options):
    """The blocks of a SACK option (RFC 2018), as pairs."""
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if at + 1 >= len(options) or options[at + 1] < 2:
            break
        if options[at] == 5:
            edges = struct.unpack_from(
                ">%dI" % ((options[at + 1] - 2) // 4), options, at + 2)
            return list(zip(edges[::2], edges[1::2]))
        at += options[at + 1]
    return []


def parse(octets):
    """Ethernet, IPv4 or IPv6, TCP; None for anything else."""
    kind = struct.unpack_from(">H", octets, 12)[0]
    made = Segment()
    if kind == 0x0800 and octets[23] == 6:
        header = (octets[14] & 15) * 4
        total = struct.unpack_from(">H", octets, 16)[0]
        made.ident = struct.unpack_from(">H", octets, 18)[0]
        made.src, made.dst = octets[26:30], octets[30:34]
        at, left = 14 + header, total - header
    elif kind == 0x86DD and octets[20] == 6:
        left = struct.unpack_from(">H", octets, 18)[0]
        made.ident = 0
        made.src, made.dst = octets[22:38], octets[38:54]
        at = 54
    else:
        return None
    (made.sport, made.dport, made.seq, made.ack, offset, made.flags,
     made.window) = struct.unpack_from(">HHIIBBH", octets, at)
    size = (offset >> 4) * 4
    made.options = bytes(octets[at + 20:at + size])
    made.sacks = sack_blocks(made.options)
    made.length = left - size
    made.twin = made.kind = None
    return made


def read(path):
    """All TCP segments of a classic little-endian microsecond capture."""
    with open(path, "rb") as file:
        data = file.read()
    if struct.unpack_from("<I", data)[0] != 0xA1B2C3D4:
        raise ValueError(path + ": not a capture of this machine's tcpdump")
    found, at, frame = [], 24, 0
    while at < len(data):
        secs, micros, caplen = struct.unpack_from("<III", data, at)
        frame += 1
        segment = parse(data[at + 16:at + 16 + caplen])
        at += 16 + caplen
        if segment is not None:
            segment.frame = frame
            segment.time = secs * 1000000 + micros
            found.append(segment)
    return found


def directions(segments):
    """By (sender's port, receiver's port): its segments, in order."""
    found = {}
    for segment in segments:
        found.setdefault((segment.sport, segment.dport), []).append(segment)
    return found


def number(segments, isn):
    """Offsets from the ISN; the bytes of sequence space are [start, end)."""
    for s in segments:
        s.start = (s.seq - isn + 0x40000000) % 0x100000000 - 0x40000000
        s.end = s.start + s.length + bool(s.flags & SYN) + bool(s.flags & FIN)


class Cover:
    """A set of bytes, kept as disjoint ranges."""

    def __init__(self):
        self.starts, self.ends = [], []

    def add(self, start, end):
        if start >= end:
            return
        i = bisect.bisect_left(self.ends, start)
        j = bisect.bisect_right(self.starts, end)
        if i < j:
            start = min(start, self.starts[i])
            end = max(end, self.ends[j - 1])
        self.starts[i:j] = [start]
        self.ends[i:j] = [end]

    def common(self, start, end):
        """How many bytes of [start, end) are in it."""
        i = bisect.bisect_right(self.ends, start)
        octets = 0
        while i < len(self.starts) and self.starts[i] < end:
            octets += min(end, self.ends[i]) - max(start, self.starts[i])
            i += 1
        return octets


def told(segments, again):
    """Of the segments sent again, how many a capture shows to be."""
    found, high = 0, 0
    for s in filter(counts, segments):
        if s.twin is not None and s.twin.frame in again and s.start < high:
            found += 1
        high = max(high, s.end)
    return found


def match(observed, sent, delay):
    """Finds each observed segment among those sent.

    Of several that look the same, the one that was sent `delay` before is
    the one; each is taken once, and what is left over is a copy made on the
    way: its twin is set, and it is put into the set returned.
    """
    by_key = {}
    for s in sent:
        by_key.setdefault(s.key(), []).append(s)
    taken, copies = set(), set()
    for o in observed:
        same = by_key.get(o.key(), [])
        earlier = [s for s in same if s.time <= o.time]
        free = [s for s in earlier if s.frame not in taken]
        pick = min(free or earlier or same, default=None,
                   key=lambda s: abs(o.time - s.time - delay))
        o.twin = pick
        if pick is None:
            continue
        if free:
            taken.add(pick.frame)
        else:
            copies.add(o.frame)
    return copies


def occupies(segment):
    """It takes sequence space, and is no reset."""
    return segment.end > segment.start and not segment.flags & RST


def counts(segment):
    """Its number shows that what is below was sent: no reset."""
    return not segment.flags & RST


def repeats(sent):
    """Frames of the sender's capture that send bytes again."""
    found, high = set(), 0
    for s in filter(occupies, sent):
        if s.start < high:
            found.add(s.frame)
        high = max(high, s.end)
    return found


class Needless:
    """Whether anything on the wire shows that a repetition was needless.

    It shows where the bytes had been acknowledged before, selectively or
    not, or where the receiver says later that it got them twice (DSACK, RFC
    2883, 4).
    """

    def __init__(self, back, isn):
        self.acks, self.sacks, self.reports, high = [], [], [], 0
        for s in back:
            if not s.flags & ACK:
                continue
            ack = (s.ack - isn + 0x40000000) % 0x100000000 - 0x40000000
            high = max(high, ack)
            self.acks.append((s.time, high))
            blocks = [tuple((e - isn + 0x40000000) % 0x100000000 - 0x40000000
                            for e in block) for block in s.sacks]
            if blocks and (blocks[0][1] <= ack or len(blocks) > 1
                           and blocks[1][0] <= blocks[0][0]
                           and blocks[0][1] <= blocks[1][1]):
                self.reports.append((s.time, *blocks.pop(0)))
            self.sacks += [(s.time, *block) for block in blocks]

    def shown(self, segment):
        at = bisect.bisect_left(self.acks, (segment.time, -1)) - 1
        if at >= 0 and self.acks[at][1] >= segment.end:
            return True
        if any(time < segment.time and start <= segment.start
               and segment.end <= end for time, start, end in self.sacks):
            return True
        return any(time > segment.time and start < segment.end
                   and end > segment.start
                   for time, start, end in self.reports)


def judge(sent, middle, arrived, back, delays):
    """Says of each segment of the middle what it is; sets its `kind`.

    new          in order, sent for the first time
    before       sent again: never seen here, lost before the capture point
    untold       sent again, but nothing sent after it, not even a pure ACK,
                 was seen before it: the last of a flight lost before the
                 capture point, which leaves no hole; it looks like new
    behind       sent again: seen here, not arrived at the receiver
    partly       sent again: some of its bytes seen here, others not
    spurious     sent again: the receiver had it, and the wire shows it
    spurious?    sent again: the receiver had it, and nothing shows it
    overtaker    sent again, and here before what it repeats
    late         sent once, overtaken by later ones
    late-again   sent once, overtaken by its own repetition
    copy         a second copy made on the way
    """
    isn = sent[0].seq
    for segments in (sent, middle, arrived):
        number(segments, isn)
    copies = match(middle, sent, delays[0])
    match(arrived, sent, delays[1])
    again = repeats(sent)
    here = {m.twin.frame: m for m in middle if m.twin is not None}
    there = {o.twin.frame for o in arrived if o.twin is not None}
    needless = Needless(back, isn)

    order = sorted(filter(occupies, sent), key=lambda s: s.frame)
    delivered, got = {}, Cover()
    for s in order:          # what had got through when s was sent
        if s.frame in again:
            delivered[s.frame] = got.common(s.start, s.end) == s.end - s.start
        if s.frame in there:
            got.add(s.start, s.end)
    passed, high = Cover(), 0
    for m in filter(counts, middle):
        if not occupies(m):
            high = max(high, m.start)
            continue
        seen = passed.common(m.start, m.end)
        whole = m.end - m.start
        if m.frame in copies:
            m.kind = "copy"
        elif m.twin is None:
            m.kind = "alien"
        elif m.twin.frame in again:
            if seen == 0 and m.start >= high:
                m.kind = "untold"
            elif seen == 0:
                later = any(
                    s.frame < m.twin.frame and s.start < m.end
                    and s.end > m.start and s.frame in here
                    and here[s.frame].frame > m.frame for s in order)
                m.kind = "overtaker" if later else "before"
            elif delivered[m.twin.frame]:
                m.kind = "spurious" if needless.shown(m) else "spurious?"
            else:
                m.kind = "behind" if seen == whole else "partly"
        elif m.start < high:
            m.kind = "late-again" if seen == whole else "late"
        else:
            m.kind = "new"
        passed.add(m.start, m.end)
        high = max(high, m.end)


KINDS = ("new", "untold", "before", "behind", "partly", "spurious",
         "spurious?", "overtaker", "late", "late-again", "copy", "alien")


def count(segments):
    found = dict.fromkeys(KINDS, 0)
    for s in segments:
        if s.kind is not None:
            found[s.kind] += 1
    return found


def resent(counted):
    """Retransmissions of which the middle shows that they are."""
    return sum(counted[k] for k in ("before", "behind", "partly", "spurious",
                                    "spurious?", "overtaker"))
