#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""mangle.py HOW CAPTURE >CAPTURE - a pcap file, as others would have it.

    snap-N      the first N bytes of each frame
    swap        the other byte order
    orig        only frames from the port that is the higher one
    back-N      the clock goes back N seconds after half of the frames
    late-N      begins N frames into the file
    twice       every frame is there twice, 40 microseconds apart
    vxlan-N     in VXLAN 7, to UDP port N, with all reserved bits set
    bits        one in 97 bytes of the frames has a bit turned over
"""
import struct
import sys


def records(octets):
    at = 24
    while at + 16 <= len(octets):
        sec, frac, caplen, wirelen = struct.unpack_from('<IIII', octets, at)
        yield sec, frac, octets[at + 16:at + 16 + caplen], wirelen
        at += 16 + caplen


def ports(frame):
    """Of an Ethernet frame with TCP on plain IPv4 or IPv6."""
    return struct.unpack_from('!HH', frame,
                              34 if frame[12:14] == b'\x08\x00' else 54)


def vxlan(frame, wirelen, port):
    """What stands before the frame: Ethernet, IPv4, UDP and VXLAN."""
    return (b'\2\0\0\0\0\2\2\0\0\0\0\1\x08\0' +
            struct.pack('!BBHHHBBH4s4s', 0x45, 0, 36 + wirelen, 0, 0, 64, 17,
                        0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) +
            struct.pack('!HHHH', 50000, port, 16 + wirelen, 0) +
            b'\xff' * 4 + b'\0\0\x07\xff' + frame)


def mangle(how, number, all_records):
    for at, (sec, frac, frame, wirelen) in enumerate(all_records):
        if how == 'snap':
            frame = frame[:number]
        elif how == 'orig' and ports(frame)[0] < ports(frame)[1]:
            continue
        elif how == 'back' and 2 * at >= len(all_records):
            sec -= number
        elif how == 'late' and at < number:
            continue
        elif how == 'vxlan':
            outer = len(vxlan(b'', 0, number))
            frame = vxlan(frame, wirelen, number)
            wirelen += outer
        elif how == 'bits':
            turned = bytearray(frame)
            for i in range(at % 97, len(turned), 97):
                turned[i] ^= 1 << (at + i) % 8
            frame = bytes(turned)
        yield sec, frac, frame, wirelen


def twice(all_records):
    """A copy of each frame, where it belongs in time."""
    copies = [(sec, min(frac + 40, 999999), frame, wirelen)
              for sec, frac, frame, wirelen in all_records]
    return sorted(all_records + copies, key=lambda one: one[:2])


def main(how, path):
    how, _, number = how.partition('-')
    with open(path, 'rb') as file:
        octets = file.read()
    order = '>' if how == 'swap' else '<'
    header = struct.unpack_from('<IHHiIII', octets)
    out = struct.pack(order + 'IHHiIII', *header)
    found = list(records(octets))
    if how == 'twice':
        found = twice(found)
    for sec, frac, frame, wirelen in mangle(how, int(number or 0), found):
        out += struct.pack(order + 'IIII', sec, frac, len(frame), wirelen)
        out += frame
    sys.stdout.buffer.write(out)


if __name__ == '__main__':
    main(*sys.argv[1:])
