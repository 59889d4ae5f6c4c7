#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares the diagnosis of captures with what is true about them.

    check.py [-b PROGRAM] [-f FILE] [-l PERCENT] [-n] DIRECTORY [SCENARIO...]

DIRECTORY holds truth.tsv and SCENARIO.TAP.pcap (or .pcap.gz), as perform.py
makes them.  A line of truth.tsv is right if the connection (`port` of its
client; "all": each one is a line of its own, and one of a hundred may be
wrong) has

    verdict     one of those, separated by |
    side        the same; a trailing ? is ignored; empty: not compared
    checks      KEY+KEY...~VALUE±TOLERANCE; ...: the sum of these keys
    findings    +ID or +ID:CONFIDENCE is there, -ID is not; +ID/KEY~VALUE±
                TOLERANCE is there with this figure

Of each connection of each capture, all t_ keys have to add up to `duration`.
Prints what differs, and totals, with the connections whose verdicts differ
between taps where the same is expected; -f writes the names of scenarios with
anything wrong; -n compares figures and sums only, as is done where records
have no verdict.  Exit status: 0 if at least PERCENT (100) of the lines and all
sums are right, or 1.
"""

import argparse
import collections
import concurrent.futures
import csv
import json
import os
import re
import subprocess
import sys
from decimal import Decimal

TIMES = re.compile("(orig_|resp_)?t_")
OPTIONS = ["-J"]
TIMEOUT = 60


def read_records(program, path):
    """Records of a capture, by type."""
    if not os.path.exists(path):
        path += ".gz"
    done = subprocess.run([program, *OPTIONS, "-r", path], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=TIMEOUT)
    if done.returncode != 0:
        raise RuntimeError("%s: exit status %d: %s"
                           % (path, done.returncode, done.stderr))
    found = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        record = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        found[record.get("type")].append(record)
    return found


def is_of_port(conn, port):
    return port == "all" or str(conn["orig_p"]) == port \
        or str(conn["resp_p"]) == port


def is_one_of(value, alternatives):
    return (value or "") in alternatives.split("|")


def ledger_error(conn):
    """What is wrong with the sum of all times, or None."""
    times = [value for key, value in conn.items()
             if TIMES.match(key) and value is not None]
    if not times:
        return "no times"
    if sum(times) != conn["duration"]:
        return "times add up to %s, not to %s" % (sum(times),
                                                  conn["duration"])
    return None


def check_figure(conn, check):
    """What is wrong with a figure, or None."""
    keys, _, rest = check.partition("~")
    value, _, tolerance = rest.partition("±")
    got = [conn.get(key) for key in keys.split("+")]
    if all(part is None for part in got):
        return "%s is unknown, not %s" % (keys, value)
    total = sum(Decimal(part) for part in got if part is not None)
    if abs(total - Decimal(value)) > Decimal(tolerance):
        return "%s is %s, not %s ± %s" % (keys, total, value, tolerance)
    return None


def check_finding(findings, wanted):
    wanted, _, figure = wanted.partition("/")
    sign, (name, _, confidence) = wanted[0], wanted[1:].partition(":")
    hits = [f for f in findings if f["id"] == name
            and confidence in ("", f.get("confidence"))]
    if sign == "+" and not hits:
        return "no finding " + wanted[1:]
    if sign == "-" and hits:
        return "a finding " + wanted[1:]
    if figure and hits:
        text = check_figure(hits[0], figure)
        return text and "finding %s: %s" % (name, text)
    return None


class Tally:
    """What was right and what was not."""

    def __init__(self, is_numeric):
        self.is_numeric = is_numeric    # figures and sums only
        self.lines = self.right = self.conns = 0
        self.wrong = collections.Counter()
        self.names = set()
        self.verdicts = collections.defaultdict(dict)

    def tell(self, row, kind, text):
        self.wrong[kind] += 1
        self.names.add(row["scenario"])
        print("%s.%s: %s" % (row["scenario"], row["tap"], text))

    def check_conn(self, row, conn, records):
        """A line of truth, of one connection."""
        before = sum(self.wrong.values())
        if not self.is_numeric:
            self.check_judgement(row, conn, records)
        for check in filter(None, row["checks"].split("; ")):
            text = check_figure(conn, check)
            if text:
                self.tell(row, "figures", text)
        self.lines += 1
        self.right += sum(self.wrong.values()) == before

    def check_judgement(self, row, conn, records):
        self.verdicts[row["scenario"], row["port"], row["verdict"]][
            row["tap"]] = conn.get("verdict")
        if not is_one_of(conn.get("verdict"), row["verdict"]):
            self.tell(row, "verdicts", "verdict %s (%s), not %s"
                      % (conn.get("verdict"), conn.get("verdict_side"),
                         row["verdict"]))
        elif row["side"] and not is_one_of(
                (conn.get("verdict_side") or "").rstrip("?"), row["side"]):
            self.tell(row, "sides", "%s of %s, not of %s"
                      % (conn["verdict"], conn.get("verdict_side"),
                         row["side"]))
        findings = [f for f in records["finding"]
                    if f.get("conn") in (None, conn["conn"])]
        for wanted in row.get("findings", "").split():
            text = check_finding(findings, wanted)
            if text:
                self.tell(row, "findings", text)

    def check_row(self, row, records):
        conns = [c for c in records["conn"]
                 if is_of_port(c, row.get("port") or "all")]
        if not conns:
            self.lines += 1
            self.tell(row, "verdicts", "no connection")
        elif row.get("port") == "all":
            if not self.is_numeric:
                self.check_all(row, conns)
        else:
            hits = [c for c in conns
                    if is_one_of(c.get("verdict"), row["verdict"])]
            self.check_conn(row, (hits or sorted(
                conns, key=lambda c: c["duration"]))[-1], records)

    def check_all(self, row, conns):
        """Many connections, of which one in a hundred may be wrong."""
        wrong = [c for c in conns
                 if not is_one_of(c.get("verdict"), row["verdict"])]
        self.lines += 1
        self.right += len(wrong) * 100 <= len(conns)
        if len(wrong) * 100 > len(conns):
            kinds = collections.Counter(c.get("verdict") for c in wrong)
            self.tell(row, "verdicts", "%d of %d connections: %s" % (
                len(wrong), len(conns), ", ".join(
                    "%s %d" % item for item in kinds.most_common(5))))

    def check_ledgers(self, row, conns):
        for conn in conns:
            self.conns += 1
            text = ledger_error(conn)
            if text:
                self.tell(row, "ledgers", "#%s: %s" % (conn["conn"], text))

    def check_taps(self):
        """All taps have to agree where all are expected to know the same."""
        for (scenario, _, _), by_tap in self.verdicts.items():
            if len(set(by_tap.values())) > 1:
                self.tell({"scenario": scenario, "tap": "".join(by_tap)},
                          "taps", "verdicts " + ", ".join(
                              map(str, by_tap.values())))

    def total(self):
        percent = 100 * self.right / self.lines if self.lines else 0
        print("%d of %d right (%.1f %%); wrong: %s; of %d ledgers %d; "
              "%d times taps differ" % (
                  self.right, self.lines, percent, ", ".join(
                      "%d %s" % (self.wrong[kind], kind) for kind in
                      ("verdicts", "sides", "figures", "findings")),
                  self.conns, self.wrong["ledgers"], self.wrong["taps"]))
        return percent


def read_truth(directory, patterns):
    with open(os.path.join(directory, "truth.tsv"), newline="",
              encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if not patterns or any(re.fullmatch(p, row["scenario"])
                                   for p in patterns):
                yield row


def read_all(program, directory, rows):
    """Records by (scenario, tap), each capture read once."""
    names = sorted({(row["scenario"], row["tap"]) for row in rows})
    paths = [os.path.join(directory, "%s.%s.pcap" % name) for name in names]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(
            lambda path: read_records(program, path), paths)))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("-b", "--program", default="src/tcpstates")
    parser.add_argument("-f", "--failed")
    parser.add_argument("-l", "--least", type=float, default=100)
    parser.add_argument("-n", "--numeric", action="store_true")
    parser.add_argument("directory")
    parser.add_argument("scenario", nargs="*")
    return parser.parse_args()


def main():
    how = arguments()
    rows = list(read_truth(how.directory, how.scenario))
    records = read_all(how.program, how.directory, rows)
    tally = Tally(how.numeric or not any(
        "verdict" in conn for found in records.values()
        for conn in found["conn"]))
    if tally.is_numeric:
        print("figures and sums only")
    seen = set()
    for row in rows:
        name = (row["scenario"], row["tap"])
        tally.check_row(row, records[name])
        if name not in seen:
            seen.add(name)
            tally.check_ledgers(row, records[name]["conn"])
    tally.check_taps()
    percent = tally.total()
    if how.failed:
        with open(how.failed, "w", encoding="utf-8") as file:
            file.writelines(name + "\n" for name in sorted(tally.names))
    return 0 if percent >= how.least and not tally.wrong["ledgers"] else 1


if __name__ == "__main__":
    sys.exit(main())
