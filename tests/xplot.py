#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""xplot.py check FILE...	each file is one that xplot can read
xplot.py compare OURS THEIRS	directories of --xpl and of tcptrace -S

compare: for each pair of connection and direction the lines in white, green
and yellow are the same.  Pictures without a SYN, with a retransmission, a reset
or sequence numbers beyond 2^32 are left out; the number of pictures compared is
printed."""

import pathlib
import re
import sys

COLOURS = {"white", "green", "yellow", "red", "purple", "orange", "pink",
           "blue", "magenta"}
PLACE = r" -?\d+\.\d{6,9} \d+"
MARK = re.compile(rf"(dot|diamond|box|[ud]arrow|[udh]tick|atext){PLACE}"
                  r"( [a-z]+)?")
LINE = re.compile(rf"line{PLACE}{PLACE}")
TITLE = re.compile(r"(.*)_==>_(.*) \(time sequence graph\)")
TROUBLE = re.compile(r"^(R|O|R SYN|R FIN|RST_IN|RST_OUT|\d+)$", re.M)


def check(name):
    lines = pathlib.Path(name).read_text(encoding="ascii").split("\n")
    if lines[0] != "timeval double" or lines[-2:] != ["go", ""]:
        return "no head, or no end"
    if [lines[i] for i in (1, 3, 5)] != ["title", "xlabel", "ylabel"]:
        return "no title"
    at = 7
    while at < len(lines) - 2:
        text = lines[at]
        mark = MARK.fullmatch(text)
        if not (mark or LINE.fullmatch(text) or text in COLOURS):
            return f"not a command: {text}"
        at += 2 if mark and mark[1] == "atext" else 1
    return None


def endpoint(text):
    """tcptrace writes IPv6 addresses without '::', and with leading zeros."""
    address, _, port = text.strip("[]").rpartition(":")
    address = address.strip("[]")
    if ":" in address:
        groups = address.split(":")
        if "" in groups:
            left, right = (part.split(":") if part else []
                           for part in address.split("::"))
            groups = left + ["0"] * (8 - len(left) - len(right)) + right
        address = ":".join(f"{int(group or '0', 16):x}" for group in groups)
    return address, port


def read(name):
    """Its title, and the set of lines of each colour; None: has trouble."""
    text = name.read_text(encoding="ascii", errors="replace")
    lines = text.split("\n")
    title = TITLE.fullmatch(lines[2])
    if title is None or "\nSYN\n" not in text or TROUBLE.search(text):
        return None, None
    sets = {"white": set(), "green": set(), "yellow": set()}
    colour = ""
    for line in lines[7:]:
        if line in COLOURS:
            colour = line
        elif line.startswith("line") and colour in sets:
            x1, y1, x2, y2 = line.split()[1:]
            if max(int(y1), int(y2)) >= 2 ** 32:
                return None, None
            # tcptrace cuts nanoseconds.
            sets[colour].add((x1[:-3], y1, x2[:-3], y2)
                             if len(x1.partition(".")[2]) == 9
                             else (x1, y1, x2, y2))
    return (endpoint(title[1]), endpoint(title[2])), sets


def pictures(directory):
    found = {}
    for name in sorted(pathlib.Path(directory).glob("*_tsg.xpl")):
        title, sets = read(name)
        # A pair of endpoints that is used twice is left out.
        found[title] = None if title in found else sets
    return found


def compare(ours, theirs):
    ours, theirs = pictures(ours), pictures(theirs)
    compared = 0
    for title, sets in ours.items():
        other = theirs.get(title)
        if title is None or sets is None or other is None:
            continue
        compared += 1
        for colour, lines in sets.items():
            # No window: its scale is not known, which tcptrace does not mind.
            if colour == "yellow" and not lines:
                continue
            if lines != other[colour]:
                print(f"{title}: {colour}: only here "
                      f"{sorted(lines - other[colour])[:3]}, only there "
                      f"{sorted(other[colour] - lines)[:3]}")
    print(f"compared {compared}", file=sys.stderr)


def main():
    if sys.argv[1] == "compare":
        compare(*sys.argv[2:])
        return
    for name in sys.argv[2:]:
        wrong = check(name)
        if wrong:
            print(f"{name}: {wrong}")


main()
