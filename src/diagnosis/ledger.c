/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More than 600 lines: marks, cut points and the reading of the accounts have to
 * agree on every nanosecond, or the sum would not be the duration.
 */
#include "config.h"

#include "diagnosis/ledger.h"

#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/seq.h"
#include "diagnosis/ack_ring.h"
#include "diagnosis/long_waits.h"
#include "diagnosis/policer.h"
#include "diagnosis/wait.h"
#include "flow/summary.h"
#include "tcp/inflight.h"
#include "tcp/rtt.h"
#include "tcp/window.h"

/* An ACK so soon after data acknowledges what was sent before. */
#define FIRST_ACK_NS	(2 * NS_PER_MS)
/* Marks this much closer than the path is long are one. */
#define MERGE_SHARE	32
/* A ring of an endpoint with an unknown R holds as much. */
#define DELAY_GUESS_NS	(50 * NS_PER_MS)
/* A round trip, until it is known. */
#define FIRST_ROUND_NS	(50 * NS_PER_MS)
#define REACTION_MAX_NS	(50 * NS_PER_MS)
#define LARGEST_ID_GAP	200
#define ID_PAIRS_LEAST	8
/* No host may delay an ACK for longer (RFC 9293, 3.8.6.3). */
#define ACK_DELAY_ALLOWED_NS	(500 * NS_PER_MS)
/* Farther apart, two ACKs are of no storm. */
#define STORM_GAP_NS	(100 * NS_PER_MS)

/* ---- a segment and its wait ---- */

/*
 * Does the segment end no wait, and leave marks that need no R?  So do most
 * pure ACKs of a near receiver.
 */
static bool
is_slight(const struct wait *w)
{
	const struct sender *sender = w->rcv->sender;

	return w->f->seg->payload_len == 0 && w->rcv->acks == NULL &&
	    !segment_has(w->f->seg, TCP_SYN | TCP_FIN | TCP_RST) &&
	    (sender == NULL || sender->recovery == RECOVERY_NONE) &&
	    !followed_is(w->f, JUDGED_ACK_LOST_SEGMENT);
}

static void
wait_measure(struct wait *w)
{
	w->delay[0] = w->delay[1] = w->rtt = -1;
	if (is_slight(w))
		return;
	w->delay[0] = diagnosis_delay(w->d, w->conn, 0);
	w->delay[1] = diagnosis_delay(w->d, w->conn, 1);
	if (w->delay[0] >= 0 && w->delay[1] >= 0)
		w->rtt = w->delay[0] + w->delay[1];
}

static void
wait_begin(struct wait *w, struct diagnoser *diagnoser, struct diagnosis *d,
    const struct followed *f)
{
	const unsigned peer = f->side ^ 1;

	w->diagnoser = diagnoser;
	w->d = d;
	w->f = f;
	w->conn = f->conn;
	w->side = f->side;
	w->snd = &d->marks[f->side];
	w->rcv = &d->marks[peer];
	w->x = &f->conn->endpoint[f->side];
	w->y = &f->conn->endpoint[peer];
	w->x_track = &f->an->track[f->side];
	w->y_track = &f->an->track[peer];
	w->now = f->conn->last_ns;
	w->at = d->cut_ns;
	wait_measure(w);
	wait_take_mss(w);
	w->echo = -1;
	w->waited = 0;
	w->paused = 0;
	w->lateness = 0;
	w->unseen = 0;
	w->was_blocked = false;
	w->was_held = false;
}

#define BIT(name)	(UINT32_C(1) << JUDGED_##name)

/* Of a segment without RST. */
static bool
is_data(const struct followed *f)
{
	return f->seg->payload_len > 0 && f->has_offset &&
	    (f->judged & (BIT(KEEP_ALIVE) | BIT(WINDOW_PROBE))) == 0;
}

/* The end of what an endpoint has sent, without its FIN. */
static int64_t
data_end(const struct conn *conn, unsigned side)
{
	const struct endpoint *e = &conn->endpoint[side];
	int64_t fin;

	/* Until then nothing reads the cold part of the connection. */
	if (LIKELY(!e->has_fin))
		return e->nxt;
	fin = conn->lifecycle[side].fin_end - 1;
	return fin < e->nxt ? fin : e->nxt;
}

/* ---- what findings show ---- */

static void
note_first(struct wait *w, enum sight sight)
{
	long_waits_first(&w->d->waits, sight, w->d->cut_frame,
	    w->f->seg->frame);
}

void
ledger_barren(struct diagnosis *d, const struct followed *f)
{
	long_waits_stretch(&d->waits, &(struct seen){
	    .sight = SIGHT_STORM,
	    .from_frame = f->seg->frame,
	    .frame = f->seg->frame,
	    .begin_ns = f->conn->last_ns,
	    .end_ns = f->conn->last_ns,
	}, STORM_GAP_NS);
}

static void
note_order(struct wait *w)
{
	if (followed_is(w->f, JUDGED_SPURIOUS))
		note_first(w, sight_of(SIGHT_SPURIOUS, w->side));
	if (followed_is(w->f, JUDGED_DSACK))
		note_first(w, sight_of(SIGHT_SPURIOUS, !w->side));
	if (followed_is(w->f, JUDGED_OUT_OF_ORDER))
		note_first(w, sight_of(SIGHT_OVERTAKEN, w->side));
}

static void
note_acks(struct wait *w)
{
	if (followed_is(w->f, JUDGED_ACK_LOST_SEGMENT))
		note_first(w, SIGHT_MISSED);
	if (followed_is(w->f, JUDGED_KEEP_ALIVE))
		note_first(w, SIGHT_KEEP_ALIVE);
	if (followed_is(w->f, JUDGED_DUP_ACK) ||
	    followed_is(w->f, JUDGED_ACK_LOST_SEGMENT))
		ledger_barren(w->d, w->f);
}

#define NOTED		(BIT(SPURIOUS) | BIT(DSACK) | BIT(OUT_OF_ORDER) | \
			BIT(ACK_LOST_SEGMENT) | BIT(KEEP_ALIVE) | BIT(DUP_ACK))
#define ECN_CE		3	/* congestion experienced (RFC 3168, 5) */

/* Larger than any segment on the path: merged before the capture. */
static bool
is_merged(const struct wait *w)
{
	const struct endpoint *peer = w->y;
	const uint32_t len = w->f->seg->payload_len;

	return len > 0 && peer->has_mss && len > peer->mss &&
	    len == w->x_track->max_payload;
}

/* Most segments are nothing to show. */
static void
note_sights(struct wait *w)
{
	const struct segment *seg = w->f->seg;

	if ((w->f->judged & NOTED) != 0) {
		note_order(w);
		note_acks(w);
	}
	if (seg->time_ns < w->now)
		note_first(w, SIGHT_CLOCK);
	if (seg->ecn == ECN_CE || (segment_has(seg, TCP_ECE) &&
	    !segment_has(seg, TCP_SYN)))
		note_first(w, SIGHT_MARKED);
	if (is_merged(w))
		note_first(w, SIGHT_MERGED);
}

/* ---- marks ---- */

static uint32_t
followed_window(const struct followed *f)
{
	return f->window < 0 ? WINDOW_UNKNOWN : (uint32_t)f->window;
}

static void
mark_ack(struct wait *w)
{
	struct marks *m = w->rcv;
	const struct endpoint *rcv = w->y;
	const struct endpoint_track *track = w->y_track;

	if (m->first_ack_ns == NEVER &&
	    w->now - track->last_data_ns > FIRST_ACK_NS)
		m->first_ack_ns = w->now;
	if (m->sender != NULL) {
		if (w->f->an->notes.late_synacks > 0 &&
		    rcv->una - w->f->acked == 1)
			account_move(&w->d->account, BOOK_LOSS_TIMEOUT,
			    BOOK_CONNECT_RETRY, m->sender->fruitless_ns);
		m->sender->fruitless = 0;
		m->sender->fruitless_ns = 0;
		m->sender->extra_rounds += m->sender->recovery ==
		    RECOVERY_FAST && rcv->una < m->sender->recovery_point;
	}
	if (!m->full_acked && w->f->acked * 10 >= w->mss[!w->side] * 9)
		m->full_acked = true;
	if (m->is_busy && rcv->una >= data_end(w->conn, !w->side))
		marks_end_busy(m, w->now);
}

/* Has a full segment room in the window of X? */
static bool
is_open(const struct wait *w, const struct endpoint *rcv, uint32_t window)
{
	return window == WINDOW_UNKNOWN || rcv->una + window >=
	    rcv->nxt + w->mss[!w->side];
}

/* How long the path to Y is now, with its queues. */
static int64_t
ring_span(const struct wait *w)
{
	const struct sender *sender = w->rcv->sender;
	const int64_t delay = w->delay[!w->side];

	if (delay < 0)
		return DELAY_GUESS_NS;
	return sender != NULL && sender->echo > delay ? sender->echo : delay;
}

/*
 * A mark is needed until Y has echoed its timestamp: a queue on the path may
 * have grown by any time since the last echo.
 */
static int64_t
ring_keep(const struct wait *w, int64_t span)
{
	const struct marks *m = w->rcv;

	return m->has_tsecr && seq_lt(m->tsecr,
	    ack_ring_second(m->acks)->tsval) ?
	    w->now - w->d->begin_ns : nstime_times(span, 2);
}

static void
mark_ring(struct wait *w, const struct endpoint *rcv)
{
	const int64_t span = ring_span(w);
	/* Where echoes have to tell R, each timestamp has its mark. */
	const bool is_sought = w->delay[!w->side] < 0 &&
	    ack_ring_newest(w->rcv->acks)->tsval != w->f->seg->opt.tsval;
	const struct ack_mark mark = {
		.ns = w->now,
		.advance_ns = w->y_track->ack_progress_ns,
		.ack = rcv->una,
		.window = followed_window(w->f),
		.tsval = w->f->seg->opt.tsval,
	};

	(void)ack_ring_add(&w->diagnoser->rings, &w->rcv->acks, &mark,
	    is_sought ? 0 : span / MERGE_SHARE, ring_keep(w, span));
}

/* Does it move the right edge of the window, up to which Y may send? */
static bool
moves_edge(const struct wait *w, const struct endpoint *rcv, uint32_t window)
{
	const struct ack_mark *last = ack_ring_newest(w->rcv->acks);

	return window != last->window && (window == WINDOW_UNKNOWN ||
	    last->window == WINDOW_UNKNOWN ||
	    rcv->una + window > last->ack + last->window);
}

/* What a near sender's next data may echo. */
static void
mark_tsval(struct wait *w)
{
	const struct segment *seg = w->f->seg;
	struct sender *sender = w->rcv->sender;

	if (sender == NULL || !w->f->ack_advances ||
	    (seg->opt.present & OPT_TIMESTAMP) == 0 ||
	    seg->opt.tsval == sender->ack_tsval)
		return;
	sender->ack_tsval = seg->opt.tsval;
	sender->ack_ns = w->now;
}

/* A SACK block names bytes that Y cannot have sent (RFC 2018, 4). */
static void
mark_bad_sacks(struct wait *w, const struct endpoint *rcv)
{
	const struct tcp_options *opt = &w->f->seg->opt;
	struct sender *sender = w->rcv->sender;

	if (sender == NULL || !rcv->has_isn)
		return;
	for (unsigned i = 0; i < opt->sack_count; i++)
		if (seq_offset(opt->sack[i].right, rcv->isn, rcv->nxt) >
		    rcv->nxt || seq_offset(opt->sack[i].left, rcv->isn,
		    rcv->nxt) < 0) {
			sender->bad_sacks++;
			note_first(w, sight_of(SIGHT_BAD_SACK, !w->side));
			return;
		}
}

/*
 * May X have delayed this ACK?  An ACK of all that Y has sent was not elicited
 * at once by a further segment (RFC 9293, 3.8.6.3; some stacks wait for more
 * than two).
 */
static bool
may_be_delayed(const struct wait *w)
{
	return w->y->una >= data_end(w->conn, !w->side) &&
	    w->f->rtt_ns - w->delay[w->side] <= ACK_DELAY_ALLOWED_NS;
}

/*
 * An ACK measures how far X is, with the queues on the path: one that may have
 * been delayed shows no queue, but may show that there is none.
 */
static void
mark_delay(struct wait *w)
{
	const uint32_t delay = marks_clamp_delay(w->f->rtt_ns);
	struct sender *sender = w->rcv->sender;

	marks_add_delay(w->snd, w->f->rtt_ns);
	if (sender == NULL || (may_be_delayed(w) && delay >= sender->prompt))
		return;
	sender->prompt = delay;
	sender->ack_frame = w->f->seg->frame;
	if (sender->in_queue)
		wait_note_queue(w, w->side, w->f->rtt_ns, w->f->seg->frame);
}

/* What X acknowledges and advertises, for Y. */
static void
mark_received(struct wait *w)
{
	const struct segment *seg = w->f->seg;
	const struct endpoint *rcv = w->y;
	const uint32_t window = followed_window(w->f);
	struct marks *m = w->rcv;

	if (w->f->ack_advances && !segment_has(seg, TCP_RST))
		mark_ack(w);
	if (w->f->rtt_ns >= 0 && !recovery_is_running(m))
		mark_delay(w);
	if (segment_has(seg, TCP_RST | TCP_SYN) || !rcv->has_base ||
	    !rcv->has_una)
		return;
	if (seg->opt.sack_count > 0)
		mark_bad_sacks(w, rcv);
	if (window == 0) {
		m->saw_zero = true;
		if (m->room == ROOM_UNKNOWN)
			m->open_ns = NEVER;
	}
	if (m->open_ns == NEVER && is_open(w, rcv, window))
		m->open_ns = w->now;
	if (m->acks == NULL)
		mark_tsval(w);
	else if (w->f->ack_advances || moves_edge(w, rcv, window))
		mark_ring(w, rcv);
}

/* ---- IP IDs ---- */

/* IP packets that the segment stands for, if it is a superframe. */
static uint16_t
packets_in(const struct wait *w)
{
	const uint32_t mss = w->mss[w->side];
	const uint32_t len = w->f->seg->payload_len;

	if (len <= mss)
		return 1;
	return (uint16_t)((len + mss - 1) / mss);
}

static bool
id_is_counter(const struct sender *s)
{
	return s->id_pairs >= ID_PAIRS_LEAST &&
	    s->id_counts * 10 >= s->id_pairs * 9;
}

static void
count_pair(struct sender *s, bool is_step)
{
	if (s->id_pairs == UINT8_MAX) {
		s->id_pairs /= 2;
		s->id_counts /= 2;
	}
	s->id_pairs++;
	s->id_counts = (uint8_t)(s->id_counts + is_step);
}

/* A timer repeats a segment, and a probe before it, in the wait that ends. */
#define REPEATS_UNSEEN	2

/*
 * Does the pair of segments say whether the host counts?  Where a timer may
 * have repeated what never came here, a step too large by as much does not.
 */
static bool
is_pair_telling(const struct wait *w, uint16_t gap)
{
	return gap == 0 || gap > REPEATS_UNSEEN ||
	    wait_length(w) <= TIMER_FLOOR_NS;
}

/*
 * A host that counts the segments of each connection in the IP ID has sent as
 * many segments that never came here as the ID has grown too much.
 */
static void
mark_ip_id(struct wait *w)
{
	struct sender *s = w->snd->sender;
	const uint16_t id = w->f->seg->ip_id;

	if (s == NULL || w->f->seg->ip_version != 4 || id == 0)
		return;
	if (s->id_known) {
		const uint16_t gap = (uint16_t)(id - s->ip_id - s->id_steps);

		if (gap > 0 && gap < LARGEST_ID_GAP && id_is_counter(s)) {
			w->unseen = gap;
			s->unseen += gap;
		}
		if (is_pair_telling(w, gap))
			count_pair(s, gap == 0);
	}
	s->id_known = true;
	s->ip_id = id;
	s->id_steps = packets_in(w);
}

/* ---- what X has sent ---- */

static uint32_t
clamp_bytes(int64_t bytes)
{
	if (bytes < 0)
		return 0;
	return bytes >= UINT32_MAX ? UINT32_MAX - 1 : (uint32_t)bytes;
}

/* Can only timestamps tell how far the sender is? */
static bool
needs_echo(const struct wait *w)
{
	return w->delay[w->side] < 0 &&
	    (w->f->seg->opt.present & OPT_TIMESTAMP) != 0;
}

static NOINLINE void
begin_ring(struct wait *w)
{
	const struct endpoint *snd = w->x;
	const struct endpoint_track *peer = w->y_track;
	const struct ack_mark mark = {
		.ns = w->d->begin_ns,
		.advance_ns = snd->has_una ?
		    w->x_track->ack_progress_ns : NEVER,
		.ack = snd->una,
		.window = peer->last_window < 0 ? WINDOW_UNKNOWN :
		    (uint32_t)peer->last_window,
		.tsval = w->y->ts_recent,
	};

	w->snd->acks = ack_ring_new(&w->diagnoser->rings, &mark);
}

/* A far sender of more than a little gets a ring. */
static bool
needs_ring(const struct wait *w)
{
	const struct marks *m = w->snd;

	return m->acks == NULL && w->x->has_una &&
	    (wait_is_far(w, w->side) || needs_echo(w)) &&
	    (m->data_count > 1 || m->len >= w->mss[w->side]);
}

static void
mark_window(struct wait *w, const struct view *view)
{
	const struct endpoint *rcv = w->y;
	struct sender *sender = w->snd->sender;

	if (rcv->window > sender->raw_max)
		sender->raw_max = rcv->window;
	if (view->window == WINDOW_UNKNOWN)
		return;
	if (sender->window_first == 0)
		sender->window_first = view->window;
	if (view->window > sender->window_max) {
		sender->window_max = view->window;
		sender->window_early_ns = account_get(&w->d->account,
		    book_of(BOOK_WINDOW, !w->side));
	}
	if (w->snd->flight == rcv->window) {
		sender->unscaled_fills++;
		long_waits_span(&w->d->waits, sight_of(SIGHT_FILLED, w->side),
		    w->d->cut_frame, w->f->seg->frame);
	}
	sender->beyond_unscaled |= w->snd->flight > rcv->window;
}

/* Has X lost anything? */
static bool
has_lost(const struct wait *w)
{
	const struct sender *s = w->snd->sender;

	return s != NULL && s->timeouts + s->episodes > 0;
}

/* A segment that had passed before was lost, or some never came here. */
static void
mark_lost(struct wait *w)
{
	struct policer_log *log = w->snd->sender->passes;
	const struct followed *f = w->f;

	if (log == NULL)
		return;
	if (followed_is(f, JUDGED_LOST_SEGMENT) && f->start > f->expected)
		policer_missing(log, ((uint32_t)(f->start - f->expected) +
		    w->mss[w->side] - 1) / w->mss[w->side]);
	/* Whether an earlier retransmission was lost, too, is judged later. */
	if (followed_is(f, JUDGED_RETRANSMISSION) && f->resent_ns > 0 &&
	    !followed_is(f, JUDGED_SPURIOUS) &&
	    !followed_is(f, JUDGED_LOSS_BEFORE))
		policer_lost(log, w->now - f->resent_ns, f->seg->payload_len);
}

/* The log in which a policer is looked for. */
static void
mark_passes(struct wait *w)
{
	if (!has_lost(w))
		return;
	mark_lost(w);
	policer_pass(&w->snd->sender->passes, &(struct pass){
	    .ns = w->now,
	    .len = w->f->seg->payload_len,
	    .is_new = w->f->end > w->f->expected,
	    .has_queue = rounds_have_queue(&w->snd->sender->rounds, w->rtt),
	}, w->mss[w->side]);
}

/*
 * How late a near sender reacts while full segments show that it has more to
 * send: its host may be busy.  What takes longer than any scheduler is the
 * program's doing.
 */
static void
mark_reaction(struct wait *w)
{
	struct sender *sender = w->snd->sender;
	const struct segment *seg = w->f->seg;
	const uint32_t mss = w->mss[w->side];
	int64_t reaction;

	if (sender == NULL || sender->ack_ns == 0 || w->snd->acks != NULL ||
	    (seg->opt.present & OPT_TIMESTAMP) == 0 ||
	    seg->opt.tsecr != sender->ack_tsval ||
	    w->snd->tsecr == seg->opt.tsecr || seg->payload_len < mss ||
	    w->snd->len < mss)
		return;
	reaction = w->now - sender->ack_ns;
	if (reaction < REACTION_MAX_NS)
		marks_add_reaction(sender, reaction);
}

static void
count_duplex(struct wait *w)
{
	w->d->data_cuts++;
	w->d->duplex_cuts += w->rcv->is_busy;
}

/* What the next wait of X is judged by. */
static void
mark_sent(struct wait *w)
{
	const struct endpoint *snd = w->x;
	const struct segment *seg = w->f->seg;
	struct marks *m = w->snd;
	const struct view *view = &w->view;

	mark_reaction(w);
	count_duplex(w);
	marks_begin_busy(m, w->delay[w->side] < 0 ? 0 : w->delay[w->side],
	    w->now, w->was_held);
	m->room = view->window == WINDOW_UNKNOWN ? ROOM_UNKNOWN :
	    clamp_bytes(view->ack + view->window - snd->nxt);
	m->window = view->window;
	m->flight = clamp_bytes(snd->nxt - view->ack);
	m->len = seg->payload_len;
	m->has_tsecr = (seg->opt.present & OPT_TIMESTAMP) != 0;
	m->tsecr = seg->opt.tsecr;
	m->first_ack_ns = NEVER;
	m->all_ns = NEVER;
	m->open_ns = NEVER;
	m->saw_zero = w->y_track->last_window == 0;
	if (m->data_count < UINT16_MAX)
		m->data_count++;
	if (m->data_count >= SENDER_EARNED)
		(void)marks_sender(m);
	if (m->sender != NULL) {
		if (m->flight > m->sender->max_flight)
			m->sender->max_flight = m->flight;
		mark_window(w, view);
		rounds_data(w);
	}
	mark_passes(w);
	if (needs_ring(w))
		begin_ring(w);
	w->d->speaker = w->side & 1;
}

/* ---- cut points ---- */

static void
cut(struct wait *w)
{
	w->d->cut_ns = w->now;
	w->d->cut_frame = w->f->seg->frame & FRAME_MASK;
	w->d->in_hole = 0;
	w->at = w->now;
}

/* A repeated SYN or SYN-ACK; or the first SYN-ACK after data in the SYN. */
static void
cut_handshake(struct wait *w)
{
	const bool is_again = followed_is(w->f, JUDGED_RETRANSMISSION) ||
	    w->d->phase != PHASE_CONNECT;

	wait_book(w, is_again ? BOOK_CONNECT_RETRY : BOOK_CONNECT, w->now);
	if (segment_has(w->f->seg, TCP_ACK) && w->d->phase == PHASE_CONNECT)
		w->d->phase = PHASE_OPEN;
	cut(w);
}

static void
cut_reset(struct wait *w)
{
	if (w->d->phase == PHASE_OPEN)
		speaker_book_close(w);
	else
		wait_book(w, w->d->phase == PHASE_CONNECT ? BOOK_CONNECT :
		    BOOK_CLOSING, w->now);
	w->d->phase = PHASE_RESET;
	cut(w);
}

/* While the window is closed, what is sent again is a probe of it. */
static bool
is_probe(const struct wait *w)
{
	return w->y_track->last_window == 0;
}

static void
cut_data(struct wait *w)
{
	const bool is_again = followed_is(w->f, JUDGED_RETRANSMISSION);

	if (is_again && is_probe(w))
		return;
	if (w->snd->acks != NULL)
		wait_take_echo(w);
	if (w->snd->sender != NULL)
		wait_take_clock(w);
	wait_take_view(w);
	if (!is_again) {
		speaker_book(w);
		turns_data(w);
	} else if (followed_is(w->f, JUDGED_SPURIOUS)) {
		wait_book(w, BOOK_PATH, w->now);
	} else {
		recovery_retransmit(w);
	}
	mark_sent(w);
	cut(w);
}

static void
cut_fin(struct wait *w)
{
	if (w->d->phase == PHASE_OPEN)
		speaker_book_close(w);
	else
		wait_book(w, BOOK_CLOSING, w->now);
	w->d->phase = PHASE_CLOSING;
	cut(w);
}

/*
 * A FIN alone, again: the time is of the close already, but an endpoint whose
 * FINs bring nothing back tries in vain as one whose data does.
 */
static void
count_fin_again(struct wait *w)
{
	struct sender *sender;

	if (!followed_is(w->f, JUDGED_RETRANSMISSION) ||
	    followed_is(w->f, JUDGED_SPURIOUS))
		return;
	sender = marks_sender(w->snd);
	if (sender != NULL)
		sender->fruitless++;
}

/* After a reset nothing is waited for. */
static void
cut_after_reset(struct wait *w)
{
	wait_book(w, BOOK_CLOSING, w->now);
	cut(w);
}

/* A segment of the handshake or the close, which may have data, too. */
static void
cut_control(struct wait *w)
{
	const struct segment *seg = w->f->seg;

	if (segment_has(seg, TCP_SYN))
		cut_handshake(w);
	if (segment_has(seg, TCP_RST)) {
		cut_reset(w);
		return;
	}
	if (is_data(w->f))
		cut_data(w);
	if (!segment_has(seg, TCP_FIN))
		return;
	if (!w->x->has_fin)
		cut_fin(w);
	else if (!is_data(w->f))
		count_fin_again(w);
}

static void
cut_segment(struct wait *w)
{
	if (w->d->phase == PHASE_RESET)
		cut_after_reset(w);
	else if (segment_has(w->f->seg, TCP_SYN | TCP_FIN | TCP_RST))
		cut_control(w);
	else if (is_data(w->f))
		cut_data(w);
}

/*
 * In the first round trip of a capture that begins later, acknowledgments are
 * of what was sent before it.
 */
static bool
is_of_before(const struct wait *w)
{
	const int64_t span = w->rtt > FIRST_ROUND_NS ? w->rtt :
	    FIRST_ROUND_NS;

	return w->conn->is_midstream && w->now - w->d->begin_ns < span;
}

void
ledger_segment(struct diagnoser *diagnoser, struct diagnosis *d,
    const struct followed *f)
{
	struct wait w;

	wait_begin(&w, diagnoser, d, f);
	if (followed_is(f, JUDGED_ACK_LOST_SEGMENT) && !is_of_before(&w))
		d->in_hole = 1;
	note_sights(&w);
	mark_received(&w);
	if (f->ack_advances && w.rcv->sender != NULL && recovery_complete(&w))
		cut(&w);
	mark_ip_id(&w);
	cut_segment(&w);
}

/* Ports below this are those of servers (RFC 6335, 6). */
#define SYSTEM_PORTS	1024
/*
 * Hosts choose ports from here on for connections that they open: Linux from
 * 32768 on, others from 49152 on (RFC 6335, 6).
 */
#define DYNAMIC_PORTS	32768

static unsigned
port_class(uint16_t port)
{
	return port >= DYNAMIC_PORTS ? 2 : port >= SYSTEM_PORTS;
}

unsigned
ledger_client_by_port(const struct conn *conn)
{
	const unsigned class[2] = {
		port_class(conn->key.port[0]), port_class(conn->key.port[1])
	};

	return class[0] == class[1] ? ROLES_UNKNOWN : class[1] > class[0];
}

/*
 * The client: the endpoint that opened the connection.  Where the capture has
 * not seen that, the one whose port says so, else the one that sends data
 * first.
 */
static unsigned
client_of(const struct followed *f)
{
	const unsigned by_port = ledger_client_by_port(f->conn);

	if (!f->conn->is_midstream)
		return f->conn->orig;
	return by_port != ROLES_UNKNOWN ? by_port : f->side;
}

/* The first data comes so soon after its receiver's ACK that it followed it. */
#define OPENED_NS	(250 * NS_PER_MS)

/*
 * The window of an endpoint was closed when the capture began, and held its
 * peer up, as probes show or data once it was open.
 */
static int64_t
closed_before(const struct conn *conn, unsigned side)
{
	const struct analysis *an = conn->analysis;
	const int64_t ns = window_zero_ns(conn, an, side);
	const bool is_probed =
	    an->stats[!side].judged[JUDGED_WINDOW_PROBE] > 0;

	return conn->is_midstream && (is_probed || conn->last_ns -
	    an->track[side].last_ns <= OPENED_NS) ? ns : 0;
}

/* The first data of a connection that is older than the capture. */
static void
begin_midstream(struct diagnosis *d, const struct followed *f)
{
	const int64_t ns = closed_before(f->conn, !f->side);

	if (ns <= 0 || f->an->notes.handshake_ns > 0)
		return;
	account_add(&d->account, book_of(BOOK_ZERO, !f->side), ns);
	d->cut_ns += ns;
	long_waits_add(&d->waits, book_of(BOOK_ZERO, !f->side), ns, d->cut_ns,
	    f->conn->first_frame, f->seg->frame);
}

void
ledger_begin(struct diagnosis *d, const struct followed *f)
{
	const struct conn *conn = f->conn;
	const bool is_syn = segment_has(f->seg, TCP_SYN);
	const struct follow_notes *notes = &f->an->notes;

	marks_init(&d->marks[0]);
	marks_init(&d->marks[1]);
	d->speaker = SPEAKER_NONE;
	d->client = client_of(f) & 1;
	d->begin_ns = conn->first_ns;
	d->cut_ns = conn->first_ns;
	d->cut_frame = conn->first_frame & FRAME_MASK;
	d->phase = is_syn ? PHASE_CONNECT : PHASE_OPEN;
	if (is_syn)
		return;
	begin_midstream(d, f);
	d->cut_ns += notes->handshake_ns;
	if (notes->handshake_frame != 0)
		d->cut_frame = notes->handshake_frame & FRAME_MASK;
	account_add(&d->account, BOOK_CONNECT_RETRY, notes->retry_ns);
	account_add(&d->account, BOOK_CONNECT,
	    notes->handshake_ns - notes->retry_ns);
	/* A FIN came before the data, out of order. */
	if (notes->has_close)
		d->phase = PHASE_CLOSING;
}

/* ---- reading ---- */

static void
add(struct ledger *ledger, enum book book, int64_t ns)
{
	ledger->ns[book] += ns;
}

static void
split_tail(struct ledger *ledger, int64_t from, int64_t at, int64_t to,
    enum book first, enum book then)
{
	if (at < from)
		at = from;
	if (at > to)
		at = to;
	add(ledger, first, at - from);
	add(ledger, then, to - at);
}

static bool
is_one_way(const struct conn *conn)
{
	return conn->endpoint[0].pkts == 0 || conn->endpoint[1].pkts == 0;
}

/* Data was held up by a closed window as long as the capture lasted. */
static bool
read_closed(const struct conn *conn, struct ledger *ledger)
{
	const int64_t life = summary_duration(conn);

	for (unsigned side = 0; side < 2; side++) {
		const int64_t ns = closed_before(conn, side);

		if (ns <= life / 2)
			continue;
		add(ledger, book_of(BOOK_ZERO, side), ns);
		add(ledger, BOOK_CLOSING, life - ns);
		return true;
	}
	return false;
}

/* Of a connection without data. */
static void
read_without_data(const struct conn *conn, struct ledger *ledger)
{
	const struct follow_notes *notes = &conn->analysis->notes;
	const int64_t shaken = conn->first_ns + notes->handshake_ns;
	const int64_t last = conn->last_ns;
	const int64_t close = notes->has_close ? notes->close_ns : last;
	const unsigned side = conn->endpoint[0].pkts == 0;

	if (read_closed(conn, ledger))
		return;
	add(ledger, BOOK_CONNECT_RETRY, notes->retry_ns);
	add(ledger, BOOK_CONNECT, notes->handshake_ns - notes->retry_ns);
	split_tail(ledger, shaken, close, last, is_one_way(conn) &&
	    conn->endpoint[side].sent_non_syn ? book_of(BOOK_SIDE, side) :
	    conn->is_midstream || notes->is_shaken ? BOOK_IDLE :
	    BOOK_CONNECT_RETRY, BOOK_CLOSING);
}

/* Is what an endpoint has sent waiting for its acknowledgment? */
static bool
is_unacked(const struct conn *conn, unsigned side)
{
	const struct endpoint *e = &conn->endpoint[side];

	return e->has_una && e->una < e->nxt;
}

static bool
is_resent(const struct conn *conn, unsigned side)
{
	struct endpoint_track *track = &conn->analysis->track[side];
	const struct inflight *first = inflight_first(track);

	return is_unacked(conn, side) && first != NULL && first->is_resent;
}

/* The window of the speaker's peer is closed, and holds the speaker up. */
static bool
is_held_by_zero(const struct conn *conn, const struct diagnosis *d)
{
	if (d->speaker == SPEAKER_NONE)
		return false;
	return conn->analysis->track[!d->speaker].last_window == 0;
}

/* From the last cut point to the last segment. */
static void
read_tail(const struct conn *conn, const struct diagnosis *d,
    struct ledger *ledger)
{
	const struct analysis *an = conn->analysis;
	const unsigned speaker = d->speaker;
	const int64_t from = d->cut_ns;
	const int64_t to = conn->last_ns;
	const bool is_request = speaker == d->client &&
	    !conn->endpoint[!d->client].sent_data;
	const int64_t first = wait_missing_since(conn, 0);
	const int64_t missing = first != NEVER ? first :
	    wait_missing_since(conn, 1);

	if (to <= from)
		return;
	if (d->phase == PHASE_CONNECT)
		add(ledger, BOOK_CONNECT_RETRY, to - from);
	else if (d->phase == PHASE_RESET)
		add(ledger, BOOK_CLOSING, to - from);
	else if (is_resent(conn, 0) || is_resent(conn, 1))
		add(ledger, BOOK_UNANSWERED, to - from);
	else if (d->phase == PHASE_CLOSING)
		add(ledger, BOOK_CLOSING, to - from);
	else if (is_one_way(conn))
		add(ledger, book_of(BOOK_SIDE, conn->endpoint[0].pkts == 0),
		    to - from);
	else if (is_held_by_zero(conn, d))
		add(ledger, book_of(BOOK_ZERO, !speaker), to - from);
	else if (missing != NEVER)
		split_tail(ledger, from, missing, to, BOOK_PATH,
		    BOOK_UNANSWERED);
	else if (speaker == SPEAKER_NONE)
		add(ledger, BOOK_IDLE, to - from);
	else if (is_unacked(conn, speaker))
		split_tail(ledger, from, from + rtt_of_sender(an, conn,
		    speaker), to, BOOK_PATH, BOOK_UNANSWERED);
	else
		split_tail(ledger, from, an->track[speaker].ack_progress_ns,
		    to, BOOK_PATH, is_request ? BOOK_NO_ANSWER : BOOK_IDLE);
}

/*
 * What was retransmitted in vain until the end was not repaired: the ledger
 * could not know that while it booked.
 */
static void
read_fruitless(const struct conn *conn, const struct diagnosis *d,
    unsigned side, struct ledger *ledger)
{
	const struct sender *sender = d->marks[side].sender;
	int64_t fast, timer;

	if (sender == NULL || sender->recovery == RECOVERY_NONE ||
	    sender->fruitless == 0 || conn->endpoint[!side].pkts == 0)
		return;
	timer = sender->fruitless_ns;
	if (timer > ledger->ns[BOOK_LOSS_TIMEOUT])
		timer = ledger->ns[BOOK_LOSS_TIMEOUT];
	fast = sender->fruitless_ns - timer;
	if (fast > ledger->ns[BOOK_LOSS_FAST])
		fast = ledger->ns[BOOK_LOSS_FAST];
	add(ledger, BOOK_LOSS_TIMEOUT, -timer);
	add(ledger, BOOK_LOSS_FAST, -fast);
	add(ledger, conn->analysis->notes.late_synacks > 0 ?
	    BOOK_CONNECT_RETRY : BOOK_UNANSWERED, timer + fast);
}

bool
ledger_read(const struct conn *conn, struct ledger *ret_ledger)
{
	const struct diagnosis *d = diagnosis_of(conn);

	memset(ret_ledger, 0, sizeof(*ret_ledger));
	if (conn->analysis == NULL || !conn->analysis->is_followed)
		return false;
	if (d == NULL) {
		read_without_data(conn, ret_ledger);
		return true;
	}
	account_read(&d->account, ret_ledger->ns);
	read_tail(conn, d, ret_ledger);
	read_fruitless(conn, d, 0, ret_ledger);
	read_fruitless(conn, d, 1, ret_ledger);
	/* The clock went back beyond the first segment. */
	add(ret_ledger, BOOK_CAPTURE, d->begin_ns - conn->first_ns);
	return true;
}

int64_t
ledger_limited_ns(const struct ledger *ledger, unsigned side)
{
	return ledger->ns[book_of(BOOK_WINDOW, !side)] +
	    ledger->ns[book_of(BOOK_ZERO, !side)];
}

bool
ledger_is_balanced(const struct conn *conn, const struct ledger *ledger)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < BOOK_COUNT; i++)
		sum += ledger->ns[i];
	return sum == summary_duration(conn);
}

int64_t
ledger_busy_ns(const struct conn *conn, unsigned side)
{
	const struct diagnosis *d = diagnosis_of(conn);
	int64_t delay;

	if (d == NULL)
		return -1;
	delay = diagnosis_delay(d, conn, side);
	return marks_busy_time(&d->marks[side], delay < 0 ? 0 : delay,
	    conn->last_ns);
}
