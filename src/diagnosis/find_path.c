/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings of the path.
 */
#include "config.h"

#include "diagnosis/exam.h"
#include "tcp/inflight.h"

#define FRUITLESS_MANY	3	/* retransmissions in vain */
#define MISSING_NS	NS_PER_SEC
#define SILENCE_NS	(10 * NS_PER_SEC)
#define SILENCE_TIMES	20	/* longer than any silence survived */
#define SILENCE_LEAST_NS	NS_PER_SEC
#define BLOAT_NS	(100 * NS_PER_MS)
#define BLOAT_TIMES	4
#define STORM_RATE	20	/* pure ACKs a second, of both */

/* ---- queues ---- */

/* The endpoint that sent most: whose data filled the queue. */
static unsigned
bulk_sender(const struct exam *x)
{
	return x->conn->endpoint[1].bytes > x->conn->endpoint[0].bytes;
}

/* Delay of a queue at its worst, as its sender's acknowledgments show: ns. */
static int64_t
queue_delay(const struct exam *x, unsigned side)
{
	const int64_t p95 = series_quantile(&x->an->stats[side].rtt, 950);
	const struct sender *sender = exam_sender(x, side);
	const int64_t least = x->delay[!side];
	int64_t delay = p95 > least && least >= 0 ? p95 - least : 0;

	/* A queue between the sender and here is in the echoes. */
	if (sender != NULL && sender->echo_max > sender->echo_min &&
	    sender->echo_max - sender->echo_min > delay)
		delay = sender->echo_max - sender->echo_min;
	return delay;
}

/* Name the frame that the longest queue delayed most. */
static void
name_queue(const struct exam *x, struct finding *f)
{
	const struct long_waits *waits = x->d != NULL ? x->d->waits : NULL;
	const struct longest *ack = long_waits_sight(waits, SIGHT_QUEUE);
	const struct longest *echo = long_waits_sight(waits,
	    sight_of(SIGHT_QUEUE, 1));
	const bool is_ack = echo == NULL || (ack != NULL &&
	    ack->ns >= echo->ns);
	const struct longest *most = is_ack ? ack : echo;

	if (most == NULL)
		return;
	f->frame = most->frame;
	f->is_sight = true;
	exam_add_spot(f, &(struct spot){ most->frame, 0, most->end_ns,
	    is_ack ? "the longest queue: this ACK came % after its data" :
	    "the longest queue: this data came % after the ACK that released "
	    "it" });
}

static void
take_queue(const struct exam *x, int64_t delay, struct finding *f)
{
	const unsigned side = bulk_sender(x);
	const int64_t busy = ledger_busy_ns(x->conn, side);

	f->side = SIDE_NETWORK;
	f->cost_ns = exam_ns(x, BOOK_BOTTLENECK);
	name_queue(x, f);
	f->delay_ns = delay;
	if (busy > NS_PER_MS)
		f->rate = x->an->stats[side].unique_bytes * 1000 /
		    (uint64_t)(busy / NS_PER_MS);
}

static bool
is_bloated(const struct exam *x, int64_t delay)
{
	return x->rtt >= 0 && delay >= BLOAT_NS &&
	    delay >= (BLOAT_TIMES - 1) * x->rtt;
}

/*
 * Did a long queue delay most segments?  A pause of the path delays as long,
 * but only the segments that are in flight at that moment.
 */
static bool
delays_most(const struct exam *x, int64_t delay)
{
	const unsigned side = bulk_sender(x);
	const int64_t median = series_quantile(&x->an->stats[side].rtt, 500);

	return median - x->delay[!side] >= delay / 3;
}

/*
 * What a queue must cost to be named.  A slow start fills a short queue once,
 * which costs less than three times the queue's delay.  A long queue is a
 * problem after one burst, too: if most segments were delayed, or if the queue
 * took half of the time, which a single pause of the path does not.
 */
static int64_t
least_cost(const struct exam *x, int64_t cost, int64_t delay)
{
	const int64_t round_trip = nstime_add(x->rtt > 0 ? x->rtt : 0, delay);
	const int64_t usual = nstime_times(round_trip, 3);

	if (!is_bloated(x, delay))
		return usual;
	if (delays_most(x, delay))
		return round_trip / 2;
	return exam_is_share(x, cost, 50) ? usual / 2 : usual;
}

/* Did a queue take much of the time?  Then its delay. */
static bool
is_bottleneck(const struct exam *x, int64_t *ret_delay)
{
	const int64_t cost = exam_ns(x, BOOK_BOTTLENECK);

	if (!exam_is_share(x, cost, 20) || !exam_is_costly(x, cost))
		return false;
	*ret_delay = queue_delay(x, bulk_sender(x));
	/* A jump of the clock may make the delay as large as a time can be. */
	return cost >= least_cost(x, cost, *ret_delay);
}

bool
rule_bottleneck(const struct exam *x, unsigned side, struct finding *f)
{
	int64_t delay;

	(void)side;
	if (!is_bottleneck(x, &delay))
		return false;
	f->id = FINDING_BOTTLENECK;
	take_queue(x, delay, f);
	return true;
}

bool
rule_bufferbloat(const struct exam *x, unsigned side, struct finding *f)
{
	int64_t delay;

	(void)side;
	if (!is_bottleneck(x, &delay) || !is_bloated(x, delay))
		return false;
	f->id = FINDING_BUFFERBLOAT;
	take_queue(x, delay, f);
	return true;
}

bool
rule_ecn_marked(const struct exam *x, unsigned side, struct finding *f)
{
	const struct header_counts *a = &x->an->stats[0].counts;
	const struct header_counts *b = &x->an->stats[1].counts;
	const uint64_t pkts = conn_segments(x->conn);
	const int64_t cost = exam_ns(x, BOOK_BOTTLENECK);
	uint64_t count = (uint64_t)a->ce + b->ce;

	(void)side;
	if (x->an->ecn == ECN_CLASSIC && a->ece + (uint64_t)b->ece > count)
		count = a->ece + (uint64_t)b->ece;
	if (count == 0 || count * 100 < pkts)
		return false;
	f->count = count;
	/* Marks keep a queue short; only a long one costs time. */
	f->cost_ns = exam_is_costly(x, cost) ? cost : 0;
	f->id = FINDING_ECN_MARKED;
	(void)exam_name_sight(x, SIGHT_MARKED, f);
	f->side = SIDE_NETWORK;
	f->confidence = CONFIDENCE_SHOWN;
	return true;
}

/* ---- nothing arrives any more ---- */

/* What an endpoint sends again and again is not acknowledged. */
static bool
is_fruitless(const struct exam *x, unsigned side)
{
	const struct sender *sender = exam_sender(x, side);

	return sender != NULL && sender->fruitless >= FRUITLESS_MANY &&
	    x->conn->endpoint[!side].pkts > 0;
}

/* Where the lowest byte without an acknowledgment was first sent; or 0. */
static uint64_t
first_unacked_frame(const struct exam *x, unsigned side)
{
	const struct inflight *first = inflight_first(
	    &x->conn->analysis->track[side]);

	return first != NULL ? inflight_frame(first) : 0;
}

/*
 * Large segments are retransmitted in vain, and none ever arrived, while
 * smaller ones, or the handshake's, did.
 */
bool
exam_is_mtu_hole(const struct exam *x, unsigned side)
{
	const struct sender *sender = exam_sender(x, side);

	/* Where an ICMP error tells the sender, it goes on with smaller ones. */
	return sender != NULL && sender->large_resent >= FRUITLESS_MANY &&
	    (sender->fruitless > 0 || x->an->path_mtu == 0) &&
	    x->conn->endpoint[side].has_una &&
	    x->conn->endpoint[side].una > 0;
}

int64_t
exam_missing(const struct exam *x, unsigned side)
{
	const struct endpoint_track *track = &x->an->track[side];
	const struct endpoint *e = &x->conn->endpoint[side];
	const struct endpoint *peer = &x->conn->endpoint[!side];
	int64_t bytes = 0;

	if (!e->has_una || !e->has_isn || !peer->has_mss || x->is_one_way)
		return 0;
	for (unsigned i = 0; i < track->holes_count; i++)
		if (track->holes[i].end > e->una)
			bytes += track->holes[i].end - track->holes[i].start;
	return bytes >= peer->mss && track->max_payload <
	    (uint32_t)peer->mss * 9 / 10 ? bytes : 0;
}

static bool
find_missing(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t missing = exam_missing(x, side);
	/*
	 * Of the server, an answer that did not come is among it; of a client,
	 * all the time, if no data at all came.
	 */
	const enum book quiet = side != x->client ? BOOK_NO_ANSWER : BOOK_IDLE;
	const int64_t cost = exam_ns(x, BOOK_UNANSWERED) +
	    (side != x->client || x->d == NULL ? exam_ns(x, quiet) : 0);

	if (missing == 0 || cost < MISSING_NS)
		return false;
	f->id = FINDING_MTU_BLACK_HOLE;
	f->side = SIDE_NETWORK;
	f->is_suspected = true;
	exam_name_rest(x, x->d != NULL ? x->d->cut_frame :
	    x->conn->first_frame, f);
	f->missing = (uint64_t)missing;
	f->cost_ns = cost;
	f->claims = BOOK_BIT(quiet);
	return true;
}

bool
rule_mtu_black_hole(const struct exam *x, unsigned side, struct finding *f)
{
	if (!exam_is_mtu_hole(x, side))
		return find_missing(x, side, f);
	f->id = FINDING_MTU_BLACK_HOLE;
	f->side = SIDE_NETWORK;
	(void)exam_name_sight(x, sight_of(SIGHT_LARGE, side), f);
	f->count = exam_sender(x, side)->large_resent;
	f->bytes = x->an->track[side].max_payload;
	f->has_icmp = x->an->path_mtu != 0;
	f->cost_ns = exam_ns(x, BOOK_UNANSWERED) +
	    exam_ns(x, BOOK_LOSS_TIMEOUT);
	return true;
}

/* The longest silence that ended with data of an endpoint. */
static const struct longest *
longest_silence(const struct exam *x, unsigned side)
{
	const struct longest *wait = exam_longest(x, book_of(BOOK_WAIT, side));
	const struct longest *pause = exam_longest(x,
	    book_of(BOOK_PAUSE, side));

	if (wait == NULL || (pause != NULL && pause->ns > wait->ns))
		return pause;
	return wait;
}

/* Silence of both that the connection survived, at most: ns. */
static int64_t
survived(const struct exam *x, int64_t silence)
{
	int64_t ns = 0;

	for (unsigned side = 0; side < 2; side++)
		ns += exam_side_ns(x, BOOK_WAIT, side) +
		    exam_side_ns(x, BOOK_PAUSE, side);
	return ns - silence;
}

static bool
is_long_silence(const struct exam *x, int64_t silence)
{
	return silence >= SILENCE_NS || (silence >= SILENCE_LEAST_NS &&
	    silence >= nstime_times(survived(x, silence), SILENCE_TIMES));
}

/*
 * An RST from elsewhere: what has forgotten the connection says so.  Near the
 * one endpoint it answers the data after the silence, of which nothing was
 * acknowledged before; near the other it comes in place of that data.
 */
static bool
is_told_forgotten(const struct exam *x, unsigned side,
    const struct longest *silence)
{
	const struct marks *m = &x->d->marks[side];

	if (!conn_is_reset(x->conn))
		return false;
	if (exam_is_injected(x, side))
		return silence->frame == x->conn->last_frame;
	return exam_is_injected(x, !side) && x->d->speaker == side &&
	    m->first_ack_ns == NEVER && m->all_ns == NEVER;
}

/*
 * An endpoint retransmits unacknowledged data (RFC 9293, 3.8.1).  An endpoint
 * near the capture point that never did so had failed before the silence
 * ended, so no middlebox is to blame.
 */
static bool
is_silent_itself(const struct exam *x, unsigned side,
    const struct longest *silence)
{
	const struct inflight *first = inflight_first(
	    &x->conn->analysis->track[side]);

	return first != NULL && !first->is_resent &&
	    inflight_frame(first) < silence->frame && exam_is_beside(x, side);
}

/* Data after the silence was never acknowledged, or answered by an RST. */
int64_t
exam_forgotten_after(const struct exam *x, unsigned side)
{
	struct endpoint_track *track = &x->conn->analysis->track[side];
	const bool in_vain = is_fruitless(x, side);
	const struct inflight *first;
	const struct longest *silence;

	/* Nearly all connections end otherwise. */
	if ((!in_vain && !conn_is_reset(x->conn)) ||
	    !x->conn->endpoint[!side].sent_data)
		return 0;
	silence = longest_silence(x, side);
	if (silence == NULL || !is_long_silence(x, silence->ns))
		return 0;
	if (is_told_forgotten(x, side, silence))
		return silence->ns;
	first = inflight_first(track);
	return in_vain && first != NULL &&
	    silence->frame <= inflight_frame(first) &&
	    !is_silent_itself(x, !side, silence) ? silence->ns : 0;
}

/* The silence, and what came after it in vain. */
static void
name_forgotten(const struct exam *x, const struct longest *silence,
    struct finding *f)
{
	const uint64_t last = x->conn->last_frame;

	f->frame = last;
	f->from_frame = last > silence->frame ? silence->frame :
	    silence->from_frame;
	f->is_sight = true;
	exam_add_spot(f, &(struct spot){ silence->from_frame, 0, f->delay_ns,
	    "the last segment before % of silence" });
	exam_add_spot(f, &(struct spot){ silence->frame, 0, 0,
	    last == silence->frame ? "what came after the silence" :
	    "the first segment sent after the silence" });
	if (last > silence->frame)
		exam_add_spot(f, &(struct spot){ silence->frame + 1, last, 0,
		    f->count > 0 ? "retransmissions, and no acknowledgment of them" :
		    "what came of the data" });
}

bool
rule_idle_timeout(const struct exam *x, unsigned side, struct finding *f)
{
	const int64_t silence = exam_forgotten_after(x, side);
	const struct longest *longest = longest_silence(x, side);

	if (silence == 0)
		return false;
	f->id = FINDING_IDLE_TIMEOUT;
	f->side = SIDE_MIDDLEBOX;
	f->is_suspected = true;
	f->what = exam_role_words(x, side);
	f->delay_ns = silence;
	f->count = exam_sender(x, side) != NULL ?
	    exam_sender(x, side)->fruitless : 0;
	f->cost_ns = exam_ns(x, BOOK_UNANSWERED) + 1;
	name_forgotten(x, longest, f);
	return true;
}

/* An RST of the peer's own answered in the end. */
static bool
is_refused_by_peer(const struct exam *x, unsigned side)
{
	return x->an->reset_by == 1 + !side && !exam_is_injected(x, !side);
}

bool
rule_peer_vanished(const struct exam *x, unsigned side, struct finding *f)
{
	if (!is_fruitless(x, side) || is_refused_by_peer(x, side) ||
	    exam_is_mtu_hole(x, side) ||
	    exam_forgotten_after(x, side) > 0 || exam_is_queue_full(x))
		return false;
	f->id = FINDING_PEER_VANISHED;
	exam_name_rest(x, first_unacked_frame(x, side), f);
	f->side = SIDE_NETWORK;
	f->is_suspected = true;
	f->count = exam_sender(x, side)->fruitless;
	f->cost_ns = exam_ns(x, BOOK_UNANSWERED);
	return true;
}

/* ---- too much arrives ---- */

/*
 * ACKs that say nothing new, or of what the capture point has not seen: data
 * that was injected farther on.
 */
static uint64_t
barren_acks(const struct exam *x, unsigned side)
{
	return (uint64_t)exam_judged(x, side, JUDGED_DUP_ACK) +
	    exam_judged(x, side, JUDGED_UNACCEPTABLE) +
	    exam_judged(x, side, JUDGED_ACK_LOST_SEGMENT);
}

bool
rule_ack_storm(const struct exam *x, unsigned side, struct finding *f)
{
	const uint64_t a = barren_acks(x, 0);
	const uint64_t b = barren_acks(x, 1);
	const uint64_t both = 2 * (a < b ? a : b);
	const uint64_t ms = (uint64_t)(x->life / NS_PER_MS);

	(void)side;
	if (both < STORM_RATE || both * 1000 < STORM_RATE * ms)
		return false;
	f->id = FINDING_ACK_STORM;
	(void)exam_name_sight(x, SIGHT_STORM, f);
	f->side = SIDE_MIDDLEBOX;
	f->is_suspected = true;
	f->count = both;
	f->rate = ms > 0 ? both * 1000 / ms : both;
	f->cost_ns = x->life;
	return true;
}
