#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What watching an interface costs; see `make bench-live`.  Needs to be root.

    live.py [-n ROUNDS] [-t SECONDS] [-r RATE] [--flood SOURCES] [NAME...]

In a namespace of its own, over a veth pair: blast sends, a thousand
connections in trains of twelve, eight data segments and their four ACKs;
tcpstates reads them with its default ring: records, those of two workers, records
without analysis, records with the live screen on a terminal that is read and on
one that is not.
Then tap does, a bare pcap_dispatch() that counts, on the same ring.  Data in frames of
60 and of 1000 bytes, at full speed and at RATE (1 million a second), in
ROUNDS rounds (3) of SECONDS (5) each.  At RATE, sixteen data segments are sent as
one superframe that the kernel splits, because a message for each frame takes
more than a processor at that rate.  Times are of the processor, user and
system, as the kernel accounts them to the finished process, and so from start
to report.

Then a SYN flood of SOURCES (10 million): the memory that is resident, ten
times on the way.

Sender and reader take a processor each.  With less than two of them to
itself, this measures what else the machine does: the sender says how fast it
was.  --realtime gives each a processor and precedence over everything else
there, for SECONDS at a time.

NAMEs choose among 60, 60-paced, 1000, 1000-paced and flood.
"""

import argparse
import json
import os
import pty
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time

HERE = os.environ.get("top_builddir", ".")
TCPSTATES = os.path.abspath(
    os.environ.get("TCPSTATES", os.path.join(HERE, "src/tcpstates")))
BLAST = os.path.join(HERE, "tests/bench/blast")
TAP = os.path.join(HERE, "tests/bench/tap")
SETTLE = 0.5            # seconds, for a ring to be made or drained

realtime = False        # see --realtime


def cable():
    """v0 to v1, here and nowhere else; nobody else talks on it."""
    for command in ("ip link add v0 type veth peer name v1",
                    "sysctl -q -w net.ipv6.conf.v0.disable_ipv6=1",
                    "sysctl -q -w net.ipv6.conf.v1.disable_ipv6=1",
                    "ip link set v0 up", "ip link set v1 up",
                    # The kernel splits superframes before they leave.
                    "ethtool -K v0 tso off gso off"):
        subprocess.run(command.split(), check=True,
                       stdout=subprocess.DEVNULL)


def on_processor(number):
    """For a child before it becomes the program."""
    def pin():
        if realtime:
            os.sched_setaffinity(0, [number])
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    return pin


def blast(*options):
    """(frames, seconds)"""
    done = subprocess.run([BLAST, *map(str, options), "v0"], check=True,
                          stdout=subprocess.PIPE, preexec_fn=on_processor(0))
    frames, ns = map(int, done.stdout.split())
    return frames, ns / 1e9


def packets_sent():
    # Not sysfs: it shows the interfaces of where it was mounted.
    with open("/proc/net/dev") as file:
        return next(int(line.split()[10]) for line in file
                    if line.split()[0] == "v0:")


class Reader:
    """A program on v1; everything of it is in rusage when it has ended."""

    def __init__(self, *command, terminal=None):
        """With a terminal, which is "read" or "stopped"."""
        self.pty = pty.openpty() if terminal else None
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=self.pty[1] if terminal else None,
            start_new_session=terminal is not None,
            env=dict(os.environ, TERM="xterm"), preexec_fn=on_processor(1))
        if terminal == "read":
            threading.Thread(target=self.show, daemon=True).start()
        time.sleep(SETTLE)

    def show(self):
        try:
            while os.read(self.pty[0], 65536):
                pass
        except OSError:
            pass

    def memory(self):
        """Resident memory in bytes."""
        with open("/proc/%d/statm" % self.process.pid) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self):
        """(what it wrote, seconds of the processor)"""
        time.sleep(SETTLE)
        self.process.send_signal(signal.SIGINT)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if self.pty:
            # A stopped terminal delays the end, which is not measured.
            threading.Thread(target=self.show, daemon=True).start()
        out, err = self.process.communicate()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if self.pty:
            os.close(self.pty[1])
        if self.process.returncode:
            sys.exit("%s: %s" % (self.process.args[0], err.decode()))
        return out.decode(), (
            after.ru_utime - before.ru_utime +
            after.ru_stime - before.ru_stime)


def tcpstates_counts(out):
    """(received, dropped), of the summary that ends the records"""
    summary = json.loads(out.rstrip().rsplit("\n", 1)[1])
    return summary["kernel_received"], summary["kernel_dropped"]


def tap_counts(out):
    return tuple(map(int, out.split()[1:]))


# Name, terminal, command, function that finds the counts.
RECORDS = [TCPSTATES, "-i", "v1", "-J"]
READERS = [
    ("tcpstates", None, RECORDS, tcpstates_counts),
    ("--workers=2", None, [*RECORDS, "--workers=2"], tcpstates_counts),
    ("--top", "read", [*RECORDS, "--top"], tcpstates_counts),
    ("--top, stopped", "stopped", [*RECORDS, "--top"], tcpstates_counts),
    ("--no-analysis", None, [*RECORDS, "--no-analysis"], tcpstates_counts),
    ("tap", None, [TAP, "v1"], tap_counts),
]


def speed(octets, rate, options):
    """A line for each round, and their median."""
    per_packet = {name: [] for name, *_ in READERS}
    pace = ["-r", rate, "-g", 16, "-b", 24] if rate else []
    for _ in range(options.n):
        for name, terminal, command, counts in READERS:
            reader = Reader(*command, terminal=terminal)
            sent, took = blast("-l", octets, "-t", options.t, *pace)
            out, cpu = reader.end()
            received, dropped = counts(out)
            used = cpu / max(received - dropped, 1) * 1e9
            per_packet[name].append(used)
            print("  %-14s %5.0f k/s sent, %8d received, %6d dropped "
                  "(%.2f %%), %4.0f ns each" %
                  (name, sent / took / 1e3, received, dropped,
                   100 * dropped / max(received, 1), used))
    bare = statistics.median(per_packet["tap"])
    for name, *_ in READERS[:-1]:
        print("  %-14s %.2f times tap, by the medians" %
              (name, statistics.median(per_packet[name]) / bare))


def flood(options):
    reader = Reader(TCPSTATES, "-i", "v1", "-q", "-o", "/dev/null")
    share = options.flood // 10
    print("  %9d sources: %4d MiB" % (0, reader.memory() >> 20))
    before = packets_sent()
    # One sender: each source is another one to the end.
    with subprocess.Popen([BLAST, "-s", "-n", str(share * 10), "-r",
                           str(options.r), "v0"],
                          stdout=subprocess.DEVNULL) as sender:
        for part in range(1, 11):
            while packets_sent() - before < part * share and \
                    sender.poll() is None:
                time.sleep(0.01)
            print("  %9d sources: %4d MiB" %
                  (part * share, reader.memory() >> 20), flush=True)
        if sender.wait():
            sys.exit("blast failed")
    print("  at the end:        %4d MiB" % (reader.memory() >> 20))
    _, cpu = reader.end()
    print("  %.0f ns a SYN" % (cpu / (share * 10) * 1e9))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("-n", type=int, default=3)
    parser.add_argument("-t", type=int, default=5)
    parser.add_argument("-r", type=int, default=1000000)
    parser.add_argument("--flood", type=int, default=10000000)
    parser.add_argument("--realtime", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if os.environ.get("TCPSTATES_BENCH") != "inside":
        os.environ["TCPSTATES_BENCH"] = "inside"
        os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])
    global realtime
    realtime = options.realtime
    cable()
    for octets in 60, 1000:
        for name, rate in (str(octets), 0), ("%d-paced" % octets, options.r):
            if not options.names or name in options.names:
                print("%s: data in frames of %d octets, %s" %
                      (name, octets, "%d a second" % rate if rate else
                       "at full speed"))
                speed(octets, rate, options)
    if not options.names or "flood" in options.names:
        print("flood: SYNs of %d sources, %d a second" %
              (options.flood, options.r))
        flood(options)


if __name__ == "__main__":
    main()
