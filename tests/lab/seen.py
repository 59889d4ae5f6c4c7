# SPDX-License-Identifier: BSD-2-Clause
"""What two captures of one clock show of the segments between them, counted
from their bytes: the truth for tcpstates --compare."""

import collections
import dataclasses
import struct

LINKTYPE_ETHERNET = 1
FIN, SYN, RST, ACK = 1, 2, 4, 16
OPTION_TIMESTAMPS = 8


@dataclasses.dataclass
class Segment:
    ns: int
    ports: tuple            # of source, of destination
    key: tuple              # the same at both points, unless rewritten
    flags: int
    start: int
    len: int                # bytes of data


def timestamps(options):
    at = 0
    while at + 1 < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if options[at] == OPTION_TIMESTAMPS:
            return options[at + 2:at + 10]
        at += max(options[at + 1], 2)
    return None


def parse(ns, packet):
    """A segment, or None if it is something else."""
    if packet[0] >> 4 == 6:
        protocol, at, ident = packet[6], 40, 0
        size = at + struct.unpack_from(">H", packet, 4)[0]
    else:
        protocol, at = packet[9], (packet[0] & 15) * 4
        size, ident = struct.unpack_from(">HH", packet, 2)
    if protocol != 6:
        return None
    source, target, start, ack, offset, flags, window = struct.unpack_from(
        ">HHIIBBH", packet, at)
    head = (offset >> 4) * 4
    length = size - at - head
    return Segment(ns, (source, target),
                   (start, ack, flags, window, length, ident,
                    timestamps(packet[at + 20:at + head])),
                   flags, start, length)


def read(name):
    """Segments of a capture, in order."""
    with open(name, "rb") as file:
        data = file.read()
    unit = 1 if data[:4] == b"\x4d\x3c\xb2\xa1" else 1000
    linktype = struct.unpack_from("<I", data, 20)[0]
    skipped = 14 if linktype == LINKTYPE_ETHERNET else 0
    at, found = 24, []
    while at < len(data):
        secs, part, caught, _ = struct.unpack_from("<IIII", data, at)
        found.append(parse(secs * 10 ** 9 + part * unit,
                           data[at + 16 + skipped:at + 16 + caught]))
        at += 16 + caught
    return [segment for segment in found if segment is not None]


class Between:
    """One direction between two points: which segments passed."""

    def __init__(self, up, down):
        self.sent, self.arrived = len(up), len(down)
        waiting = collections.defaultdict(collections.deque)
        for place, segment in enumerate(up):
            waiting[segment.key].append((place, segment))
        self.delays, self.reordered, highest = [], 0, -1
        self.extra = []
        for segment in down:
            if not waiting[segment.key]:
                self.extra.append(segment)
                continue
            place, same = waiting[segment.key].popleft()
            self.delays.append(segment.ns - same.ns)
            self.reordered += place < highest
            highest = max(highest, place)
        self.missing = [segment for left in waiting.values()
                        for _, segment in left]

    @property
    def matched(self):
        return len(self.delays)

    @property
    def missing_bytes(self):
        return sum(segment.len for segment in self.missing)

    def least_delay(self):
        """In seconds; None if no segment passed."""
        return min(self.delays) / 1e9 if self.delays else None


def between(near, far, server_ports):
    """{"orig": what the client sent, "resp": what the server did}; `near`
    are the segments of the point nearer to the client."""
    def sent(segments, by_server):
        return [s for s in segments
                if (s.ports[0] in server_ports) == by_server]

    return {"orig": Between(sent(near, False), sent(far, False)),
            "resp": Between(sent(far, True), sent(near, True))}
