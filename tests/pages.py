#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks pages of --html, and makes captures that are hard to draw.

    pages.py check FILE...		pages, or pictures (.svg)
    pages.py make syns|back|single|wide|zero|large >CAPTURE
"""

import html.parser
import re
import struct
import sys
import xml.etree.ElementTree

SHEET_MAX = 150_000
LADDER_MAX = 30_000
TIMELINE_MAX = 100_000
PAGE_MAX = 3_000_000
VOID = {"meta", "br", "hr", "img", "link"}


class Page(html.parser.HTMLParser):
    """Elements that are not closed, ids, and links."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.targets, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name == "aria-labelledby":
                self.targets += value.split()
            elif name == "href":
                self.targets.append(value[1:])
                if value[:1] != "#":
                    self.wrong.append(f"a link to the outside: {value}")
            elif name == "src" or name.startswith("on"):
                self.wrong.append(f"an attribute {name}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")


def most_of(picture):
    """The size that a picture may have, by its id."""
    name = re.search(r'<title id="([a-z]+)', picture)
    if name is None:
        return 1000
    return {"t": TIMELINE_MAX, "l": LADDER_MAX}.get(name[1][:1], SHEET_MAX)


def check_picture(picture):
    wrong = []
    try:
        xml.etree.ElementTree.fromstring(picture)
    except xml.etree.ElementTree.ParseError as error:
        wrong.append(f"a picture is not well-formed: {error}")
    if len(picture) > most_of(picture):
        wrong.append(f"a picture has {len(picture)} bytes: {picture[:160]}")
    for path in re.findall(r' d="([^"]*)"', picture):
        if not re.fullmatch(r"(M[-0-9. ]+([HVLMhaZ][-0-9. ]*)*)?", path):
            wrong.append(f"an odd path: {path[:80]}")
    return wrong


def check_page(text):
    page = Page()
    page.feed(text)
    wrong = page.wrong
    if page.open:
        wrong.append(f"not closed: {page.open}")
    if len(set(page.ids)) != len(page.ids):
        wrong.append("an id occurs twice")
    wrong += [f"no such id: {target}" for target in page.targets
              if target not in page.ids]
    if re.search(r'(src|href)="[^#]|url\(|@import|<script|https?://', text):
        wrong.append("something from outside")
    if len(text) > PAGE_MAX:
        wrong.append(f"the page has {len(text)} bytes")
    for picture in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        wrong += check_picture(picture)
    return wrong


# ---- captures ----


def packet(time_ns, sender, port, seq, ack, flags, window=65535, length=0,
           version=4):
    """A frame of raw IP between .1 and .2."""
    tcp = struct.pack(">HHIIBBHHH",
                      *((port, 80) if sender == 0 else (80, port)),
                      seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags,
                      window, 0, 0) + bytes(length)
    hosts = (1, 2) if sender == 0 else (2, 1)
    if version == 6:
        ip = struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64)
        for host in hosts:
            ip += b"\x20\x01\x0d\xb8" + b"\xfe\xdc" * 5 + bytes([254, host])
    else:
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
        for host in hosts:
            ip += bytes([10, 0, 0, host])
    captured = (ip + tcp)[:len(ip) + 20]
    return struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9,
                       len(captured), len(ip + tcp)) + captured


SYN, FIN, ACK = 2, 1, 16
START = 1_700_000_000 * 10**9


def handshake(now, port=4000, isn=0, version=4):
    return [packet(now, 0, port, isn, 0, SYN, version=version),
            packet(now + 10**6, 1, port, isn, isn + 1, SYN | ACK,
                   version=version),
            packet(now + 2 * 10**6, 0, port, isn + 1, isn + 1, ACK,
                   version=version)]


def transfer(count, step, isn=0, version=4, lose=0, back=0, window=65535):
    """Data of the responder; every `lose`th comes twice."""
    packets = handshake(START, isn=isn, version=version)
    now, seq = START + 3 * 10**6, isn + 1
    for i in range(count):
        now += step
        at = now - (back if i % 2 else 0)
        packets.append(packet(at, 1, 4000, seq, isn + 1, ACK, length=1000,
                              version=version))
        if lose and i % lose == 0:
            packets.append(packet(at + 400 * 10**6, 1, 4000, seq, isn + 1,
                                  ACK, length=1000, version=version))
            now += 400 * 10**6
        seq += 1000
        packets.append(packet(now + step // 2, 0, 4000, isn + 1, seq, ACK,
                              window, version=version))
    return packets


def make(kind):
    if kind == "syns":
        return [packet(START + i * 1000, 0, i, 7, 0, SYN)
                for i in range(1, 65536)]
    if kind == "back":
        return transfer(3000, 10**6, back=10**9)
    if kind == "single":
        return [packet(START, 0, 4000, 7, 0, SYN)]
    if kind == "wide":
        return transfer(2000, 10**5, isn=0xffff0000, version=6, lose=7)
    if kind == "zero":
        return transfer(1, 10**6, window=0) + [
            packet(START + i * 5 * 10**9, 1, 4000, 1000, 1, ACK)
            for i in range(1, 400)] + [
            packet(START + i * 5 * 10**9 + 10**6, 0, 4000, 1, 1001, ACK, 0)
            for i in range(1, 400)]
    return transfer(60_000, 2 * 10**4, lose=5000)


def main():
    if sys.argv[1] == "make":
        sys.stdout.buffer.write(struct.pack(
            "<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 101))
        for frame in make(sys.argv[2]):
            sys.stdout.buffer.write(frame)
        return 0
    failed = 0
    for name in sys.argv[2:]:
        with open(name, encoding="utf-8") as file:
            check = check_picture if name.endswith(".svg") else check_page
            for sentence in check(file.read()):
                print(f"{name}: {sentence}")
                failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
