/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/collect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/seq.h"
#include "diagnosis/diagnosis.h"
#include "flow/conn.h"
#include "tcp/analysis.h"

static_assert(sizeof(struct point) == 64, "as the bounds of memory say");

#define FIRST_SLOTS	64	/* twice as many as pictures, at least */
#define FIRST_POINTS	8
#define FIRST_SPANS	4
/* Pictures with fewer points are not thinned. */
#define THIN_WORTH	(UINT32_C(1) << 16)
#define SIDE_UNKNOWN	2

struct collector {
	struct picture **slot;	/* open addressing, by number */
	uint32_t slots;		/* a power of two */
	uint32_t pictures;
	uint64_t points;	/* of all pictures: their sizes */
	uint64_t dropped;
};

/* ---- the table of pictures ---- */

static uint32_t
slot_of(const struct collector *c, uint64_t number)
{
	/* Numbers are consecutive: the low bits spread well. */
	uint32_t at = (uint32_t)(number % c->slots);

	while (c->slot[at] != NULL && c->slot[at]->number != number)
		at = (at + 1) % c->slots;
	return at;
}

struct collector *
collector_new(void)
{
	struct collector *c = mem_zalloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	c->slots = FIRST_SLOTS;
	c->slot = mem_zalloc(FIRST_SLOTS * sizeof(struct picture *));
	if (c->slot == NULL) {
		mem_free(c);
		return NULL;
	}
	return c;
}

static void
picture_free(struct picture *p)
{
	mem_free(p->point);
	mem_free(p->span);
	mem_free(p);
}

void
collector_free(struct collector *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < c->slots; i++)
		if (c->slot[i] != NULL)
			picture_free(c->slot[i]);
	mem_free(c->slot);
	mem_free(c);
}

const struct picture *
collector_find(const struct collector *c, uint64_t number)
{
	return c->slot[slot_of(c, number)];
}

uint64_t
collector_dropped(const struct collector *c)
{
	return c->dropped;
}

/* False: out of memory. */
static bool
make_slots(struct collector *c)
{
	struct picture **old = c->slot;
	const uint32_t count = c->slots;
	struct picture **larger;

	if (c->pictures < count / 2)
		return true;
	larger = mem_zalloc(2 * count * sizeof(struct picture *));
	if (larger == NULL)
		return false;
	c->slot = larger;
	c->slots = 2 * count;
	for (uint32_t i = 0; i < count; i++)
		if (old[i] != NULL)
			c->slot[slot_of(c, old[i]->number)] = old[i];
	mem_free(old);
	return true;
}

/* ---- thinning ---- */

/* Judgements that a picture marks one by one. */
static const uint32_t trouble_bits =
    UINT32_C(1) << JUDGED_RETRANSMISSION | UINT32_C(1) << JUDGED_OUT_OF_ORDER |
    UINT32_C(1) << JUDGED_UNKNOWN_ORDER | UINT32_C(1) << JUDGED_LOST_SEGMENT |
    UINT32_C(1) << JUDGED_ZERO_WINDOW;

static bool
is_marked(const struct point *p)
{
	return (p->judged & trouble_bits) != 0 ||
	    (p->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
}

#define MARKED_PER_COLUMN	8
#define CHOSEN_MAX	(2 * 6 + MARKED_PER_COLUMN)

/* The points of a column that stay. */
struct chosen {
	const struct point *by[2][6];	/* per side, see choose() */
	const struct point *marked[MARKED_PER_COLUMN];
	unsigned marked_count;
};

static void
prefer(const struct point **best, const struct point *p, bool is_better)
{
	if (*best == NULL || is_better)
		*best = p;
}

static void
choose(struct chosen *chosen, const struct point *p)
{
	const struct point **by = chosen->by[p->side];

	prefer(&by[0], p, false);
	prefer(&by[1], p, true);
	prefer(&by[2], p, by[2] != NULL && p->start > by[2]->start);
	prefer(&by[3], p, by[3] != NULL && p->window < by[3]->window);
	prefer(&by[4], p, by[4] != NULL && p->rtt_ns > by[4]->rtt_ns);
	prefer(&by[5], p, by[5] != NULL && p->flight != POINT_UNKNOWN &&
	    (by[5]->flight == POINT_UNKNOWN || p->flight > by[5]->flight));
	if (is_marked(p) && chosen->marked_count < MARKED_PER_COLUMN)
		chosen->marked[chosen->marked_count++] = p;
}

static bool
is_chosen(const struct chosen *chosen, const struct point *p)
{
	for (unsigned i = 0; i < 6; i++)
		if (chosen->by[p->side][i] == p)
			return true;
	for (unsigned i = 0; i < chosen->marked_count; i++)
		if (chosen->marked[i] == p)
			return true;
	return false;
}

/*
 * Keep the chosen points of from[0..count), at `to`.  New bytes of the others
 * go to the next one kept of their side, so that rates stay right.
 */
static uint32_t
keep_chosen(struct point *to, struct point *from, uint32_t count)
{
	struct chosen chosen = { .marked_count = 0 };
	uint64_t fresh[2] = { 0, 0 };
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++)
		choose(&chosen, &from[i]);
	/*
	 * Points move down, never past one that is still to be compared: mark
	 * first, move then.
	 */
	for (uint32_t i = 0; i < count; i++) {
		struct point *p = &from[i];
		uint64_t sum;

		if (!is_chosen(&chosen, p)) {
			fresh[p->side] += p->fresh;
			p->frame = 0;
			continue;
		}
		sum = fresh[p->side] + p->fresh;
		p->fresh = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
		fresh[p->side] = 0;
	}
	for (uint32_t i = 0; i < count; i++)
		if (from[i].frame != 0)
			to[kept++] = from[i];
	return kept;
}

static uint64_t
latest_after(const struct picture *p, int64_t first)
{
	int64_t latest = first;

	for (uint32_t i = 0; i < p->count; i++)
		if (p->point[i].time_ns > latest)
			latest = p->point[i].time_ns;
	return (uint64_t)latest - (uint64_t)first;
}

/*
 * The end of the stretch that begins with point `i`: until `end_ns`, or `most`
 * points.  Times that go back belong to the stretch: so stretches are
 * few, whatever the times.
 */
static uint32_t
stretch_end(const struct picture *p, uint32_t i, int64_t end_ns, uint32_t most)
{
	uint32_t end = i + 1;

	while (end < p->count && end - i < most &&
	    p->point[end].time_ns <= end_ns)
		end++;
	return end;
}

static void
picture_thin(struct picture *p)
{
	const int64_t first = p->point[0].time_ns;
	const uint64_t width = latest_after(p, first) / THIN_COLUMNS + 1;
	const uint32_t most = p->count / THIN_COLUMNS * 16 + 64;
	uint64_t column = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0, end; i < p->count; i = end) {
		const int64_t at = p->point[i].time_ns;

		if (at > first && (uint64_t)at - (uint64_t)first >
		    column * width)
			column = ((uint64_t)at - (uint64_t)first) / width;
		end = stretch_end(p, i, (int64_t)((uint64_t)first +
		    (column + 1) * width - 1), most);
		kept += keep_chosen(p->point + kept, p->point + i, end - i);
	}
	p->count = kept;
	p->is_thinned = true;
}

/* ---- bounds ---- */

static void
shrink(struct collector *c, struct picture *p)
{
	struct point *smaller = mem_realloc(p->point,
	    (p->count + 1) * sizeof(struct point));

	if (smaller == NULL)
		return;
	c->points -= p->size - (p->count + 1);
	p->point = smaller;
	p->size = p->count + 1;
}

/* Thin the largest picture.  False: none is worth thinning. */
static bool
thin_largest(struct collector *c)
{
	struct picture *largest = NULL;

	for (uint32_t i = 0; i < c->slots; i++)
		if (c->slot[i] != NULL && (largest == NULL ||
		    c->slot[i]->size > largest->size))
			largest = c->slot[i];
	if (largest == NULL || largest->count < THIN_WORTH)
		return false;
	picture_thin(largest);
	shrink(c, largest);
	return true;
}

static bool
is_worse(const struct picture *a, const struct picture *b)
{
	if (a->trouble != b->trouble)
		return a->trouble > b->trouble;
	return a->segments != b->segments ? a->segments > b->segments :
	    a->number < b->number;
}

static int
compare_interest(const void *a, const void *b)
{
	const struct picture *pa = *(struct picture *const *)a;
	const struct picture *pb = *(struct picture *const *)b;

	return is_worse(pa, pb) ? -1 : is_worse(pb, pa);
}

/* Drop the half of the pictures with the least trouble. */
static void
drop_half(struct collector *c)
{
	struct picture **all = c->slot;
	struct picture **sorted = mem_zalloc(c->slots *
	    sizeof(struct picture *));
	uint32_t count = 0;

	if (sorted == NULL)
		return;
	for (uint32_t i = 0; i < c->slots; i++)
		if (all[i] != NULL)
			sorted[count++] = all[i];
	qsort(sorted, count, sizeof(struct picture *), compare_interest);
	memset(all, 0, c->slots * sizeof(struct picture *));
	for (uint32_t i = 0; i < count; i++) {
		if (i < (count + 1) / 2) {
			all[slot_of(c, sorted[i]->number)] = sorted[i];
			continue;
		}
		c->points -= sorted[i]->size;
		c->pictures--;
		c->dropped++;
		picture_free(sorted[i]);
	}
	mem_free(sorted);
}

/* ---- growing ---- */

static struct picture *
picture_begin(struct collector *c, uint64_t number)
{
	struct picture *p;
	uint32_t at;

	if (c->pictures >= COLLECTOR_PICTURES)
		drop_half(c);
	if (c->pictures >= COLLECTOR_PICTURES || !make_slots(c) ||
	    (p = mem_zalloc(sizeof(*p))) == NULL) {
		c->dropped++;
		return NULL;
	}
	at = slot_of(c, number);
	p->number = number;
	c->slot[at] = p;
	c->pictures++;
	return p;
}

/* A dropped picture does not begin again in the middle. */
static struct picture *
picture_of(struct collector *c, const struct conn *conn, uint64_t frame)
{
	struct picture *p = c->slot[slot_of(c, conn->number)];

	return p == NULL && frame <= conn->first_frame ?
	    picture_begin(c, conn->number) : p;
}

/* Room for one more point, which may have dropped the picture. */
static struct picture *
make_room(struct collector *c, struct picture *p)
{
	const uint64_t number = p->number;
	uint32_t size;
	struct point *larger;

	if (p->count < p->size)
		return p;
	if (p->count >= PICTURE_POINTS) {
		picture_thin(p);
		return p;
	}
	size = p->size > 0 ? p->size * 2 : FIRST_POINTS;
	if (size > PICTURE_POINTS)
		size = PICTURE_POINTS;
	while (c->points + size - p->size > COLLECTOR_POINTS) {
		if (!thin_largest(c))
			drop_half(c);
		p = c->slot[slot_of(c, number)];
		if (p == NULL || p->count < p->size)
			return p;
		size = p->size * 2 < PICTURE_POINTS ? p->size * 2 :
		    PICTURE_POINTS;
	}
	larger = mem_realloc(p->point, size * sizeof(struct point));
	if (larger == NULL)
		return NULL;
	c->points += size - p->size;
	p->point = larger;
	p->size = size;
	return p;
}

static struct picture *
add_point(struct collector *c, struct picture *p, const struct point *point)
{
	p = make_room(c, p);
	if (p != NULL)
		p->point[p->count++] = *point;
	return p;
}

/* ---- segments ---- */

/* Bytes of data that were not captured before. */
static uint32_t
fresh_bytes(const struct segment *seg, const struct judgement *judged)
{
	static const uint32_t late =
	    UINT32_C(1) << JUDGED_LOSS_BEFORE |
	    UINT32_C(1) << JUDGED_OUT_OF_ORDER |
	    UINT32_C(1) << JUDGED_UNKNOWN_ORDER;
	const int64_t above = judged->end - judged->expected;

	if (!judged->has_offset || (judged->bits & late) != 0)
		return seg->payload_len;
	if ((judged->bits & UINT32_C(1) << JUDGED_UNACCEPTABLE) != 0 ||
	    above <= 0)
		return 0;
	return above < (int64_t)seg->payload_len ? (uint32_t)above :
	    seg->payload_len;
}

static uint32_t
narrow(int64_t value)
{
	return value < 0 || value >= POINT_UNKNOWN ? POINT_UNKNOWN :
	    (uint32_t)value;
}

static struct point
make_point(const struct conn *conn, const struct segment *seg,
    const struct judgement *judged)
{
	return (struct point){
		.time_ns = seg->time_ns,
		.start = judged->has_offset ? judged->start : -1,
		.ack = judged->has_ack && (seg->flags & TCP_ACK) != 0 ?
		    judged->ack : -1,
		.rtt_ns = judged->covers_rtt,
		.frame = seg->frame & FRAME_MASK,
		.flags = (uint8_t)seg->flags,
		.side = judged->side & 1,
		.cause = (unsigned)judged->cause & 7,
		.len = seg->payload_len,
		.fresh = fresh_bytes(seg, judged),
		.judged = judged->bits,
		.window = (seg->flags & TCP_RST) != 0 ? POINT_UNKNOWN :
		    narrow(judged->window),
		.flight = narrow(judged->in_flight),
		.dups = (judged->bits & UINT32_C(1) << JUDGED_DUP_ACK) != 0 &&
		    conn->analysis != NULL ?
		    conn->analysis->track[judged->side].dup_run : 0,
	};
}

static struct picture *
add_sacks(struct collector *c, struct picture *p, const struct conn *conn,
    const struct segment *seg, const struct point *of)
{
	const struct endpoint *peer = &conn->endpoint[!of->side];
	const int64_t near = of->ack >= 0 ? of->ack : peer->una;

	if (!peer->has_base)
		return p;
	for (unsigned i = 0; p != NULL && i < seg->opt.sack_count; i++) {
		struct point block = *of;

		block.is_sack = 1;
		block.flags = 0;
		block.start = seq_offset(seg->opt.sack[i].left, peer->isn,
		    near);
		block.len = seg->opt.sack[i].right - seg->opt.sack[i].left;
		block.fresh = block.judged = block.dups = 0;
		block.rtt_ns = -1;
		p = add_point(c, p, &block);
	}
	return p;
}

/*
 * Note the sender in the waits that its segment ended: they were booked just
 * before.
 */
static void
name_sender(struct picture *p, const struct point *point)
{
	for (uint32_t i = p->span_count; i > 0; i--) {
		struct span *span = &p->span[i - 1];

		if (span->side != SIDE_UNKNOWN || span->frame != point->frame)
			break;
		span->side = point->side;
	}
}

void
collector_segment(struct collector *c, const struct conn *conn,
    const struct segment *seg, const struct judgement *judged)
{
	const struct point point = make_point(conn, seg, judged);
	struct picture *p = picture_of(c, conn, seg->frame);

	if (p == NULL)
		return;
	name_sender(p, &point);
	p->segments++;
	p->trouble += (point.judged & trouble_bits) != 0 ||
	    (point.flags & TCP_RST) != 0;
	p = add_sacks(c, p, conn, seg, &point);
	if (p != NULL)
		(void)add_point(c, p, &point);
}

void
collector_transition(struct collector *c, const struct conn *conn,
    const struct transition *transition)
{
	struct picture *p = picture_of(c, conn, transition->frame);

	if (p == NULL || p->change_count >= PICTURE_CHANGES)
		return;
	p->change[p->change_count++] = (struct change){
		.time_ns = transition->time_ns,
		.side = (uint8_t)transition->side,
		.from = transition->from,
		.to = transition->to,
	};
}

/* ---- waits ---- */

/* Halve the number of spans: of two neighbours the longer gives the cause. */
static void
merge_spans(struct picture *p)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i + 1 < p->span_count; i += 2) {
		const struct span *a = &p->span[i], *b = &p->span[i + 1];
		/* NOLINTNEXTLINE(*NullDereference): a full table is there */
		struct span both = b->to_ns - b->from_ns >
		    a->to_ns - a->from_ns ? *b : *a;

		both.from_ns = a->from_ns;
		both.to_ns = b->to_ns;
		p->span[kept++] = both;
	}
	p->span_count = kept;
}

static bool
make_span_room(struct picture *p)
{
	struct span *larger;
	uint32_t size;

	if (p->span_count < p->span_size)
		return true;
	if (p->span_size >= PICTURE_SPANS) {
		merge_spans(p);
		return true;
	}
	size = p->span_size > 0 ? p->span_size * 2 : FIRST_SPANS;
	larger = mem_realloc(p->span, size * sizeof(struct span));
	if (larger == NULL)
		return false;
	p->span = larger;
	p->span_size = size;
	return true;
}

void
collector_booking(struct collector *c, const struct booking *booking)
{
	struct picture *p = picture_of(c, booking->conn, booking->frame);
	struct span *last;

	if (p == NULL)
		return;
	last = p->span_count > 0 ? &p->span[p->span_count - 1] : NULL;
	if (last != NULL && last->book == booking->book &&
	    last->side != SIDE_UNKNOWN && last->to_ns == booking->from_ns) {
		last->to_ns = booking->to_ns;
		return;
	}
	if (!make_span_room(p))
		return;
	/* NOLINTNEXTLINE(*NullDereference): make_span_room() sees to it */
	p->span[p->span_count++] = (struct span){
		.from_ns = booking->from_ns,
		.to_ns = booking->to_ns,
		.frame = booking->frame & FRAME_MASK,
		.book = booking->book,
		.side = SIDE_UNKNOWN,
	};
}
