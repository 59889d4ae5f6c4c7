#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A cable between two TAP devices that is late, loses, shuffles and repeats.

    link.py FD FD OPTIONS

The descriptors are attached TAP devices (lab.py makes them); OPTIONS is a
JSON object {"ab": {...}, "ba": {...}, "seed": N} whose directions may hold

    delay     seconds every frame takes
    lose      chance that a frame of any size does not arrive
    reorder   chance that a frame of at least `least` bytes is held back
    hold      until this many later ones have passed ...
    patience  ... or this many seconds have gone by
    repeat    chance that a frame of at least `least` bytes comes twice
    least     bytes of a frame that make it worth disturbing
    after     frames of that size that pass undisturbed first

It runs until SIGTERM and then prints what it did, as JSON; "late" is the
longest time, in seconds, that it stood still.
"""

import heapq
import json
import os
import random
import select
import signal
import sys
import time


class Direction:
    """Frames read from one descriptor, written to the other."""

    def __init__(self, source, sink, options, seed):
        self.source, self.sink = source, sink
        self.delay = options.get("delay", 0)
        self.lose = options.get("lose", 0)
        self.reorder = options.get("reorder", 0)
        self.hold = options.get("hold", 3)
        self.patience = options.get("patience", 0.02)
        self.repeat = options.get("repeat", 0)
        self.least = options.get("least", 200)
        self.after = options.get("after", 0)
        self.dice = random.Random(seed)
        self.due = []        # heap of (time, number, frame)
        self.held = None     # [deadline, frames still to pass, frame]
        self.count = {"frames": 0, "lost": 0, "reordered": 0, "repeated": 0}

    def put(self, frame, now):
        """A frame came in."""
        self.count["frames"] += 1
        if self.lose and self.dice.random() < self.lose:
            self.count["lost"] += 1
            return
        large = len(frame) >= self.least
        if large and self.after:
            self.after -= 1
            large = False
        if large and self.held is None \
                and self.dice.random() < self.reorder:
            self.held = [now + self.patience, self.hold, frame]
            self.count["reordered"] += 1
            return
        self.queue(frame, now)
        if large and self.dice.random() < self.repeat:
            self.queue(frame, now)
            self.count["repeated"] += 1
        if self.held is not None and large:
            self.held[1] -= 1
            if self.held[1] <= 0:
                self.release(now)

    def queue(self, frame, now):
        self.number = getattr(self, "number", 0) + 1
        heapq.heappush(self.due, (now + self.delay, self.number, frame))

    def release(self, now):
        frame, self.held = self.held[2], None
        self.queue(frame, now)

    def send(self, now):
        """Writes what is due; returns when the next one is, or None."""
        if self.held is not None and self.held[0] <= now:
            self.release(now)
        while self.due and self.due[0][0] <= now:
            try:
                os.write(self.sink, heapq.heappop(self.due)[2])
            except OSError:
                pass         # the other end is down: a cable does not care
        times = [self.due[0][0]] if self.due else []
        if self.held is not None:
            times.append(self.held[0])
        return min(times, default=None)


def drain(direction, now):
    """Reads all that waits, a bounded number at a time."""
    for _ in range(64):
        try:
            direction.put(os.read(direction.source, 65536), now)
        except BlockingIOError:
            return
        except OSError:
            return


def main():
    one, two = int(sys.argv[1]), int(sys.argv[2])
    options = json.loads(sys.argv[3])
    seed = options.get("seed", 1)
    there = Direction(one, two, options.get("ab", {}), seed)
    back = Direction(two, one, options.get("ba", {}), seed + 1)
    source = {one: there, two: back}
    for fd in source:
        os.set_blocking(fd, False)

    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wait, latest = 0.05, 0
    due = time.monotonic() + wait
    while not stop:
        try:
            ready, _, _ = select.select([one, two], [], [], wait)
        except InterruptedError:
            continue
        woken = time.monotonic()
        for fd in ready:
            drain(source[fd], time.monotonic())
        now = time.monotonic()
        latest = max(latest, woken - due, now - woken)
        nexts = [t for t in (there.send(now), back.send(now)) if t is not None]
        wait = max(0, min([0.05] + [t - now for t in nexts]))
        due = now + wait
    print(json.dumps({"ab": there.count, "ba": back.count, "late": latest}))


if __name__ == "__main__":
    main()
