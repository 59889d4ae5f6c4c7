#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the laboratory's captures, with what is true about them.

    perform.py [-j JOBS] [-p PATH] DIRECTORY [SCENARIO...]

Two network namespaces, a and b, connected by a process that carries packets
between two TUN devices (path.c: PATH); both ends are scripts on real kernels
(ends.py).  For each SCENARIO (names of scenarios.py, or regular expressions;
all of them unless said) DIRECTORY gets

    NAME.TAP.pcap   at the client (a), in the middle (m), at the server (b)
    NAME.json       TCP_INFO, sampled states, sleeps, and counts of the path
    truth.tsv       expected verdicts and figures: see check.py
    unmade          scenarios that could not be made, and why

--list prints the names.  A scenario that a busy machine disturbed (the path
was late) is performed again, at most twice.  Prints what was made, and for what
could not be made, the reason.  Exit status: 0, 1 something failed, 77 this
machine cannot make any.
"""

import argparse
import contextlib
import csv
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "truth"))

import ends                                             # noqa: E402
import figures                                          # noqa: E402
import lab                                              # noqa: E402
import rewrite                                          # noqa: E402
import scenarios                                        # noqa: E402

ADDRESSES = {False: (lab.A4, lab.B4), True: (lab.A6, lab.B6)}
DEVICE = "path"
TAPS = "amb"
TRIES = 3
COLUMNS = ("scenario", "tap", "verdict", "side", "checks", "what", "port",
           "findings")

# Of both hosts.  Nothing is remembered of earlier connections, and the gaps
# between SYNs grow, as they do on other systems.
SYSCTLS = {
    "ipv6__conf__default__accept_dad": 0,
    "ipv6__conf__default__router_solicitations": 0,
    "ipv6__conf__default__addr_gen_mode": 1,
    "ipv4__tcp_no_metrics_save": 1,
}
# Not known to older kernels, which need no such setting.
NEWER = {"ipv4__tcp_syn_linear_timeouts": 0}


class Disturbed(Exception):
    """The machine was too busy for the scenario to be what it should."""


def is_disturbed(counts):
    """Did the path itself lose packets, or delay enough of them, or long
    enough, for another story?"""
    return counts["overflows"] > 0 or counts["latest_ms"] > 25 \
        or counts["late"] > 0.01 * sum(counts[link]["entered"]
                                       for link in ("am", "bm"))


# The network ------------------------------------------------------------

class Host:
    """A namespace with a TUN device as its only way out."""

    def __init__(self, name, is_v6, sysctls, route, device):
        self.space = lab.Namespace(name)
        self.space.set(**SYSCTLS)
        self.fd = lab.make_device(self.space, DEVICE, lab.IFF_TUN)
        os.set_blocking(self.fd, False)
        os.set_inheritable(self.fd, True)
        address = ADDRESSES[is_v6]["ab".index(name)]
        run = self.space.run
        run("ip link set lo up")
        run("ip link set %s txqueuelen 10000 %s up" % (DEVICE, device))
        self.space.address(address, DEVICE)
        run("ip %s route add default dev %s %s"
            % ("-6" if is_v6 else "-4", DEVICE, route))
        for name, value in NEWER.items():
            try:
                self.space.set(**{name: value})
            except lab.Unable:
                pass
        self.space.set(**sysctls)

    def close(self):
        os.close(self.fd)
        os.close(self.space.fd)


class Path:
    """The process that carries the packets, and captures them."""

    def __init__(self, program, hosts, prefix, settings):
        fds = [host.fd for host in hosts]
        self.process = subprocess.Popen(
            [program, *map(str, fds), prefix,
             *("%s=%s" % item for item in settings.items())],
            pass_fds=fds, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the path does not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate()
        return json.loads(said)


class EndProcess:
    """Runs one side of a scenario; its truths come through a pipe."""

    def __init__(self, side):
        self.pipe, theirs = multiprocessing.Pipe(False)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                theirs.send(self.child(side, theirs))
            finally:
                os._exit(0)
        theirs.close()

    @staticmethod
    def child(side, pipe):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        ends.take_precedence()
        try:
            side.open()
            pipe.send("ready")
            return side.run()
        except lab.Unable as reason:
            return reason
        except Exception as error:  # pylint: disable=broad-except
            return RuntimeError(repr(error))

    def receive(self, seconds):
        if not self.pipe.poll(seconds):
            raise RuntimeError("an end does not answer")
        got = self.pipe.recv()
        if isinstance(got, Exception):
            raise got
        return got

    def stop(self):
        """End the process, which may still wait for the peer."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        self.pipe.close()


# One scenario -----------------------------------------------------------

def converse(case, hosts):
    """Both ends perform; (truths of the client, truths of the server)."""
    address = ADDRESSES[case.is_v6]
    processes = []
    try:
        for kind, i in ((ends.Server, 1), (ends.Client, 0)):
            side = kind(case, hosts[i].space, address[i], address[1 - i])
            processes.append(EndProcess(side))
            processes[-1].receive(20)
        server, client = processes
        truths = client.receive(case.limit + 10)
        return truths, server.receive(case.limit + 10)
    finally:
        for process in processes[::-1]:
            process.stop()


def round_trip(case):
    """In seconds."""
    return sum(case.path[link + ".delay"]
               for link in ("am", "mb", "bm", "ma")) / 1e3


def perform_once(program, case, prefix):
    """Makes the captures; returns what is true."""
    hosts = [Host("a", case.is_v6, case.a, case.route_a, case.device_a),
             Host("b", case.is_v6, case.b, case.route_b, case.device_b)]
    try:
        road = Path(program, hosts, prefix, case.path)
        try:
            client, server = converse(case, hosts)
            time.sleep(2 * round_trip(case) + 0.1)
        finally:
            counts = road.stop()
    finally:
        for host in hosts:
            host.close()
    return {"scenario": case.name, "what": case.what, "path": counts,
            "talks": [{"port": talk.local, "client": c, "server": s}
                      for talk, c, s in zip(case.talks, client, server)]}


def perform(program, case, directory):
    """Again if the machine was too busy for the path."""
    prefix = os.path.join(directory, case.name)
    # Counts of an earlier run are not those of the captures made now.
    with contextlib.suppress(FileNotFoundError):
        os.remove(prefix + ".json")
    for _ in range(TRIES):
        truth = perform_once(program, case, prefix)
        if not is_disturbed(truth["path"]):
            break
    else:
        raise Disturbed("the path was up to %.1f ms late, %d packets lost"
                        % (truth["path"]["latest_ms"],
                           truth["path"]["overflows"]))
    with open(prefix + ".json", "w") as file:
        json.dump(truth, file, indent=1)
    return truth


# Truth ------------------------------------------------------------------

def rows(case, truth):
    """Lines of truth.tsv."""
    for expect in case.expects:
        talk = truth["talks"][expect.talk]
        checks = [figures.work_out(name, talk, case.sender, round_trip(case))
                  for name in expect.figures]
        for tap in expect.taps:
            yield row(case, tap, expect, checks,
                      "all" if expect.talk < 0 else talk["port"])


def row(case, tap, expect, checks, port):
    return dict(zip(COLUMNS, (case.name, tap, expect.verdict, expect.side,
                              "; ".join(checks), case.what, port,
                              expect.findings)))


def rewritten_rows(case, base_rows, directory):
    """Captures made of those of a scenario, and their lines."""
    checks = {(r["tap"], r["verdict"]): r["checks"] for r in base_rows}
    made = set()
    for base, expect in zip(case.base.expects, case.expects):
        for tap in expect.taps:
            if tap not in made:
                made.add(tap)
                rewrite.rewrite(
                    case.kind,
                    os.path.join(directory, "%s.%s.pcap"
                                 % (case.base.name, tap)),
                    os.path.join(directory, "%s.%s.pcap" % (case.name, tap)))
            known = checks[tap, base.verdict] if expect.figures else ""
            yield row(case, tap, expect, [known] if known else [],
                      case.base.talks[expect.talk].local)


# All that are asked for --------------------------------------------------

def is_chosen(name, patterns):
    return not patterns or any(re.fullmatch(p, name) for p in patterns)


def work(arguments):
    """Of one process of the pool: (name, rows, what went wrong)."""
    program, case, derived, directory = arguments
    begun = time.monotonic()
    try:
        found = list(rows(case, perform(program, case, directory)))
        for other in derived:
            found += rewritten_rows(other, [r for r in found
                                            if r["scenario"] == case.name],
                                    directory)
        wrong = None
    except lab.Unable as reason:
        found, wrong = [], "cannot be made here: %s" % reason
    except Disturbed as reason:
        found, wrong = [], "disturbed: %s" % reason
    except Exception as error:      # pylint: disable=broad-except
        found, wrong = [], "failed: %r" % error
    return case.name, time.monotonic() - begun, found, wrong


def choose(patterns):
    """Scenarios to perform, each with the captures to be made of it."""
    cases = scenarios.scenarios()
    derived = {}
    for other in scenarios.rewritten(cases):
        if is_chosen(other.name, patterns):
            derived.setdefault(other.base.name, []).append(other)
    for case in cases:
        if is_chosen(case.name, patterns) or case.name in derived:
            yield case, derived.get(case.name, [])


def write_truth(directory, found, performed):
    """Replace the lines of the scenarios performed; drop unknown ones."""
    path = os.path.join(directory, "truth.tsv")
    kept = []
    if os.path.exists(path):
        known = {name for case, derived in choose([])
                 for name in [case.name] + [other.name for other in derived]}
        known -= performed
        with open(path, newline="") as file:
            kept = [r for r in csv.DictReader(file, delimiter="\t")
                    if r["scenario"] in known]
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t",
                                lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(
            kept + found, key=lambda r: (int(r["scenario"].split("-")[0]),
                                         r["scenario"])))


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-p", "--path", default=os.path.join(HERE, "path"))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("directory")
    parser.add_argument("scenario", nargs="*")
    return parser.parse_args()


def main():
    how = arguments()
    chosen = list(choose(how.scenario))
    if how.list:
        for case, derived in chosen:
            print("\n".join([case.name] + [other.name for other in derived]))
        return 0
    os.makedirs(how.directory, exist_ok=True)
    tasks = [(how.path, case, derived, how.directory)
             for case, derived in chosen]
    found, made, unmade, failed = [], 0, [], 0
    with multiprocessing.Pool(how.jobs) as pool:
        for name, seconds, lines, wrong in pool.imap_unordered(work, tasks):
            print("%-28s %5.1f s  %s" % (name, seconds, wrong or "made"),
                  flush=True)
            found += lines
            made += wrong is None
            if wrong is not None:
                unmade.append("%s: %s\n" % (name, wrong))
                failed += wrong.startswith("failed")
    write_truth(how.directory, found, {
        name for case, derived in chosen
        for name in [case.name] + [other.name for other in derived]})
    with open(os.path.join(how.directory, "unmade"), "w",
              encoding="utf-8") as file:
        file.writelines(sorted(unmade))
    print("%d scenarios made, %d could not be, %d failed"
          % (made, len(unmade) - failed, failed))
    return 1 if failed else 0 if made else 77


if __name__ == "__main__":
    sys.exit(main())
