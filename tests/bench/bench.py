#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What whole programs need for a capture; see `make bench`.

    bench.py [-n ROUNDS] [-k] [-d DIRECTORY] [--realtime] [NAME...]

Each piece of work runs in ROUNDS rounds (5): in each, every program once, so
that a machine whose speed drifts is as slow for all.  The measure is the bare
pcap_loop() counter (`floor count`) of the same round.  Told are the time that
passed, which the targets are about, and that of the processors, user and
system, as the kernel accounts it to the finished process, of two threads
together; memory is the peak that was resident.

On a machine that others use, the time that passes is theirs as well:
--realtime gives each program precedence over them while it runs (as root).

A virtual machine may have given the memory that is free back to its host,
which then clears it anew, page by page, while a program runs: that measures
the host.  As much as a program needed the last time is asked for and freed
just before it runs again.

Captures are made by make_trace in DIRECTORY (bench-traces) and removed
afterwards, unless -k says to keep them.  NAMEs choose among the work.  The
exit status is 0 even where a target is missed: this measures, and judges
nothing.  A peak below Python's own (some 15 MB) is shown as that.
"""

import argparse
import mmap
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.environ.get("top_builddir", ".")
TCPSTATES = os.environ.get("TCPSTATES", os.path.join(HERE, "src/tcpstates"))
FLOOR = os.path.join(HERE, "tests/bench/floor")
MAKE_TRACE = os.path.join(HERE, "tests/bench/make_trace")

# Captures: name, options of make_trace, connections.
TRACES = {
    "mixed": (["-c", "200000", "-p", "11"], 200000),
    "mixed-96": (["-c", "200000", "-p", "11", "-s", "96"], 200000),
    "crowd": (["-c", "200000", "-p", "11", "-a", "200000"], 200000),
    "long": (["-c", "10", "-p", "500000", "-s", "128"], 10),
    "syns-10k": (["-c", "10000", "-p", "1"], 10000),
    "syns-300k": (["-c", "300000", "-p", "1"], 300000),
    "syns-10M": (["-c", "10000000", "-p", "1"], 10000000),
    "million": (["-c", "1000000", "-p", "11", "-s", "96"], 1000000),
}

# Work: name, capture, options of tcpstates, target as a ratio, words.
WORK = [
    ("report", "mixed", [], 1.6,
     "A-D report, 200 k connections, 5000 at a time"),
    ("snaplen", "mixed-96", [], 2.5, "the same, snapshot of 96 bytes"),
    ("ndjson", "mixed", ["-J"], 2.5, "NDJSON of all connections"),
    ("table", "mixed", ["--table"], 2.5, "a table of all connections"),
    ("details", "mixed", ["-v"], 3.5, "the report with details"),
    ("stream", "mixed", ["--stream", "-J"], 3.5,
     "NDJSON of each connection as it ends"),
    ("diagnose", "mixed", ["--diagnose"], 2.2, "the diagnosis of the capture"),
    ("long", "long", [], 1.7, "10 connections, 5 M packets, snapshot of 128 bytes"),
    ("crowd", "crowd", [], None, "A-D report, all 200 k connections at once"),
]

PEERS = [
    ("tcptrace", ["tcptrace", "-n"]),
    ("tcptrace -l -r", ["tcptrace", "-n", "-l", "-r"]),
    ("tshark conv", ["tshark", "-q", "-n", "-z", "conv,tcp", "-r"]),
    ("tshark analysis", ["tshark", "-n", "-T", "fields", "-e", "tcp.stream",
                         "-e", "tcp.analysis.flags", "-r"]),
    ("argus", ["argus", "-X", "-w", "/dev/null", "-r"]),
    ("softflowd", ["softflowd", "-d", "-D", "-r"]),
    ("nfpcapd", ["nfpcapd", "-r"]),
]


realtime = False        # see --realtime


def take_precedence():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))


def run(command):
    """Seconds passed and of processors, and KiB, or None if it failed."""
    with open(os.devnull, "r+b") as null:
        start = time.monotonic()
        child = subprocess.Popen(
            command, stdin=null, stdout=null, stderr=null,
            preexec_fn=take_precedence if realtime else None)
        _, status, usage = os.wait4(child.pid, 0)
        passed = time.monotonic() - start
    child.returncode = status
    if status != 0:
        return None
    return passed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


MADV_POPULATE_WRITE = 23        # Linux 5.14; Python has no name for it


def fetch_memory(kib):
    """So much of it is free afterwards, and there."""
    with mmap.mmap(-1, (kib + 4) * 1024) as memory:
        try:
            memory.madvise(mmap.MADV_HUGEPAGE)
            memory.madvise(MADV_POPULATE_WRITE)
        except (AttributeError, OSError):
            pass        # another system, or a kernel that cannot


class Series:
    """The runs of one program at one piece of work."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.needed = 0         # KiB
        self.runs = []

    def measure(self, is_counted=True):
        fetch_memory(self.needed)
        done = run(self.command)
        if done is not None:
            self.needed = done[2]
        if is_counted:
            self.runs.append(done)

    def is_whole(self):
        return None not in self.runs

    def passed(self):
        return [one[0] for one in self.runs]

    def cpu(self):
        return [one[1] for one in self.runs]


def ratio(ours, floors):
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(ours, floors))


def rounds_of(programs, rounds):
    for program in programs:
        program.measure(is_counted=False)       # for the caches
    for _ in range(rounds):
        for program in programs:
            program.measure()


def make_trace(directory, name):
    path = os.path.join(directory, name + ".pcap")
    if not os.path.exists(path):
        with open(path + ".part", "wb") as out:
            subprocess.run([MAKE_TRACE] + TRACES[name][0], stdout=out,
                           check=True)
        os.rename(path + ".part", path)
    return path


def packets_of(path):
    words = subprocess.run([FLOOR, "count", path], check=True,
                           capture_output=True, text=True).stdout.split()
    return int(words[0])


def peers_for(path, directory):
    for name, command in PEERS:
        if shutil.which(command[0]) is None:
            continue
        if name == "nfpcapd":
            flows = os.path.join(directory, "flows")
            os.makedirs(flows, exist_ok=True)
            yield Series(name, command + [path, "-l", flows])
        else:
            yield Series(name, command + [path])


def tell_series(series, floor, packets, target=None):
    if not series.is_whole():
        print("  %-34s failed" % series.name)
        return
    passed = series.passed()
    times = ratio(passed, floor.passed())
    verdict = ""
    if target is not None:
        verdict = " target %.1f: %s" % (
            target, "met" if times <= target else "missed")
    print("  %-26s %7.3f %7.3f s %6.0f ns %6.2f x %7.3f s %6.2f x %7d KiB%s" %
          (series.name, min(passed), statistics.median(passed),
           statistics.median(passed) / packets * 1e9, times,
           statistics.median(series.cpu()), ratio(series.cpu(), floor.cpu()),
           max(one[2] for one in series.runs), verdict), flush=True)


def head(words, path, packets):
    print("\n%s: %d packets, %.0f MB" % (
        words, packets, os.path.getsize(path) / 1e6))
    print("  %-26s %7s %7s   %6s    %6s   %7s   %6s   %7s" % (
        "passed; of processors:", "least", "median", "each", "ratio",
        "median", "ratio", "memory"), flush=True)


def floors(path):
    return [Series("floor " + way, [FLOOR, way, path])
            for way in ("count", "buffer", "parse")]


def do_work(options, name, trace, flags, target, words):
    path = make_trace(options.directory, trace)
    packets = packets_of(path)
    programs = floors(path)
    ours = Series(" ".join(["tcpstates"] + flags),
                  [TCPSTATES] + flags + ["-r", path])
    programs += [ours] + [Series(ours.name + " " + threads,
                                 ours.command + [threads])
                          for threads in ("--one-thread", "--workers=1")]
    head(words, path, packets)
    rounds_of(programs, options.rounds)
    for series in programs:
        tell_series(series, programs[0], packets,
                    target if series is ours else None)


def do_flood(options):
    """Does the time of a packet stay what it is as the table grows?"""
    each = []
    for trace in ("syns-10k", "syns-10M"):
        path = make_trace(options.directory, trace)
        packets = packets_of(path)
        ours = Series("tcpstates", [TCPSTATES, "-r", path])
        programs = [floors(path)[0], ours]
        head("A SYN each, %d connections" % TRACES[trace][1], path, packets)
        rounds_of(programs, 3 if packets > 100000 else 3 * options.rounds)
        for series in programs:
            tell_series(series, programs[0], packets)
        if trace == "syns-10k":
            start = Series("", [TCPSTATES, "-r", os.path.join(
                options.directory, "nothing.pcap")])
            with open(start.command[2], "wb") as out:
                out.write(open(path, "rb").read(24))
            rounds_of([start], 3 * options.rounds)
            each.append((min(ours.passed()) - min(start.passed())) /
                        packets)
        else:
            each.append(min(ours.passed()) / packets)
    print("  10 M against 10 k, each packet: %.2f x, target 1.5: %s" % (
        each[1] / each[0],
        "met" if each[1] <= 1.5 * each[0] else "missed"), flush=True)


# Memory: capture, options of tcpstates, target in bytes per connection.
MEMORY = [
    ("mixed", [], 400),
    ("million", [], 400),
    ("syns-300k", ["-J"], 1000),
    ("syns-300k", ["--stream", "-J"], 1000),
]


def do_memory(options):
    for trace, flags, target in MEMORY:
        path = make_trace(options.directory, trace)
        ours = run([TCPSTATES] + flags + ["-r", path])
        each = ours[2] * 1024 / TRACES[trace][1]
        print("\nMemory, %s, %s: %.0f bytes per connection, all included, "
              "target %d: %s" % (
                  trace, " ".join(["tcpstates"] + flags), each, target,
                  "met" if each <= target else "missed"), flush=True)


def do_peers(options):
    path = make_trace(options.directory, "mixed")
    packets = packets_of(path)
    programs = [floors(path)[0],
                Series("tcpstates", [TCPSTATES, "-r", path])]
    programs.extend(peers_for(path, options.directory))
    head("Others, each as it is used, once", path, packets)
    for program in programs:            # some of them take a minute
        program.measure()
    for series in programs:
        tell_series(series, programs[0], packets)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", dest="rounds", type=int, default=5)
    parser.add_argument("-k", dest="keep", action="store_true")
    parser.add_argument("-d", dest="directory", default="bench-traces")
    parser.add_argument("--realtime", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    global realtime
    realtime = options.realtime

    print("load average at the beginning: %.1f (others on the machine make "
          "all of it slower)" % os.getloadavg()[0])
    os.makedirs(options.directory, exist_ok=True)
    for work in WORK:
        if not options.names or work[0] in options.names:
            do_work(options, *work)
    for name, do in (("memory", do_memory), ("flood", do_flood),
                     ("peers", do_peers)):
        if not options.names or name in options.names:
            do(options)
    if not options.keep:
        shutil.rmtree(options.directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
