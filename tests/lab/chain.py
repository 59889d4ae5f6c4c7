# SPDX-License-Identifier: BSD-2-Clause
"""A client, a router and a server in a row: real kernels, with taps between.

     client ----[ a ===== r ]---- router ----[ s ===== b ]---- server

Each ===== is a process that carries packets between two TUN devices (path.c)
and writes a capture at each end of its own, so the taps a and r, s and b have
one clock and miss nothing.  What the router does between r and s is done by
its kernel: nftables translates, clamps, drops, marks and resets, and counts.
A proxy is a process of the router, which splices two sockets.

With an `nic`, the client is in a namespace of its own, in front of a, at the
other end of a veth that segments and merges (TSO and GRO); the tap n is
tcpdump on it, and captures superframes.
"""

import contextlib
import json
import os
import socket
import threading

import lab
import perform

CLIENT = {False: lab.A4, True: lab.A6}
SERVER = {False: lab.B4, True: lab.B6}
ROUTER = {False: "203.0.113.1", True: "2001:db8:c::1"}
NIC = {False: "192.0.2.1", True: "2001:db8:a::1"}
# Taps by the captures that the two processes write.
FILES = {"n": "n", "a": "1.a", "r": "1.b", "s": "2.a", "b": "2.b"}
PROXY_PORT = 3128
SOL_IP, IP_TRANSPARENT = 0, 19
SPLICE_MAX = 1 << 16
# Of the veth: how long merged segments may wait for more, in nanoseconds.
MERGE_NS = 400000


class Hop:
    """A namespace with TUN devices, one for each process beside it."""

    def __init__(self, name, is_v6):
        self.is_v6 = is_v6
        self.space = lab.Namespace(name)
        self.space.set(**perform.SYSCTLS)
        self.space.set(ipv4__conf__all__rp_filter=0,
                       ipv4__conf__default__rp_filter=0)
        self.space.run("ip link set lo up")
        self.fds = {}

    def ip(self, command):
        self.space.run("ip %s %s" % ("-6" if self.is_v6 else "-4", command))

    def plug(self, device):
        fd = lab.make_device(self.space, device, lab.IFF_TUN)
        os.set_blocking(fd, False)
        os.set_inheritable(fd, True)
        self.fds[device] = fd
        self.space.run("ip link set %s txqueuelen 10000 up" % device)

    def forward(self):
        self.space.set(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)

    def close(self):
        for fd in self.fds.values():
            os.close(fd)
        os.close(self.space.fd)


class Plug:
    """An end of a path."""

    def __init__(self, fd):
        self.fd = fd


class Chain:
    """All of it, for one scenario (points.py)."""

    def __init__(self, program, case, prefix):
        self.case, self.prefix = case, prefix
        self.hops = []
        self.paths, self.capture = [], None
        try:
            self.build(program)
        except BaseException:
            self.close()
            raise

    def hop(self, name):
        made = Hop(name, self.case.is_v6)
        self.hops.append(made)
        return made

    def build(self, program):
        case = self.case
        lab.need_tools("ip", *(["nft"] if case.rules else []),
                       *(["ethtool", "tcpdump"] if case.has_nic else []))
        near, self.router, self.server = map(self.hop, "arb")
        near.plug("out")
        self.router.plug("in")
        self.router.plug("out")
        self.server.plug("in")
        self.client = self.build_nic(near) if case.has_nic else near
        if not case.has_nic:
            near.space.address(CLIENT[case.is_v6], "out")
        near.ip("route add default dev out")
        self.server.space.address(SERVER[case.is_v6], "in")
        self.server.ip("route add default dev in")
        self.build_router()
        for hop, values in (self.client, case.a), (self.server, case.b):
            hop.space.set(**values)
        for one, two, settings in ((near, self.router, case.near),
                                   (self.router, self.server, case.far)):
            self.paths.append(perform.Path(
                program, [Plug(one.fds["out"]), Plug(two.fds["in"])],
                "%s.%d" % (self.prefix, len(self.paths) + 1), settings))

    def build_router(self):
        router, is_v6 = self.router, self.case.is_v6
        router.forward()
        router.space.address(ROUTER[is_v6], "in")
        router.ip("route add %s dev in" % CLIENT[is_v6])
        router.ip("route add %s dev out" % SERVER[is_v6])
        for command in self.case.commands:
            router.space.run(command)
        router.space.set(**self.case.r)
        if self.case.rules:
            router.space.nft("table %s lab {\n%s\n}\n" % (
                "ip6" if is_v6 else "ip", self.case.rules))

    def build_nic(self, near):
        """The client's host, by a veth that segments and merges."""
        client, is_v6 = self.hop("c"), self.case.is_v6
        client.space.run(["ip", "link", "add", "nic", "type", "veth", "peer",
                          "name", "nic", "netns", near.space.path])
        for hop, address in (client, CLIENT), (near, NIC):
            # What a sender segments, its peer does not merge.
            hop.space.run("ethtool -K nic gso on gro on tso %s"
                          % ("on" if hop is client else "off"))
            hop.space.run("ip link set nic up")
            hop.space.address("%s/%d" % (
                address[is_v6], 64 if is_v6 else 24), "nic")
        client.ip("route add default via %s" % NIC[is_v6])
        near.forward()
        self.merge(client)
        self.capture = lab.Capture(
            client.space, "nic", self.prefix + ".n.pcap", what="tcp",
            more=("--time-stamp-precision=nano",))
        return client

    @staticmethod
    def merge(client):
        """Let segments wait for more; without the right, few are merged."""
        with contextlib.suppress(lab.Unable):
            client.space.run(["unshare", "-m", "sh", "-c", (
                "mount -t sysfs sysfs /sys && cd /sys/class/net/nic && "
                "echo 4 > napi_defer_hard_irqs && "
                "echo %d > gro_flush_timeout") % MERGE_NS])

    def stop(self):
        """What all have counted."""
        if self.capture is not None and self.capture.stop() > 0:
            raise perform.Disturbed("the kernel dropped captured packets")
        self.capture = None
        # Both paths stop at once: what one path carries while the script waits
        # for the other would count as lost between them.
        for path in self.paths:
            path.process.terminate()
        counts, self.paths = [path.stop() for path in self.paths], []
        return {"near": counts[0], "far": counts[1],
                "router": self.router.space.counters()
                if self.case.rules else {}}

    def close(self):
        for path in self.paths:
            path.stop()
        if self.capture is not None:
            self.capture.stop()
        for hop in self.hops:
            hop.close()


# A proxy ------------------------------------------------------------------

class Proxy:
    """Accepts in the router what its rules hand over, and splices each
    connection with one of its own to the server."""

    def __init__(self, case, space):
        if not hasattr(os, "splice"):
            raise lab.Unable("this Python has no os.splice")
        self.case, self.space = case, space

    def socket(self):
        sock = self.space.socket(
            socket.AF_INET6 if self.case.is_v6 else socket.AF_INET)
        if self.case.proxy == "transparent":
            sock.setsockopt(SOL_IP, IP_TRANSPARENT, 1)
        return sock

    def open(self):
        self.listener = self.socket()
        self.listener.bind(("", PROXY_PORT))
        self.listener.listen(16)

    def run(self):
        while True:
            near, peer = self.listener.accept()
            threading.Thread(target=self.join, args=(near, peer),
                             daemon=True).start()

    def join(self, near, peer):
        far = self.socket()
        if self.case.proxy == "transparent":
            far.bind(peer)
        far.connect((SERVER[self.case.is_v6], self.case.talks[0].port))
        for one, two in (near, far), (far, near):
            threading.Thread(target=self.splice, args=(one, two),
                             daemon=True).start()

    @staticmethod
    def splice(one, two):
        out, into = os.pipe()
        with contextlib.suppress(OSError):
            while count := os.splice(one.fileno(), into, SPLICE_MAX):
                while count > 0:
                    count -= os.splice(out, two.fileno(), count)
        with contextlib.suppress(OSError):
            two.shutdown(socket.SHUT_WR)


def save(prefix, truth):
    with open(prefix + ".json", "w", encoding="utf-8") as file:
        json.dump(truth, file, indent=1)


def load(prefix):
    with open(prefix + ".json", encoding="utf-8") as file:
        return json.load(file)
