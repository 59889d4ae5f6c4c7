/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/wait.h"

#include "base/compiler.h"
#include "base/seq.h"
#include "diagnosis/ack_ring.h"
#include "diagnosis/long_waits.h"

/* RFC 9293, 3.7.1: the MSS of a host without the option. */
#define MSS_DEFAULT	536
/* Larger payloads are superframes; the largest MSS of a jumbo frame. */
#define MSS_MAX		8960
#define MSS_GUESS	1448

/*
 * A stack may echo an older timestamp than the one received last.  The echo
 * says what the stack knew only where the delay says nearly the same.
 */
#define ECHO_TRUST_NS	(200 * NS_PER_MS)

/* R is no longer than any echo: what is so short is short enough. */
#define ECHO_NEAR_NS	(2 * NS_PER_MS)

/* A stretch goes on after an interruption that is no longer. */
#define STRETCH_GAP_NS	(200 * NS_PER_MS)

#define BIT(book)	(UINT32_C(1) << (book))

/* Accounts to blame on an endpoint, the path or a lost segment. */
static const uint32_t blamed =
#define CAUSE(name, key, class, words, sentence)			\
	(CLASS_##class == CLASS_OWN ? BIT(BOOK_##name) : 0) |
#define CAUSE_OF(name, key, class, words, sentence)			\
	(CLASS_##class == CLASS_OWN ? 3 * BIT(BOOK_##name) : 0) |
#include "diagnosis/causes.def"
#undef CAUSE
#undef CAUSE_OF
	BIT(BOOK_LOSS_TIMEOUT) | BIT(BOOK_LOSS_FAST) | BIT(BOOK_NO_ANSWER);

/* Accounts of many short waits: the frames of a stretch of them show more. */
static const uint32_t stretches = BIT(BOOK_LOSS_CWND) | 3 * BIT(BOOK_WINDOW);

static inline bool
is_one_of(uint32_t books, enum book book)
{
	return (books >> book & 1) != 0;
}

/* Time of the recovery of X. */
static void
note_repair(struct sender *sender, int64_t ns)
{
	sender->fruitless_ns += ns;
	if (sender->recovery == RECOVERY_TIMER && sender->is_tail)
		sender->tail_ns += ns;
}

static NOINLINE void
note_stretch(struct wait *w, enum book book, int64_t end_ns)
{
	long_waits_stretch(&w->d->waits, &(struct seen){
	    .sight = book == BOOK_LOSS_CWND ? SIGHT_REDUCED :
		sight_of(SIGHT_WINDOW, book_side(book)),
	    .from_frame = w->d->cut_frame,
	    .frame = w->f->seg->frame,
	    .begin_ns = w->at,
	    .end_ns = end_ns,
	}, w->rtt > STRETCH_GAP_NS ? w->rtt : STRETCH_GAP_NS);
}

/* The client's wait before its first request is of a kind of its own. */
static bool
is_lead(const struct wait *w, enum book book)
{
	return w->d->speaker == SPEAKER_NONE && !w->conn->is_midstream &&
	    book == book_of(BOOK_WAIT, w->d->client);
}

static NOINLINE void
note_long(struct wait *w, enum book book, int64_t end_ns)
{
	const int64_t ns = end_ns - w->at;

	if (is_lead(w, book))
		long_waits_first(&w->d->waits, SIGHT_LEAD, w->d->cut_frame,
		    w->f->seg->frame);
	else
		long_waits_add(&w->d->waits, book, ns, end_ns,
		    w->d->cut_frame, w->f->seg->frame);
}

static NOINLINE void
report_booking(const struct wait *w, enum book book, int64_t until)
{
	w->diagnoser->booked(w->diagnoser->arg, &(struct booking){
	    .conn = w->conn,
	    .book = book,
	    .from_ns = w->at,
	    .to_ns = until,
	    .frame = w->f->seg->frame,
	});
}

/* Most waits are short, and of an account without more to note. */
void
wait_book(struct wait *w, enum book book, int64_t until)
{
	int64_t ns;

	if (until > w->now)
		until = w->now;
	if (until <= w->at)
		return;
	ns = until - w->at;
	account_add(&w->d->account, book, ns);
	if (is_one_of(stretches, book))
		note_stretch(w, book, until);
	if (ns >= LONG_WAIT_NS && is_one_of(blamed, book))
		note_long(w, book, until);
	if (w->snd->sender != NULL && book == recovery_book(w->snd))
		note_repair(w->snd->sender, ns);
	if (book == book_of(BOOK_WAIT, w->side))
		w->waited += ns;
	else if (book == book_of(BOOK_PAUSE, w->side))
		w->paused += ns;
	if (UNLIKELY(w->diagnoser->booked != NULL))
		report_booking(w, book, until);
	w->at = until;
}

void
wait_note_queue(const struct wait *w, unsigned side, int64_t ns,
    uint64_t frame)
{
	struct sender *sender = w->d->marks[!side].sender;

	if (ns <= (int64_t)sender->queued_ack || ns > DELAY_MAX)
		return;
	sender->queued_ack = (uint32_t)ns;
	long_waits_queue(&w->d->waits, SIGHT_QUEUE, ns -
	    diagnosis_delay(w->d, w->conn, side), ns, frame);
}

int64_t
wait_newest_delay(const struct wait *w, unsigned side)
{
	const struct marks *m = &w->d->marks[side];

	return m->has_delay ? (int64_t)m->delay : w->delay[side];
}

void
wait_note_queues(const struct wait *w)
{
	struct sender *sender = w->snd->sender;

	wait_note_queue(w, !w->side, sender->prompt, sender->ack_frame);
	if (sender->echo_min == 0 || sender->echo <= sender->queued_echo)
		return;
	sender->queued_echo = sender->echo;
	long_waits_queue(&w->d->waits, sight_of(SIGHT_QUEUE, 1),
	    (int64_t)sender->echo - sender->echo_min, sender->echo,
	    w->f->seg->frame);
}

void
wait_note_filled(struct wait *w, int64_t ns)
{
	struct sender *sender = w->snd->sender;

	const uint32_t mss = w->mss[w->side];

	/* What is left of a window that closes says little of its size. */
	if (sender == NULL || (w->snd->flight < mss && sender->filled >= mss))
		return;
	if (ns <= sender->filled_ns && (w->snd->flight < mss ||
	    sender->filled >= mss))
		return;
	sender->filled_ns = ns;
	sender->filled = w->snd->flight;
	sender->filled_of = sender->window_max;
}

static uint32_t
mss_by_payload(const struct wait *w, unsigned side)
{
	const uint32_t largest = w->f->an->track[side].max_payload;

	if (largest > MSS_MAX)
		return MSS_GUESS;
	return largest > MSS_DEFAULT ? largest : MSS_DEFAULT;
}

void
wait_guess_mss(struct wait *w)
{
	w->mss[0] = mss_by_payload(w, 0);
	w->mss[1] = mss_by_payload(w, 1);
}

static void
view_mark(struct view *view, const struct ack_mark *mark)
{
	view->ack = mark->ack;
	view->window = mark->window;
	view->advance_ns = mark->advance_ns;
}

/*
 * X knew what had passed before now - R.  Where timestamps say less, because a
 * queue held the rest up, the timestamps are right.
 */
static const struct ack_mark *
mark_known(const struct wait *w, struct ack_ring *ring)
{
	const int64_t bound = w->now - w->lateness - w->delay[w->side];
	const int64_t trust = 2 * w->rtt > ECHO_TRUST_NS ? 2 * w->rtt :
	    ECHO_TRUST_NS;
	const struct ack_mark *by_time = ack_ring_at(ring, bound);
	const struct ack_mark *mark = by_time;

	if ((w->f->seg->opt.present & OPT_TIMESTAMP) == 0)
		return by_time;
	while (mark != NULL && bound - mark->ns <= trust) {
		if (!seq_lt(w->f->seg->opt.tsecr, mark->tsval))
			return mark;
		mark = ack_ring_before(ring, mark);
	}
	return by_time;
}

void
wait_look_back(struct wait *w)
{
	struct ack_ring *ring = w->snd->acks;
	struct view *view = &w->view;
	const struct ack_mark *mark = mark_known(w, ring);

	view->is_approximate = mark->ns > w->now - w->delay[w->side] &&
	    ring->first != 0;
	view_mark(view, mark);
}

/* The first mark with the timestamp echoed by the segment, or NULL. */
static const struct ack_mark *
mark_echoed(const struct wait *w, struct ack_ring *ring)
{
	const uint32_t tsecr = w->f->seg->opt.tsecr;
	const struct ack_mark *mark = ack_ring_at(ring,
	    w->now - w->delay[w->side]);
	const struct ack_mark *other;

	while ((other = ack_ring_next(ring, mark)) != NULL &&
	    !seq_lt(tsecr, other->tsval))
		mark = other;
	while (mark != NULL && seq_lt(tsecr, mark->tsval))
		mark = ack_ring_before(ring, mark);
	if (mark == NULL || mark->tsval != tsecr)
		return NULL;
	while ((other = ack_ring_before(ring, mark)) != NULL &&
	    other->tsval == tsecr)
		mark = other;
	return mark;
}

/*
 * Where R is unknown, the echo after a silence may measure the silence: an echo
 * amid flowing data measures the path.
 */
static bool
is_doubtful(const struct wait *w, int64_t echo_ns)
{
	return w->delay[w->side] < 0 && echo_ns > ECHO_NEAR_NS &&
	    wait_length(w) > echo_ns / 2;
}

void
wait_take_echo(struct wait *w)
{
	struct ack_ring *ring = w->snd->acks;
	const struct segment *seg = w->f->seg;
	const struct ack_mark *mark;

	if ((seg->opt.present & OPT_TIMESTAMP) == 0 ||
	    (w->snd->has_tsecr && w->snd->tsecr == seg->opt.tsecr))
		return;
	mark = mark_echoed(w, ring);
	if (mark == NULL || mark->ns == w->d->begin_ns ||
	    is_doubtful(w, w->now - mark->ns))
		return;
	w->echo = w->now - mark->ns;
	marks_add_least_echo(w->snd, w->echo);
	if (w->echo > 0 && w->echo < w->delay[w->side]) {
		w->rtt -= w->rtt >= 0 ? w->delay[w->side] - w->echo : 0;
		w->delay[w->side] = w->echo;
	}
}

/* ---- the sender's clock ---- */

/* Enough of its time to know the tick. */
#define CLOCK_LEAST_NS	(100 * NS_PER_MS)
#define CLOCK_TICKS	10
/* A slower clock says too little. */
#define TICK_MAX_NS	(4 * NS_PER_MS)

/*
 * Clocks in use tick every 1, 4 or 10 ms; queues distort what is measured, but
 * not as much as these differ.
 */
static uint32_t
tick_of(int64_t elapsed_ns, uint32_t ticks)
{
	static const uint32_t known[] = { 1, 4, 10 };
	const int64_t tick = elapsed_ns / ticks;

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const int64_t ns = known[i] * NS_PER_MS;

		if (tick > ns / 4 * 3 && tick < ns / 2 * 3)
			return (uint32_t)ns;
	}
	return 0;
}

static void
begin_clock(const struct wait *w, struct sender *sender)
{
	sender->has_clock = true;
	sender->clock_first_ns = sender->clock_ns = w->now;
	sender->clock_first = sender->clock_tsval = w->f->seg->opt.tsval;
}

static void
learn_tick(const struct wait *w, struct sender *sender)
{
	const int64_t elapsed = w->now - sender->clock_first_ns;
	const int32_t ticks = seq_diff(w->f->seg->opt.tsval,
	    sender->clock_first);

	/* A delay at its beginning would make the clock look slow. */
	if (elapsed >= CLOCK_LEAST_NS && ticks >= CLOCK_TICKS &&
	    w->now - w->d->cut_ns < elapsed / 8)
		sender->tick_ns = tick_of(elapsed, (uint32_t)ticks);
}

void
wait_take_clock(struct wait *w)
{
	struct sender *sender = w->snd->sender;
	const struct segment *seg = w->f->seg;
	int64_t late;

	if ((seg->opt.present & OPT_TIMESTAMP) == 0)
		return;
	if (!sender->has_clock)
		begin_clock(w, sender);
	if (sender->tick_ns == 0)
		learn_tick(w, sender);
	if (sender->tick_ns == 0 || sender->tick_ns > TICK_MAX_NS)
		return;
	late = nstime_diff(w->now - sender->clock_ns,
	    (int64_t)seq_diff(seg->opt.tsval, sender->clock_tsval) *
	    sender->tick_ns);
	if (late <= 0) {
		sender->clock_ns = w->now;
		sender->clock_tsval = seg->opt.tsval;
	} else if (late > sender->tick_ns) {
		w->lateness = late - sender->tick_ns;
	}
}

int64_t
wait_missing_since(const struct conn *conn, unsigned side)
{
	const struct endpoint_track *track = &conn->analysis->track[side];
	const struct endpoint *e = &conn->endpoint[side];

	for (unsigned i = 0; e->has_una && i < track->holes_count; i++)
		if (track->holes[i].end > e->una && !track->holes[i].is_older)
			return track->holes[i].seen_ns;
	return NEVER;
}
