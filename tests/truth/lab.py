# SPDX-License-Identifier: BSD-2-Clause
"""A small network of real kernels: four namespaces in a row.

        a ------- r ------- s ------- b
      sender    capture            receiver

a = 192.0.2.10, 2001:db8:a::10; b = 198.51.100.20, 2001:db8:b::20.  The
capture point is r's interface towards s.  What r forwards passes nftables
before it is captured (a loss there is before the capture point, seen from
a); what s forwards passes nftables after it was (behind it).

The namespaces have no names: they live as descriptors of this process and
vanish with it, however it ends.  Links are veth pairs, or, where a delay or
disorder is wanted, two TAP devices with link.py between them.  Needs root
(or a user namespace), ip, nft, ethtool, tcpdump.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NO_PI = 0x0001, 0x0002, 0x1000
TCP_INFO = 11

libc = ctypes.CDLL(None, use_errno=True)

A4, B4 = "192.0.2.10", "198.51.100.20"
A6, B6 = "2001:db8:a::10", "2001:db8:b::20"


class Unable(Exception):
    """This machine cannot do what is asked: a reason to skip."""


def need_tools(*names):
    for name in names:
        if shutil.which(name) is None:
            raise Unable("no " + name)


class Namespace:
    """A network namespace without a name."""

    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def __init__(self, name):
        self.name = name
        made = []

        def make():
            if libc.unshare(CLONE_NEWNET) == 0:
                made.append(os.open("/proc/thread-self/ns/net",
                                    os.O_RDONLY | os.O_CLOEXEC))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not made:
            raise Unable("no right to make network namespaces")
        self.fd = made[0]
        self.path = "/proc/%d/fd/%d" % (os.getpid(), self.fd)

    @contextlib.contextmanager
    def inside(self):
        """The calling thread is in the namespace."""
        if libc.setns(self.fd, CLONE_NEWNET) != 0:
            raise Unable("setns: " + os.strerror(ctypes.get_errno()))
        try:
            yield self
        finally:
            libc.setns(Namespace.home, CLONE_NEWNET)

    def run(self, command, **more):
        if isinstance(command, str):
            command = command.split()
        with self.inside():
            done = subprocess.run(command, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, **more)
        if done.returncode != 0:
            raise Unable("%s: %s" % (" ".join(command), done.stderr.strip()))
        return done.stdout

    def start(self, command, **more):
        with self.inside():
            return subprocess.Popen(command, **more)

    def set(self, **values):
        """Sysctls of the namespace: set(ipv4__tcp_sack=0)."""
        with self.inside():
            for key, value in values.items():
                path = "/proc/sys/net/" + key.replace("__", "/")
                try:
                    with open(path, "w") as knob:
                        knob.write(str(value))
                except OSError as error:
                    raise Unable("%s: %s" % (path, error.strerror))

    def address(self, address, device):
        """Add an address, with or without a prefix length, ready for use:
        even without duplicate address detection the kernel takes an IPv6
        address into use later, when its worker has a processor."""
        self.run("ip addr add %s dev %s%s" % (
            address, device, " nodad" if ":" in address else ""))

    def nft(self, text):
        self.run(["nft", "-f", "-"], input=text)

    def socket(self, family=socket.AF_INET, congestion="cubic"):
        """A TCP socket; what it accepts has its congestion control."""
        with self.inside():
            made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION,
                            congestion.encode())
        return made

    def counters(self):
        """Packets of each nftables rule that has a comment, by comment."""
        found = {}
        for item in json.loads(self.run("nft -j list ruleset"))["nftables"]:
            rule = item.get("rule", {})
            for part in rule.get("expr", []):
                if "counter" in part and rule.get("comment"):
                    found.setdefault(rule["comment"], 0)
                    found[rule["comment"]] += part["counter"]["packets"]
        return found


def make_device(namespace, name, kind):
    """A device whose frames (IFF_TAP) or packets (IFF_TUN) are ours."""
    with namespace.inside():
        try:
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(),
                                                   kind | IFF_NO_PI))
        except OSError as error:
            raise Unable("/dev/net/tun: " + error.strerror)
    return fd


class Link:
    """A cable between two namespaces; `options` as link.py has them."""

    def __init__(self, one, two, options=None):
        self.ends = ((one, one.name + two.name), (two, two.name + one.name))
        self.helper = None
        if options is None:
            (n1, d1), (n2, d2) = self.ends
            n1.run(["ip", "link", "add", d1, "type", "veth", "peer",
                    "name", d2, "netns", n2.path])
            for space, device in self.ends:
                space.run("ethtool -K %s gso off tso off gro off tx off"
                          % device)
        else:
            self.options = options
            self.fds = [make_device(*end, IFF_TAP) for end in self.ends]
            for space, device in self.ends:
                space.run("ip link set %s txqueuelen 10000" % device)
            self.plug()

    def plug(self):
        program = os.path.join(os.path.dirname(__file__), "link.py")
        self.helper = subprocess.Popen(
            [sys.executable, program, str(self.fds[0]), str(self.fds[1]),
             json.dumps(self.options)], pass_fds=self.fds,
            stdout=subprocess.PIPE, text=True)

    def change(self, options):
        """Gives the cable another character; returns what the old one did."""
        done = self.unplug()
        self.options = options
        self.plug()
        return done

    def unplug(self):
        if self.helper is None:
            return None
        self.helper.send_signal(signal.SIGTERM)
        said, _ = self.helper.communicate()
        self.helper = None
        return json.loads(said) if said else None

    def lost(self):
        """Frames the devices themselves dropped: must be none."""
        total = 0
        for space, device in self.ends:
            stats = json.loads(space.run("ip -j -s link show " + device))
            for way in stats[0]["stats64"].values():
                total += way.get("dropped", 0)
        return total


class Capture:
    """tcpdump on a device, from when it listens until stop()."""

    def __init__(self, space, device, path, what="tcp or icmp or icmp6",
                 snaplen=128, more=()):
        self.path = path
        self.dump = space.start(
            ["tcpdump", "-i", device, "-s", str(snaplen), "-B", "32768",
             "--immediate-mode", "-U", "-n", "-Z", "root", "-w", path,
             *more, what],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.dump.stderr:
            if "listening on" in line:
                return
        raise Unable("tcpdump does not capture on " + device)

    def catch_up(self):
        """Until it sleeps, waiting for packets: packets that it has not read
        when a signal ends it are lost, and on a busy machine it is behind."""
        for _ in range(1000):
            with open("/proc/%d/stat" % self.dump.pid) as file:
                if file.read().rpartition(") ")[2].startswith("S"):
                    return
            time.sleep(0.01)

    def stop(self, settle=0.3):
        """Ends it; returns how many packets the kernel dropped."""
        time.sleep(settle)
        self.catch_up()
        self.dump.send_signal(signal.SIGINT)
        _, said = self.dump.communicate()
        found = re.search(r"(\d+) packets? dropped by kernel", said)
        return int(found.group(1)) if found else 0


class Lab:
    """The four namespaces, connected; see the head of this file."""

    def __init__(self, left=None, right=None):
        need_tools("ip", "nft", "tcpdump", "ethtool")
        self.a, self.r, self.s, self.b = spaces = [
            Namespace(name) for name in "arsb"]
        for space in spaces:
            space.set(ipv6__conf__default__accept_dad=0,
                      ipv6__conf__default__router_solicitations=0,
                      ipv6__conf__default__addr_gen_mode=1,
                      ipv4__tcp_no_metrics_save=1,
                      ipv4__conf__all__rp_filter=0)
            space.run("ip link set lo up")
        self.left = Link(self.a, self.r, left)
        self.middle = Link(self.r, self.s)
        self.right = Link(self.s, self.b, right)
        self.address()
        self.route()

    def address(self):
        one = self.subnet(self.left, 1, A4 + "/24", "192.0.2.1/24",
                          A6 + "/64", "2001:db8:a::1/64")
        two = self.subnet(self.middle, 2, "203.0.113.1/24", "203.0.113.2/24",
                          "2001:db8:c::1/64", "2001:db8:c::2/64")
        three = self.subnet(self.right, 3, "198.51.100.1/24", B4 + "/24",
                            "2001:db8:b::1/64", B6 + "/64")
        return one, two, three

    @staticmethod
    def subnet(link, number, first4, second4, first6, second6):
        macs = ["02:00:00:00:%02x:%02x" % (number, i) for i in (1, 2)]
        ours = (first4, first6), (second4, second6)
        for i, (space, device) in enumerate(link.ends):
            space.run("ip link set %s address %s up" % (device, macs[i]))
            for address in ours[i]:
                space.address(address, device)
        for i, (space, device) in enumerate(link.ends):
            for address in ours[1 - i]:
                space.run("ip neigh replace %s lladdr %s dev %s nud permanent"
                          % (address.split("/")[0], macs[1 - i], device))

    def route(self):
        for space in (self.r, self.s):
            space.set(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        for space, where4, via4, where6, via6 in (
                (self.a, "default", "192.0.2.1", "default", "2001:db8:a::1"),
                (self.r, "198.51.100.0/24", "203.0.113.2",
                 "2001:db8:b::/64", "2001:db8:c::2"),
                (self.s, "192.0.2.0/24", "203.0.113.1",
                 "2001:db8:a::/64", "2001:db8:c::1"),
                (self.b, "default", "198.51.100.1",
                 "default", "2001:db8:b::1")):
            space.run("ip route add %s via %s" % (where4, via4))
            space.run("ip -6 route add %s via %s" % (where6, via6))

    def ends(self, **values):
        """Sysctls of both hosts."""
        self.a.set(**values)
        self.b.set(**values)

    def capture(self, path, **more):
        return Capture(self.r, "rs", path, **more)

    def rules(self, space, text):
        """Sets the rules of the forward chain of r or s."""
        space.nft("table inet lab\ndelete table inet lab\n"
                  "table inet lab {\n"
                  "\tchain forward {\n"
                  "\t\ttype filter hook forward priority 0;\n"
                  "%s\n\t}\n}\n" % text)

    def close(self):
        for link in (self.left, self.middle, self.right):
            link.unplug()


# struct tcp_info (linux/tcp.h): name, place, format.
TCP_INFO_FIELDS = (
    ("state", 0, "B"), ("ca_state", 1, "B"), ("snd_mss", 16, "I"),
    ("unacked", 24, "I"), ("lost", 32, "I"), ("snd_cwnd", 80, "I"),
    ("total_retrans", 100, "I"), ("bytes_acked", 120, "Q"),
    ("segs_out", 136, "I"), ("segs_in", 140, "I"), ("notsent", 144, "I"),
    ("min_rtt", 148, "I"), ("data_segs_out", 156, "I"),
    ("busy_time", 168, "Q"), ("rwnd_limited", 176, "Q"),
    ("sndbuf_limited", 184, "Q"), ("bytes_sent", 200, "Q"),
    ("bytes_retrans", 208, "Q"), ("dsack_dups", 216, "I"),
    ("reord_seen", 220, "I"), ("rcv_ooopack", 224, "I"),
    ("snd_wnd", 228, "I"), ("total_rto", 240, "H"),
    ("total_rto_time", 244, "I"))


def tcp_info(sock):
    """What the kernel knows about a connection: the fields compared."""
    raw = sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 256)
    raw += bytes(256 - len(raw))
    return {name: struct.unpack_from("=" + kind, raw, place)[0]
            for name, place, kind in TCP_INFO_FIELDS}
