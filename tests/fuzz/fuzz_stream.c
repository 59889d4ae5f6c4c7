/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of plausible segments of up to three connections, through the
 * whole engine and into every report.  What the bytes mean:
 *
 *	| settings | column to sort by, length | allocation to fail | operations...
 *
 *	segment	| side | flags | seq | ack | len | time | options, window...
 *	special	| side | what follows from the last segment
 *
 * Numbers are steps from where the two endpoints of the connection stand, so
 * that a fuzzer need not guess 32 bits to hit a window: small bytes are
 * bytes, larger ones segments, and the largest go round the circle.
 *
 * What keeps its analysis and what does not must print the same report; and
 * so must, under narrow limits, what keeps all records and what keeps one.
 *
 * A replay compares all these for each input, and has every report printed.  A
 * fuzzer makes one of the comparisons and prints one of the reports, which the
 * settings choose: in the same time it tries three times as many inputs.
 */
#include "config.h"

#include <string.h>

#include "../big_endian.h"
#include "base/err.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/ledger.h"
#include "engine/engine.h"
#include "fuzz.h"
#include "output.h"
#include "pictures/collect.h"
#include "pictures/ladder.h"
#include "pictures/sheet.h"
#include "pictures/timeline.h"
#include "pictures/waits.h"
#include "pictures/xplot.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_walk.h"
#include "records/writer.h"
#include "tcp/analysis.h"
#include "tcp/pack.h"
#include "views/segments.h"
#include "views/states.h"
#include "views/table.h"
#include "views/text.h"

#define TALKS		3
#define FRAMES_MAX	600	/* of most inputs: more reach little */
#define FRAMES_LONG	6000	/* more than an engine remembers */
#define COLUMN_LONG	240	/* an input may be long from here on */
#define CONNS_MAX	500	/* each is printed by every report */
#define HEADERS_LEN	40	/* IPv4 and TCP, without options */
#define OPTIONS_LEN	40
#define PAYLOAD_CAPTURED	4
#define INNER_MAX	(HEADERS_LEN + OPTIONS_LEN + PAYLOAD_CAPTURED)
#define OUTER_LEN	36	/* IPv4, UDP and LISP */
#define PORT_LISP	4341
#define MSS		1460

struct input {
	const uint8_t *at;
	const uint8_t *end;
};

/* Where an endpoint stands. */
struct peer {
	uint32_t nxt;		/* sequence number after its highest byte */
	uint32_t acked;		/* the last acknowledgement number it sent */
	uint32_t tsval;
	uint16_t window;
	uint16_t ip_id;
};

struct spec {
	unsigned talk;
	unsigned side;
	uint16_t flags;
	uint32_t seq;
	uint32_t ack;
	uint32_t len;
	uint16_t window;
	uint16_t ip_id;
	bool is_offloaded;
	uint32_t captured;	/* bytes at most */
	uint8_t options[OPTIONS_LEN];
	uint32_t options_len;
};

struct run {
	struct input in;
	struct tcpstates *keep, *drop, *none, *slow;
	struct tcpstates *narrow, *capped;
	struct peer peer[TALKS][2];
	struct spec last;
	struct frame frame;
	uint8_t bytes[INNER_MAX];
	uint8_t vni[TALKS][2];	/* in which an endpoint sends, or 0 */
	uint8_t outer[OUTER_LEN + INNER_MAX];
	uint32_t captured_len;
	uint32_t wire_len;
	struct outbuf *out;	/* of the views, then of the reports */
	struct segments_view segments;
	struct select_rules select;
	struct output text;
	struct collector *collector;	/* of keep; or NULL */
	uint64_t frames_max;
	bool is_short_of_memory;
	unsigned lot;		/* what a fuzzer does with this input */
};

enum comparison {
	COMPARE_KEPT,		/* with engines that keep less */
	COMPARE_WAYS,		/* with the one that has no fast path */
	COMPARE_LIMITS,
	COMPARISONS
};

enum report {
	REPORT_DETAIL,
	REPORT_TABLE,
	REPORT_JSON,
	REPORT_CSV,
	REPORTS
};

static const uint64_t fixed_key[2] = { 1, 2 };

static uint8_t
take(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static bool
wants_comparison(const struct run *run, enum comparison comparison)
{
	return !IS_FUZZING || run->lot % COMPARISONS == comparison;
}

static bool
wants_report(const struct run *run, enum report report)
{
	return !IS_FUZZING || run->lot / COMPARISONS % REPORTS == report;
}

/* ---- numbers ---- */

/* A step of sequence numbers: bytes, segments, or far away. */
static uint32_t
step_of(uint8_t octet)
{
	const int32_t n = (int8_t)octet;
	const int32_t size = n < 0 ? -n : n;
	uint32_t step;

	if (size < 32)
		step = (uint32_t)size;
	else if (size < 80)
		step = (uint32_t)(size - 31) * MSS;
	else if (size < 112)
		step = UINT32_C(1) << (size - 80);
	else
		step = UINT32_C(0x7fffffff) + (uint32_t)(size - 120);
	return n < 0 ? 0 - step : step;
}

static uint32_t
len_of(uint8_t octet)
{
	if (octet < 32)
		return octet;
	if (octet < 64)
		return (uint32_t)(octet - 31) * MSS;
	return UINT32_C(1) << (octet & 31);
}

/* Nanoseconds to years, back and forth; wraps, as hostile clocks may. */
static int64_t
later(int64_t now, uint8_t octet)
{
	const int32_t n = (int8_t)octet;
	const uint32_t size = (uint32_t)(n < 0 ? ~n : n);
	const uint64_t step = ((uint64_t)(size & 7) + 1) << size / 8 * 4;

	if (n == 0)
		return now;
	return (int64_t)(n < 0 ? (uint64_t)now - step : (uint64_t)now + step);
}

/* ---- options ---- */

static void
add_option(struct spec *spec, uint8_t kind, uint8_t len, uint32_t a,
    uint32_t b)
{
	uint8_t *at = spec->options + spec->options_len;
	const uint8_t room = len < 2 ? 2 : len;

	if (room > OPTIONS_LEN - spec->options_len)
		return;
	memset(at, 0, room);
	at[0] = kind;
	at[1] = len;
	if (len >= 10) {
		put32(at + 2, a);
		put32(at + 6, b);
	} else if (len >= 4) {
		put16(at + 2, a);
	} else if (len == 3) {
		at[2] = (uint8_t)a;
	}
	spec->options_len += room;
}

static void
add_blocks(struct run *run, struct spec *spec, unsigned count)
{
	uint8_t *at = spec->options + spec->options_len;

	if (count == 0 || 2 + 8 * count > OPTIONS_LEN - spec->options_len)
		return;
	at[0] = 5;
	at[1] = (uint8_t)(2 + 8 * count);
	for (unsigned i = 0; i < count; i++) {
		const uint32_t left = spec->ack + step_of(take(&run->in));

		put32(at + 2 + 8 * i, left);
		put32(at + 6 + 8 * i, left + step_of(take(&run->in)));
	}
	spec->options_len += at[1];
}

static void
add_options(struct run *run, struct spec *spec)
{
	const uint8_t what = take(&run->in);
	struct peer *peer = &run->peer[spec->talk][spec->side];
	const struct peer *other = &run->peer[spec->talk][!spec->side];

	if (what & 0x01)
		add_option(spec, 2, 4, MSS, 0);
	if (what & 0x02)
		add_option(spec, 3, 3, take(&run->in), 0);
	if (what & 0x04)
		add_option(spec, 4, 2, 0, 0);
	if (what & 0x08) {
		peer->tsval += step_of(take(&run->in));
		add_option(spec, 8, 10, peer->tsval, other->tsval);
	}
	add_blocks(run, spec, what >> 4 & 3);
	if (what & 0x40)
		add_option(spec, take(&run->in), take(&run->in) % 13, 0, 0);
	if (what & 0x80) {
		spec->flags |= TCP_AE;
		add_option(spec, 34, 10, 0, 0);
	}
	while (spec->options_len % 4 != 0)
		spec->options[spec->options_len++] = 1;
}

/* ---- frames ---- */

static void
put_ip(struct run *run, const struct spec *spec, uint32_t len)
{
	uint8_t *ip = run->bytes;

	memset(run->bytes, 0, sizeof(run->bytes));
	ip[0] = 0x45;
	put16(ip + 2, spec->is_offloaded ? 0 : len);
	put16(ip + 4, spec->ip_id);
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, UINT32_C(0xc0000201) + spec->side);
	put32(ip + 16, UINT32_C(0xc0000201) + !spec->side);
}

static void
put_tcp(struct run *run, const struct spec *spec)
{
	uint8_t *tcp = run->bytes + 20;

	put16(tcp + 2 * spec->side, 1024 + spec->talk);
	put16(tcp + 2 * !spec->side, 80);
	put32(tcp + 4, spec->seq);
	put32(tcp + 8, spec->ack);
	put16(tcp + 12, (5 + spec->options_len / 4) << 12 | spec->flags);
	put16(tcp + 14, spec->window);
	memcpy(tcp + 20, spec->options, spec->options_len);
}

static void
feed(struct run *run, struct tcpstates *ts)
{
	const int err = ts != NULL ? tcpstates_frame(ts, &run->frame) : 0;

	MUST(err == 0 || (run->is_short_of_memory && err == -ERR_NOMEM));
}

static bool
is_full(const struct run *run)
{
	return run->frame.number == run->frames_max || (run->keep != NULL &&
	    tcpstates_totals(run->keep)->conns >= CONNS_MAX);
}

static void
feed_all(struct run *run)
{
	if (is_full(run))
		return;
	run->frame.number++;
	feed(run, run->keep);
	feed(run, run->drop);
	feed(run, run->none);
	feed(run, run->slow);
	feed(run, run->narrow);
	feed(run, run->capped);
}

/* Make the frame of the packet at hand: as it is, or in a network. */
static void
frame_in(struct run *run, uint8_t vni)
{
	uint8_t *outer = run->outer;
	const uint32_t extra = vni != 0 ? OUTER_LEN : 0;

	run->frame.captured_len = run->captured_len + extra;
	run->frame.wire_len = run->wire_len + extra;
	run->frame.bytes = vni != 0 ? outer : run->bytes;
	memset(outer, 0, OUTER_LEN);
	outer[0] = 0x45;
	put16(outer + 2, run->frame.wire_len > UINT16_MAX ? 0 :
	    run->frame.wire_len);
	outer[9] = 17;
	put16(outer + 22, PORT_LISP);
	outer[28] = 0x08;	/* there is an instance */
	outer[34] = vni;
	memcpy(outer + OUTER_LEN, run->bytes, sizeof(run->bytes));
}

static void
send(struct run *run, const struct spec *spec)
{
	struct peer *peer = &run->peer[spec->talk][spec->side];
	const uint32_t room = (uint32_t)sizeof(run->bytes);
	const uint32_t headers = HEADERS_LEN + spec->options_len;
	uint32_t len = spec->len, end;

	if (!spec->is_offloaded && len > 65535 - headers)
		len = 65535 - headers;
	put_ip(run, spec, headers + len);
	put_tcp(run, spec);
	run->wire_len = headers + len;
	run->captured_len = headers + len < room ? headers + len : room;
	if (run->captured_len > spec->captured)
		run->captured_len = spec->captured;
	frame_in(run, run->vni[spec->talk][spec->side]);
	feed_all(run);
	end = spec->seq + len + ((spec->flags & TCP_SYN) != 0) +
	    ((spec->flags & TCP_FIN) != 0);
	if ((int32_t)(end - peer->nxt) > 0 || (spec->flags & TCP_SYN) != 0)
		peer->nxt = end;
	if (spec->flags & TCP_ACK)
		peer->acked = spec->ack;
	run->last = *spec;
}

/* ---- operations ---- */

static void
send_segment(struct run *run, uint8_t who)
{
	const unsigned talk = who >> 1 & 3, side = who & 1;
	struct peer *peer = &run->peer[talk][side];
	const struct peer *other = &run->peer[talk][!side];
	struct spec spec = { .talk = talk, .side = side };

	spec.flags = take(&run->in);
	spec.seq = (who & 0x20 ? other->acked : peer->nxt) +
	    step_of(take(&run->in));
	spec.ack = other->nxt + step_of(take(&run->in));
	spec.len = len_of(take(&run->in));
	run->frame.time_ns = later(run->frame.time_ns, take(&run->in));
	if (who & 0x08)
		add_options(run, &spec);
	if (who & 0x40)
		peer->window = (uint16_t)(take(&run->in) * 257);
	spec.window = peer->window;
	spec.captured = who & 0x10 ? 20u + take(&run->in) % 64 : UINT32_MAX;
	spec.is_offloaded = (who & 0x80) != 0;
	spec.ip_id = peer->ip_id;
	if (peer->ip_id != 0)
		peer->ip_id++;
	send(run, &spec);
}

/* The last segment again and again, each time a step further. */
static void
repeat(struct run *run)
{
	const uint8_t octet = take(&run->in);
	/* Mostly a few; some beyond what an engine remembers. */
	const unsigned count = octet < 240 ? octet % 32 : (octet - 239U) * 256;
	const uint32_t step = step_of(take(&run->in));
	const uint8_t time = take(&run->in);
	struct spec spec = run->last;

	for (unsigned i = 0; i < count; i++) {
		spec.seq += step;
		spec.ip_id = (uint16_t)(spec.ip_id + (spec.ip_id != 0));
		run->frame.time_ns = later(run->frame.time_ns, time);
		send(run, &spec);
	}
}

/* An ICMP error that quotes the last segment. */
static void
send_error(struct run *run)
{
	struct frame frame = run->frame;
	uint8_t bytes[20 + 8 + 28] = { 0x45 };

	bytes[9] = 1;
	memcpy(bytes + 12, run->bytes + 16, 4);
	memcpy(bytes + 16, run->bytes + 12, 4);
	put16(bytes + 2, sizeof(bytes));
	bytes[20] = 3;
	bytes[21] = 4;
	put16(bytes + 26, take(&run->in) * 16U);
	memcpy(bytes + 28, run->bytes, 28);
	run->frame.bytes = bytes;
	run->frame.captured_len = sizeof(bytes);
	run->frame.wire_len = sizeof(bytes);
	feed_all(run);
	frame.number = run->frame.number;
	run->frame = frame;
}

/* Where the endpoints of the last segment send, or a copy from elsewhere. */
static void
change_network(struct run *run, unsigned side, unsigned what)
{
	uint8_t *vni = run->vni[run->last.talk];

	if (what < 7) {
		vni[side] = (uint8_t)(what - 1);
		return;
	}
	frame_in(run, run->frame.bytes == run->outer ? 0 :
	    (uint8_t)(1 + side));
	feed_all(run);
}

static void
do_special(struct run *run, uint8_t who)
{
	switch (who >> 3 & 3) {
	case 0:
		repeat(run);
		break;
	case 1:		/* seen twice by the capture */
		run->frame.time_ns = later(run->frame.time_ns, who >> 5);
		run->bytes[8] -= who & 1;
		frame_in(run, run->frame.bytes == run->outer ?
		    run->outer[34] : 0);
		feed_all(run);
		break;
	case 2:
		send_error(run);
		break;
	case 3:		/* this endpoint counts its datagrams, or not */
		if (who >> 5 != 0)
			change_network(run, who & 1, who >> 5);
		else
			run->peer[run->last.talk][who & 1].ip_id =
			    take(&run->in);
		break;
	}
}

/* ---- what must hold ---- */

static void
check_in_flight(const struct endpoint_track *side)
{
	int64_t start = INT64_MIN, end = INT64_MIN;

	MUST(side->inflight_size <= INFLIGHT_MAX);
	MUST(side->inflight_count <= side->inflight_size);
	for (uint32_t i = 0; i < side->inflight_count; i++) {
		const struct inflight *at = &side->inflight[
		    (side->inflight_head + i) & (side->inflight_size - 1)];

		MUST(at->start < at->end);
		MUST(at->open == 0 || (at->is_resent && side->has_open));
		MUST(at->start >= start && at->end >= end);
		start = at->start;
		end = at->end;
	}
}

static void
check_holes(const struct endpoint_track *side, const struct endpoint *endpoint)
{
	int64_t end = INT64_MIN;

	MUST(side->holes_count <= side->holes_size);
	MUST(side->holes_size <= HOLES_MAX);
	for (unsigned i = 0; i < side->holes_count; i++) {
		const struct hole *hole = &side->holes[i];

		MUST(hole->start >= end && hole->start < hole->end);
		end = hole->end;
	}
	MUST(end <= endpoint->nxt);
}

static void
check_side(const struct endpoint_track *side, const struct endpoint *endpoint)
{
	check_in_flight(side);
	check_holes(side, endpoint);
	MUST(side->sacks_count <= SACK_BLOCKS_MAX);
	MUST(side->tsvals_count <= TSVALS_MAX);
	MUST(!side->has_rtt || (side->srtt >= 0 && side->rttvar >= 0));
}

static void
check_figures(const struct endpoint_stats *figures)
{
	const uint32_t *counts = figures->judged;

	/* Each is counted in exactly one: see loss.h. */
	MUST(counts[JUDGED_RETRANSMISSION] == counts[JUDGED_LOSS_BEFORE] +
	    counts[JUDGED_LOSS_BEHIND] + counts[JUDGED_REFUSED] +
	    counts[JUDGED_UNANSWERED]);
	MUST(figures->rtt.count == 0 ||
	    figures->rtt.min <= figures->rtt.max);
	MUST(figures->zero_ns >= 0 && figures->limited_ns >= 0);
}

static void
check_totals(const struct run *run, const struct tcpstates *ts)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	uint64_t frames = 0, conns = 0;
	struct pack_room room;

	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		frames += totals->verdicts[i];
	MUST(frames == totals->frames && frames == run->frame.number);
	for (const struct conn *at = tcpstates_first(ts); at != NULL;
	    at = at->next) {
		const struct conn *conn = pack_read(at, &room);

		MUST(conn->number == ++conns);
		MUST(conn->first_ns <= conn->last_ns);
		if (conn->analysis == NULL)
			continue;
		check_side(&conn->analysis->track[0], &conn->endpoint[0]);
		check_side(&conn->analysis->track[1], &conn->endpoint[1]);
		if (ts != run->keep)
			continue;
		check_figures(&conn->analysis->stats[0]);
		check_figures(&conn->analysis->stats[1]);
	}
	MUST(conns == totals->conns);
}

static bool
is_same_end(const struct endpoint *a, const struct endpoint *b)
{
	return a->pkts == b->pkts && a->bytes == b->bytes &&
	    a->ip_bytes == b->ip_bytes && a->rst_count == b->rst_count &&
	    a->has_isn == b->has_isn && a->isn == b->isn;
}

static bool
is_same_close(const struct lifecycle *a, const struct lifecycle *b)
{
	return a->syn_count == b->syn_count && a->fin_count == b->fin_count;
}

static bool
is_same_wait(const struct endpoint_track *a, const struct endpoint_track *b)
{
	return a->tsvals_count == b->tsvals_count &&
	    memcmp(a->tsvals, b->tsvals,
	    a->tsvals_count * sizeof(a->tsvals[0])) == 0 &&
	    memcmp(a->tsvals_ns, b->tsvals_ns,
	    a->tsvals_count * sizeof(a->tsvals_ns[0])) == 0;
}

/* All that later segments are judged by. */
static bool
is_same_side(const struct endpoint_track *a, const struct endpoint_track *b)
{
	return a->inflight_count == b->inflight_count &&
	    a->holes_count == b->holes_count &&
	    a->sacks_count == b->sacks_count && is_same_wait(a, b) &&
	    a->lowest_seen == b->lowest_seen &&
	    a->probe_byte_pending == b->probe_byte_pending &&
	    a->is_recovering == b->is_recovering &&
	    a->recovery_end == b->recovery_end &&
	    a->recovery_cause == b->recovery_cause &&
	    a->first_ns == b->first_ns && a->last_ns == b->last_ns &&
	    a->last_data_ns == b->last_data_ns &&
	    a->ack_progress_ns == b->ack_progress_ns &&
	    a->last_window == b->last_window && a->ack == b->ack &&
	    a->has_ack == b->has_ack && a->dup_run == b->dup_run &&
	    a->max_payload == b->max_payload &&
	    a->last_ip_id == b->last_ip_id && a->ip_id_run == b->ip_id_run &&
	    a->ip_id_increments == b->ip_id_increments &&
	    a->last_kind == b->last_kind && a->has_open == b->has_open &&
	    a->has_ts_first == b->has_ts_first && a->ts_first == b->ts_first &&
	    a->srtt == b->srtt && a->rttvar == b->rttvar &&
	    a->has_rtt == b->has_rtt && a->has_min_rtt == b->has_min_rtt &&
	    a->rtt_min == b->rtt_min;
}

static bool
is_same_analysis(const struct analysis *a, const struct analysis *b)
{
	return a->syns_by == b->syns_by &&
	    a->synack_side == b->synack_side &&
	    a->has_synack == b->has_synack &&
	    a->synack_ns == b->synack_ns &&
	    a->rtt_syn == b->rtt_syn && a->rtt_ack == b->rtt_ack &&
	    a->rtt_initial == b->rtt_initial &&
	    is_same_side(&a->track[0], &b->track[0]) &&
	    is_same_side(&a->track[1], &b->track[1]);
}

/* Every nanosecond is booked, and whichever path a segment took, alike. */
static void
check_ledgers(const struct conn *a, const struct conn *b)
{
	struct ledger x, y;

	if (!ledger_read(a, &x) || !ledger_read(b, &y))
		return;
	MUST(ledger_is_balanced(a, &x) && ledger_is_balanced(b, &y));
	MUST(memcmp(&x, &y, sizeof(x)) == 0);
}

/* Has it rejected segments, whose numbers may have come to count? */
static bool
has_rejected(const struct conn *conn)
{
	struct pack_room room;
	const struct analysis *an = pack_read(conn, &room)->analysis;

	return conn->has_strays || (an != NULL &&
	    (an->stats[0].judged[JUDGED_UNACCEPTABLE] > 0 ||
	    an->stats[1].judged[JUDGED_UNACCEPTABLE] > 0));
}

/*
 * Without an analysis no SYN is remembered but the first, nor are segments with
 * other numbers (tcp/strays.h): such an engine may go by other numbers, and then
 * by other states.
 */
static bool
has_other_numbers(const struct tcpstates *a, const struct tcpstates *b)
{
	const struct conn *x = tcpstates_first(a);
	const struct conn *y = tcpstates_first(b);

	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		if (has_rejected(x))
			return true;
		for (unsigned side = 0; side < 2; side++)
			if (x->endpoint[side].isn != y->endpoint[side].isn ||
			    x->endpoint[side].has_isn !=
			    y->endpoint[side].has_isn)
				return true;
	}
	return false;
}

/*
 * The connections of two engines that were fed the same.  Once nothing of an
 * analysis is left, what is missing before a FIN is not known any more, and
 * states, which no report without an analysis prints, are guesses.
 */
static void
check_same(const struct tcpstates *a, const struct tcpstates *b)
{
	const struct conn *x = tcpstates_first(a);
	const struct conn *y = tcpstates_first(b);
	struct pack_room room, other_room;
	const struct conn *u, *v;

	MUST(memcmp(tcpstates_totals(a)->verdicts,
	    tcpstates_totals(b)->verdicts,
	    sizeof(tcpstates_totals(a)->verdicts)) == 0);
	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		MUST(x->orig == y->orig && x->is_closed == y->is_closed);
		MUST(x->first_ns == y->first_ns && x->last_ns == y->last_ns);
		MUST(is_same_end(&x->endpoint[0], &y->endpoint[0]));
		MUST(is_same_end(&x->endpoint[1], &y->endpoint[1]));
		MUST(is_same_close(&x->lifecycle[0], &y->lifecycle[0]));
		MUST(is_same_close(&x->lifecycle[1], &y->lifecycle[1]));
		MUST(y->analysis == NULL ||
		    (x->endpoint[0].state == y->endpoint[0].state &&
		    x->endpoint[1].state == y->endpoint[1].state));
		u = pack_read(x, &room);
		v = pack_read(y, &other_room);
		check_ledgers(u, v);
		MUST(y->analysis == NULL ||
		    (x->handshake_done == y->handshake_done &&
		    is_same_analysis(u->analysis, v->analysis)));
	}
	MUST(x == NULL && y == NULL);
}

/* ---- reports ---- */

static void
forget_text(struct run *run)
{
	MUST(outbuf_flush(run->out) == 0);
	MUST(run->segments.style.colour || output_is_text(&run->text));
	run->text.len = 0;
}

static void
write_text(struct run *run, const struct tcpstates *ts,
    const struct select_rules *select, bool detail)
{
	const struct report_options options = {
		.select = select,
		.style = run->segments.style,
		.detail = detail,
	};

	MUST(text_report(run->out, tcpstates_first(ts), &options) == 0);
	MUST(outbuf_flush(run->out) == 0);
}

static void
write_table(struct run *run, const struct tcpstates *ts)
{
	const struct report_options options = {
		.select = &run->select,
		.style = run->segments.style,
	};

	MUST(table_report(run->out, tcpstates_first(ts), &options) == 0);
	forget_text(run);
}

/* Put the records behind the text so far. */
static void
write_records(struct run *run, const struct tcpstates *ts, bool is_csv)
{
	const struct conn *conn;
	struct select_walk walk;
	struct writer writer;

	writer_init(&writer, is_csv ? &csv_format : &ndjson_format, run->out,
	    run->segments.style.digits, true);
	MUST(select_walk_begin(&walk, &run->select, tcpstates_first(ts)) == 0);
	while ((conn = select_walk_next(&walk)) != NULL)
		record_conn(&writer, conn);
	select_walk_end(&walk);
	record_summary(&writer, tcpstates_first(ts), tcpstates_totals(ts),
	    NULL);
	writer_finish(&writer);
	MUST(outbuf_flush(run->out) == 0);
}

/* ---- pictures ---- */

#define PICTURES_MAX	4		/* drawn */
/* In bytes: what mail and browsers take, whatever the capture. */
#define TIMELINE_MAX	100000
#define SHEET_MAX	150000
#define LADDER_MAX	30000

/* A picture in text: every element closed, and no larger than `most`. */
static void
forget_picture(struct run *run, size_t most)
{
	int open = 0;

	MUST(outbuf_flush(run->out) == 0);
	MUST(run->text.len <= most && output_is_text(&run->text));
	for (size_t i = 0; i + 1 < run->text.len; i++) {
		const char *at = run->text.bytes + i;

		if (at[0] == '<')
			open += at[1] == '/' ? -1 : 1;
		else if (at[0] == '/' && at[1] == '>')
			open--;
		MUST(open >= 0);
	}
	MUST(open == 0);
	run->text.len = 0;
}

/* Waits follow upon each other, from the first segment to the last one. */
static void
check_waits(const struct conn *conn, const struct picture *picture)
{
	int64_t at_ns = conn->first_ns;
	struct span span;

	for (uint32_t i = 0; wait_next(conn, picture, i, &span); i++) {
		MUST(span.from_ns == at_ns && span.to_ns >= span.from_ns);
		at_ns = span.to_ns;
	}
	MUST(at_ns == conn->last_ns);
}

static void
plot_connection(struct run *run, const struct conn *conn,
    const struct picture *picture)
{
	struct xplot_data data = {
		.conn = conn, .picture = picture, .digits = 6,
	};

	for (data.side = 0; data.side < 2; data.side++)
		for (enum xplot kind = 0; kind < XPLOT_KINDS; kind++)
			if (xplot_has(picture, data.side, kind))
				xplot_put(run->out, &data, kind);
	forget_text(run);
}

static void
draw_connection(struct run *run, const struct conn *packed)
{
	const struct picture *picture = collector_find(run->collector,
	    packed->number);
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);

	if (picture == NULL || picture->count == 0)
		return;
	sheet_put(run->out, conn, picture,
	    &(struct sheet_options){ .id = "s" });
	forget_picture(run, SHEET_MAX);
	ladder_put(run->out, conn, picture,
	    &(struct ladder_options){ .id = "l", .is_file = true });
	forget_picture(run, LADDER_MAX);
	plot_connection(run, conn, picture);
	if (tcpstates_totals(run->keep)->clock_back == 0)
		check_waits(conn, picture);
}

static void
draw(struct run *run, const struct tcpstates *ts)
{
	const struct conn *drawn[PICTURES_MAX];
	struct timeline timeline = {
		.id = "t",
		.conn = drawn,
		.collector = run->collector,
		.first_ns = tcpstates_totals(ts)->first_ns,
		.last_ns = tcpstates_totals(ts)->last_ns,
		.zero_ns = tcpstates_totals(ts)->first_ns,
	};
	struct busy_part part;

	if (run->collector == NULL)
		return;
	for (const struct conn *conn = tcpstates_first(ts); conn != NULL &&
	    timeline.count < PICTURES_MAX; conn = conn->next) {
		draw_connection(run, conn);
		drawn[timeline.count++] = conn;
	}
	timeline_put(run->out, &timeline);
	forget_picture(run, TIMELINE_MAX);
	if (!timeline_busy_part(&timeline, &part))
		return;
	timeline_zoom(&timeline, &part, drawn);
	timeline_put(run->out, &timeline);
	forget_picture(run, TIMELINE_MAX);
}

/* Figures do not depend on what is kept for the views. */
static void
compare_reports(struct run *run)
{
	size_t len;

	write_text(run, run->keep, NULL, false);
	len = run->text.len;
	write_text(run, run->drop, NULL, false);
	MUST(run->text.len == 2 * len);
	MUST(memcmp(run->text.bytes, run->text.bytes + len, len) == 0);
	forget_text(run);
}

/* Neither do those in the records depend on the way they were found. */
static void
compare_ways(struct run *run)
{
	const size_t len = run->text.len;

	tcpstates_finish(run->slow);
	write_records(run, run->slow, false);
	MUST(run->text.len == 2 * len);
	MUST(memcmp(run->text.bytes, run->text.bytes + len, len) == 0);
}

static void
report_json(struct run *run)
{
	if (!wants_report(run, REPORT_JSON) && run->slow == NULL)
		return;
	write_records(run, run->keep, false);
	MUST(output_is_json(&run->text));
	if (run->slow != NULL)
		compare_ways(run);
	forget_text(run);
}

static void
report_csv(struct run *run)
{
	if (!wants_report(run, REPORT_CSV))
		return;
	write_records(run, run->keep, true);
	MUST(output_is_csv(&run->text));
	forget_text(run);
}

/*
 * Under limits: every connection is followed, kept or left out, and however
 * many are kept, the figures are the same.
 */
static void
compare_limited(struct run *run)
{
	struct tcpstates_totals totals[2];
	struct summary all[2];

	for (unsigned i = 0; i < 2; i++) {
		struct tcpstates *ts = i == 0 ? run->narrow : run->capped;
		uint64_t listed = 0;

		tcpstates_finish(ts);
		totals[i] = *tcpstates_totals(ts);
		all[i] = totals[i].left_out;
		for (const struct conn *conn = tcpstates_first(ts);
		    conn != NULL; conn = conn->next)
			listed++;
		MUST(listed + all[i].total == totals[i].conns);
		summary_add_all(&all[i], tcpstates_first(ts));
		MUST(totals[i].unreported == totals[i].left_out.total);
		totals[i].left_out = (struct summary){ .total = 0 };
		totals[i].unreported = 0;
	}
	MUST(memcmp(&all[0], &all[1], sizeof(all[0])) == 0);
	MUST(memcmp(&totals[0], &totals[1], sizeof(totals[0])) == 0);
	MUST(totals[0].frames == run->frame.number);
}

static void
compare_kept(struct run *run)
{
	tcpstates_finish(run->drop);
	check_totals(run, run->drop);
	check_same(run->keep, run->drop);
	compare_reports(run);
}

static void
compare_none(struct run *run)
{
	tcpstates_finish(run->none);
	check_totals(run, run->none);
	if (tcpstates_totals(run->keep)->verdicts[VERDICT_DUPLICATE] == 0 &&
	    !has_other_numbers(run->keep, run->none))
		check_same(run->keep, run->none);
}

static void
report(struct run *run)
{
	tcpstates_finish(run->keep);
	check_totals(run, run->keep);
	forget_text(run);
	if (wants_report(run, REPORT_DETAIL)) {
		write_text(run, run->keep, &run->select, true);
		forget_text(run);
	}
	if (wants_report(run, REPORT_TABLE))
		write_table(run, run->keep);
	report_json(run);
	report_csv(run);
	draw(run, run->keep);
	if (run->drop != NULL)
		compare_kept(run);
	if (run->none != NULL)
		compare_none(run);
	if (run->narrow != NULL)
		compare_limited(run);
}

/* ---- the engines ---- */

static void
on_segment(void *arg, const struct conn *conn, const struct segment *segment,
    const struct judgement *judgement)
{
	struct run *run = arg;

	MUST(judgement->bits < UINT32_C(1) << JUDGED_COUNT);
	segments_line(run->out, &run->segments, conn, segment, judgement);
	if (run->collector != NULL)
		collector_segment(run->collector, conn, segment, judgement);
}

static void
on_booked(void *arg, const struct booking *booking)
{
	struct run *run = arg;

	if (run->collector != NULL)
		collector_booking(run->collector, booking);
}

static void
on_transition(void *arg, const struct conn *conn,
    const struct transition *transition)
{
	struct run *run = arg;

	MUST(transition->from != transition->to);
	segments_transition(run->out, &run->segments, conn, transition);
	states_line(run->out, &run->segments.style, conn, transition);
	if (run->collector != NULL)
		collector_transition(run->collector, conn, transition);
}

/* All steps for every segment, and those in batches. */
static struct tcpstates *
slow_engine(void)
{
	const struct tcpstates_options options = {
		.hash_key = { fixed_key[0], fixed_key[1] },
		.keep_analysis = true,
		.diagnose = true,
		.no_fastpath = true,
		.is_batched = true,
	};

	return tcpstates_new(&options);
}

static struct tcpstates *
new_engine(struct run *run, bool keep, bool none, bool tell)
{
	struct tcpstates_options options = {
		.hash_key = { fixed_key[0], fixed_key[1] },
		.keep_analysis = keep,
		.diagnose = keep,
		.no_analysis = none,
	};

	if (tell) {
		options.events.segment = on_segment;
		options.events.transition = on_transition;
		options.events.booked = on_booked;
		options.events.arg = run;
	}
	return tcpstates_new(&options);
}

/* As a pair: the same limits, but for how many records are kept. */
static void
limit_engines(struct run *run, uint8_t which)
{
	static const struct limits narrow[] = {
		{ .max_conns = 2 },
		{ .linger_ns = 1000000 },
		{ .idle_ns = 50000000, .half_open_ns = 1000 },
		{ .max_conns = 1, .idle_ns = 1, .linger_ns = 1 },
	};
	struct tcpstates_options options = {
		.hash_key = { fixed_key[0], fixed_key[1] },
		.tally = (which & 4) != 0,
		.limits = narrow[which & 3],
	};

	run->narrow = tcpstates_new(&options);
	options.limits.max_ended = 1;
	options.limits.drop_ended = (which & 8) != 0;
	run->capped = tcpstates_new(&options);
	MUST(run->narrow != NULL && run->capped != NULL);
}

static void
settle_view(struct run *run, uint8_t settings, uint8_t column)
{
	struct time_style *view = &run->segments.style;

	view->format = (enum time_format)(settings & 3);
	view->digits = settings & 4 ? 9 : 6;
	view->colour = (settings & 8) != 0;
	run->segments.many = (settings & 16) != 0;
	run->select.is_reversed = (settings & 32) != 0;
	if (column > 0)
		run->select.sort = record_column(column %
		    record_column_count());
}

/* The engines that the first one is compared with. */
static void
begin_others(struct run *run, uint8_t settings, uint8_t column)
{
	if (wants_comparison(run, COMPARE_KEPT)) {
		run->drop = new_engine(run, false, false, false);
		if ((settings & 64) != 0)
			run->none = new_engine(run, false, true, false);
	}
	if (wants_comparison(run, COMPARE_WAYS))
		run->slow = slow_engine();
	if (wants_comparison(run, COMPARE_LIMITS))
		limit_engines(run, column);
}

/* Long inputs reach more, so a fuzzer would try little else. */
static bool
is_long(const struct run *run, uint8_t column)
{
	return column >= COLUMN_LONG && (!IS_FUZZING ||
	    (run->in.end - run->in.at) % 16 == 0);
}

static void
begin(struct run *run)
{
	const uint8_t settings = take(&run->in);
	const uint8_t column = take(&run->in);
	uint8_t nth;

	settle_view(run, settings, column);
	run->lot = settings + column;
	run->frames_max = is_long(run, column) ? FRAMES_LONG : FRAMES_MAX;
	nth = take(&run->in);
	run->frame.linktype = LINKTYPE_RAW;
	run->frame.bytes = run->bytes;
	run->out = outbuf_new(output_take, &run->text);
	run->keep = new_engine(run, true, false, (settings & 128) == 0);
	/* Pictures take time: of one input in four, and of long ones. */
	if ((column & 3) == 3 || run->frames_max == FRAMES_LONG)
		run->collector = collector_new();
	run->is_short_of_memory = nth > 0;
	if (nth > 0)
		mem_fail_after(nth);
	else
		begin_others(run, settings, column);
	MUST(run->out != NULL && run->keep != NULL);
	(void)output_take(&run->text, "", 0);
	segments_legend(run->out, &run->segments);
	states_heading(run->out, &run->segments.style);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = { .in = { data, data + size } };

	if (size < 4)
		return 0;
	begin(&run);
	while (run.in.at < run.in.end && !is_full(&run)) {
		const uint8_t who = take(&run.in);

		if ((who >> 1 & 3) < TALKS)
			send_segment(&run, who);
		else
			do_special(&run, who);
	}
	mem_fail_after(0);
	report(&run);
	tcpstates_free(run.keep);
	tcpstates_free(run.drop);
	tcpstates_free(run.none);
	tcpstates_free(run.slow);
	tcpstates_free(run.narrow);
	tcpstates_free(run.capped);
	outbuf_free(run.out);
	collector_free(run.collector);
	output_fini(&run.text);
	MUST(mem_outstanding() == 0);
	return 0;
}
