#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Send the frames of a capture, some of them in disguise.

live-workers.py FILE INTERFACE [plain]

The lower port identifies a connection.  Of every nine, one is
sent as it is, and one each with a VLAN tag, with two, in GRE, in VXLAN, in
VXLAN with another underlay for each direction, in fragments, partly in
fragments, and as IPv6 with an extension header on every other packet.
"""
import socket
import struct
import sys
import time


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(proto, src, dst, payload, ident=0, flags=0):
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), ident,
                         flags, 64, proto, 0, src, dst)
    return header[:10] + struct.pack('>H', checksum(header)) + header[12:] + \
        payload


def with_payload(packet, payload, flags):
    header = bytearray(packet[:20])
    struct.pack_into('>HHH', header, 2, 20 + len(payload),
                     struct.unpack_from('>H', header, 4)[0], flags)
    header[10:12] = b'\0\0'
    struct.pack_into('>H', header, 10, checksum(bytes(header)))
    return bytes(header) + payload


def fragments(packet):
    if len(packet) < 20 + 40:
        return [packet]
    payload = packet[20:]
    return [with_payload(packet, payload[:32], 0x2000),
            with_payload(packet, payload[32:], 4)]


def as_ip6(packet, count):
    payload = packet[20:]
    proto = 6
    if count % 2:
        payload = bytes([6, 0, 1, 4, 0, 0, 0, 0]) + payload
        proto = 60
    prefix = bytes.fromhex('20010db8') + bytes(8)
    return struct.pack('>IHBB', 6 << 28, len(payload), proto, 64) + \
        prefix + packet[12:16] + prefix + packet[16:20] + payload


def disguise(kind, ether, packet, count):
    """The frames for one packet of IPv4."""
    src, dst = packet[12:16], packet[16:20]
    here, there = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
    if src > dst:
        here, there = there, here
    if kind == 1:
        return [ether + b'\x81\x00\x00\x05\x08\x00' + packet]
    if kind == 2:
        return [ether + b'\x88\xa8\x00\x07\x81\x00\x00\x05\x08\x00' + packet]
    if kind == 3:
        outer = ip4(47, here, there, b'\0\0\x08\0' + packet)
        return [ether + b'\x08\0' + outer]
    if kind in (4, 5):
        if kind == 5 and src > dst:
            here = bytes([198, 51, 100, 9])
        inner = b'\x08\0\0\0\0\0\x2a\0' + ether + b'\x08\0' + packet
        port = 50000 + src[3] + dst[3] * 7 + count % 3
        udp = struct.pack('>HHHH', port, 4789, 8 + len(inner), 0) + inner
        return [ether + b'\x08\0' + ip4(17, here, there, udp)]
    if kind == 6 or (kind == 7 and count % 2):
        return [ether + b'\x08\0' + f for f in fragments(packet)]
    if kind == 8:
        return [ether + b'\x86\xdd' + as_ip6(packet, count)]
    return [ether + b'\x08\0' + packet]


def main():
    data = open(sys.argv[1], 'rb').read()
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((sys.argv[2], 0))
    kinds = 1 if len(sys.argv) > 3 else 9
    at, count = 24, 0
    while at < len(data):
        length, = struct.unpack_from('<I', data, at + 8)
        frame = data[at + 16:at + 16 + length]
        at += 16 + length
        if frame[12:14] != b'\x08\0' or frame[23] != 6:
            continue
        ports = struct.unpack_from('>HH', frame, 34)
        kind = (sum(ports) + frame[29] + frame[33]) % kinds
        count += 1
        for sent in disguise(kind, frame[:12], frame[14:], count):
            out.send(sent)
        if count % 50 == 0:
            time.sleep(0.002)


main()
