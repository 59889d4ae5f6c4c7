/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/strays.h"

#include <assert.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/pool.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "flow/duplicates.h"
#include "tcp/analysis.h"
#include "tcp/step.h"

/*
 * This many segments in a row that follow one another are not stray ones: the
 * capture has missed more than a window allows, or the beginning of another
 * connection on the same ports.
 */
#define RUN_LENGTH	8
/* How far a segment may be behind the last one to follow it. */
#define RUN_GAP		65536

/* Last segments of both directions that are remembered: a burst. */
#define VIEWS		32
/* Segments without a stray after which a connection has none any more. */
#define QUIET_MOST	64
/* Numbers closer together than this may be of one window. */
#define SHIFT_LEAST	65536
/* Votes of pairs of views that prove a constant. */
#define VOTES_WEAK	1
#define VOTES_ENOUGH	2

/* A segment as one capture point has shown it. */
struct view {
	int64_t time_ns;
	uint32_t seq;
	uint32_t ack;		/* 0 without ACK */
	uint32_t len;		/* segment_len() */
	uint32_t tsval;
	uint32_t tsecr;
	uint16_t options;	/* enum tcpopt_bit */
	uint16_t flags;
	uint16_t window;
	uint16_t ip_id;
	uint16_t place;		/* segment_place() */
	uint8_t side;
	bool is_used : 1;
	bool is_rejected : 1;
	bool is_other : 1;	/* its numbers were converted */
	bool is_paired : 1;	/* its second view came */
};

struct strays {
	uint32_t next[2];	/* number that continues the run of each side */
	uint8_t run[2];		/* rejected segments in a row */
	uint8_t quiet;		/* segments since the last stray */
	uint8_t votes;		/* for `shift` */
	uint32_t shift[2];	/* by side: numbers to convert minus accepted */
	unsigned at;		/* next of views[], a ring */
	struct view views[VIEWS];
	struct segment converted;
};

static_assert(sizeof(struct strays) <= STRAYS_BYTES, "strays.h has less");

static bool
knows_shift(const struct strays *strays)
{
	return strays->votes >= VOTES_ENOUGH;
}

bool
strays_has_shift(const struct analysis *an)
{
	return an->strays != NULL && knows_shift(an->strays);
}

/* ---- memory ---- */

static struct strays *
begin(struct step *step)
{
	struct analysis *an = step->an;

	if (an->strays != NULL)
		return an->strays;
	if (!budget_take(step->budget, sizeof(*an->strays)))
		return NULL;
	an->strays = mem_zalloc(sizeof(*an->strays));
	if (an->strays == NULL) {
		budget_give(step->budget, sizeof(*an->strays));
		return NULL;
	}
	step->conn->has_strays = true;
	return an->strays;
}

void
strays_free(struct analysis *an, struct conn *conn, struct budget *budget)
{
	if (an->strays == NULL)
		return;
	budget_give(budget, sizeof(*an->strays));
	mem_free(an->strays);
	an->strays = NULL;
	conn->has_strays = false;
	conn->has_stray_run = false;
}

/* ---- views ---- */

static struct view
view_of(const struct step *step, bool is_rejected)
{
	const struct segment *seg = step->seg;

	return (struct view){
		.time_ns = seg->time_ns,
		.seq = seg->seq,
		.ack = segment_has(seg, TCP_ACK) ? seg->ack : 0,
		.len = segment_len(seg),
		.tsval = seg->opt.tsval,
		.tsecr = seg->opt.tsecr,
		.options = seg->opt.present,
		.flags = seg->flags,
		.window = seg->window,
		.ip_id = seg->ip_id,
		.place = segment_place(seg),
		.side = (uint8_t)step->judged.side,
		.is_used = true,
		.is_rejected = is_rejected,
		.is_other = seg == &step->an->strays->converted,
	};
}

/* Are all fields equal that no such device alters, and the places not? */
static bool
is_alike(const struct view *a, const struct view *b)
{
	const int64_t apart = a->time_ns - b->time_ns;

	return b->is_used && !b->is_paired && a->side == b->side &&
	    a->place != b->place && a->len == b->len &&
	    a->flags == b->flags && a->window == b->window &&
	    a->options == b->options && a->tsval == b->tsval &&
	    a->tsecr == b->tsecr && apart >= 0 &&
	    apart <= DUPLICATES_SPAN_NS;
}

static void
remember(struct strays *strays, const struct view *view)
{
	strays->views[strays->at] = *view;
	strays->at = (strays->at + 1) % VIEWS;
}

/* ---- the constant ---- */

static bool
is_shift(uint32_t shift)
{
	return shift == 0 || (shift >= SHIFT_LEAST &&
	    shift <= UINT32_MAX - SHIFT_LEAST + 1);
}

/*
 * The one earlier view that the device made this of, or made of this; or NULL
 * if there is none, or more than one.
 */
static struct view *
find_origin(struct strays *strays, const struct view *view)
{
	struct view *found = NULL;

	for (unsigned i = 0; i < VIEWS; i++) {
		struct view *other = &strays->views[i];

		if (!is_alike(view, other) || view->ip_id != other->ip_id ||
		    view->is_rejected == other->is_rejected)
			continue;
		if (found != NULL)
			return NULL;
		found = other;
	}
	return found;
}

/* Does the IP ID distinguish the packets of the sender? */
static bool
has_telling_id(const struct step *step)
{
	const struct endpoint *snd = step->snd.hot;

	return step->seg->ip_id != 0 && (snd->ip_id_varies || snd->pkts < 2);
}

/*
 * Take what two views of a segment say of the constants.  True if the constants
 * are known now.
 */
static bool
learn(const struct step *step, struct view *accepted, struct view *rejected)
{
	struct strays *strays = step->an->strays;
	const unsigned side = accepted->side;
	const uint32_t shift = rejected->seq - accepted->seq;
	const uint32_t peer = rejected->ack - accepted->ack;
	const bool is_same = strays->shift[side] == shift &&
	    strays->shift[!side] == peer;

	if ((shift == 0 && peer == 0) || !is_shift(shift) || !is_shift(peer))
		return false;
	if (!is_same)
		strays->votes = 0;
	else if (knows_shift(strays))
		return true;
	strays->shift[side] = shift;
	strays->shift[!side] = peer;
	strays->votes = (uint8_t)(strays->votes +
	    (has_telling_id(step) ? VOTES_ENOUGH : VOTES_WEAK));
	accepted->is_paired = true;
	rejected->is_paired = true;
	return knows_shift(strays);
}

static uint32_t
distance(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? b - a : a - b;
}

/* Is a number of an endpoint nearer to what is expected without the shift? */
static bool
is_shifted(const struct endpoint *e, uint32_t number, uint32_t shift)
{
	uint32_t expected;

	if (!e->has_base && !e->has_una)
		return false;
	expected = e->has_base ? seq_at(e->isn, e->nxt) : (uint32_t)e->una;
	return shift != 0 && distance(number - shift, expected) <
	    distance(number, expected);
}

static void
convert_sacks(struct segment *seg, const struct endpoint *rcv, uint32_t shift)
{
	for (unsigned i = 0; i < seg->opt.sack_count; i++) {
		if (!is_shifted(rcv, seg->opt.sack[i].left, shift))
			continue;
		seg->opt.sack[i].left -= shift;
		seg->opt.sack[i].right -= shift;
	}
}

/* Have the step look at a converted copy of its segment, if it needs that. */
static void
convert(struct step *step, struct strays *strays)
{
	const unsigned side = step->judged.side;
	struct segment *seg = &strays->converted;

	if (!is_shifted(step->snd.hot, step->seg->seq, strays->shift[side]) &&
	    !(segment_has(step->seg, TCP_ACK) &&
	    is_shifted(step->rcv.hot, step->seg->ack, strays->shift[!side])))
		return;
	*seg = *step->seg;
	seg->seq -= strays->shift[side];
	if (segment_has(seg, TCP_ACK))
		seg->ack -= strays->shift[!side];
	convert_sacks(seg, step->rcv.hot, strays->shift[!side]);
	step->seg = seg;
	strays->quiet = 0;
}

/* ---- copies ---- */

/* The newest view with equal numbers, of which one was converted. */
static struct view *
find_copied(struct strays *strays, const struct view *view)
{
	struct view *found = NULL;

	for (unsigned i = 0; i < VIEWS; i++) {
		struct view *other = &strays->views[i];

		if (is_alike(view, other) && view->seq == other->seq &&
		    view->ack == other->ack &&
		    view->is_other != other->is_other &&
		    (found == NULL || other->time_ns > found->time_ns))
			found = other;
	}
	return found;
}

static void
count_copy(struct step *step)
{
	step->conn->report.duplicates++;
	step->conn->copies_elsewhere = true;
	step->conn->copies_altered = true;
}

bool
strays_take(struct step *step)
{
	struct strays *strays = step->an->strays;
	struct view view;
	struct view *copied;

	if (strays->quiet++ == QUIET_MOST) {
		strays_free(step->an, step->conn, step->budget);
		return false;
	}
	if (!knows_shift(strays) || segment_has(step->seg, TCP_SYN))
		return false;
	convert(step, strays);
	view = view_of(step, false);
	copied = find_copied(strays, &view);
	if (copied == NULL)
		return false;
	copied->is_paired = true;
	count_copy(step);
	return true;
}

void
strays_accept(struct step *step)
{
	struct strays *strays = step->an->strays;
	struct view view = view_of(step, false);
	struct view *origin;

	if (!knows_shift(strays)) {
		origin = find_origin(strays, &view);
		if (origin != NULL)
			(void)learn(step, &view, origin);
	}
	remember(strays, &view);
}

/*
 * The last segment that the endpoint sent before its connection had strays, as
 * far as it is known: the length and the flags are assumed, and the place
 * differs if the TTL does.
 */
static bool
last_view(const struct step *step, const struct view *view, struct view *ret)
{
	const struct endpoint *snd = step->snd.hot;
	const struct endpoint_track *from = step->snd.track;

	if (!snd->has_base || !snd->has_window || snd->sent_reset ||
	    snd->ttl == step->seg->ttl)
		return false;
	*ret = *view;
	ret->time_ns = from->last_ns;
	ret->seq = seq_at(snd->isn, snd->nxt) - view->len;
	if (segment_has(step->seg, TCP_ACK) && from->has_ack)
		ret->ack = from->ack;
	ret->window = snd->window;
	if (snd->has_ts)
		ret->tsval = snd->ts_recent;
	ret->ip_id = from->last_ip_id;
	ret->place = (uint16_t)~view->place;
	ret->is_rejected = false;
	return true;
}

bool
strays_reject(struct step *step)
{
	struct strays *strays;
	struct view *origin;
	struct view view, last;
	bool is_first;

	/* Of a final connection there may be no analysis any more. */
	if (step->an == NULL || step->conn->is_final ||
	    segment_has(step->seg, TCP_SYN))
		return false;
	is_first = step->an->strays == NULL;
	strays = begin(step);
	if (strays == NULL)
		return false;
	strays->quiet = 0;
	view = view_of(step, true);
	origin = find_origin(strays, &view);
	if (origin == NULL && is_first && last_view(step, &view, &last) &&
	    is_alike(&view, &last) && view.ip_id == last.ip_id)
		origin = &last;
	if (origin != NULL && learn(step, origin, &view)) {
		count_copy(step);
		return true;
	}
	remember(strays, &view);
	return false;
}

/* ---- runs ---- */

static void
set_run(struct step *step, unsigned run)
{
	struct strays *strays = step->an->strays;

	strays->run[step->judged.side] = (uint8_t)run;
	step->conn->has_stray_run = (strays->run[0] | strays->run[1]) != 0;
}

void
strays_end_run(struct step *step)
{
	if (step->conn->has_stray_run)
		set_run(step, 0);
}

bool
strays_ends_run(struct step *step)
{
	const struct segment *seg = step->seg;
	const unsigned side = step->judged.side;
	struct strays *strays;
	unsigned run;

	if (!step->conn->has_strays || step->conn->is_final ||
	    segment_has(seg, TCP_SYN))
		return false;
	strays = step->an->strays;
	run = seg->seq - strays->next[side] < RUN_GAP ? strays->run[side] : 0;
	strays->next[side] = seg->seq + segment_len(seg);
	set_run(step, run + 1);
	if (run + 1 < RUN_LENGTH)
		return false;
	strays->run[!side] = 0;
	set_run(step, 0);
	return true;
}

bool
strays_has_copy(const struct analysis *an, unsigned side,
    const struct segment *seg)
{
	const struct strays *strays = an->strays;

	return strays != NULL && strays->run[side] > 0 &&
	    strays->next[side] == seg->seq + segment_len(seg);
}
