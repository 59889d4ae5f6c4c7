/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits that new data of X ends: X had nothing to say yet, was not allowed to
 * say it, or was waiting for an acknowledgment.
 *
 * More than 600 lines: the questions that decide one wait are asked in order,
 * and have to exclude one another.
 */
#include "config.h"

#include "base/nstime.h"
#include "base/seq.h"
#include "diagnosis/ack_ring.h"
#include "diagnosis/long_waits.h"
#include "diagnosis/wait.h"

/*
 * No stack in use delays an acknowledgment for longer, though RFC 9293, 3.8.6.3
 * allows 500 ms: what takes longer is the path.
 */
#define ACK_DELAY_MAX_NS	(250 * NS_PER_MS)
/* A delayed ACK is longer than this: Linux takes 40 ms, Windows and BSD 200. */
#define ACK_DELAY_MIN_NS	(20 * NS_PER_MS)
#define ACK_DELAY_WAIT_NS	(500 * NS_PER_MS)
/* A segment that fills a window comes after the sender's own timer. */
#define FILL_TIMER_NS		(50 * NS_PER_MS)
/* Bytes that are missing for longer are not only out of order. */
#define MISSING_NS		NS_PER_SEC
/* Shorter waits say nothing about where the time went. */
#define SHORT_NS		(2 * NS_PER_MS)

/* A segment of new data, and what its sender knew. */
struct speech {
	struct wait *w;
	struct view view;
	int64_t delay;		/* R[X], -1 unknown */
	int64_t slack;		/* within which two instants are the same */
	int64_t tolerance;	/* of a reaction to an acknowledgment */
	int64_t flight;		/* in flight before it, as X knew */
	uint32_t len;
	uint32_t mss;
};

static int64_t
max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * R of a far endpoint is the less sure the more its samples scatter; a single
 * one may be much too long.
 */
static int64_t
far_slack(const struct marks *m, int64_t delay)
{
	const int64_t scatter = 4 * marks_jitter(m);

	return !m->has_mean || scatter > delay / 4 ? delay / 4 : scatter;
}

/* The host of a near sender may be as late as this. */
static int64_t
lateness(const struct sender *sender)
{
	return (int64_t)sender->reaction + 2 * (int64_t)sender->reaction_dev;
}

static void
speech_of(struct speech *s, struct wait *w)
{
	const int64_t jitter = marks_jitter(w->snd);
	const int64_t rtt = w->rtt > 0 ? w->rtt : 0;
	const int64_t delay = w->delay[w->side];

	s->w = w;
	s->view = w->view;
	s->delay = delay;
	s->slack = max_ns(max_ns(SHORT_NS, rtt / 8), 2 * jitter);
	if (w->snd->sender != NULL)
		s->slack = max_ns(s->slack, lateness(w->snd->sender));
	if (delay > rtt / 4)
		s->slack += far_slack(w->snd, delay);
	s->tolerance = delay < rtt / 4 ? NS_PER_MS + rtt / 16 + jitter :
	    SHORT_NS + delay / 2 + jitter;
	s->flight = w->f->expected - s->view.ack;
	if (s->flight < 0)
		s->flight = 0;
	s->len = w->f->seg->payload_len;
	s->mss = w->mss[w->side];
}

/*
 * A sender's timer retransmits what the path has held up for a second and a
 * round trip (RFC 6298, 2.4).
 */
#define REPEATED_NS	NS_PER_SEC
/* Stacks with timestamps take 200 to 300 ms where the path is steady. */
#define TIMER_USUAL_NS	(300 * NS_PER_MS)

/*
 * May the path have held up this segment of X, or what X waited for, for as
 * long as the wait?  Nothing holds up the segments of a near endpoint.
 */
static bool
may_be_path(const struct wait *w)
{
	return wait_is_far(w, w->side) && w->now - w->d->cut_ns <
	    REPEATED_NS + max_ns(w->rtt, 0);
}

/* ---- the regime while data flows ---- */

/* The receiver's application does not keep up: its buffer is half full. */
static bool
is_half_closed(const struct speech *s)
{
	const struct wait *w = s->w;
	const struct sender *sender = w->snd->sender;
	const uint32_t window = s->view.window;

	if (window != WINDOW_UNKNOWN)
		return window < w->f->an->stats[!w->side].win_max / 2;
	/* Half is half at any scale. */
	return sender != NULL && w->y->window <
	    sender->raw_max / 2;
}

/* The receiver is filling up: it takes longer, and its window shrinks. */
static bool
is_filling_up(const struct speech *s)
{
	const struct wait *w = s->w;
	const int64_t delay = w->delay[!w->side];

	return is_half_closed(s) && s->view.window > 0 && delay >= 0 &&
	    wait_newest_delay(w, !w->side) > delay + delay / 2 + 5 * NS_PER_MS;
}

/* A queue stands on the path: both halves together take longer. */
static bool
is_queueing(const struct speech *s)
{
	const struct wait *w = s->w;
	const struct sender *sender = w->snd->sender;
	int64_t newest, least, jitter;

	if (w->delay[!w->side] < 0)
		return false;
	least = w->delay[!w->side];
	newest = max_ns(sender != NULL ? sender->prompt : 0, least);
	if (sender != NULL && sender->echo_min > 0) {
		newest += sender->echo;
		least += sender->echo_min;
	}
	jitter = 2 * max_ns(marks_jitter(w->snd), marks_jitter(w->rcv));
	if (newest > least + least / 2 &&
	    newest - least > max_ns(5 * NS_PER_MS, jitter))
		return true;
	if (sender == NULL || s->len < s->mss || w->snd->len < s->mss ||
	    is_half_closed(s))
		return false;
	rounds_delay(&w->snd->sender->rounds, newest);
	return rounds_have_queue(&sender->rounds, least);
}

static enum book
regime(const struct speech *s)
{
	const struct wait *w = s->w;
	struct sender *sender = w->snd->sender;
	bool in_queue;

	/* After the end of a message, X may have had nothing to send. */
	if (s->flight > 0 || w->snd->len >= s->mss)
		marks_add_echo(w->snd, w->echo);
	if (is_filling_up(s))
		return book_of(BOOK_WINDOW, !w->side);
	in_queue = is_queueing(s);
	if (sender != NULL)
		sender->in_queue = in_queue;
	if (in_queue) {
		if (sender != NULL)
			wait_note_queues(w);
		return BOOK_BOTTLENECK;
	}
	if (sender != NULL && sender->loss_flight > 0 &&
	    s->flight < (int64_t)sender->loss_flight + s->mss)
		return BOOK_LOSS_CWND;
	return BOOK_PATH;
}

/* ---- was X waiting for an acknowledgment? ---- */

/* Time from when X got what passed at `ns` until its segment passed here. */
static int64_t
reaction(const struct speech *s, int64_t ns)
{
	return s->w->now - s->w->lateness - (ns + s->delay);
}

/* The first acknowledgment that X got after its last data, or NEVER. */
static int64_t
first_ack(const struct speech *s)
{
	const struct wait *w = s->w;
	const struct ack_mark *mark;
	int64_t since;

	if (w->snd->acks == NULL || !wait_is_far(w, w->side))
		return w->snd->first_ack_ns;
	since = w->d->cut_ns - s->delay + s->slack;
	for (mark = ack_ring_after(w->snd->acks, since); mark != NULL;
	    mark = ack_ring_next(w->snd->acks, mark))
		if (mark->advance_ns == mark->ns && (!w->snd->has_tsecr ||
		    seq_lt(w->snd->tsecr, mark->tsval)))
			return mark->ns;
	return NEVER;
}

/*
 * Everything was acknowledged, and X let an acknowledgment pass without
 * sending anything: it had nothing to send.
 */
static bool
let_one_pass(const struct speech *s)
{
	const bool is_bulk = s->len >= s->mss && s->w->snd->len >= s->mss;
	const int64_t rtt = s->w->rtt;
	int64_t first, late;

	if (s->flight > 0 || wait_length(s->w) <= rtt / 2)
		return false;
	first = first_ack(s);
	if (first == NEVER)
		return false;
	/* Full segments go on: its host may have been late, not the program. */
	late = reaction(s, first);
	return late > max_ns(s->slack, rtt / 4) + s->tolerance &&
	    (!is_bulk || late > rtt / 2);
}

/* The end of a message was acknowledged, and X did not react at once. */
static bool
reacted_late(const struct speech *s)
{
	return s->flight == 0 && s->w->snd->len < s->mss &&
	    reaction(s, s->view.advance_ns) > s->tolerance;
}

static bool
is_ack_clocked(const struct speech *s)
{
	int64_t off;

	if (s->view.advance_ns == NEVER ||
	    s->view.advance_ns + s->delay < s->w->at)
		return false;
	off = reaction(s, s->view.advance_ns);
	return (off < 0 ? -off : off) <= s->slack && !let_one_pass(s) &&
	    !reacted_late(s);
}

/* Y delayed the acknowledgment that X waited for (RFC 9293, 3.8.6.3). */
static bool
is_ack_delayed(const struct speech *s)
{
	const struct wait *w = s->w;
	const int64_t delay = w->delay[!w->side];

	return delay >= 0 && s->view.advance_ns - w->at - delay >
	    ACK_DELAY_MIN_NS && w->snd->len < s->mss &&
	    w->snd->flight <= 2 * s->mss && wait_length(w) <= ACK_DELAY_WAIT_NS;
}

static void
book_ack_delay(const struct speech *s)
{
	struct wait *w = s->w;

	wait_book(w, BOOK_PATH, w->at + w->delay[!w->side]);
	wait_book(w, book_of(BOOK_ACKDELAY, !w->side), s->view.advance_ns);
	wait_book(w, BOOK_PATH, w->now);
}

/* The window of a sender that is known to take more than it uses. */
static bool
has_room_in_cwnd(const struct speech *s)
{
	const struct sender *sender = s->w->snd->sender;

	return sender != NULL && s->w->rtt >= 0 &&
	    wait_length(s->w) > s->w->rtt + s->slack &&
	    s->flight + s->len <= sender->max_flight / 4 * 3;
}

/*
 * The path held up this segment alone, and for longer than it ever takes: no
 * standing queue, in which the segments before it were as late, but a pause of
 * the network itself.
 */
static bool
is_late(const struct speech *s)
{
	const int64_t late = s->w->lateness;
	const int64_t off = wait_length(s->w) - late;

	return late > s->w->rtt && late > s->slack &&
	    (off < 0 ? -off : off) <= s->w->rtt + s->slack;
}

static void
book_lateness(const struct speech *s)
{
	struct wait *w = s->w;

	if (w->snd->sender != NULL)
		w->snd->sender->late_ns += wait_length(w);
	w->was_held = true;
	wait_book(w, BOOK_PATH, w->now);
}

/*
 * Was this segment not held up, and is the wait longer than the timer of X?  If
 * the path had held up an acknowledgment for so long, X would have retransmitted
 * (RFC 6298, 2.3).
 */
static bool
is_path_steady(const struct wait *w)
{
	const struct sender *sender = w->snd->sender;
	const int64_t variation = 4 * (marks_jitter(w->snd) +
	    marks_jitter(w->rcv));

	return sender != NULL && sender->tick_ns != 0 &&
	    w->lateness < wait_length(w) / 2 && wait_length(w) >
	    max_ns(w->rtt, 0) + max_ns(variation, TIMER_USUAL_NS);
}

/*
 * X paused, or the path held up this segment, or the acknowledgment that X was
 * waiting for.
 */
static void
book_pause(const struct speech *s)
{
	struct wait *w = s->w;

	if (wait_length(w) >= LONG_WAIT_NS && may_be_path(w) &&
	    !is_path_steady(w))
		long_waits_sum(&w->d->waits, sight_of(SIGHT_UNSURE_PAUSE,
		    w->side), wait_length(w));
	wait_book(w, book_of(BOOK_PAUSE, w->side), w->now);
}

/* X was allowed to send: did it wait for an acknowledgment? */
static void
book_rest(const struct speech *s)
{
	struct wait *w = s->w;

	if (wait_length(w) <= s->slack)
		wait_book(w, regime(s), w->now);
	else if (is_late(s))
		book_lateness(s);
	else if (is_ack_clocked(s)) {
		if (is_ack_delayed(s))
			book_ack_delay(s);
		else
			wait_book(w, regime(s), w->now);
		w->was_held = true;
	} else if (s->flight == 0 || has_room_in_cwnd(s)) {
		book_pause(s);
	} else {
		wait_book(w, regime(s), w->now);
	}
}

/* ---- the window ---- */

/*
 * When the window had room for the segment again: the acknowledgment or update
 * that made it, as it passed here.
 */
static int64_t
window_opened(const struct speech *s)
{
	const struct wait *w = s->w;
	const int64_t fit = s->len < s->mss ? s->len : s->mss;
	const struct ack_mark *mark;

	if (w->snd->acks == NULL || !wait_is_far(w, w->side))
		return w->snd->open_ns;
	for (mark = ack_ring_after(w->snd->acks, w->d->cut_ns - s->delay);
	    mark != NULL; mark = ack_ring_next(w->snd->acks, mark))
		if (mark->window == WINDOW_UNKNOWN ||
		    mark->ack + mark->window >= w->f->expected + fit)
			return mark->ns;
	return NEVER;
}

static bool
is_blocked(const struct speech *s)
{
	const uint32_t room = s->w->snd->room;

	/* Without the scale only a zero window is known. */
	if (room == ROOM_UNKNOWN)
		return s->w->snd->saw_zero;
	return room < s->mss && s->len >= room;
}

/*
 * Does a segment that came so late take all that was left of a small window?
 * Its sender had more to send, and waited for a larger one until a timer
 * overrode that (RFC 9293, 3.8.6.2.1).
 */
static bool
is_fill(const struct speech *s)
{
	const struct wait *w = s->w;

	return wait_length(w) > FILL_TIMER_NS && (s->len == w->snd->room ||
	    (s->len < s->mss && s->view.window != WINDOW_UNKNOWN &&
	    s->view.ack + s->view.window == w->f->end));
}

static void
book_window(const struct speech *s)
{
	struct wait *w = s->w;
	const enum book book = book_of(w->snd->saw_zero ||
	    w->snd->window == 0 ? BOOK_ZERO : BOOK_WINDOW, !w->side);
	const int64_t opened = window_opened(s);
	const int64_t from = w->at;

	if (s->view.window == 0 || is_fill(s))
		wait_book(w, book, w->now);
	else if (opened != NEVER)
		wait_book(w, book, opened + max_ns(s->delay, 0));
	else if (s->view.advance_ns != NEVER)
		wait_book(w, book, s->view.advance_ns + max_ns(s->delay, 0));
	wait_note_filled(w, w->at - from);
}

/* ---- X speaks again ---- */

static bool
is_repeat_unseen(const struct wait *w)
{
	return w->unseen > 0 && wait_length(w) > TIMER_FLOOR_NS;
}

/*
 * A timer had to repeat what never came here. Nothing above it came either: the
 * end of a flight was lost.
 */
static void
book_unseen(struct wait *w)
{
	struct sender *sender = w->snd->sender;

	sender->timeouts++;
	sender->tails++;
	sender->tail_ns += wait_length(w);
	wait_book(w, BOOK_LOSS_TIMEOUT, w->now);
}

static void
book_same_speaker(struct wait *w)
{
	const enum book loss = recovery_book(w->snd);
	struct speech speech;
	const struct speech *s = &speech;

	speech_of(&speech, w);
	recovery_book_rest(w);
	w->was_blocked = is_blocked(s);
	w->was_held = w->was_blocked || is_repeat_unseen(w);
	if (w->was_blocked)
		book_window(s);
	if (loss != BOOK_COUNT)
		wait_book(w, loss, w->now);
	else if (is_repeat_unseen(w))
		book_unseen(w);
	else if (s->delay < 0 && wait_length(w) > SHORT_NS)
		wait_book(w, book_of(BOOK_SIDE, w->side), w->now);
	else
		book_rest(s);
}

/* ---- X answers Y ---- */

/* The end of the part of the wait in which data was travelling. */
static int64_t
path_until(const struct wait *w)
{
	const int64_t arrived = w->d->cut_ns + w->delay[w->side];
	const int64_t acked = w->rcv->all_ns;

	/* An acknowledgment that late was not delayed by a host. */
	if (acked != NEVER && acked - arrived > ACK_DELAY_MAX_NS)
		return acked;
	return arrived;
}

/*
 * X waited for `ns`, if the message of Y arrived as early as it can have.  Only
 * its acknowledgment, which may be the answer itself, proves that it arrived:
 * the path may have caused the time before.
 */
static void
note_unsure(struct wait *w, int64_t ns)
{
	const int64_t acked = w->rcv->all_ns;

	if (acked != NEVER && acked < w->now)
		ns -= w->now - acked;
	if (ns > SHORT_NS && may_be_path(w))
		long_waits_sum(&w->d->waits, sight_of(SIGHT_UNSURE_WAIT,
		    w->side), ns);
}

static void
book_answer(struct wait *w)
{
	const enum book loss = recovery_book(w->rcv);
	enum book rest = book_of(BOOK_WAIT, w->side);

	if (w->delay[w->side] < 0) {
		wait_book(w, book_of(BOOK_SIDE, w->side), w->now);
		return;
	}
	wait_book(w, loss != BOOK_COUNT ? loss : BOOK_PATH, path_until(w));
	if (wait_length(w) <= w->rtt && diagnosis_is_duplex(w->d))
		rest = BOOK_PATH;
	wait_book(w, rest, w->now);
	note_unsure(w, w->waited);
}

/* ---- the first data ---- */

static void
book_first(struct wait *w)
{
	if (w->side == w->d->client) {
		wait_book(w, book_of(BOOK_WAIT, w->side), w->now);
		return;
	}
	wait_book(w, BOOK_PATH, w->at + max_ns(w->delay[w->side], 0));
	wait_book(w, book_of(BOOK_WAIT, w->side), w->now);
}

/* ---- all ---- */

/* The window that Y had closed before X sent its last data has opened. */
static void
book_opened(struct wait *w)
{
	const uint32_t len = w->f->seg->payload_len;
	const uint32_t mss = w->mss[w->side];

	if (w->snd->room < (len < mss ? len : mss) && w->snd->open_ns != NEVER)
		wait_book(w, book_of(w->snd->saw_zero ? BOOK_ZERO :
		    BOOK_WINDOW, !w->side), w->snd->open_ns);
}

void
speaker_book(struct wait *w)
{

	if (w->d->in_hole) {
		wait_book(w, BOOK_CAPTURE, w->now);
		return;
	}
	if (w->y->pkts == 0) {
		wait_book(w, book_of(BOOK_SIDE, w->side), w->now);
		return;
	}
	if (w->d->speaker == SPEAKER_NONE && !w->conn->is_midstream) {
		book_first(w);
		return;
	}
	w->d->is_approximate |= w->view.is_approximate & 1;
	if (w->d->speaker == w->side) {
		book_same_speaker(w);
		return;
	}
	book_opened(w);
	book_answer(w);
}

/* Has the server sent no data, and was it asked for some? */
static bool
is_unanswered_request(const struct wait *w)
{
	const unsigned client = w->d->client;

	return w->d->speaker == client &&
	    !w->conn->endpoint[!client].sent_data;
}

/*
 * The window of the speaker's peer is closed, and the speaker has more to send:
 * where its room is unknown, its probes say so.
 */
static bool
is_held_by_zero(const struct wait *w, const struct marks *speaker)
{
	const unsigned side = w->d->speaker;

	if (w->f->an->track[!side].last_window != 0)
		return false;
	if (speaker->room == ROOM_UNKNOWN)
		return w->f->an->stats[side].judged[JUDGED_WINDOW_PROBE] > 0;
	return speaker->room < w->mss[side];
}

void
speaker_book_close(struct wait *w)
{
	const int64_t acked = w->x_track->ack_progress_ns;
	const struct marks *speaker = w->d->speaker == SPEAKER_NONE ? NULL :
	    &w->d->marks[w->d->speaker];
	int64_t missing;

	if (w->d->in_hole) {
		wait_book(w, BOOK_CAPTURE, w->now);
		return;
	}
	if (w->y->pkts == 0) {
		wait_book(w, book_of(BOOK_SIDE, w->side), w->now);
		return;
	}
	if (speaker != NULL && recovery_is_running(speaker)) {
		wait_book(w, BOOK_UNANSWERED, w->now);
		return;
	}
	if (speaker != NULL && is_held_by_zero(w, speaker)) {
		wait_book(w, book_of(BOOK_ZERO, !w->d->speaker), w->now);
		return;
	}
	missing = wait_missing_since(w->conn, !w->side);
	if (missing != NEVER && w->now - missing >= MISSING_NS) {
		wait_book(w, BOOK_PATH, missing);
		wait_book(w, BOOK_UNANSWERED, w->now);
		return;
	}
	if (is_unanswered_request(w)) {
		wait_book(w, BOOK_PATH, (w->side == w->d->speaker ? acked :
		    w->at) + max_ns(w->delay[w->side], 0));
		wait_book(w, BOOK_NO_ANSWER, w->now);
		return;
	}
	if (speaker != NULL && w->d->speaker != w->side) {
		book_answer(w);
		return;
	}
	/* What passed here as the last acknowledgment had to get there. */
	if (w->d->speaker == w->side)
		wait_book(w, BOOK_PATH, acked + max_ns(w->delay[w->side], 0));
	wait_book(w, BOOK_IDLE, w->now);
}
