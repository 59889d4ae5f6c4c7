/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/strays.h"

#include <assert.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/nstime.h"
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
/* The same while they may be second views of a burst that was accepted. */
#define RUN_OF_BURST	64
/* How far a segment may be behind the last one to follow it. */
#define RUN_GAP		65536

/* Last segments of both directions that are remembered: a few bursts. */
#define VIEWS		128
/* Segments without a stray after which a connection has none any more. */
#define QUIET_MOST	255
/* Numbers closer together than this may be of one window. */
#define SHIFT_LEAST	65536
/* Votes of pairs of views that prove a constant. */
#define VOTES_WEAK	1
#define VOTES_ENOUGH	2

#define SPAN_US		((uint32_t)(DUPLICATES_SPAN_NS / NS_PER_US))

/* A segment as one capture point has shown it. */
struct view {
	uint32_t print;		/* of all that no such device alters */
	uint32_t seq;
	uint32_t ack;		/* 0 without ACK */
	uint32_t time_us;	/* the lower bits */
	uint16_t ip_id;
	uint16_t place;		/* segment_place() */
	uint8_t side;
	bool is_used : 1;
	bool has_data : 1;
	bool is_rejected : 1;
	bool is_other : 1;	/* its numbers were converted */
	bool is_paired : 1;	/* its second view came */
};

struct strays {
	int64_t since_ns;	/* the first segment was rejected */
	uint32_t next[2];	/* number that continues the run of each side */
	uint8_t run[2];		/* rejected segments in a row */
	uint8_t quiet;		/* segments since the last stray */
	uint8_t votes;		/* for `shift` */
	uint32_t shift[2];	/* by side: numbers to convert minus accepted */
	unsigned count;		/* views so far; view n is views[n % VIEWS] */
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
	an->strays->since_ns = step->seg->time_ns;
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

/* Every field that such a device leaves alone, and the sender. */
static uint32_t
print_of(const struct segment *seg, unsigned side)
{
	const struct tcp_options *opt = &seg->opt;
	uint64_t sum = ((uint64_t)seg->flags << 48 |
	    (uint64_t)seg->window << 32 | segment_len(seg)) *
	    UINT64_C(0x9e3779b97f4a7c15);

	sum += ((uint64_t)opt->tsval << 32 | opt->tsecr) *
	    UINT64_C(0xd1b54a32d192ed03);
	sum += ((uint64_t)opt->present << 1 | side) *
	    UINT64_C(0xaef17502108ef2d9);
	return (uint32_t)(sum >> 32 ^ sum);
}

static struct view
view_of(const struct step *step, bool is_rejected)
{
	const struct segment *seg = step->seg;
	const unsigned side = step->judged.side;

	return (struct view){
		.print = print_of(seg, side),
		.seq = seg->seq,
		.ack = segment_has(seg, TCP_ACK) ? seg->ack : 0,
		.time_us = (uint32_t)(seg->time_ns / NS_PER_US),
		.ip_id = seg->ip_id,
		.place = segment_place(seg),
		.side = (uint8_t)side,
		.is_used = true,
		.has_data = seg->payload_len > 0,
		.is_rejected = is_rejected,
		.is_other = seg == &step->an->strays->converted,
	};
}

static bool
is_young(const struct view *now, const struct view *before)
{
	return before->is_used &&
	    now->time_us - before->time_us <= SPAN_US;
}

static bool
is_alike(const struct view *now, const struct view *before)
{
	return is_young(now, before) && before->print == now->print &&
	    before->side == now->side && before->ip_id == now->ip_id;
}

/* Can the two be views of one segment, from two places? */
static bool
may_pair(const struct view *now, const struct view *before)
{
	return is_alike(now, before) && !before->is_paired &&
	    before->place != now->place;
}

/* The view before the last `age` ones, if it is remembered. */
static struct view *
view_of_age(struct strays *strays, unsigned age)
{
	return &strays->views[(strays->count - 1 - age) % VIEWS];
}

static void
remember(struct strays *strays, const struct view *view)
{
	strays->views[strays->count++ % VIEWS] = *view;
}

/* ---- the constant ---- */

static bool
is_shift(uint32_t shift)
{
	return shift == 0 || (shift >= SHIFT_LEAST &&
	    shift <= UINT32_MAX - SHIFT_LEAST + 1);
}

/*
 * The earlier view that the device made this of, or made of this: the one with
 * the same data, as only the peer's numbers may be replaced, or the only one that
 * is alike; or NULL.
 */
static struct view *
find_origin(struct strays *strays, const struct view *view)
{
	struct view *found = NULL;
	unsigned count = 0;

	for (unsigned age = 0; age < VIEWS; age++) {
		struct view *other = view_of_age(strays, age);

		if (!is_alike(view, other))
			continue;
		count++;
		if (!may_pair(view, other) ||
		    view->is_rejected == other->is_rejected)
			continue;
		if (view->has_data && view->seq == other->seq)
			return other;
		found = other;
	}
	return count == 1 ? found : NULL;
}

/* Does the IP ID distinguish the packets of the sender? */
static bool
has_telling_id(const struct step *step)
{
	const struct endpoint *snd = step->snd.hot;

	return step->seg->ip_id != 0 && (snd->ip_id_varies || snd->pkts < 2);
}

/* Are all views of the last span remembered? */
static bool
covers_span(const struct step *step)
{
	struct strays *strays = step->an->strays;
	const struct view now = {
		.time_us = (uint32_t)(step->seg->time_ns / NS_PER_US)
	};

	return nstime_diff(step->seg->time_ns, strays->since_ns) >
	    DUPLICATES_SPAN_NS && !is_young(&now, view_of_age(strays, VIEWS - 1));
}

/*
 * How much two views prove.  Without an IP ID, the only one that is alike may
 * be another segment of the same burst, unless all of the burst is known.
 */
static unsigned
votes_of(const struct step *step, uint32_t shift)
{
	if (has_telling_id(step) ||
	    (shift == 0 && step->seg->payload_len > 0))
		return VOTES_ENOUGH;
	return covers_span(step) ? VOTES_WEAK : 0;
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
	const unsigned votes = votes_of(step, shift);

	if ((shift == 0 && peer == 0) || !is_shift(shift) ||
	    !is_shift(peer) || votes == 0)
		return false;
	if (strays->shift[side] != shift || strays->shift[!side] != peer)
		strays->votes = 0;
	strays->shift[side] = shift;
	strays->shift[!side] = peer;
	if (strays->votes < VOTES_ENOUGH)
		strays->votes = (uint8_t)(strays->votes + votes);
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
	for (unsigned age = 0; age < VIEWS; age++) {
		struct view *other = view_of_age(strays, age);

		if (may_pair(view, other) && view->seq == other->seq &&
		    view->ack == other->ack &&
		    view->is_other != other->is_other)
			return other;
	}
	return NULL;
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
 * Is this a view of the last segment that the endpoint sent, before its
 * connection had strays?  Its length and flags are not known any more; the place
 * differs if the TTL does.
 */
static bool
is_of_last(const struct step *step)
{
	const struct endpoint *snd = step->snd.hot;
	const struct endpoint_track *from = step->snd.track;
	const struct segment *seg = step->seg;

	return snd->has_base && snd->has_window && !snd->sent_reset &&
	    snd->ttl != seg->ttl && snd->window == seg->window &&
	    from->last_ip_id == seg->ip_id && has_telling_id(step) &&
	    ((seg->opt.present & OPT_TIMESTAMP) == 0 || !snd->has_ts ||
	    snd->ts_recent == seg->opt.tsval) &&
	    nstime_diff(seg->time_ns, from->last_ns) <= DUPLICATES_SPAN_NS;
}

/* As far as it can be restored. */
static struct view
last_view(const struct step *step, const struct view *view)
{
	const struct endpoint *snd = step->snd.hot;
	const struct endpoint_track *from = step->snd.track;
	struct view last = *view;

	last.is_rejected = false;
	last.seq = seq_at(snd->isn, snd->nxt) - segment_len(step->seg);
	if (segment_has(step->seg, TCP_ACK) && from->has_ack)
		last.ack = from->ack;
	return last;
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
	if (is_first && is_of_last(step)) {
		last = last_view(step, &view);
		origin = &last;
	}
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
	run += run < RUN_OF_BURST;
	set_run(step, run);
	if (run < RUN_LENGTH || (run < RUN_OF_BURST &&
	    nstime_diff(seg->time_ns, step->snd.track->last_ns) <=
	    DUPLICATES_SPAN_NS))
		return false;
	strays->run[!side] = 0;
	set_run(step, 0);
	return true;
}

bool
strays_confirm_run(struct step *step)
{
	const unsigned side = !step->judged.side;
	const struct endpoint *rcv = step->rcv.hot;
	struct strays *strays;

	if (!step->conn->has_stray_run || rcv->has_isn)
		return false;
	strays = step->an->strays;
	if (strays->run[side] == 0 || rcv->pkts != strays->run[side] + 1U ||
	    strays->next[side] != step->seg->ack)
		return false;
	strays->run[side] = 0;
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
