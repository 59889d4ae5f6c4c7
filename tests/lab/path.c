/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The path of the laboratory: carries packets between two TUN devices, and
 * writes three captures of the same traffic.
 *
 *	path FD_A FD_B PREFIX [NAME=VALUE...]
 *
 *	    PREFIX.a.pcap      PREFIX.m.pcap      PREFIX.b.pcap
 *	host A --- tap a ---- am ---> tap m --- mb ---> tap b --- host B
 *	              <---- ma ----        <--- bm ----
 *
 * The middlebox lies between tap m and B (box.near_a: between A and tap m).
 * Names are am.delay, mb.rate, ... for the four links (link.h), box.strip_ab,
 * ... for the middlebox (box.h), a.nap, b.vanish, ... for the hosts (below),
 * and seed.  Prints "ready", carries packets until SIGTERM, then prints counts
 * as JSON: packets by what happened to them, and the lateness of events.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/nstime.h"

#include "box.h"
#include "flow.h"
#include "heap.h"
#include "link.h"
#include "packet.h"
#include "settings.h"

#define SNAPLEN		128	/* headers, with all options of IPv6 and TCP */
#define READ_BATCH	32	/* packets before those that are due */
#define LATE_NS		(5 * NS_PER_MS)
#define PRIORITY	20	/* of SCHED_FIFO */

struct host {
	/* Longest reaction time, of a host short of CPU time. */
	int64_t nap_ns;
	/* How long a pure ACK is held unless another packet is sent. */
	int64_t hold_ack_ns;
	/* Packets received before the host vanishes; 0: it stays. */
	int64_t vanish;

	int fd;
	FILE *tap;
	int64_t wake_ns;
	int64_t received;
	struct packet *held;
};

static const struct setting host_settings[] = {
	{ "nap", SETTING_MS, offsetof(struct host, nap_ns) },
	{ "hold_ack", SETTING_MS, offsetof(struct host, hold_ack_ns) },
	{ "vanish", SETTING_COUNT, offsetof(struct host, vanish) },
	{ NULL, SETTING_COUNT, 0 }
};

struct path {
	struct host host[2];	/* by the direction that they send in */
	struct link link[2][2];	/* by direction: before the middle, behind */
	struct box box;
	FILE *middle;		/* its tap */
	struct flows flows;
	struct heap heap;
	struct xorshift dice;
	int64_t seed;
	int64_t epoch_ns;	/* of CLOCK_MONOTONIC: the clock never steps */

	int64_t now_ns;		/* time of the current event */
	int64_t latest_ns;	/* largest lateness of an event */
	uint64_t late;		/* events handled more than LATE_NS late */
	uint64_t overflows;	/* packets lost for want of room */
};

static const struct setting path_settings[] = {
	{ "seed", SETTING_COUNT, offsetof(struct path, seed) },
	{ NULL, SETTING_COUNT, 0 }
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void
die(const char *what)
{
	fprintf(stderr, "path: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return nstime_from(now.tv_sec, now.tv_nsec);
}

/* Captures. */

static FILE *
open_tap(const char *prefix, char name)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, snaplen, linktype;
	} header = { 0xa1b23c4d, 2, 4, 0, 0, SNAPLEN, 101 };
	/* The magic number is that of nanoseconds, 101 is bare IP. */
	char file[4096];
	FILE *tap;

	snprintf(file, sizeof(file), "%s.%c.pcap", prefix, name);
	tap = fopen(file, "wb");
	if (tap == NULL || fwrite(&header, sizeof(header), 1, tap) != 1)
		die(file);
	return tap;
}

static void
capture(const struct path *path, FILE *tap, const uint8_t *bytes, size_t len)
{
	const int64_t ns = path->epoch_ns + path->now_ns;
	const size_t kept = len < SNAPLEN ? len : SNAPLEN;
	const uint32_t header[] = { (uint32_t)(ns / NS_PER_SEC),
	    (uint32_t)(ns % NS_PER_SEC), (uint32_t)kept, (uint32_t)len };

	if (fwrite(header, sizeof(header), 1, tap) != 1 ||
	    fwrite(bytes, kept, 1, tap) != 1)
		die("capture");
}

/* Stations of a packet. */

static void
wait_until(struct path *path, struct packet *packet, int64_t due_ns,
    enum station station)
{
	packet->due_ns = due_ns;
	packet->station = station;
	if (!heap_put(&path->heap, packet)) {
		path->overflows++;
		free(packet);
	}
}

static struct packet *
make_packet(const uint8_t *bytes, size_t len, enum direction direction)
{
	struct packet *packet = malloc(sizeof(*packet));

	if (packet == NULL)
		die("memory");
	packet->direction = direction;
	packet->offset = -1;
	packet->len = len;
	memcpy(packet->bytes, bytes, len);
	return packet;
}

static void enter_link(struct path *, struct packet *, int leg);

/* Send an ICMP error: the packet exceeds the MTU of the link. */
static void
report_too_big(struct path *path, const struct packet *packet, int leg)
{
	uint8_t bytes[WIRE_MAX];
	struct packet *report;
	struct wire wire;
	size_t len;

	wire_parse(&wire, (uint8_t *)(uintptr_t)packet->bytes, packet->len);
	len = wire_forge_error(bytes, &wire,
	    (uint16_t)path->link[packet->direction][leg].mtu);
	report = make_packet(bytes, len, reverse(packet->direction));
	if (leg == 1)
		capture(path, path->middle, bytes, len);
	enter_link(path, report, 1);
}

static void
enter_link(struct path *path, struct packet *packet, int leg)
{
	struct link *link = &path->link[packet->direction][leg];

	switch (link_enter(link, packet, path->now_ns)) {
	case LINK_PASSES:
		wait_until(path, packet, packet->due_ns,
		    leg == 0 ? AT_MIDDLE : AT_TAP);
		return;
	case LINK_REPORTS:
		report_too_big(path, packet, leg);
		break;
	case LINK_DROPS:
		break;
	}
	free(packet);
}

/* Return whether packets pass the middlebox before the middle tap. */
static bool
is_boxed_first(const struct path *path, enum direction direction)
{
	return (direction == A_TO_B) == (path->box.near_a != 0);
}

/* Send a packet forged by the middlebox, past the tap if that lies ahead. */
static void
emit(void *context, enum direction direction, const uint8_t *bytes, size_t len)
{
	struct path *path = context;

	if (is_boxed_first(path, direction))
		capture(path, path->middle, bytes, len);
	enter_link(path, make_packet(bytes, len, direction), 1);
}

static void
pass_middle(struct path *path, struct packet *packet)
{
	const bool is_boxed = is_boxed_first(path, packet->direction);

	if (!is_boxed)
		capture(path, path->middle, packet->bytes, packet->len);
	if (!box_pass(&path->box, packet, path->now_ns)) {
		free(packet);
		return;
	}
	if (is_boxed)
		capture(path, path->middle, packet->bytes, packet->len);
	enter_link(path, packet, 1);
}

/* Store the ISN of a SYN, or the stream offset of a segment. */
static void
place_data(struct path *path, struct packet *packet)
{
	const enum direction direction = packet->direction;
	struct flow *flow;
	struct wire wire;

	wire_parse(&wire, packet->bytes, packet->len);
	flow = wire.tcp == NULL ? NULL :
	    flows_get(&path->flows, &wire, direction);
	if (flow == NULL)
		return;
	if (wire.flags & SYN) {
		flow->isn[direction] = wire.seq;
		flow->has_isn[direction] = true;
	}
	if (flow->has_isn[direction])
		packet->offset = (int64_t)(uint32_t)(wire.seq -
		    flow->isn[direction]);
}

static void
leave_host(struct path *path, struct packet *packet)
{
	place_data(path, packet);
	capture(path, path->host[packet->direction].tap, packet->bytes,
	    packet->len);
	enter_link(path, packet, 0);
}

static bool
is_pure_ack(struct packet *packet)
{
	struct wire wire;

	wire_parse(&wire, packet->bytes, packet->len);
	return wire.tcp != NULL && wire.flags == ACK && wire.data_len == 0;
}

static bool
has_vanished(const struct host *host)
{
	return host->vanish > 0 && host->received > host->vanish;
}

/*
 * Handle a packet that a host sent.  To delay acknowledgements for longer than
 * this kernel does, one pure ACK is held until the host sends another packet,
 * which acknowledges no less.
 */
static void
from_host(struct path *path, struct packet *packet)
{
	struct host *host = &path->host[packet->direction];

	if (has_vanished(host)) {
		free(packet);
		return;
	}
	if (host->held != NULL) {
		host->held->len = 0;	/* cancelled */
		host->held = NULL;
	} else if (host->hold_ack_ns > 0 && is_pure_ack(packet)) {
		host->held = packet;
		wait_until(path, packet, path->now_ns + host->hold_ack_ns,
		    AT_HOST_OUT);
		return;
	}
	leave_host(path, packet);
}

/* Send a pure ACK that was held, unless it was cancelled. */
static void
release_held(struct path *path, struct packet *packet)
{
	if (packet->len == 0) {
		free(packet);
		return;
	}
	path->host[packet->direction].held = NULL;
	leave_host(path, packet);
}

static void
into_host(struct path *path, struct packet *packet)
{
	struct host *host = &path->host[reverse(packet->direction)];

	host->received++;
	/* A device that is down or full drops packets. */
	if (!has_vanished(host) &&
	    write(host->fd, packet->bytes, packet->len) < 0)
		path->overflows++;
	free(packet);
}

static void
reach_tap(struct path *path, struct packet *packet)
{
	struct host *host = &path->host[reverse(packet->direction)];

	capture(path, host->tap, packet->bytes, packet->len);
	if (host->nap_ns == 0) {
		into_host(path, packet);
		return;
	}
	if (host->wake_ns <= path->now_ns)
		host->wake_ns = path->now_ns + (int64_t)(
		    xorshift_next(&path->dice) % (uint64_t)host->nap_ns);
	wait_until(path, packet, host->wake_ns, AT_HOST_IN);
}

/* Events. */

static void
handle(struct path *path, struct packet *packet)
{
	switch (packet->station) {
	case AT_HOST_OUT:
		release_held(path, packet);
		break;
	case AT_MIDDLE:
		/* Lateness of this process must not add up. */
		path->now_ns = packet->due_ns;
		pass_middle(path, packet);
		break;
	case AT_TAP:
		reach_tap(path, packet);
		break;
	case AT_HOST_IN:
		into_host(path, packet);
		break;
	}
}

static void
handle_due(struct path *path)
{
	const struct packet *top;
	int64_t late_ns;

	for (;;) {
		path->now_ns = read_clock(CLOCK_MONOTONIC);
		top = heap_top(&path->heap);
		if (top == NULL || top->due_ns > path->now_ns)
			return;
		late_ns = path->now_ns - top->due_ns;
		if (late_ns > path->latest_ns)
			path->latest_ns = late_ns;
		path->late += late_ns > LATE_NS;
		handle(path, heap_take(&path->heap));
	}
}

/* Ignore IPv6 multicast, sent by neighbour discovery. */
static bool
is_carried(uint8_t *bytes, size_t len)
{
	struct wire wire;

	return wire_parse(&wire, bytes, len) &&
	    !(wire.is_v6 && bytes[24] == 0xff);
}

/* Read packets from a host; return whether there may be more. */
static bool
read_host(struct path *path, enum direction direction)
{
	uint8_t bytes[WIRE_MAX];
	ssize_t len;
	int i;

	for (i = 0; i < READ_BATCH; i++) {
		len = read(path->host[direction].fd, bytes, sizeof(bytes));
		if (len <= 0)
			return false;
		path->now_ns = read_clock(CLOCK_MONOTONIC);
		if (is_carried(bytes, (size_t)len))
			from_host(path, make_packet(bytes, (size_t)len,
			    direction));
	}
	return true;
}

static void
wait_for_events(const struct path *path)
{
	struct pollfd fds[2] = {
		{ .fd = path->host[A_TO_B].fd, .events = POLLIN },
		{ .fd = path->host[B_TO_A].fd, .events = POLLIN }
	};
	const struct packet *top = heap_top(&path->heap);
	int64_t ns = NS_PER_SEC / 10;
	struct timespec timeout;

	if (top != NULL && top->due_ns - path->now_ns < ns)
		ns = top->due_ns - path->now_ns;
	if (ns < 0)
		ns = 0;
	timeout = (struct timespec){ .tv_sec = 0, .tv_nsec = (long)ns };
	if (ppoll(fds, 2, &timeout, NULL) < 0 && errno != EINTR)
		die("poll");
}

static void
run(struct path *path)
{
	bool more;

	while (!stopped) {
		handle_due(path);
		more = read_host(path, A_TO_B);
		more |= read_host(path, B_TO_A);
		if (!more)
			wait_for_events(path);
	}
}

/* Begin and end. */

static bool
set_named(struct path *path, const char *part, const char *name,
    const char *value)
{
	static const struct {
		const char *name;
		int direction, leg;
	} links[] = {
		{ "am", A_TO_B, 0 }, { "mb", A_TO_B, 1 },
		{ "bm", B_TO_A, 0 }, { "ma", B_TO_A, 1 }
	};
	size_t i;

	for (i = 0; i < 4; i++)
		if (strcmp(part, links[i].name) == 0)
			return settings_set(link_settings,
			    &path->link[links[i].direction][links[i].leg],
			    name, value);
	if (strcmp(part, "box") == 0)
		return settings_set(box_settings, &path->box, name, value);
	if (strcmp(part, "a") == 0 || strcmp(part, "b") == 0)
		return settings_set(host_settings,
		    &path->host[*part == 'a' ? A_TO_B : B_TO_A], name, value);
	return false;
}

static bool
set(struct path *path, const char *setting)
{
	char text[1024], *value, *name;

	snprintf(text, sizeof(text), "%s", setting);
	value = strchr(text, '=');
	name = strchr(text, '.');

	if (value == NULL)
		return false;
	*value++ = '\0';
	if (name == NULL || name > value)
		return settings_set(path_settings, path, text, value);
	*name++ = '\0';
	return set_named(path, text, name, value);
}

static void
prepare(struct path *path)
{
	const uint64_t seed = (uint64_t)path->seed + 1;
	uint64_t i;

	for (i = 0; i < 4; i++)
		path->link[i / 2][i % 2].dice.state =
		    seed * 0x9e3779b97f4a7c15 + i;
	path->dice.state = seed;
	path->box.flows = &path->flows;
	path->box.emit = emit;
	path->box.context = path;
	path->now_ns = read_clock(CLOCK_MONOTONIC);
	path->epoch_ns = read_clock(CLOCK_REALTIME) - path->now_ns;
}

/* A late path is a slow network: run before other processes if allowed. */
static void
take_precedence(void)
{
	const struct sched_param param = { .sched_priority = PRIORITY };

	(void)sched_setscheduler(0, SCHED_FIFO, &param);
}

static void
print_link(const char *name, const struct link *link)
{
	printf(", \"%s\": {\"entered\": %" PRIu64 ", \"lost\": %" PRIu64
	    ", \"policed\": %" PRIu64 ", \"full\": %" PRIu64
	    ", \"too_large\": %" PRIu64 ", \"marked\": %" PRIu64 "}", name,
	    link->entered, link->lost, link->policed, link->full,
	    link->too_large, link->marked);
}

static void
print_counts(const struct path *path)
{
	printf("{\"latest_ms\": %.3f, \"late\": %" PRIu64
	    ", \"overflows\": %" PRIu64 ", \"forged\": %" PRIu64
	    ", \"box_dropped\": %" PRIu64,
	    (double)path->latest_ns / (double)NS_PER_MS, path->late,
	    path->overflows, path->box.forged, path->box.dropped);
	print_link("am", &path->link[A_TO_B][0]);
	print_link("mb", &path->link[A_TO_B][1]);
	print_link("bm", &path->link[B_TO_A][0]);
	print_link("ma", &path->link[B_TO_A][1]);
	printf("}\n");
}

static void
finish(struct path *path)
{
	while (heap_top(&path->heap) != NULL)
		free(heap_take(&path->heap));
	flows_free(&path->flows);
	if (fclose(path->host[A_TO_B].tap) != 0 ||
	    fclose(path->middle) != 0 ||
	    fclose(path->host[B_TO_A].tap) != 0)
		die("captures");
}

static int
descriptor(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	static struct path path;
	const struct sigaction action = { .sa_handler = on_signal };
	int i;

	if (argc < 4) {
		fprintf(stderr, "usage: path FD_A FD_B PREFIX NAME=VALUE...\n");
		return 2;
	}
	path.host[A_TO_B].fd = descriptor(argv[1]);
	path.host[B_TO_A].fd = descriptor(argv[2]);
	path.host[A_TO_B].tap = open_tap(argv[3], 'a');
	path.middle = open_tap(argv[3], 'm');
	path.host[B_TO_A].tap = open_tap(argv[3], 'b');
	for (i = 4; i < argc; i++)
		if (!set(&path, argv[i])) {
			fprintf(stderr, "path: no such setting: %s\n", argv[i]);
			return 2;
		}
	prepare(&path);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	take_precedence();
	printf("ready\n");
	fflush(stdout);
	run(&path);
	print_counts(&path);
	finish(&path);
	return 0;
}
