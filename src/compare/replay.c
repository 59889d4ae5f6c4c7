/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/replay.h"

#include <string.h>

/* Segments that are looked at before the first of them is decoded. */
#define GROUP	32

int
replay_init(struct replay *replay, unsigned part,
    struct members members[POINT_COUNT], struct spool *spools[POINT_COUNT])
{
	int err = 0;

	replay->part = part;
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		struct replay_point *from = &replay->points[p];

		from->members = &members[p];
		from->latest_ns = INT64_MIN;
		from->order_ns = INT64_MIN;
		if (err == 0)
			err = spool_reader_init(&from->reader, spools[p]);
	}
	return err;
}

void
replay_fini(struct replay *replay)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		spool_reader_fini(&replay->points[p].reader);
}

/* Segments of a group that are decoded, and what is known of them. */
struct chosen {
	unsigned count;
	uint8_t at[GROUP];
	uint32_t lane[GROUP];
	int64_t latest_ns[GROUP];	/* of all parts, by the point's clock */
};

/* No branch depends on the part of a segment, which is as good as random. */
static void
choose(struct replay_point *from, unsigned part, const struct spooled *group,
    unsigned count, struct chosen *chosen)
{
	int64_t latest = from->latest_ns;
	unsigned own = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct spool_place *place = &group[i].place;
		const uint32_t lane = members_lane(from->members,
		    place->from);

		latest = lane != 0 && place->ns > latest ? place->ns : latest;
		chosen->at[own] = (uint8_t)i;
		chosen->lane[own] = lane - 1;
		chosen->latest_ns[own] = latest;
		own += (unsigned)(lane != 0) & (unsigned)(part_of_lane(lane -
		    1) == part);
	}
	from->latest_ns = latest;
	chosen->count = own;
}

static void
decode(struct replay_point *from, const struct spooled *spooled,
    uint32_t lane, int64_t latest_ns)
{
	struct transmission *t = &from->items[from->end];
	const int64_t latest = members_time(from->members, latest_ns);

	if (latest > from->order_ns)
		from->order_ns = latest;
	spool_decode(&from->reader, spooled, t);
	members_number(from->members, lane, t);
	t->ns = t->ns == latest_ns ? latest :
	    members_time(from->members, t->ns);
	from->orders[from->end++] = from->order_ns;
}

static void
decode_group(struct replay_point *from, unsigned part,
    const struct spooled *group, unsigned count)
{
	struct chosen chosen;

	choose(from, part, group, count, &chosen);
	for (unsigned i = 0; i < chosen.count; i++) {
		spool_prepare(&from->reader, &group[chosen.at[i]]);
		PREFETCH(members_at(from->members, chosen.lane[i]));
	}
	for (unsigned i = 0; i < chosen.count; i++)
		decode(from, &group[chosen.at[i]], chosen.lane[i],
		    chosen.latest_ns[i]);
}

/* Move the transmissions that are left to the front, and fill the rest. */
static void
refill(struct replay_point *from, unsigned part)
{
	const unsigned left = from->end - from->at;

	memmove(from->items, &from->items[from->at],
	    left * sizeof(*from->items));
	memmove(from->orders, &from->orders[from->at],
	    left * sizeof(*from->orders));
	from->at = 0;
	from->end = left;
	while (from->end + GROUP <= REPLAY_ROOM && !from->has_ended) {
		struct spooled group[GROUP];
		const unsigned count = spool_scan(&from->reader, group, GROUP);

		from->has_ended = count == 0;
		decode_group(from, part, group, count);
	}
}

static bool
has_item(struct replay_point *from, unsigned part)
{
	if (from->end - from->at < REPLAY_AHEAD && !from->has_ended)
		refill(from, part);
	return from->at < from->end;
}

bool
replay_has_next(struct replay *replay, enum point *ret_point)
{
	const bool has_a = has_item(&replay->points[POINT_A], replay->part);
	const bool has_b = has_item(&replay->points[POINT_B], replay->part);

	if (has_a && has_b)
		*ret_point = replay_order(replay, POINT_B) <
		    replay_order(replay, POINT_A) ? POINT_B : POINT_A;
	else
		*ret_point = has_a ? POINT_A : POINT_B;
	return has_a || has_b;
}
