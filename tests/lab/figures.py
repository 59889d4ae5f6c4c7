# SPDX-License-Identifier: BSD-2-Clause
"""Figures of a diagnosis that the kernels and the scripts of both ends know.

Each is a sum of keys of the connection's record, a value in seconds, and a
tolerance: "resp_t_wait~1.5±0.03".
"""

PREFIX = {"client": "orig", "server": "resp"}
OTHER = {"client": "server", "server": "client"}


def figure(keys, value, tolerance):
    return "%s~%.4f±%.4f" % ("+".join(keys), value, tolerance)


def slept(truth, side, *places):
    """The script's own waits: 2 % or 5 ms each."""
    waits = [s for place in places for s in truth[side][place]]
    keys = [PREFIX[side] + "_t_" + place[:-1] for place in places]
    return figure(keys, sum(waits),
                  max(0.02 * sum(waits), 0.005 * len(waits)))


def busy(truth, sender):
    """The kernel's own clock ticks at 4 ms (250 Hz) or 10 ms (100 Hz)."""
    seconds = truth[sender]["info"]["busy_time"] / 1e6
    return figure([PREFIX[sender] + "_busy"], seconds,
                  max(0.012, 0.02 * seconds))


def window(truth, sender):
    """How long the receiver's window was what the sender waited for."""
    states = truth[sender]["states"]
    seconds = states.get("window", 0) + states.get("zero", 0)
    receiver = PREFIX[OTHER[sender]]
    return figure([receiver + "_t_window", receiver + "_t_zero"], seconds,
                  max(0.025, 0.06 * seconds))


def timeout(truth, sender, rtt):
    """All that a short transfer took beyond its four round trips."""
    seconds = truth[sender]["info"]["busy_time"] / 1e6 - 3.5 * rtt
    return figure(["t_loss_timeout"], seconds, max(rtt, 0.06 * seconds))


def path(truth):
    """At least 60 % of the time."""
    lasted = truth["client"]["lasted"]
    return figure(["t_path"], 0.8 * lasted, 0.2 * lasted)


def work_out(name, truth, sender, rtt):
    """A figure by its name in the table; truth by "client" and "server"."""
    if name == "busy":
        return busy(truth, sender)
    if name == "window":
        return window(truth, sender)
    if name == "timeout":
        return timeout(truth, sender, rtt)
    if name == "path":
        return path(truth)
    if name == "duplex":
        return figure(["duplex"], 1, 0)
    side, _, places = name.partition(" ")
    return slept(truth, side, *places.split("+"))
