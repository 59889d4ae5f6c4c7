#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""between.py -b TCPSTATES DIRECTORY: what happened between the taps.

Each scenario that perform.py made was captured at three points of one path,
and the path has counted what it dropped, marked and forged on each leg.
tcpstates --compare of any two neighbours has to find the same, whichever
capture is the first, and with the clock of one of them set wrong."""

import argparse
import glob
import json
import os
import struct
import subprocess
import sys

NEAR = 0.001            # seconds that an offset may be wrong, under load
OFFSET = -1234.5        # seconds that the clock of the second tap is set by
DROPS = "lost", "policed", "full", "too_large"
# Captures that were changed afterwards: see rewrite.py.
CHANGED = "70-", "71-", "72-", "73-"
LEGS = {("a", "m"): ("am", "ma"), ("m", "b"): ("mb", "bm")}
wrong = []


def check(holds, sentence):
    if not holds:
        wrong.append(sentence)


def compare(program, first, second):
    done = subprocess.run([program, "--compare", "-J", first, second],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()]


def set_clock(source, target):
    """The capture as it would be by a clock that is OFFSET ahead."""
    with open(source, "rb") as file:
        data = bytearray(file.read())
    unit = 10 ** 9 if data[:4] == b"\x4d\x3c\xb2\xa1" else 10 ** 6
    at = 24
    while at < len(data):
        secs, part, caught, _ = struct.unpack_from("<IIII", data, at)
        when = secs * unit + part + int(OFFSET * unit)
        struct.pack_into("<II", data, at, when // unit, when % unit)
        at += 16 + caught
    with open(target, "wb") as file:
        file.write(data)
    return target


def is_explained(lost, injected, outside):
    """Is all that was not found, dropped or forged, outside of what both
    captures cover?  A forged segment may be the last one of a connection,
    later than all that the other point captured."""
    return lost >= 0 and injected >= 0 and lost + injected == outside


def check_counts(name, records, path, legs):
    """False: not all connections have a partner, so some are not counted."""
    whole = records[-1]
    if whole["only_a"] + whole["only_b"] + whole["ambiguous"] > 0:
        return False
    dropped = sum(path[leg][drop] for leg in legs for drop in DROPS)
    lost = sum(whole[key] for key in ("lost_between", "thinned", "uncaptured"))
    injected = whole["injected_between"]
    # The box stands on one of the legs, and counts for both directions.
    check(any(is_explained(drops - lost, forged - injected, whole["outside"])
              for drops, forged in ((dropped, 0), (
                  dropped + path["box_dropped"], path["forged"]))),
          "%s: %d lost, %d injected and %d outside, of %d dropped, and %d "
          "dropped and %d forged by the box" % (
              name, lost, injected, whole["outside"], dropped,
              path["box_dropped"], path["forged"]))
    for side, leg in zip(("orig", "resp"), legs):
        marked = any("ecn-marked" in (record[side + "_rewritten"] or "")
                     for record in records if record["type"] == "pair")
        check(marked == (path[leg]["marked"] > 0),
              "%s: marked %s" % (name, marked))
    return True


def check_legs(program, directory, name):
    """Return how many comparisons were counted, and how many had clocks."""
    counted = clocks = 0
    with open(os.path.join(directory, name + ".json"),
              encoding="utf-8") as file:
        path = json.load(file)["path"]
    for taps, legs in LEGS.items():
        files = [os.path.join(directory, "%s.%s.pcap" % (name, tap))
                 for tap in taps]
        moved = set_clock(files[1], os.path.join(directory, "moved.pcap"))
        for first, second, offset in ((files[0], files[1], 0),
                                      (files[1], files[0], 0),
                                      (files[0], moved, OFFSET)):
            records = compare(program, first, second)
            what = "%s %s%s%s" % (name, *taps, ", moved" if offset else "")
            if not records:
                continue
            found = records[-1]["clock_offset"]
            if found is None and offset:
                continue
            counted += check_counts(what, records, path, legs)
            clocks += found is not None
            check(found is None or abs(found - offset) < NEAR,
                  "%s: offset %s" % (what, found))
        os.remove(moved)
    return counted, clocks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-b", dest="program", required=True)
    parser.add_argument("directory")
    options = parser.parse_args()
    counted = clocks = 0
    for made in sorted(glob.glob(os.path.join(options.directory, "*.json"))):
        name = os.path.basename(made)[:-len(".json")]
        if not name.startswith(CHANGED):
            both = check_legs(options.program, options.directory, name)
            counted += both[0]
            clocks += both[1]
    print("%d comparisons of neighbours, %d with clocks" % (counted, clocks))
    for sentence in wrong:
        print("not right: " + sentence)
    return 1 if wrong or counted == 0 else 0


sys.exit(main())
