/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture for the benchmarks: the same bytes for the same options, on
 * every machine.
 *
 *	make_trace [-c CONNECTIONS] [-p PACKETS] [-a ALIVE] [-m MSS]
 *	    [-s SNAPLEN] [-S SEED] >FILE
 *
 * CONNECTIONS of PACKETS each on average, ALIVE of them at any time: when one
 * ends, the next begins.  With PACKETS 1 each is a SYN and nothing more.  A
 * connection is a handshake, questions and answers of uneven size in windows
 * that grow, and a close.  Its segments are spaced as the round trips of its
 * two ways (2 to 80 ms) and a link of 1 Gbit/s make it; about
 *
 *	30 %	of the connections speak IPv6,
 *	90 %	have timestamps (and SACK), as all but Windows does,
 *	 2 %	are refused, 2 % not answered, 6 % end in a reset, 3 % stay open;
 *	0.5 %	of the segments in flights of three and more are lost, half of
 *		them before the capture point, and are asked for with SACK and
 *		sent again; 0.5 % are overtaken by their successor.
 *
 * A connection is written down as a list of events when it begins; a heap of
 * the next events of all open connections merges them by time.
 */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../big_endian.h"
#include "../segframe.h"
#include "../xorshift.h"
#include "decode/segment.h"

#define US		INT64_C(1000)	/* nanoseconds */
#define MS		INT64_C(1000000)
#define EPOCH_S		INT64_C(1700000000)	/* of the first packet, nearly */
#define OVERHEAD	7		/* segments of handshake and close */
#define WINDOW_FIRST	10		/* RFC 6928 */
#define WINDOW_LAST	64
#define WSCALE		7
#define GAP_NS		(12 * US)	/* a full segment at 1 Gbit/s */

struct setting {
	uint64_t conns;
	uint64_t packets;	/* of a connection, on average */
	uint32_t alive;
	uint32_t mss;
	uint32_t snaplen;
	struct xorshift random;
};

/* A segment to be captured. */
struct event {
	int64_t time_ns;
	uint32_t seq;		/* offsets from the ISNs */
	uint32_t ack;
	uint32_t len;
	uint16_t flags;
	bool by_resp;
	uint32_t sack[2];	/* a block of the peer's offsets, if not empty */
	size_t number;		/* in the order of writing */
};

struct talk {
	uint64_t number;
	struct event *events;	/* in order of time */
	size_t count, room, next;
	int64_t now;		/* while it is written */
	int64_t half[2];	/* ns from the capture to each end and back */
	uint32_t isn[2];
	uint32_t nxt[2];	/* offsets sent so far */
	uint32_t window;	/* segments the responder may send at once */
	uint16_t ip_id[2];
	bool is_ip6;
	bool has_options;
};

static void
give_up(const char *what)
{
	fprintf(stderr, "make_trace: %s\n", what);
	exit(1);
}

static uint32_t
below(struct setting *s, uint32_t bound)
{
	return xorshift_below(&s->random, bound);
}

static bool
chance(struct setting *s, uint32_t permille)
{
	return below(s, 1000) < permille;
}

/* ---- what a connection is made of ---- */

static struct event *
put(struct talk *t, int64_t time_ns, bool by_resp, unsigned flags,
    uint32_t len)
{
	struct event *e;

	if (t->count == t->room) {
		t->room = t->room == 0 ? 32 : 2 * t->room;
		t->events = realloc(t->events, t->room * sizeof(*t->events));
		if (t->events == NULL)
			give_up("out of memory");
	}
	e = &t->events[t->count];
	*e = (struct event){
		.number = t->count++,
		.time_ns = time_ns,
		.seq = t->nxt[by_resp],
		.ack = t->nxt[!by_resp],
		.len = len,
		.flags = (uint16_t)flags,
		.by_resp = by_resp,
	};
	return e;
}

/* Sent, so that what follows stands behind it. */
static void
move(struct talk *t, bool by_resp, uint32_t bytes)
{
	t->nxt[by_resp] += bytes;
}

/* A segment of a flight was lost: it is asked for, and sent again. */
static void
repair(struct talk *t, bool by_resp, const struct event *lost, uint32_t end,
    int64_t last_ns)
{
	const int64_t asked = last_ns + t->half[!by_resp];
	struct event *e;

	for (unsigned i = 0; i < 3; i++) {
		e = put(t, asked + i * GAP_NS, !by_resp, TCP_ACK, 0);
		e->ack = lost->seq;
		e->sack[0] = lost->seq + lost->len;
		e->sack[1] = end;
	}
	e = put(t, asked + t->half[by_resp], by_resp, TCP_ACK, lost->len);
	e->seq = lost->seq;
	t->now = asked + t->half[by_resp];
}

/*
 * Segments of one window back to back, acknowledged two by two.  Of a flight
 * of three and more one may be lost, or overtaken.
 */
static void
flight(struct setting *s, struct talk *t, bool by_resp, uint32_t segments,
    uint32_t last_len)
{
	const bool may_lose = segments > 2 && t->has_options;
	const bool loses = may_lose && chance(s, 5 * segments);
	const bool swaps = !loses && segments > 2 && chance(s, 5 * segments);
	const uint32_t odd = below(s, segments > 2 ? segments - 2 : 1);
	const bool is_before = chance(s, 500);
	struct event lost = { 0 };
	int64_t at = t->now;

	for (uint32_t i = 0; i < segments; i++, at += GAP_NS) {
		const uint32_t len = i + 1 < segments ? s->mss : last_len;
		struct event *e = put(t, at + (swaps && i == odd ? 2 * GAP_NS :
		    0), by_resp, i + 1 < segments ? TCP_ACK :
		    TCP_ACK | TCP_PSH, len);

		if (loses && i == odd) {
			lost = *e;
			t->count -= is_before;
		}
		move(t, by_resp, len);
		if (i % 2 == 1 && !loses)
			put(t, at + t->half[!by_resp], !by_resp, TCP_ACK, 0);
	}
	t->now = at;
	if (loses)
		repair(t, by_resp, &lost, t->nxt[by_resp], at);
	else
		t->now += t->half[!by_resp];
	put(t, t->now, !by_resp, TCP_ACK, 0);
	t->now += t->half[by_resp];
}

static uint32_t
some_octets(struct setting *s)
{
	const uint32_t most = below(s, 10) < 8 ? 200 : s->mss;

	return 20 + below(s, most > 20 ? most - 20 : 1);
}

static void
answer(struct setting *s, struct talk *t, uint64_t segments)
{
	while (segments > 0) {
		const uint32_t now = segments < t->window ?
		    (uint32_t)segments : t->window;

		flight(s, t, true, now, segments == now ? some_octets(s) :
		    s->mss);
		segments -= now;
		if (t->window < WINDOW_LAST)
			t->window *= 2;
	}
}

/* One question; its answer acknowledges it. */
static void
ask(struct setting *s, struct talk *t)
{
	const uint32_t len = some_octets(s);

	put(t, t->now, false, TCP_ACK | TCP_PSH, len);
	move(t, false, len);
	t->now += t->half[1] + (int64_t)below(s, 2000) * 10 * US;
}

/* Most answers are short, and most of the bytes are in the long ones. */
static uint64_t
answer_segments(struct setting *s, uint64_t budget)
{
	const uint32_t kind = below(s, 20);
	const uint64_t wanted = kind < 15 ? 1 : kind < 18 ? 2 + below(s, 2) :
	    kind < 19 ? 4 + below(s, 12) : 16 + budget / 2;

	return wanted < budget ? wanted : budget;
}

static bool
handshake(struct setting *s, struct talk *t)
{
	const uint32_t kind = below(s, 100);

	put(t, t->now, false, TCP_SYN, 0);
	if (s->packets == 1)
		return false;
	if (kind < 2) {
		put(t, t->now + 1000 * MS, false, TCP_SYN, 0);
		put(t, t->now + 3000 * MS, false, TCP_SYN, 0);
		return false;
	}
	move(t, false, 1);
	t->now += t->half[1];
	if (kind < 4) {
		put(t, t->now, true, TCP_RST | TCP_ACK, 0);
		return false;
	}
	put(t, t->now, true, TCP_SYN | TCP_ACK, 0);
	move(t, true, 1);
	t->now += t->half[0];
	put(t, t->now, false, TCP_ACK, 0);
	t->now += 20 * US;
	return true;
}

static void
say_goodbye(struct setting *s, struct talk *t)
{
	const uint32_t kind = below(s, 100);
	const bool by_resp = chance(s, 400);

	if (kind < 3)
		return;
	if (kind < 9) {
		put(t, t->now, by_resp, TCP_RST | TCP_ACK, 0);
		return;
	}
	put(t, t->now, by_resp, TCP_FIN | TCP_ACK, 0);
	move(t, by_resp, 1);
	t->now += t->half[!by_resp];
	put(t, t->now, !by_resp, TCP_FIN | TCP_ACK, 0);
	move(t, !by_resp, 1);
	t->now += t->half[by_resp];
	put(t, t->now, by_resp, TCP_ACK, 0);
}

static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

/* Sizes spread around their mean as 0.1 : 1 : 3. */
static uint64_t
budget_of(struct setting *s)
{
	const uint64_t mean = s->packets > OVERHEAD ? s->packets - OVERHEAD :
	    1;
	const uint32_t kind = below(s, 10);
	const uint64_t most = kind < 4 ? mean / 5 + 1 : kind < 8 ? 2 * mean :
	    6 * mean;

	return s->conns < 100 ? mean : 1 + xorshift_next(&s->random) % most;
}

static void
write_talk(struct setting *s, struct talk *t, uint64_t number, int64_t start)
{
	uint64_t budget = budget_of(s);

	t->number = number;
	t->count = 0;
	t->next = 0;
	t->now = start;
	t->is_ip6 = chance(s, 300);
	t->has_options = chance(s, 900);
	t->window = WINDOW_FIRST;
	for (unsigned side = 0; side < 2; side++) {
		t->half[side] = 2 * MS + (int64_t)below(s, 78000) * US;
		t->isn[side] = (uint32_t)xorshift_next(&s->random);
		t->nxt[side] = 0;
		t->ip_id[side] = (uint16_t)xorshift_next(&s->random);
	}
	if (!handshake(s, t))
		return;
	while (budget > 0) {
		const size_t before = t->count;

		ask(s, t);
		answer(s, t, answer_segments(s, budget));
		budget -= budget < t->count - before ? budget :
		    t->count - before;
	}
	say_goodbye(s, t);
	qsort(t->events, t->count, sizeof(*t->events), by_time);
}

/* ---- its bytes ---- */

/* Clients of 10/8 or 2001:db8:1::/48, sixty ports each, and 200 servers. */
static void
put_endpoints(const struct talk *t, const struct event *e,
    struct segspec *spec)
{
	const uint32_t client = (uint32_t)(t->number / 60);
	const uint32_t server = (uint32_t)(t->number % 200) + 1;
	const unsigned orig = e->by_resp, resp = !e->by_resp;

	if (t->is_ip6) {
		put32(spec->addr[orig], UINT32_C(0x20010db8));
		put32(spec->addr[orig] + 4, UINT32_C(0x00010000));
		put32(spec->addr[orig] + 12, client);
		put32(spec->addr[resp], UINT32_C(0x20010db8));
		put32(spec->addr[resp] + 4, UINT32_C(0x00020000));
		put32(spec->addr[resp] + 12, server);
	} else {
		put32(spec->addr[orig], UINT32_C(0x0a000000) + client);
		put32(spec->addr[resp], UINT32_C(0xc6336400) + server);
	}
	spec->port[orig] = (uint16_t)(32768 + t->number % 60);
	spec->port[resp] = 443;
}

static void
put_option(struct segspec *spec, const uint8_t *bytes, size_t len)
{
	memcpy(spec->option + spec->options_len, bytes, len);
	spec->options_len += len;
}

/* A clock of a millisecond, as Linux has; the echo is half a way old. */
static void
put_timestamps(const struct talk *t, const struct event *e,
    struct segspec *spec)
{
	const uint32_t now = (uint32_t)(e->time_ns / MS);
	const uint32_t age = (uint32_t)(t->half[e->by_resp] / MS);
	uint8_t option[12] = { 1, 1, 8, 10 };

	put32(option + 4, t->isn[e->by_resp] + now);
	if (e->flags != TCP_SYN)
		put32(option + 8, t->isn[!e->by_resp] + now - age);
	put_option(spec, option, sizeof(option));
}

static void
put_options(const struct setting *s, const struct talk *t,
    const struct event *e, struct segspec *spec)
{
	const uint8_t mss[4] = { 2, 4, (uint8_t)((s->mss + 12) >> 8),
	    (uint8_t)(s->mss + 12) };
	uint8_t sack[12] = { 1, 1, 5, 10 };

	if (e->flags & TCP_SYN) {
		put_option(spec, mss, sizeof(mss));
		put_option(spec, (const uint8_t[]){ 1, 3, 3, WSCALE }, 4);
		if (t->has_options)
			put_option(spec, (const uint8_t[]){ 1, 1, 4, 2 }, 4);
	}
	if (t->has_options)
		put_timestamps(t, e, spec);
	if (e->sack[0] != e->sack[1]) {
		put32(sack + 4, t->isn[!e->by_resp] + e->sack[0]);
		put32(sack + 8, t->isn[!e->by_resp] + e->sack[1]);
		put_option(spec, sack, sizeof(sack));
	}
}

static struct segspec
spec_of(const struct setting *s, struct talk *t, const struct event *e)
{
	struct segspec spec = {
		.by = {
			.linktype = LINKTYPE_ETHERNET,
			.mac = 1,
			.is_ip6 = t->is_ip6,
			.ttl = e->by_resp ? 57 : 63,
			.vni = -1,
			.ip_id = t->is_ip6 ? 0 : t->ip_id[e->by_resp]++,
			.ip_len = -1,
			.snaplen = s->snaplen,
		},
		.seq = t->isn[e->by_resp] + e->seq,
		.ack = e->flags & TCP_ACK ? t->isn[!e->by_resp] + e->ack : 0,
		.flags = e->flags,
		.window = e->flags & TCP_SYN ? 64240 : 501,
		.len = e->len,
	};

	put_endpoints(t, e, &spec);
	put_options(s, t, e, &spec);
	return spec;
}

/* ---- the file ---- */

/* Classic pcap in nanoseconds, low bytes first on every machine. */
static void
put_le32(uint32_t value)
{
	const uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8),
	    (uint8_t)(value >> 16), (uint8_t)(value >> 24) };

	if (fwrite(bytes, 1, 4, stdout) != 4)
		give_up("cannot write");
}

static void
put_header(const struct setting *s)
{
	put_le32(UINT32_C(0xa1b23c4d));
	put_le32(2 | 4 << 16);
	put_le32(0);
	put_le32(0);
	put_le32(s->snaplen);
	put_le32(1);		/* Ethernet */
}

static void
put_record(const struct setting *s, struct talk *t, const struct event *e)
{
	static uint8_t bytes[SEGFRAME_MAX];
	const struct segspec spec = spec_of(s, t, e);
	uint32_t wire_len;
	const uint32_t captured = segframe_build(&spec, bytes, &wire_len);

	put_le32((uint32_t)(EPOCH_S + e->time_ns / (1000 * MS)));
	put_le32((uint32_t)(e->time_ns % (1000 * MS)));
	put_le32(captured);
	put_le32(wire_len);
	if (fwrite(bytes, 1, captured, stdout) != captured)
		give_up("cannot write");
}

/* ---- the next event ---- */

static int64_t
next_time(const struct talk *t)
{
	return t->events[t->next].time_ns;
}

static void
sift_down(struct talk **heap, uint32_t count)
{
	uint32_t at = 0, child;

	while ((child = 2 * at + 1) < count) {
		struct talk *parent = heap[at];

		if (child + 1 < count &&
		    next_time(heap[child + 1]) < next_time(heap[child]))
			child++;
		if (next_time(parent) <= next_time(heap[child]))
			return;
		heap[at] = heap[child];
		heap[child] = parent;
		at = child;
	}
}

/* The talk at the top has ended: the next takes its place, or none does. */
static uint32_t
succeed(struct setting *s, struct talk **heap, uint32_t count,
    uint64_t *begun)
{
	struct talk *t = heap[0];
	const int64_t now = t->events[t->count - 1].time_ns;

	if (*begun < s->conns) {
		write_talk(s, t, (*begun)++, now +
		    (int64_t)below(s, 50000) * US);
		return count;
	}
	free(t->events);
	t->events = NULL;
	heap[0] = heap[count - 1];
	return count - 1;
}

static void
run(struct setting *s)
{
	uint32_t count = s->conns < s->alive ? (uint32_t)s->conns : s->alive;
	struct talk *talks = calloc(count, sizeof(*talks));
	struct talk **heap = calloc(count, sizeof(struct talk *));
	uint64_t begun = 0;

	if (talks == NULL || heap == NULL)
		give_up("out of memory");
	/* In order of time, which is a heap. */
	for (uint32_t i = 0; i < count; i++) {
		heap[i] = &talks[i];
		write_talk(s, heap[i], begun++, 20 * US * i);
	}
	put_header(s);
	while (count > 0) {
		struct talk *t = heap[0];

		put_record(s, t, &t->events[t->next++]);
		if (t->next == t->count)
			count = succeed(s, heap, count, &begun);
		sift_down(heap, count);
	}
	free(heap);
	free(talks);
}

static uint64_t
number(const char *text, uint64_t least, uint64_t most)
{
	char *end;
	const uint64_t n = strtoull(text, &end, 10);

	if (*end != '\0' || n < least || n > most)
		give_up("a number is out of range");
	return n;
}

int
main(int argc, char *argv[])
{
	struct setting s = {
		.conns = 200000,
		.packets = 12,
		.alive = 5000,
		.mss = 1448,
		.snaplen = 262144,
		.random = { .state = 88172645463325252 },
	};
	int option;

	while ((option = getopt(argc, argv, "a:c:m:p:s:S:")) != -1) {
		switch (option) {
		case 'a':
			s.alive = (uint32_t)number(optarg, 1, 10000000);
			break;
		case 'c':
			s.conns = number(optarg, 1, 100000000);
			break;
		case 'm':
			s.mss = (uint32_t)number(optarg, 50, 8948);
			break;
		case 'p':
			s.packets = number(optarg, 1, 100000000);
			break;
		case 's':
			s.snaplen = (uint32_t)number(optarg, 14, 262144);
			break;
		case 'S':
			s.random.state = number(optarg, 1, UINT64_MAX);
			break;
		default:
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	run(&s);
	return fflush(stdout) != 0;
}
