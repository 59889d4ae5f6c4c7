# SPDX-License-Identifier: BSD-2-Clause
"""Captures made of other captures, as other capture points would have them.

    lossy    every hundredth packet or so is missing
    one-way  only packets of the server
    late     the first fifth is missing, at least the handshake
    span     each packet twice, as of two ports of a switch
"""

import random
import struct

HANDSHAKE = 4           # packets, with the request
SERVER_PORTS = (80, 81, 113)


def read(path):
    """(the file's header, [(header, packet)])."""
    with open(path, "rb") as file:
        data = file.read()
    records, at = [], 24
    while at < len(data):
        caplen = struct.unpack_from("=I", data, at + 8)[0]
        records.append((data[at:at + 16], data[at + 16:at + 16 + caplen]))
        at += 16 + caplen
    return data[:24], records


def is_of_server(packet):
    at = 40 if packet[0] >> 4 == 6 else (packet[0] & 15) * 4
    return struct.unpack_from(">H", packet, at)[0] in SERVER_PORTS


def later(header, nanoseconds):
    seconds, fraction, caplen, length = struct.unpack("=IIII", header)
    fraction += nanoseconds
    return struct.pack("=IIII", seconds + fraction // 10 ** 9,
                       fraction % 10 ** 9, caplen, length)


def instant(record):
    return struct.unpack_from("=II", record[0])


def lossy(records, dice):
    return [r for r in records if dice.random() >= 0.01]


def one_way(records, _):
    return [r for r in records if is_of_server(r[1])]


def late(records, _):
    return records[max(HANDSHAKE, len(records) // 5):]


def span(records, dice):
    second = [(later(header, dice.randint(2000, 20000)), packet)
              for header, packet in records]
    return sorted(records + second, key=instant)


KINDS = {"lossy": lossy, "one-way": one_way, "late": late, "span": span}


def rewrite(kind, source, target):
    header, records = read(source)
    dice = random.Random(target.rpartition("/")[2])
    with open(target, "wb") as file:
        file.write(header)
        for record in KINDS[kind](records, dice):
            file.write(b"".join(record))
