# SPDX-License-Identifier: BSD-2-Clause
"""Write captures that no honest network makes: hostile.py DIRECTORY.

Times at both ends of 64 bits, lengths of the wire below what was captured, and
two captures in which each segment of a connection has a second partner.
"""
import itertools
import os
import struct
import sys

CLIENT, SERVER = '10.0.0.1', '10.0.0.2'
SYN, SYNACK, ACK, PUSH = 2, 0x12, 0x10, 0x18
LEAST, MOST = -(1 << 63), (1 << 63) - 1


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(src, dst, ports, seq, ack, flags, payload=b'', ip_id=0, window=5000):
    ends = b''.join(bytes(map(int, a.split('.'))) for a in (src, dst))
    tcp = struct.pack('!HHIIBBHHH', *ports, seq, ack, 5 << 4, flags, window, 0,
                      0) + payload
    pseudo = ends + struct.pack('!BBH', 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), ip_id, 0x4000, 64, 6,
                     0) + ends
    ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
    return b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0' + ip + tcp


def connection(client_isn, server_isn, count, answers=False, window=5000):
    """Its frames: a handshake, and small segments one after the other."""
    there, back = (40000, 80), (80, 40000)
    ids = itertools.count(7)
    yield frame(CLIENT, SERVER, there, client_isn, 0, SYN, ip_id=next(ids))
    yield frame(SERVER, CLIENT, back, server_isn, client_isn + 1, SYNACK,
                ip_id=next(ids), window=window)
    yield frame(CLIENT, SERVER, there, client_isn + 1, server_isn + 1, ACK,
                ip_id=next(ids))
    for at in range(1, 1 + 10 * count, 10):
        yield frame(CLIENT, SERVER, there, client_isn + at, server_isn +
                    (at if answers else 1), PUSH, b'x' * 10, next(ids))
        if answers:
            yield frame(SERVER, CLIENT, back, server_isn + at,
                        client_isn + at + 10, PUSH, b'y' * 10, next(ids),
                        window)


def jumping():
    """Frames of a sender whose one round trip has a jump of the clock."""
    there, back = (40000, 80), (80, 40000)
    yield from connection(1000, 9000, 0)
    yield frame(CLIENT, SERVER, there, 1001, 9001, PUSH, b'x' * 1400, 20)
    yield frame(SERVER, CLIENT, back, 9001, 2401, ACK, b'', 21, 50000)
    yield frame(CLIENT, SERVER, there, 5201, 9001, PUSH, b'x' * 1400, 22)


def write_pcap(path, records, lie=0):
    """Records of (microseconds, frame); `lie` shortens the wire's length."""
    with open(path, 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for us, data in records:
            out.write(struct.pack('<IIII', us // 1000000, us % 1000000,
                                  len(data), len(data) - lie) + data)


def write_pcapng(path, records):
    """Records of (seconds, frame): any 64 bits."""
    option = struct.pack('<HHB3xHH', 9, 1, 0, 0, 0)    # if_tsresol: seconds
    size = 20 + len(option)
    with open(path, 'wb') as out:
        out.write(struct.pack('<IIIHHqI', 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1,
                              28))
        out.write(struct.pack('<IIHHI', 1, size, 1, 0, 0) + option +
                  struct.pack('<I', size))
        for seconds, data in records:
            padded = data + b'\0' * (-len(data) % 4)
            size = 32 + len(padded)
            ticks = seconds & ((1 << 64) - 1)
            out.write(struct.pack('<IIIIIII', 6, size, 0, ticks >> 32,
                                  ticks & 0xffffffff, len(data), len(data)) +
                      padded + struct.pack('<I', size))


def write_times(directory):
    patterns = {
        'odd': lambda k: MOST if k & 1 else LEAST,
        'even': lambda k: LEAST if k & 1 else MOST,
        'pairs': lambda k: MOST if k >> 1 & 1 else LEAST,
        'half': lambda k: LEAST if k < 30 else MOST,
        'least': lambda k: LEAST,
    }
    write_pcapng(f'{directory}/time-jump.pcapng',
                 zip([1, 2, 2, 2, MOST, 2], jumping()))
    for name, time_of in patterns.items():
        for window in (5000, 0):
            frames = connection(1000, 900000, 40, True, window)
            write_pcapng(f'{directory}/time-{name}-{window}.pcapng',
                         [(time_of(k), f) for k, f in enumerate(frames)])


def write_shared(directory, count=60):
    """At B another connection carries each segment of A's a second time."""
    second = 1000000
    write_pcap(f'{directory}/shared-a.pcap', [
        (1000 * second + 1000 * k, f)
        for k, f in enumerate(connection(1000, 900000, count))])
    alike = [(1001, b'')] + [(1001 + 10 * i, b'x' * 10) for i in range(count)]
    write_pcap(f'{directory}/shared-b.pcap', [
        (1000 * second + 100 + 1000 * k, f)
        for k, f in enumerate(connection(5000000, 7000000, count))] + [
        (1000 * second + 300000 + k,
         frame('10.1.0.1', '10.1.0.2', (1025 + k, 2000), seq, 900001,
               PUSH if data else ACK, data, k))
        for k, (seq, data) in enumerate(alike)])


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    write_times(directory)
    write_shared(directory)
    write_pcap(f'{directory}/short-wire.pcap', [
        (1000000 + 100 * k, f)
        for k, f in enumerate(connection(1000, 900000, 200, True))], lie=30)


main()
