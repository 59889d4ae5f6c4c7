# SPDX-License-Identifier: BSD-2-Clause
"""times.py - captures of one connection at unusual times, written here.

For tests/times.sh.  Eight segments, a SYN to the last ACK; what differs from
file to file is when they were captured, and in which format it was written.
"""
import struct
import sys

NS = 10 ** 9
A, B = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))


def packet(ident, to_b, seq, ack, flags, data=b''):
    ports = (1000, 80) if to_b else (80, 1000)
    ends = (A, B) if to_b else (B, A)
    tcp = struct.pack('!HHIIBBHHH', *ports, seq, ack, 0x50, flags, 1000, 0,
                      0) + data
    return struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(tcp), ident, 0, 64,
                       6, 0, *ends) + tcp


PACKETS = (
    packet(1, True, 100, 0, 0x02),
    packet(2, False, 500, 101, 0x12),
    packet(3, True, 101, 501, 0x10),
    packet(4, True, 101, 501, 0x18, bytes(10)),
    packet(5, False, 501, 111, 0x10),
    packet(6, True, 111, 501, 0x11),
    packet(7, False, 501, 112, 0x11),
    packet(8, True, 112, 502, 0x10))


def pcap(name, times, magic=0xa1b2c3d4):
    """times: seconds and fractions as they stand in the file."""
    with open(name, 'wb') as out:
        out.write(struct.pack('<IHHiIII', magic, 2, 4, 0, 0, 65535, 101))
        for (sec, fraction), octets in zip(times, PACKETS):
            out.write(struct.pack('<IIII', sec, fraction, len(octets),
                                  len(octets)) + octets)


def option(code, value):
    return struct.pack('<HH', code, len(value)) + value + bytes(
        -len(value) % 4)


def block(kind, body):
    return struct.pack('<II', kind, len(body) + 12) + body + struct.pack(
        '<I', len(body) + 12)


def pcapng(name, times, resolution, offset=0):
    """times: in units of the resolution, see if_tsresol."""
    with open(name, 'wb') as out:
        out.write(block(0x0a0d0d0a,
                        struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1)))
        out.write(block(1, struct.pack('<HHI', 101, 0, 65535) +
                        option(9, bytes((resolution,))) +
                        option(14, struct.pack('<q', offset)) +
                        option(0, b'')))
        for time, octets in zip(times, PACKETS):
            out.write(block(6, struct.pack(
                '<IIIII', 0, time >> 32, time & 0xffffffff, len(octets),
                len(octets)) + octets + bytes(-len(octets) % 4)))


def steps(first, step):
    return [first + i * step for i in range(len(PACKETS))]


def at(sec):
    return [(sec, usec) for usec in steps(0, 10000)]


def main():
    pcap('epoch.pcap', at(0))
    pcap('2038.pcap', at(0x80000000))
    pcap('2050.pcap', at(2524608000))
    pcap('2106.pcap', at(0xffffffff))
    pcap('fraction.pcap', [(1000, usec) for usec in steps(1500000, 1000000)])
    pcap('fraction-ns.pcap', [(1000, ns) for ns in steps(1500000000, 1)],
         0xa1b23c4d)
    pcap('wild.pcap', [(1000, usec) for usec in steps(0xfffffff0, 1)])
    pcap('jumps.pcap', [(1700000000, 0), (1700000000, 10000), (0, 0),
                        (0xffffffff, 0), (1700000000, 20000), (100, 0),
                        (1700000000, 30000), (1700000001, 0)])
    pcapng('1874.pcapng', steps(0, NS), 9, -3000000000)
    pcapng('2200.pcapng', steps(7258118400 * NS, NS), 9)
    pcapng('end.pcapng', steps(2 ** 64 - 8, 1), 9)
    pcapng('seconds.pcapng', steps(2 ** 40, 1), 0)
    pcapng('offset.pcapng', steps(0, NS), 9, 2 ** 62)
    pcapng('binary.pcapng', steps(0, 1 << 20), 0x80 | 20)
    pcapng('picoseconds.pcapng', steps(0, 10 ** 12), 12)


sys.dont_write_bytecode = True
main()
